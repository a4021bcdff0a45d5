"""Locks that stand still and locks that move with time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hourbook.core.errors import EntryLocked
from hourbook.resources.time_entries.rules import AutomaticLock, TrackingSettings, check_lock, lock_before_s

WEDNESDAY = datetime(2026, 5, 20, 14, tzinfo=UTC)


def seconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


def locked_before(now: datetime = WEDNESDAY, zone: str = "UTC", fixed: int | None = None, **lock: Any) -> str:
    """The lock as a text, `-` when there is none."""
    automatic = AutomaticLock(**lock) if lock else None
    settings = TrackingSettings(lock_time_entries=fixed, automatic_lock=automatic, time_zone=zone)
    found = lock_before_s(settings, now_s=int(now.timestamp()))
    return "-" if found is None else datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%d %H:%M")


def test_without_a_lock_nothing_is_locked() -> None:
    assert locked_before() == "-"


def test_of_two_locks_the_later_one_counts() -> None:
    old: dict[str, Any] = {"type": "OLDER_THAN", "older_than_period": "DAYS", "older_than_value": 10}
    assert locked_before(fixed=seconds(2026, 5, 1), **old) == "2026-05-10 00:00"
    assert locked_before(fixed=seconds(2026, 5, 15), **old) == "2026-05-15 00:00"
    assert locked_before(fixed=seconds(2026, 5, 15)) == "2026-05-15 00:00"


@pytest.mark.parametrize(
    ("period", "value", "expected"),
    [
        ("DAYS", 3, "2026-05-17 00:00"),
        ("WEEKS", 2, "2026-05-06 00:00"),
        ("MONTHS", 1, "2026-04-20 00:00"),
        ("DAYS", 0, "2026-05-20 00:00"),
        (None, 1, "2026-05-19 00:00"),
        ("DAYS", None, "2026-05-20 00:00"),
    ],
)
def test_what_is_older_than_so_long_is_locked(period: str, value: int, expected: str) -> None:
    assert locked_before(type="OLDER_THAN", older_than_period=period, older_than_value=value) == expected


@pytest.mark.parametrize(
    ("first", "change", "expected"),
    [
        ("MONDAY", "WEDNESDAY", "2026-05-18 00:00"),
        ("MONDAY", "THURSDAY", "2026-05-11 00:00"),
        ("SUNDAY", "MONDAY", "2026-05-17 00:00"),
        ("SUNDAY", "SATURDAY", "2026-05-10 00:00"),
        (None, None, "2026-05-18 00:00"),
    ],
)
def test_the_past_week_is_locked_once_its_day_has_come(first: str, change: str, expected: str) -> None:
    assert locked_before(type="WEEKLY", first_day=first, change_day=change) == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(20, "2026-05-01 00:00"), (21, "2026-04-01 00:00"), (None, "2026-05-01 00:00")]
)
def test_the_past_month_is_locked_once_its_day_has_come(day: int, expected: str) -> None:
    assert locked_before(type="MONTHLY", day_of_month=day) == expected


def test_in_january_the_past_month_is_december() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert locked_before(now, type="MONTHLY", day_of_month=5) == "2025-12-01 00:00"


def test_in_a_month_that_is_too_short_for_the_day_the_last_one_counts() -> None:
    for day, expected in ((27, "2026-01-01 00:00"), (28, "2026-02-01 00:00")):
        assert locked_before(datetime(2026, 2, day, tzinfo=UTC), type="MONTHLY", day_of_month=31) == expected


def test_the_zone_of_the_lock_counts_before_that_of_the_workspace() -> None:
    lock = AutomaticLock(type="OLDER_THAN", older_than_value=0)
    settings = TrackingSettings(automatic_lock=lock, lock_time_zone="Asia/Tokyo", time_zone="Europe/Belgrade")
    assert lock_before_s(settings, now_s=seconds(2026, 5, 20, 16)) == seconds(2026, 5, 20, 15)


def test_the_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 5, 20, 23, tzinfo=UTC)
    assert locked_before(late, "Europe/Belgrade", type="OLDER_THAN", older_than_value=0) == "2026-05-20 22:00"


def test_an_entry_that_starts_before_the_lock_is_locked() -> None:
    check_lock([5, 10], None)
    check_lock([10, 11], 10)
    with pytest.raises(EntryLocked):
        check_lock([11, 9], 10)
