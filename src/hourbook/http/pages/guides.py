"""The guides as this installation carries them: docs/ as pages of a browser, and the files of deploy/ they link to.

They stand in the folder `guides` as links to docs/ and deploy/, which become files in a wheel. Names are compared with
the tables here and never joined to a path of a request. What is no page here is shown as words and not as a link.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from posixpath import normpath
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

# Those that the explorer links to, and how a link to each reads; other pages are reached from these.
GUIDES = MappingProxyType(
    {
        "authentication": "Authentication tutorial",
        "webhooks": "Webhook setup",
        "change-feed": "Change feed",
        "addons": "Add-ons",
        "limits": "Limits",
        "errors": "Error codes",
        "api-changelog": "API changelog",
        "deploying": "Deployment",
    }
)
_FOLDER = files(__name__.rpartition(".")[0]) / "guides"
_COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
_OUTSIDE = re.compile(r"[a-z]+:", re.IGNORECASE)
Files = MappingProxyType[str, Traversable]


def _files(folder: Traversable) -> Files:
    found = folder.iterdir() if folder.is_dir() else ()
    return MappingProxyType({entry.name: entry for entry in sorted(found, key=lambda entry: entry.name)})


PAGES: Files = MappingProxyType(
    {name.removesuffix(".md"): entry for name, entry in _files(_FOLDER).items() if name.endswith(".md")}
)
EXAMPLES: Files = _files(_FOLDER / "deploy")


@cache
def example_text(name: str) -> bytes | None:
    """A file of deploy/; None for a name that is not in the table."""
    found = EXAMPLES.get(name)
    return None if found is None else found.read_bytes()


@lru_cache(maxsize=16)
def guide(name: str, root: str) -> tuple[str, str] | None:
    """Title and HTML of a page of docs/; None for a name that is not in the table."""
    from markdown_it import MarkdownIt

    found = PAGES.get(name)
    if found is None:
        return None
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Marks for the program that makes parts of pages are not for readers.
    tokens = reader.parse(_COMMENT.sub("", found.read_text(encoding="utf-8")))
    title = ""
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            title = title or content.content
            token.attrSet("id", anchor(content.content))
        if content.children:
            content.children = list(_linked(content.children, root))
    return title, str(reader.renderer.render(tokens, reader.options, {}))


def anchor(heading: str) -> str:
    """The name a heading can be linked by, as our pages do."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def _linked(tokens: "list[Token]", root: str) -> "Iterator[Token]":
    """The parts of a line with links that lead somewhere; the words of others stay."""
    is_dropped = False
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href")), root)
            is_dropped = address is None
            token.attrSet("href", address or "")
        if not (is_dropped and token.type in ("link_open", "link_close")):
            yield token


def _address(target: str, root: str) -> str | None:
    """Where a link of a page in docs/ leads on this server; None when that is not here."""
    if _OUTSIDE.match(target) or target.startswith("#"):
        return target
    path, mark, place = target.partition("#")
    folder, _, name = normpath(f"docs/{path}").rpartition("/")
    if folder == "docs" and name.removesuffix(".md") in PAGES:
        return f"{root}/docs/{name.removesuffix('.md')}{mark}{place}"
    return f"{root}/docs/deploy/{name}" if folder == "deploy" and name in EXAMPLES else None


def guide_links(root: str) -> str:
    """The links of the explorer and of every guide."""
    found = ((escape(f"{root}/docs/{name}"), escape(words)) for name, words in GUIDES.items() if name in PAGES)
    return "\n".join(f'<a href="{address}">{words}</a>' for address, words in found)
