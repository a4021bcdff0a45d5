"""When a schedule is due: days, months of any length, and days on which clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hourbook.resources.scheduled_reports.rules_times import (
    MICROSECONDS,
    Every,
    When,
    latest_until,
    moment_us,
    next_after,
)

DAY_US = 86_400 * MICROSECONDS
# Every kind of clock change: an hour at night and at midnight, half an hour, a skipped day, a day twice, none.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Asia/Kathmandu",
    "Africa/Casablanca",
)


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * MICROSECONDS


def text_of(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // MICROSECONDS, UTC).strftime("%Y-%m-%dT%H:%M")


def following(when: When, after: str, count: int) -> list[str]:
    found, at_us = [], us(after)
    for _ in range(count):
        at_us = next_after(when, at_us)
        found.append(text_of(at_us))
    return found


def test_every_day_at_a_time() -> None:
    when = When(Every.DAILY, 7 * 60, "UTC")
    assert following(when, "2026-05-20T06:59:59", 2) == ["2026-05-20T07:00", "2026-05-21T07:00"]
    assert following(when, "2026-05-20T07:00:00", 1) == ["2026-05-21T07:00"]


def test_the_day_is_that_of_the_zone() -> None:
    assert following(When(Every.DAILY, 30, "Pacific/Auckland"), "2026-05-20T12:00:00", 2) == [
        "2026-05-20T12:30",
        "2026-05-21T12:30",
    ]
    monday = When(Every.WEEKLY, 30, "Pacific/Auckland", weekday=0)
    assert following(monday, "2026-05-20T14:00:00", 2) == ["2026-05-24T12:30", "2026-05-31T12:30"]


@pytest.mark.parametrize(("weekday", "day"), [*enumerate(("25", "26", "27", "21", "22", "23", "24"))])
def test_every_week_on_a_day(weekday: int, day: str) -> None:
    when = When(Every.WEEKLY, 7 * 60, "UTC", weekday=weekday)
    assert following(when, "2026-05-20T14:00:00", 1) == [f"2026-05-{day}T07:00"]


def test_months_that_are_shorter_end_with_it() -> None:
    when = When(Every.MONTHLY, 0, "UTC", month_day=31)
    assert [text[:10] for text in following(when, "2027-12-30T12:00:00", 5)] == [
        "2027-12-31",
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
        "2028-04-30",
    ]
    first = When(Every.MONTHLY, 0, "UTC", month_day=1)
    assert following(first, "2026-05-01T00:00:00", 2) == ["2026-06-01T00:00", "2026-07-01T00:00"]


def test_a_time_that_clocks_skip_is_due_right_after_the_gap() -> None:
    """In Berlin 02:00 to 03:00 is no time on 29 March 2026."""
    when = When(Every.DAILY, 2 * 60 + 30, "Europe/Berlin")
    assert following(when, "2026-03-28T00:00:00", 3) == ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]


def test_a_time_that_clocks_show_twice_is_due_the_first_time_alone() -> None:
    """In Berlin 02:00 to 03:00 comes twice on 25 October 2026."""
    when = When(Every.DAILY, 2 * 60 + 30, "Europe/Berlin")
    assert following(when, "2026-10-24T12:00:00", 2) == ["2026-10-25T00:30", "2026-10-26T01:30"]


def test_a_day_that_a_zone_leaves_out_is_one_period_with_the_next() -> None:
    """Samoa had no 30 December 2011."""
    when = When(Every.DAILY, 7 * 60, "Pacific/Apia")
    assert following(when, "2011-12-29T00:00:00", 3) == ["2011-12-29T17:00", "2011-12-30T10:00", "2011-12-30T17:00"]


def test_the_latest_moment_that_has_come_is_mailed() -> None:
    when = When(Every.DAILY, 7 * 60, "UTC")
    due = us("2026-05-21T07:00:00")
    assert latest_until(when, due, due) == due
    assert latest_until(when, due, us("2026-05-22T06:59:59")) == due
    assert text_of(latest_until(when, due, us("2026-05-26T12:00:00"))) == "2026-05-26T07:00"


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (When(Every.DAILY, 7 * 60, "UTC"), "2036-05-20T07:00"),
        (When(Every.WEEKLY, 7 * 60, "UTC", weekday=0), "2036-05-19T07:00"),
        (When(Every.MONTHLY, 7 * 60, "UTC", month_day=31), "2036-04-30T07:00"),
    ],
)
def test_ten_years_of_nobody_looking_are_no_work(when: When, found: str) -> None:
    assert text_of(latest_until(when, us("2026-05-21T07:00:00"), us("2036-05-20T12:00:00"))) == found


@given(
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 1439),
    weekday=st.none() | st.integers(0, 6),
    month_day=st.none() | st.integers(1, 31),
    after=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
)
@example(zone="Pacific/Apia", minute=0, weekday=None, month_day=30, after=datetime(2011, 12, 29))
@example(zone="Pacific/Kwajalein", minute=0, weekday=5, month_day=None, after=datetime(1993, 8, 20))
def test_moments_rise_and_each_is_that_of_a_day(
    zone: str, minute: int, weekday: int | None, month_day: int | None, after: datetime
) -> None:
    every = Every.MONTHLY if month_day else Every.DAILY if weekday is None else Every.WEEKLY
    when = When(every, minute, zone, None if month_day else weekday, month_day)
    after_us = us(after.replace(microsecond=0).isoformat())
    found = next_after(when, after_us)
    assert found > after_us
    longest = 31 if month_day else 1 if weekday is None else 7
    assert found - after_us <= (longest + 2) * DAY_US
    day = datetime.fromtimestamp(found // MICROSECONDS, UTC).date()
    assert found in {moment_us(when, day + timedelta(days=number)) for number in (-2, -1, 0, 1, 2)}
    assert next_after(when, found - 1) == found


def test_a_moment_is_the_wall_clock_of_its_day() -> None:
    when = When(Every.DAILY, 17 * 60 + 45, "Asia/Kathmandu")
    assert text_of(moment_us(when, date(2026, 5, 20))) == "2026-05-20T12:00"
