"""The guides that the explorer links to: every page of docs/ as a page of a browser, with links that lead somewhere.

Pages are made by calling their functions; that a server answers them is in tests/http/test_surroundings.py.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from hourbook.http import pages
from hourbook.http.pages import guides
from tests.docs.markdown import ROOT, anchors, fences, read

DOCS = {path.stem: path for path in (ROOT / "docs").glob("*.md")}
DEPLOY = {path.name: path for path in (ROOT / "deploy").iterdir()}
# What issue trackers and people ask for, and the page that is about it.
WANTED = {
    "Webhook setup": "webhooks",
    "Authentication tutorial": "authentication",
    "Error codes": "errors",
    "API changelog": "api-changelog",
    "Deployment": "deploying",
}


class Page(HTMLParser):
    """Links with their words, ids, blocks of code, and elements with attributes that the headers would forbid."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.forbidden: list[str] = []
        self.code: list[str] = []
        self._inside: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self._inside.append(tag)
        if tag == "a":
            self.links.append((named["href"], ""))
        if tag == "pre":
            self.code.append("")
        if "id" in named:
            self.ids.append(named["id"])
        self.loaded += [named[name] for name in ("src", "href") if name in named and tag != "a"]
        if tag in {"style", "iframe", "object", "embed", "form", "script"} or "style" in named:
            self.forbidden.append(tag)
        self.forbidden += [name for name in named if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "a" in self._inside:
            address, words = self.links[-1]
            self.links[-1] = (address, words + data)
        if "pre" in self._inside:
            self.code[-1] += data


def page_of(name: str, root: str = "") -> Page:
    found = pages.guide_page(name, version="1.2.3", root_path=root)
    assert found is not None, name
    return Page(found)


def explorer() -> Page:
    return Page(pages.explorer_page(version="1.2.3", root_path="hourbook"))


def test_every_page_of_docs_and_every_file_of_deploy_is_carried() -> None:
    assert set(guides.PAGES) == set(DOCS)
    assert set(guides.EXAMPLES) == set(DEPLOY)
    for name, path in DEPLOY.items():
        assert pages.example_file(name) == (path.read_bytes(), "text/plain; charset=utf-8")


def test_the_explorer_links_to_what_people_look_for() -> None:
    links = {words: address for address, words in explorer().links}
    assert {words: links.get(words) for words in WANTED} == {
        words: f"/hourbook/docs/{name}" for words, name in WANTED.items()
    }
    assert {links[words] for words in guides.GUIDES.values()} == {f"/hourbook/docs/{name}" for name in guides.GUIDES}


@pytest.mark.parametrize("name", sorted(DOCS))
def test_every_link_of_a_guide_leads_to_a_page_and_a_heading_that_are_there(name: str) -> None:
    page = page_of(name, "/hourbook")
    for address, words in page.links:
        where = urlsplit(urljoin(f"https://here.example/hourbook/docs/{name}", address))
        if where.netloc != "here.example":
            assert where.scheme in ("https", "mailto") or address.startswith("http://127.0.0.1"), address
            continue
        kind, _, thing = where.path.removeprefix("/hourbook/").partition("/")
        if where.path in ("/hourbook/", "/hourbook/docs"):
            continue
        assert kind == "docs", address
        is_example = thing.startswith("deploy/")
        assert thing.removeprefix("deploy/") in (DEPLOY if is_example else DOCS), (address, words)
        if where.fragment:
            assert where.fragment in page_of(thing).ids, address


@pytest.mark.parametrize("name", sorted(DOCS))
def test_a_guide_loads_nothing_from_elsewhere_and_fits_its_headers(name: str) -> None:
    page = page_of(name)
    assert page.forbidden == []
    assert page.loaded
    assert [address for address in page.loaded if not address.startswith("/static/")] == []


@pytest.mark.parametrize("name", sorted(DOCS))
def test_headings_have_the_names_they_are_linked_by_and_code_is_as_it_was_written(name: str) -> None:
    text, page = read(DOCS[name]), page_of(name)
    assert set(page.ids) == anchors(text)
    written = fences(text, "sh", "python", "json", "toml", "nginx", "")
    assert [block for block in written if block not in page.code] == []


def test_marks_for_the_program_that_makes_pages_are_not_shown() -> None:
    for name in ("errors", "api-changelog", "operating"):
        found = pages.guide_page(name, version="1", root_path="")
        assert found is not None
        assert b"&lt;!--" not in found
        assert b"<!--" not in found


def test_links_to_what_a_server_does_not_carry_are_words() -> None:
    links = [address for address, _ in page_of("addons").links]
    assert "examples/addon" in re.sub(r"<[^>]+>", "", guides.guide("addons", "")[1])  # type: ignore[index]
    assert not [address for address in links if "examples" in address]
    assert [address for address in links if address == "/docs/webhooks"]


@pytest.mark.parametrize("name", ["", ".", "..", "webhooks.md", "../errors", "deploy", "WEBHOOKS", "webhooks/", "\x00"])
def test_a_name_that_is_no_page_gives_none(name: str) -> None:
    assert pages.guide_page(name, version="1", root_path="") is None
    assert pages.example_file(name) is None


def test_markup_in_a_page_stays_text(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = tmp_path_factory.mktemp("guides") / "hostile.md"
    page.write_text("# A <b>title</b>\n\n<script>alert(1)</script> [x](javascript:alert(1)) <a onclick=x>\n")
    monkeypatch.setattr(guides, "PAGES", {"hostile": page})
    guides.guide.cache_clear()
    found = page_of("hostile")
    guides.guide.cache_clear()
    assert found.forbidden == []
    assert "javascript:alert(1)" not in [address for address, _ in found.links]


def test_an_installation_without_guides_links_to_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "PAGES", {})
    assert [address for address, _ in explorer().links if "/docs/" in address] == []
