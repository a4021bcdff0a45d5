"""The pages a person sees in a browser: the first page, the API explorer, guides, a shared report, and their files.

Owns their HTML, the table of files that may be served, and the headers that go with both.
Pure functions of their arguments and of the package's own files: no framework, no request, no
settings, no database. Nothing here may name an address outside this server.
"""

from functools import cache
from html import escape
from importlib.resources import files
from json import dumps
from shlex import quote as shell_quote
from string import Template
from types import MappingProxyType
from urllib.parse import quote

from hourbook.http.pages import guides
from hourbook.http.pages.readme import readme_text

__all__ = [
    "PAGE_HEADERS",
    "README_NAME",
    "STATIC_HEADERS",
    "example_file",
    "explorer_page",
    "first_page",
    "guide_page",
    "report_page",
    "static_file",
]

README_NAME = "README.md"

# No inline script and no inline style stand in our pages, so neither is allowed: an escape that
# fails stays harmless. `data:` and `blob:` are the explorer's icons and pictures in answers.
_CSP = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = MappingProxyType(
    {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _CSP,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # The explorer's address may hold ids of a workspace; they are nobody else's business.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
)
STATIC_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        # Our pages ask with the version in the query, so an upgrade is seen at once.
        "Cache-Control": "public, max-age=86400",
    }
)

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_HERE = files(__name__)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]


# Names are compared with this table and never joined to a path.
_FILES = MappingProxyType(
    {
        entry.name: (entry, _CONTENT_TYPES[_suffix(entry.name)])
        for entry in (_HERE / "static").iterdir()
        if _suffix(entry.name) in _CONTENT_TYPES
    }
)


def static_file(name: str) -> tuple[bytes, str] | None:
    """Content and content type of one file under `/static/`; None for a name not in the table."""
    if name == README_NAME:
        text = readme_text()
        return None if text is None else (text, _CONTENT_TYPES[".txt"])
    return _read(name) if name in _FILES else None


@cache
def _read(name: str) -> tuple[bytes, str]:
    # Called with names of the table alone, so the cache cannot grow beyond it.
    entry, content_type = _FILES[name]
    return entry.read_bytes(), content_type


@cache
def _template(name: str) -> Template:
    return Template((_HERE / "templates" / name).read_text(encoding="utf-8"))


def first_page(*, version: str, public_url: str, root_path: str) -> bytes:
    """The page at `/`. `public_url` is shown whole, with `root_path` added if it lacks it."""
    root = _root(root_path)
    base_url = _base_url(public_url, root)
    curl = f'curl -H "X-Api-Key: $HOURBOOK_KEY" \\\n  {shell_quote(base_url + "/user")}'
    sdk = (
        "from clockify import ClientOptions, ClockifyClient\n\n"
        f"options = ClientOptions(\n    base_url={dumps(base_url, ensure_ascii=False)},\n"
        # Left out, the client would send the key to the hosted service's own address.
        f"    reports_base_url={dumps(_reports_url(base_url), ensure_ascii=False)},\n)\n"
        "client = ClockifyClient(api_key=HOURBOOK_KEY, options=options)\n"
        "print(client.user.me())"
    )
    page = _template("first.html").substitute(
        _frame(version=version, root=root),
        base_url=escape(base_url),
        curl=escape(curl),
        sdk=escape(sdk),
        readme=_readme_link(root),
    )
    return page.encode()


def explorer_page(*, version: str, root_path: str) -> bytes:
    """The page at `/docs`: Swagger UI over `openapi.json` of the same server and root path."""
    root = _root(root_path)
    page = _template("explorer.html").substitute(_frame(version=version, root=root), guides=guides.guide_links(root))
    return page.encode()


def guide_page(name: str, *, version: str, root_path: str) -> bytes | None:
    """The page at `/docs/{name}`: one of docs/; None when there is none of this name."""
    root = _root(root_path)
    found = guides.guide(name, root)
    if found is None:
        return None
    frame, (title, content) = _frame(version=version, root=root), found
    page = _template("guide.html").substitute(
        frame, guides=guides.guide_links(root), title=escape(title), content=content
    )
    return page.encode()


def example_file(name: str) -> tuple[bytes, str] | None:
    """Content and content type of one file under `/docs/deploy/`; None when there is none of this name."""
    found = guides.example_text(name)
    return None if found is None else (found, _CONTENT_TYPES[".txt"])


def report_page(*, version: str, root_path: str) -> bytes:
    """The page at `/shared-reports/{id}`: the same for every report, which it asks the API for itself."""
    root = _root(root_path)
    return _template("report.html").substitute(_frame(version=version, root=root)).encode()


def _frame(*, version: str, root: str) -> dict[str, str]:
    """What all pages share, ready to stand in HTML."""
    # Inside HTML the namespace is implied; without it the page holds no address but its own.
    drawing = _read("favicon.svg")[0].decode().strip()
    logo = drawing.replace(' xmlns="http://www.w3.org/2000/svg"', ' aria-hidden="true"', 1)
    return {"root": escape(root), "version": escape(version), "v": quote(version, safe=""), "logo": logo}


def _root(root_path: str) -> str:
    """`` or `/hourbook`. One leading slash only: `//name` would be another host to a browser."""
    path = quote(root_path.strip("/"), safe="/-._~%")
    return f"/{path}" if path else ""


def _base_url(public_url: str, root: str) -> str:
    url = public_url.rstrip("/")
    return url + ("" if url.endswith(root) else root) + "/api/v1"


def _reports_url(base_url: str) -> str:
    return base_url.removesuffix("/api/v1") + "/report/v1"


def _readme_link(root: str) -> str:
    if readme_text() is None:
        return ""
    address = escape(f"{root}/static/{README_NAME}")
    return f'<li><a href="{address}"><b>README</b><span>What Hourbook is and how to run it</span></a></li>\n'
