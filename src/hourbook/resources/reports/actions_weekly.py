"""The weekly report: seven days of people and their projects, or of projects and their people.

It is a summary of three levels, the last of which are the days. Who has no time is named only as far as
the actor may see all of their time.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.errors import ReportTooLarge
from hourbook.core.text import fold
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import store
from hourbook.resources.reports.actions import ACTION, ROWS_LIMIT, Frame, Reading, opened
from hourbook.resources.reports.actions_summary import level_of, sums_by_level, total_of
from hourbook.resources.reports.rules import Filters, Group, SummarySort
from hourbook.resources.reports.rules_idle import without_time
from hourbook.resources.reports.rules_summary import Order, tree_of
from hourbook.resources.reports.rules_sums import by_path
from hourbook.resources.reports.rules_tallies import Tally
from hourbook.resources.reports.rules_weekly import (
    Day,
    IdlePerson,
    WeeklyAsk,
    WeeklyNode,
    check_week,
    days_by_ids,
    with_days,
)
from hourbook.resources.reports.store import PersonFacts
from hourbook.resources.users.rules import UserSettings
from hourbook.resources.users.rules import decode_settings as decode_user_settings
from hourbook.resources.workspaces.rules_settings import DurationFormat


class Weekly(msgspec.Struct):
    """A weekly report. `total` None: no entries. `idle`: who has no time in it, by name."""

    frame: Frame
    total: Tally | None
    days: list[Day]
    nodes: list[WeeklyNode]
    idle: list[IdlePerson]
    is_decimal: bool
    has_seconds: bool


def weekly(tx: ReadTx, columns: ColumnsKeeper, asked: WeeklyAsk) -> Weekly:
    """The report; InvalidValue unless the range is of seven days."""
    check_week(asked.ask)
    with opened(tx, columns, asked.ask) as reading:
        return weekly_of(reading, asked)


def weekly_of(reading: Reading, asked: WeeklyAsk) -> Weekly:
    """The same while the columns are open."""
    levels = [level_of(reading, group) for group in (*asked.groups, Group.DATE)]
    found = sums_by_level(reading, [level.key for level in levels])
    rows_count = sum(len(one.count) for one in found)
    if rows_count > ROWS_LIMIT:
        raise ReportTooLarge(ROWS_LIMIT, rows_count)
    money, labels = reading.frame.money, [level.label for level in levels]
    order = Order(SummarySort.GROUP, bool(asked.ask.is_descending), money.shown, money.visible)
    days = days_by_ids(by_path(found[-1]), labels)
    return Weekly(
        frame=reading.frame,
        total=total_of(reading),
        days=days.get((), []),
        nodes=with_days(tree_of(found[:-1], labels[:-1], order=order), days),
        idle=_idle(reading, asked.ask.filters, found[1].keys[asked.groups.index(Group.USER)]),
        is_decimal=reading.settings.duration_format is DurationFormat.DECIMAL,
        has_seconds=reading.settings.duration_format is not DurationFormat.COMPACT,
    )


def _idle(reading: Reading, filters: Filters, user_codes: NDArray[np.int64]) -> list[IdlePerson]:
    """Members without time whose whole time the actor may see: of others there is no saying that they have none."""
    ids = reading.view.users.values
    with_time = {ids[code] for code in np.unique(user_codes).tolist()}
    groups = reading.groups if filters.user_groups else ()
    scope = reading.tx.actor.scope(ACTION)
    found = without_time(reading.statuses, groups, filters, with_time=with_time)
    passes = reading.by_fields_of_people(found)
    if passes is not None:
        found = [one for one, is_in in zip(found, passes.tolist(), strict=True) if is_in]
    people = store.people(reading.tx, [one for one in found if scope.reaches_person(one)])
    return [_idle_person(one) for one in sorted(people.values(), key=lambda one: (fold(one.name), one.id))]


def _idle_person(person: PersonFacts) -> IdlePerson:
    settings = decode_user_settings(person.settings) or UserSettings()
    return IdlePerson(
        person.id,
        person.name,
        person.email,
        settings.date_format,
        settings.time_format.value,
        settings.time_zone,
        settings.week_start.value,
    )
