"""The chart of a printed report: time by day, week or month, billable and not.

Buckets are as wide as a page needs them. Nothing is drawn here.
"""

from collections.abc import Sequence

from hourbook.columns.selecting import Part
from hourbook.columns.summing import Counting, sums
from hourbook.documents.tables import Bar, Chart
from hourbook.resources.reports.actions import Reading
from hourbook.resources.reports.actions_summary import level_of
from hourbook.resources.reports.rules import Group
from hourbook.resources.reports.rules_sums import by_path

BARS_LIMIT = 62
_WIDTHS = ((31, Group.DATE, "Time by day"), (7 * 53, Group.WEEK, "Time by week"))
_MONTHS = (Group.MONTH, "Time by month")
DAY_SECONDS = 86_400


def chart_of(reading: Reading, parts: Sequence[Part]) -> Chart | None:
    """None without time, and where the time is spread over more buckets than a page is wide."""
    span = reading.frame.span
    days = -(-(span.end_s - span.start_s) // DAY_SECONDS)
    group, title = next(((group, title) for limit, group, title in _WIDTHS if days <= limit), _MONTHS)
    level = level_of(reading, group)
    counting = Counting(reading.frame.rounding, costs=False)
    found = [
        (level.label(path[0]).name, tally)
        for path, tally in by_path(sums(reading.view, parts, keys=[level.key], counting=counting))
    ]
    if not 0 < len(found) <= BARS_LIMIT:
        return None
    bars = [Bar(name, tally.billable_seconds, tally.seconds - tally.billable_seconds) for name, tally in sorted(found)]
    return Chart(title=title, bars=tuple(bars))
