"""Reads our Markdown pages for the tests: fenced blocks, shell commands in them, links and headings.

It knows the few forms our pages use and nothing of rendering.
"""

import contextlib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
README = ROOT / "README.md"

_FENCE = re.compile(r"^(?P<mark>`{3,})(?P<kind>\w*)\n(?P<text>.*?)^(?P=mark)$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(
    r"(?P<image>!?)\[(?:[^\[\]]|\[[^\[\]]*\])*\]\((?P<target>[^()\s]+)[^()]*\)|<(?P<bare>https?:[^<>\s]+)>"
)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_SHELL = frozenset({"sh", "bash", "shell", "console"})


@dataclass(frozen=True)
class Link:
    """Where something points; `is_image` for pictures."""

    target: str
    is_image: bool

    @property
    def is_outside(self) -> bool:
        return bool(re.match(r"[a-z]+:|//", self.target, re.IGNORECASE))


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def fences(text: str, *kinds: str) -> list[str]:
    """The fenced blocks of these languages."""
    return [found["text"] for found in _FENCE.finditer(text) if found["kind"] in kinds]


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text)


def spans(text: str) -> list[str]:
    """What stands between backticks in running text."""
    return [found.replace("\\|", "|") for found in _SPAN.findall(prose(text))]


def links(text: str) -> list[Link]:
    """Links and pictures of the running text."""
    without_code = _SPAN.sub("`code`", prose(text))
    return [Link(found["target"] or found["bare"], bool(found["image"])) for found in _LINK.finditer(without_code)]


def anchors(text: str) -> set[str]:
    """The names headings can be linked by."""
    found = [heading.replace("`", "") for heading in _HEADING.findall(prose(text))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command in the page's shell blocks; continued lines, and open quotes, are one command."""
    for block in fences(text, *_SHELL):
        begun = ""
        for line in block.replace("\\\n", " ").splitlines(keepends=True):
            begun += line
            with contextlib.suppress(ValueError):
                words, begun = shlex.split(begun, comments=True), ""
                if words:
                    yield words
        assert not begun, f"a quote that is never closed: {begun}"
