"""When a schedule is due: a time of day on certain days, in a zone. Pure.

Every period has one moment. A time that clocks skip is due right after the gap, one that they show twice when
they show it first; so moments follow one another, and two days that a zone joins are one period.
"""

import calendar
import enum
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from hourbook.core.calendar import get_zone, local_day, offset_change_s

MICROSECONDS = 1_000_000
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Longer than any period: whoever looks back so far finds a moment, however long nobody looked.
_LOOK_BACK_US = 40 * 86_400 * MICROSECONDS
# Zones leave out a day at most; whoever begins so many days early misses none.
_EARLIER_DAYS = 3


class Every(enum.StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class When(msgspec.Struct, frozen=True):
    """`minute` of the day. `weekday`: 0 for Monday, of WEEKLY. `month_day`: of MONTHLY; shorter months end with it."""

    every: Every
    minute: int
    zone: str
    weekday: int | None = None
    month_day: int | None = None


def next_after(when: When, after_us: int) -> int:
    """The first moment after an instant."""
    first = local_day(after_us // MICROSECONDS, when.zone) - _EARLIER_DAYS * _DAY
    return next(at_us for at_us in (moment_us(when, day) for day in _days(when, first)) if at_us > after_us)


def latest_until(when: When, next_us: int, now_us: int) -> int:
    """The last moment that has come, where `next_us` is one that has: what was missed before it is let go."""
    found = next_us if now_us - next_us < _LOOK_BACK_US else next_after(when, now_us - _LOOK_BACK_US)
    while (following := next_after(when, found)) <= now_us:
        found = following
    return found


def moment_us(when: When, day: date) -> int:
    """The moment of a day on which the schedule is due."""
    wall = datetime(day.year, day.month, day.day, when.minute // 60, when.minute % 60, tzinfo=get_zone(when.zone))
    first, second = (
        (wall.replace(fold=fold).astimezone(UTC) - _EPOCH) // timedelta(seconds=1) for fold in (0, 1)
    )  # fmt: skip
    # A time that is skipped, read with the offset from before the gap, lies after the same read with that from after.
    return (offset_change_s(second, first, when.zone) if first > second else first) * MICROSECONDS


def _days(when: When, first: date) -> Iterator[date]:
    """The days of a schedule from a day on, in order."""
    if when.month_day is not None:
        year, month = first.year, first.month
        while True:
            # The first one may be before the day: nobody asks for it then.
            yield date(year, month, min(when.month_day, calendar.monthrange(year, month)[1]))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    step = _DAY if when.weekday is None else 7 * _DAY
    day = first if when.weekday is None else first + (when.weekday - first.weekday()) % 7 * _DAY
    while True:
        yield day
        day += step
