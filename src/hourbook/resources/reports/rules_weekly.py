"""What may be asked of the weekly report, and its rows: sums by day of people and projects. Pure.

The tree itself is the summary's; here are its days and the check of the seven days. Who has no time is
found in `rules_idle.py`.
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.resources.reports.rules import Ask, Group, read_wall
from hourbook.resources.reports.rules_rows import LabelOf, Node
from hourbook.resources.reports.rules_tallies import Path, Tally

WEEK_DAYS = 7
# As it was recorded.
NOT_A_WEEK = "Please select date range of exactly 7 days for weekly report"
_DATE_LENGTH = len("2026-05-20")


Ids = tuple[str, ...]


class WeeklyGroup(enum.StrEnum):
    """What the rows are; below each are the ones of the other kind."""

    USER = "USER"
    PROJECT = "PROJECT"


class WeeklyAsk(msgspec.Struct, frozen=True, kw_only=True):
    ask: Ask
    group: WeeklyGroup

    @property
    def groups(self) -> tuple[Group, Group]:
        if self.group is WeeklyGroup.USER:
            return Group.USER, Group.PROJECT
        return Group.PROJECT, Group.USER


class Day(msgspec.Struct, frozen=True):
    """The time of one day, `date` like 2026-05-20."""

    date: str
    tally: Tally


class WeeklyNode(msgspec.Struct):
    """A row, its days with time, and the rows below."""

    node: Node
    days: list[Day]
    children: list["WeeklyNode"] | None


def check_week(ask: Ask) -> None:
    """InvalidValue unless the range is about exactly seven days of the calendar, whichever day is the first.

    A midnight at its end belongs to the day before, as everywhere in reports.
    """
    first, last = read_wall(ask.start, "dateRangeStart"), read_wall(ask.end, "dateRangeEnd")
    last_day = last.date()
    is_midnight = (last.hour, last.minute, last.second) == (0, 0, 0)
    if is_midnight and len(ask.end.strip()) > _DATE_LENGTH and last_day > date.min:
        last_day -= timedelta(days=1)
    if last_day - first.date() != timedelta(days=WEEK_DAYS - 1):
        raise InvalidValue(NOT_A_WEEK)


def days_of_week(ask: Ask) -> list[str]:
    """The seven days of a range that is a week, the first one first.

    Also one that the report's zone never had (2011-12-30 in Pacific/Apia): who reads a file finds a week's columns.
    """
    first = read_wall(ask.start, "dateRangeStart").date()
    return [(first + timedelta(days=number)).isoformat() for number in range(WEEK_DAYS)]


def days_by_ids(tallies: Iterable[tuple[Path, Tally]], labels: Sequence[LabelOf]) -> dict[Ids, list[Day]]:
    """Sums by day of each row, by the ids of its groups, and by no id of everything.

    The last code of a tally's path is its day's. Days without time are not there.
    """
    found: dict[Ids, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for path, tally in tallies:
        ids = tuple(label(code).id for label, code in zip(labels, path, strict=True))
        for length in range(len(ids)):
            found[ids[:length]][ids[-1]].join(tally)
    return {ids: [Day(*item) for item in sorted(days.items())] for ids, days in found.items()}


def with_days(nodes: Sequence[Node], days: Mapping[Ids, list[Day]], above: Ids = ()) -> list[WeeklyNode]:
    """The rows with their days."""
    return [
        WeeklyNode(
            node,
            days[*above, node.label.id],
            None if node.children is None else with_days(node.children, days, (*above, node.label.id)),
        )
        for node in nodes
    ]


class IdlePerson(msgspec.Struct, frozen=True):
    """A member without time, and how the profile shows days and times."""

    id: str
    name: str
    email: str
    date_format: str
    time_format: str
    time_zone: str
    week_start: str
