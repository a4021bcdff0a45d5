"""What relative ranges mean, and who may open what. Pure."""

from datetime import date

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.shared_reports import rules, rules_ranges
from hourbook.resources.shared_reports.rules import SharedReport, Viewer

WEDNESDAY = date(2026, 5, 20)
MONDAY, SUNDAY = 0, 6


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("TODAY", "2026-05-20", "2026-05-20"),
        ("YESTERDAY", "2026-05-19", "2026-05-19"),
        ("THIS_WEEK", "2026-05-18", "2026-05-24"),
        ("LAST_WEEK", "2026-05-11", "2026-05-17"),
        ("PAST_TWO_WEEKS", "2026-05-04", "2026-05-17"),
        ("THIS_MONTH", "2026-05-01", "2026-05-31"),
        ("LAST_MONTH", "2026-04-01", "2026-04-30"),
        ("THIS_YEAR", "2026-01-01", "2026-12-31"),
        ("LAST_YEAR", "2025-01-01", "2025-12-31"),
    ],
)
def test_relative_ranges(word: str, first: str, last: str) -> None:
    days = rules_ranges.days_of(word, WEDNESDAY, MONDAY)
    assert days == (date.fromisoformat(first), date.fromisoformat(last))


def test_weeks_begin_when_they_begin() -> None:
    assert rules_ranges.days_of("THIS_WEEK", WEDNESDAY, SUNDAY) == (date(2026, 5, 17), date(2026, 5, 23))
    assert rules_ranges.days_of("THIS_WEEK", WEDNESDAY, 2) == (WEDNESDAY, date(2026, 5, 26))
    assert rules_ranges.days_of("LAST_WEEK", date(2026, 5, 17), SUNDAY) == (date(2026, 5, 10), date(2026, 5, 16))


@pytest.mark.parametrize(
    ("today", "word", "first", "last"),
    [
        (date(2024, 3, 31), "LAST_MONTH", date(2024, 2, 1), date(2024, 2, 29)),
        (date(2026, 1, 1), "LAST_MONTH", date(2025, 12, 1), date(2025, 12, 31)),
        (date(2026, 12, 31), "THIS_MONTH", date(2026, 12, 1), date(2026, 12, 31)),
        (date(2024, 2, 29), "LAST_YEAR", date(2023, 1, 1), date(2023, 12, 31)),
        (date(2026, 1, 1), "YESTERDAY", date(2025, 12, 31), date(2025, 12, 31)),
    ],
)
def test_edges_of_months_and_years(today: date, word: str, first: date, last: date) -> None:
    assert rules_ranges.days_of(word, today, MONDAY) == (first, last)


def test_a_fixed_range_is_none_of_these() -> None:
    assert rules_ranges.days_of("ABSOLUTE", WEDNESDAY, MONDAY) is None


def test_days_are_written_as_wall_clock() -> None:
    written = rules_ranges.written((WEDNESDAY, WEDNESDAY))
    assert written == ("2026-05-20T00:00:00.000", "2026-05-20T23:59:59.999")


def report(*, is_public: bool = False) -> SharedReport:
    return SharedReport("w", "r", "author", "n", "SUMMARY", is_public, False, "{}", user_ids=("named",))


@pytest.mark.parametrize(
    ("viewer", "may"),
    [
        (Viewer(), False),
        (Viewer("other"), False),
        (Viewer("author"), True),
        (Viewer("named"), True),
        (Viewer("other", is_admin=True), True),
        (Viewer("other", is_in_group=True), True),
    ],
)
def test_who_may_open_a_private_one(viewer: Viewer, may: bool) -> None:
    assert rules.may_open(report(), viewer) is may
    assert rules.may_open(report(is_public=True), viewer)


def test_limits() -> None:
    assert rules.check_name(" x ") == "x"
    for name in (None, " ", "x" * 251):
        with pytest.raises(InvalidValue):
            rules.check_name(name)
    assert rules.check_filter("{}") == "{}"
    with pytest.raises(InvalidValue):
        rules.check_filter("x" * 300_001)
    assert rules.check_visible(["a", "a", "b"]) == ("a", "b")
    with pytest.raises(InvalidValue):
        rules.check_visible(str(one) for one in range(1001))
