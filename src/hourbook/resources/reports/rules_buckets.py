"""Days, weeks and months of a span as buckets. Pure.

Local days are computed here from the calendar, never in a database, so they are exact across clock
changes. A bucket begins with its first local second and is named by its first day (a month YYYY-MM).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from hourbook.core.calendar import day_start_s, get_zone, local_day
from hourbook.resources.reports.rules import Group, Span
from hourbook.resources.reports.rules_walls import DAY_SECONDS

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Buckets(msgspec.Struct, frozen=True):
    """Bucket n begins at second `bounds[n]`, on the local day `days[n]`, and is called `names[n]`.

    `stretches`: (second, bucket from there on), ascending. Mostly the bounds; where clocks go back across
    midnight, the bucket before goes on for a while.
    """

    bounds: list[int]
    days: list[date]
    names: list[str]
    stretches: list[tuple[int, int]]


def buckets_of(span: Span, group: Group, *, utc_days: Sequence[int] | None = None) -> Buckets:
    """All buckets from the one with the span's first second to the one with its last.

    `utc_days`: only those that something on these days (since 1970, UTC) may be in.
    """
    day = first_day(local_day(span.start_s, span.zone), group, week_start=span.week_start)
    days: list[date] = []
    last = local_day(span.end_s - 1, span.zone) if span.start_s < span.end_s else date.min
    if utc_days is not None:
        near = {_EPOCH_DAY + timedelta(days=one + shift) for one in utc_days for shift in (-1, 0, 1)}
        days = sorted({first_day(one, group, week_start=span.week_start) for one in near if day <= one <= last} | {day})
    while utc_days is None and day <= last:
        days.append(day)
        day = _next(day, group)
    bounds = [day_start_s(one, span.zone) for one in days]
    # A day that a zone leaves out begins when the next one does.
    real = [
        number for number, start_s in enumerate(bounds) if number + 1 == len(bounds) or start_s != bounds[number + 1]
    ]
    days, bounds = [days[number] for number in real], [bounds[number] for number in real]
    names = [one.isoformat()[:7] if group is Group.MONTH else one.isoformat() for one in days]
    return Buckets(bounds, days, names, _stretches(days, bounds, span.zone, is_whole=utc_days is None))


def _stretches(days: list[date], bounds: list[int], zone: str, *, is_whole: bool) -> list[tuple[int, int]]:
    """`is_whole`: each bucket ends where the next begins, so that only one with a change of the clock is odd."""
    found = [(start_s, number) for number, start_s in enumerate(bounds)]
    for number, start_s in enumerate(bounds):
        if is_whole and number + 1 < len(bounds) and (bounds[number + 1] - start_s) % DAY_SECONDS == 0:
            continue
        found += [(at_s, number - back) for at_s, back in _going_back(days[number], start_s, zone) if number >= back]
    return sorted(found)


def _going_back(day: date, start_s: int, zone: str) -> list[tuple[int, int]]:
    """When the clock goes back across the day's midnight: (when, 1) and, when it is midnight again, (when, 0)."""
    again = datetime(day.year, day.month, day.day, fold=1, tzinfo=get_zone(zone))
    again_s = (again.astimezone(UTC) - _EPOCH) // timedelta(seconds=1)
    if again_s <= start_s or local_day(again_s - 1, zone) == day:
        return []
    first, last = start_s, again_s - 1
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if local_day(middle, zone) == day else (first, middle)
    return [(last, 1), (again_s, 0)]


def first_day(day: date, group: Group, *, week_start: int) -> date:
    """The first day of the bucket that a day is in."""
    if group is Group.MONTH:
        return day.replace(day=1)
    if group is Group.WEEK:
        return max(day - timedelta(days=(day.weekday() - week_start) % 7), date(1969, 12, 22))
    return day


def _next(day: date, group: Group) -> date:
    if group is Group.MONTH:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if group is Group.WEEK else 1)
