"""The chart of a printed report: time by day, week or month, billable and not.

Buckets are as wide as a page needs them. Nothing is drawn here.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import msgspec

from hourbook.columns.selecting import Part
from hourbook.columns.summing import Counting, sums
from hourbook.documents.cells import date_formatter
from hourbook.documents.tables import Bar, Chart, Formats
from hourbook.resources.reports.actions import Reading
from hourbook.resources.reports.actions_summary import level_of
from hourbook.resources.reports.rules import Group
from hourbook.resources.reports.rules_files import days_of
from hourbook.resources.reports.rules_sums import by_path

BARS_LIMIT = 62
_WIDTHS = ((31, Group.DATE, "Time by day"), (7 * 53, Group.WEEK, "Time by week"))
_NOTHING = Bar("", 0, 0)
_MONTHS = (Group.MONTH, "Time by month")


def chart_of(reading: Reading, parts: Sequence[Part], formats: Formats) -> Chart | None:
    """None without time, and where the time is spread over more buckets than a page is wide."""
    first, last = days_of(reading.frame.span)
    days = (last - first).days + 1
    group, title = next(((group, title) for limit, group, title in _WIDTHS if days <= limit), _MONTHS)
    level = level_of(reading, group)
    counting = Counting(reading.frame.rounding, costs=False)
    found = {
        level.label(path[0]).name: Bar("", tally.billable_seconds, tally.seconds - tally.billable_seconds)
        for path, tally in by_path(sums(reading.view, parts, keys=[level.key], counting=counting))
    }
    if not 0 < len(found) <= BARS_LIMIT:
        return None
    names = sorted(found) if group is Group.MONTH else _without_gaps(sorted(found), 7 if group is Group.WEEK else 1)
    label = (lambda name: name) if group is Group.MONTH else _written(formats)
    bars = [msgspec.structs.replace(found.get(name, _NOTHING), label=label(name)) for name in names]
    return Chart(title=title, bars=tuple(bars))


def _without_gaps(names: list[str], step_days: int) -> list[str]:
    """With the days or weeks between them on which nothing was tracked: an axis of time leaves nothing out."""
    first, last = date.fromisoformat(names[0]), date.fromisoformat(names[-1])
    return [(first + timedelta(days=days)).isoformat() for days in range(0, (last - first).days + 1, step_days)]


def _written(formats: Formats) -> Callable[[str], str]:
    """As the rest of the page writes days."""
    text_of = date_formatter(formats)
    return lambda name: text_of(date.fromisoformat(name))
