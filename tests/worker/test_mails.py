"""How mails read: in every language there is, in the receiver's zone, with values as they are."""

import string
import tomllib
from typing import Any

import pytest

from hourbook.resources.mail.rules import TEMPLATES
from hourbook.resources.scheduled_reports.rules import ReportType
from hourbook.resources.scheduled_reports.rules_runs import Failure
from hourbook.resources.webhooks.rules_deliveries import Reason
from hourbook.worker.mails import FALLBACK, FOLDER, languages, render

AT_US = 1_782_900_000_000_000  # 2026-07-01T10:00:00Z
EVIL = '<img src=x onerror="alert(1)"> {link} {{7*7}} & Söhne'


def words(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "words" / f"{language}.toml").read_text("utf-8"))


def values(template: str) -> dict[str, Any]:
    return {name: value_of(name) for name in TEMPLATES[template]}


def value_of(name: str) -> str | int:
    """A value of the kind that the end of its name says."""
    kinds: dict[str, str | int] = {
        "_at_us": AT_US,
        "_days": "2026-05-01/2026-05-31",
        "_seconds": 5400,
        "type_word": "DETAILED",
        "failure_word": "SERVER_TROUBLE",
        "reason_word": "WEBHOOK_GONE",
        "link": "https://x.example/?a=1&b=2",
    }
    return next((value for end, value in kinds.items() if name.endswith(end)), f"<{name}>")


def names_in(value: Any) -> set[str]:
    texts = [value] if isinstance(value, str) else value
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_mail_with_the_same_parts_and_values() -> None:
    known = words(FALLBACK)
    assert known["mails"].keys() == TEMPLATES.keys()
    for language in languages():
        found = words(language)
        assert found.keys() == known.keys()
        assert len(found["instant"]["months"]) == 12
        for template, parts in found["mails"].items():
            assert parts.keys() == known["mails"][template].keys(), (language, template)
            used = set().union(*map(names_in, parts.values()))
            assert used <= TEMPLATES[template], (language, template)
            assert used | {"link"} >= TEMPLATES[template], (language, template)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
@pytest.mark.parametrize("language", languages())
def test_every_mail_can_be_made(language: str, template: str) -> None:
    made = render(template, values(template), language=language, zone="Europe/Berlin")
    assert made.subject
    assert "{" not in made.subject + made.text
    assert ("https://x.example/?a=1&b=2" in made.text) == ("link" in TEMPLATES[template])
    assert ('href="https://x.example/?a=1&amp;b=2"' in made.html) == ("link" in TEMPLATES[template])


def test_the_receivers_language_and_zone_count() -> None:
    german = render("password_reset", values("password_reset"), language="de-AT", zone="Europe/Vienna")
    assert "1. Juli 2026, 12:00 Uhr (Europe/Vienna)" in german.text
    assert '<html lang="de">' in german.html
    english = render("password_reset", values("password_reset"), language="en_US", zone="America/New_York")
    assert "1 July 2026, 06:00 (America/New_York)" in english.text


def test_days_durations_and_words_are_said_in_the_receivers_language() -> None:
    english = render("scheduled_report", values("scheduled_report"), language="en", zone="UTC")
    assert english.subject == "<report>: 1 May 2026 to 31 May 2026"
    assert "the detailed report of the workspace <workspace>" in english.text
    assert "Time in it: 1 h 30 min." in english.text
    one_day = values("scheduled_report") | {"range_days": "2026-05-01/2026-05-01"}
    german = render("scheduled_report", one_day, language="de", zone="UTC")
    assert german.subject == "<report>: 1. Mai 2026"
    assert "1 Std. 30 Min." in german.text


def test_every_word_of_ours_is_there_in_every_language() -> None:
    known = {*ReportType, *Failure, *Reason}
    for language in languages():
        assert words(language)["words"].keys() == known, language


def test_a_language_or_zone_that_is_not_there_is_english_and_utc() -> None:
    made = render("password_reset", values("password_reset"), language="tlh", zone="Mars/Olympus")
    assert "1 July 2026, 10:00 (UTC)" in made.text
    assert '<html lang="en">' in made.html


def test_values_are_text_and_nothing_more() -> None:
    made = render("invitation", {**values("invitation"), "workspace": EVIL}, language="en", zone="UTC")
    assert EVIL in made.text
    assert "<img" not in made.html
    assert "&lt;img src=x" in made.html
    assert "{{7*7}}" in made.html


def test_a_line_break_in_a_name_makes_no_header_and_no_paragraph() -> None:
    name = "Mallory\r\nBcc: all@example.org\n\nYour password is wrong."
    made = render("invitation", {**values("invitation"), "inviter": name}, language="en", zone="UTC")
    assert made.subject == "Mallory Bcc: all@example.org Your password is wrong. invites you to <workspace>"
    assert "\nBcc:" not in made.text


def test_a_mail_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(LookupError):
        render("advertisement", {}, language="en", zone="UTC")
