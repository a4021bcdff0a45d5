"""The pages of a browser: nothing leaves this server, nothing foreign becomes markup.

Owns the proof that the first page and the explorer name no outside address, escape what they
are given, fit their own security headers, and that exactly the shipped files can be served.
It calls the page functions directly and never starts a server.
"""

import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import urljoin

import pytest

from hourbook.http import pages

PUBLIC_URL = "http://time.example:8080"
STATIC = files("hourbook.http.pages") / "static"
OURS = ("favicon.svg", "first.css", "account.js", "explorer.css", "explorer.js", "guide.css") + (
    "report.css",
    "report.js",
    "report-parts.js",
)
VENDORED = (
    "swagger-ui-bundle.js",
    "swagger-ui.css",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui-LICENSE.txt",
    "swagger-ui-NOTICE.txt",
)
NAMESPACE = "http://www.w3.org/2000/svg"
HOSTILE = (
    'http://x/"><script>alert(1)</script>',
    "http://x/'onmouseover='alert(1)",
    "http://x/</code></pre><img src=//evil.example/a>",
    "http://x/&lt;b&gt;${root}$logo",
    "http://x/;rm -rf ~;$(reboot)`reboot`",
)


class Tags(HTMLParser):
    """Every element with its attributes, and all text, as a browser would read them."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def addresses(self) -> list[str]:
        named = ("href", "src", "action", "srcset", "data-openapi")
        return [attributes[name] for _, attributes in self.elements for name in named if name in attributes]


def first(*, public_url: str = PUBLIC_URL, root_path: str = "", version: str = "1.2.3") -> bytes:
    return pages.first_page(version=version, public_url=public_url, root_path=root_path)


def explorer(*, root_path: str = "", version: str = "1.2.3") -> bytes:
    return pages.explorer_page(version=version, root_path=root_path)


def report(*, root_path: str = "", version: str = "1.2.3") -> bytes:
    return pages.report_page(version=version, root_path=root_path)


def content(name: str) -> str:
    found = pages.static_file(name)
    assert found is not None, name
    return found[0].decode()


@pytest.mark.parametrize("root", ["", "/hourbook", "/a/b"])
def test_every_address_of_both_pages_is_of_this_server_and_under_its_root(root: str) -> None:
    for page in (first(root_path=root), explorer(root_path=root), report(root_path=root)):
        addresses = Tags(page).addresses()
        assert addresses
        for address in addresses:
            assert address.startswith(f"{root}/")
            assert urljoin(f"{PUBLIC_URL}{root}/docs", address).startswith(f"{PUBLIC_URL}{root}/")


@pytest.mark.parametrize("root", ["//evil.example", "/\\evil.example", "evil.example//", "\\\\evil.example"])
def test_a_root_path_can_not_become_another_host(root: str) -> None:
    for page in (first(root_path=root), explorer(root_path=root), report(root_path=root)):
        for address in Tags(page).addresses():
            assert re.match(r"/[^/\\]", address)
            assert urljoin(PUBLIC_URL, address).startswith(PUBLIC_URL + "/")


def test_no_page_and_no_file_of_ours_names_an_outside_address() -> None:
    texts = [first().decode().replace(PUBLIC_URL, ""), explorer().decode(), report().decode()]
    texts += [content(name).replace(NAMESPACE, "") for name in OURS]
    for text in texts:
        assert not re.search(r"\b(https?|wss?):|@import|\burl\(|\bwww\.|[\"'(]//", text)


def test_the_explorer_leaves_nothing_to_the_defaults_that_would_call_out() -> None:
    script = content("explorer.js")
    assert "validatorUrl: null" in script
    assert "queryConfigEnabled: false" in script
    assert "persistAuthorization: false" in script
    # Pictures and fonts of the style sheet are inside it.
    assert set(re.findall(r"url\(['\"]?(\w+:|[^d])", content("swagger-ui.css"))) == {"data:"}
    assert "@import" not in content("swagger-ui.css")


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_public_url_is_shown_as_text(url: str) -> None:
    plain, hostile = Tags(first()), Tags(first(public_url=url))
    assert hostile.elements == plain.elements
    assert f"{url}/api/v1" in hostile.text


def test_a_hostile_public_url_stays_one_argument_of_the_curl_line() -> None:
    text = Tags(first(public_url="http://x/;reboot")).text
    assert "'http://x/;reboot/api/v1/user'" in text


def test_a_hostile_version_is_shown_as_text() -> None:
    version = '1"><script>x</script>'
    for page in (first(version=version), explorer(version=version)):
        assert version in Tags(page).text
        assert b"<script>x" not in page


@pytest.mark.parametrize(
    ("public_url", "root", "shown"),
    [
        ("http://h", "", "http://h/api/v1"),
        ("http://h/", "", "http://h/api/v1"),
        ("http://h", "/hourbook", "http://h/hourbook/api/v1"),
        ("http://h/hourbook", "/hourbook/", "http://h/hourbook/api/v1"),
    ],
)
def test_the_first_page_shows_the_base_url_for_curl_and_an_sdk(public_url: str, root: str, shown: str) -> None:
    text = Tags(first(public_url=public_url, root_path=root)).text
    assert f"\n  {shown}/user" in text
    assert f'base_url="{shown}"' in text
    assert text.count(shown) == 3


def test_the_first_page_says_what_it_must() -> None:
    page = Tags(first())
    assert "Hourbook is running" in page.text
    assert "1.2.3" in page.text
    assert "not affiliated with" in page.text
    assert {"/docs", "/openapi.json", "/health", "/#/sign-in"} <= set(page.addresses())


def test_the_readme_is_linked_where_the_installation_carries_one(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/static/{pages.README_NAME}"
    monkeypatch.setattr(pages, "readme_text", lambda: b"# Hourbook")
    assert address in Tags(first()).addresses()
    assert pages.static_file(pages.README_NAME) == (b"# Hourbook", "text/plain; charset=utf-8")
    monkeypatch.setattr(pages, "readme_text", lambda: None)
    assert address not in Tags(first()).addresses()
    assert pages.static_file(pages.README_NAME) is None


def test_every_static_address_of_a_page_is_a_shipped_file() -> None:
    for page in (first(), explorer(), report()):
        names = [a.removeprefix("/static/").split("?")[0] for a in Tags(page).addresses() if "/static/" in a]
        assert "favicon.svg" in names
        assert all(pages.static_file(name) is not None for name in names)


def test_the_explorer_s_files_are_in_the_package_unchanged_with_their_licence() -> None:
    note = content("swagger-ui-VENDORED.txt")
    for name in VENDORED:
        assert f"{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()}  {name}\n" in note
    assert "Apache License" in content("swagger-ui-LICENSE.txt")


def test_the_shipped_files_stay_below_two_megabytes() -> None:
    assert sum(len(entry.read_bytes()) for entry in STATIC.iterdir()) < 2_000_000


def test_content_types_are_those_a_browser_runs_under_nosniff() -> None:
    types = {name: found[1] for name in (*OURS, *VENDORED) if (found := pages.static_file(name))}
    assert types["explorer.js"] == types["swagger-ui-bundle.js"] == "text/javascript; charset=utf-8"
    assert types["first.css"] == types["swagger-ui.css"] == "text/css; charset=utf-8"
    assert types["favicon.svg"] == "image/svg+xml"
    assert len(types) == len(OURS) + len(VENDORED)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "../__init__.py",
        "..%2f__init__.py",
        "../templates/first.html",
        "first.html",
        "__init__.py",
        "./first.css",
        "first.css/",
        "first.css\n",
        "first.css\x00",
        "FIRST.CSS",
        "static/first.css",
        "..\\readme.py",
        "/etc/passwd",
    ],
)
def test_a_name_outside_the_table_gives_none(name: str) -> None:
    assert pages.static_file(name) is None


def test_a_file_is_read_once() -> None:
    assert pages.static_file("first.css") is pages.static_file("first.css")


def test_the_headers_allow_what_the_pages_need_and_no_more() -> None:
    policy = dict(part.split(" ", 1) for part in pages.PAGE_HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)
    assert "http" not in str(policy)
    assert "*" not in str(policy)
    assert not {"script-src", "connect-src", "style-src"} & set(policy)
    assert "data:" in policy["img-src"]
    assert pages.PAGE_HEADERS["X-Content-Type-Options"] == "nosniff"
    assert pages.PAGE_HEADERS["X-Frame-Options"] == "DENY"
    assert pages.PAGE_HEADERS["Referrer-Policy"] == "no-referrer"
    assert pages.STATIC_HEADERS["X-Content-Type-Options"] == "nosniff"


def test_no_page_carries_anything_inline_that_the_headers_forbid() -> None:
    for page in (first(), explorer(), report()):
        for tag, attributes in Tags(page).elements:
            assert tag not in {"style", "base", "iframe", "object", "embed"}
            # Forms are sent by the page's own script alone.
            assert tag != "form" or not {"action", "method"} & attributes.keys()
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            assert tag != "script" or attributes.get("src")
