"""How mails read: a file of sentences a language, and one layout for text and HTML.

`render` makes subject, text and HTML of a mail from its template's sentences and its values, in the
receiver's language (English where theirs is not there) and zone. Values are shown as they are:
HTML is escaped, and nothing in a value is read as a template. Which values there are says `resources/mail/rules.py`.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hourbook.core.calendar import get_zone
from hourbook.core.clock import seconds_of

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
FALLBACK = "en"
# How the name of a value ends says what it is; anything else is shown as it is.
INSTANT, DAYS, DURATION, WORD = "_at_us", "_days", "_seconds", "_word"


@dataclass(frozen=True)
class Rendered:
    """A mail as it is sent."""

    subject: str
    text: str
    html: str


def languages() -> tuple[str, ...]:
    """The languages there are, as tags in lower case."""
    return tuple(sorted(path.stem for path in (FOLDER / "words").glob("*.toml")))


def render(template: str, values: dict[str, Any], *, language: str, zone: str) -> Rendered:
    """A mail in the receiver's language and zone; LookupError when there is no such template."""
    words = _words(_language(language))
    sentences = words["mails"].get(template)
    if sentences is None:
        raise LookupError(f"there is no mail called {template}")
    shown = {name: _shown(name, value, words, zone) for name, value in values.items()}
    plain = {name: _filled(text, shown) for name, text in sentences.items() if isinstance(text, str)}
    paragraphs = [_filled(text, shown) for text in sentences["paragraphs"]]
    subject = " ".join(plain["subject"].split())
    context = {**plain, "subject": subject, "paragraphs": paragraphs, "link": shown.get("link"), "words": words}
    context["language"] = _language(language)
    return Rendered(
        subject,
        _environment().get_template("layout.txt").render(context).strip() + "\n",
        _environment().get_template("layout.html").render(context),
    )


def _language(tag: str) -> str:
    """`de-AT` is German; what is not there is English."""
    wanted = tag.replace("_", "-").lower()
    return next((found for found in (wanted, wanted.partition("-")[0]) if found in languages()), FALLBACK)


@cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "words" / f"{language}.toml").read_text("utf-8"))


def _filled(sentence: str, shown: dict[str, str]) -> str:
    """A sentence with its values in it; their own braces mean nothing."""
    return sentence.format_map(shown)


def _shown(name: str, value: Any, words: dict[str, Any], zone: str) -> str:
    if name.endswith(INSTANT):
        return _instant(int(value), words["instant"], zone)
    if name.endswith(DAYS):
        return _days(str(value), words["days"], words["instant"]["months"])
    if name.endswith(DURATION):
        minutes = (int(value) + 30) // 60
        return str(words["duration"].format(hours=minutes // 60, minutes=minutes % 60))
    if name.endswith(WORD):
        return str(words["words"][value])
    # A name with a line break in it would look like a sentence of ours.
    return " ".join(str(value).split())


def _days(value: str, words: dict[str, Any], months: list[str]) -> str:
    """The first and the last day, `2026-05-01/2026-05-31`; the same day is named once."""
    from datetime import date

    shown = []
    for text in dict.fromkeys(value.split("/")):
        day = date.fromisoformat(text)
        shown.append(words["day"].format(day=day.day, month=months[day.month - 1], year=day.year))
    return str(words["range"].format(first=shown[0], last=shown[-1])) if len(shown) > 1 else str(shown[0])


def _instant(at_us: int, words: dict[str, Any], zone: str) -> str:
    from datetime import UTC, datetime

    try:
        found = get_zone(zone)
    except ValueError:
        found, zone = get_zone("UTC"), "UTC"
    local = datetime.fromtimestamp(seconds_of(at_us), UTC).astimezone(found)
    parts = {"day": local.day, "month": words["months"][local.month - 1], "year": local.year}
    return str(words["format"].format(**parts, hour=f"{local:%H}", minute=f"{local:%M}", zone=zone))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
