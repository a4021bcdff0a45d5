"""Days, weeks and months of a span as buckets. Pure.

Local days are computed here from the calendar, never in a database, so they are exact across clock
changes. A bucket begins with its first local second and is named by its first day (a month YYYY-MM).
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from hourbook.core.calendar import day_start_s, local_day
from hourbook.resources.reports.rules import Group, Span

_EPOCH_DAY = date(1970, 1, 1)


class Buckets(msgspec.Struct, frozen=True):
    """Bucket n begins at second `bounds[n]`, on the local day `days[n]`, and is called `names[n]`."""

    bounds: list[int]
    days: list[date]
    names: list[str]


def buckets_of(span: Span, group: Group, *, utc_days: Sequence[int] | None = None) -> Buckets:
    """All buckets from the one with the span's first second to the one with its last.

    `utc_days`: only those that something on these days (since 1970, UTC) may be in.
    """
    day = first_day(local_day(span.start_s, span.zone), group, week_start=span.week_start)
    days: list[date] = []
    last = local_day(max(span.end_s - 1, span.start_s), span.zone)
    if utc_days is not None:
        near = {_EPOCH_DAY + timedelta(days=one + shift) for one in utc_days for shift in (-1, 0, 1)}
        days = sorted({first_day(one, group, week_start=span.week_start) for one in near if day <= one <= last} | {day})
    while utc_days is None and day <= last:
        days.append(day)
        day = _next(day, group)
    names = [one.isoformat()[:7] if group is Group.MONTH else one.isoformat() for one in days]
    return Buckets([day_start_s(one, span.zone) for one in days], days, names)


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
