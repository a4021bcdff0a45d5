"""Relative ranges (TODAY ... LAST_YEAR) as the days they mean today. Pure.

Which day today is depends on the zone of whoever the range is for; the caller says it. A range is
its first and its last day, both within.
"""

from collections.abc import Callable
from datetime import date, timedelta

_DAY = timedelta(days=1)
Days = tuple[date, date]


def days_of(word: str, today: date, week_start: int) -> Days | None:
    """The first and the last day; None for a word that is no relative range. `week_start`: 0 for Monday."""
    found = _RANGES.get(word)
    return None if found is None else found(today, week_start)


def written(days: Days) -> tuple[str, str]:
    """Wall clock as requests have it: from the first day's beginning to the last one's end."""
    return f"{days[0].isoformat()}T00:00:00.000", f"{days[1].isoformat()}T23:59:59.999"


def _this_week(today: date, week_start: int) -> Days:
    first = today - (today.weekday() - week_start) % 7 * _DAY
    return first, first + 6 * _DAY


def _weeks_before(today: date, week_start: int, weeks: int) -> Days:
    """So many whole weeks, the last of which is the one before this."""
    first, _ = _this_week(today, week_start)
    return first - 7 * weeks * _DAY, first - _DAY


def _this_month(today: date) -> Days:
    first = today.replace(day=1)
    following = (first + 31 * _DAY).replace(day=1)
    return first, following - _DAY


_RANGES: dict[str, Callable[[date, int], Days]] = {
    "TODAY": lambda today, _: (today, today),
    "YESTERDAY": lambda today, _: (today - _DAY, today - _DAY),
    "THIS_WEEK": _this_week,
    "LAST_WEEK": lambda today, week_start: _weeks_before(today, week_start, 1),
    "PAST_TWO_WEEKS": lambda today, week_start: _weeks_before(today, week_start, 2),
    "THIS_MONTH": lambda today, _: _this_month(today),
    "LAST_MONTH": lambda today, _: _this_month(today.replace(day=1) - _DAY),
    "THIS_YEAR": lambda today, _: (date(today.year, 1, 1), date(today.year, 12, 31)),
    "LAST_YEAR": lambda today, _: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
}
