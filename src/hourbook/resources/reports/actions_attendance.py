"""The attendance report: every person on every day of the range, those without time included.

Rows are of people all of whose time the reader may see: part of somebody's day would make their
overtime and what remains of it wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.selecting import RowNumbers, rows_of, seconds_until
from hourbook.columns.summing import rounded
from hourbook.columns.table import BREAK, HOLIDAY, RUNNING, TIME_OFF
from hourbook.core.calendar import WEEKDAYS
from hourbook.core.errors import ReportTooLarge
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import rules_filters as by
from hourbook.resources.reports import store
from hourbook.resources.reports.actions import ACTION, Frame, Reading, opened
from hourbook.resources.reports.rules import Contains, Group, PeopleFilter, PersonStatus
from hourbook.resources.reports.rules_attendance import CELLS_LIMIT, AttendanceAsk, Day
from hourbook.resources.reports.rules_buckets import Buckets, buckets_of
from hourbook.resources.reports.rules_grid import Grid, Tracked, ordered
from hourbook.resources.reports.rules_walls import DAY_SECONDS
from hourbook.resources.reports.store import MemberFacts, PersonFacts
from hourbook.resources.users.rules_profiles import CAPACITY_SECONDS, days_of


@dataclass(frozen=True)
class Attendance:
    """Some rows of the report. `people`: names and pictures by place."""

    frame: Frame
    days: list[Day]
    people: dict[int, PersonFacts]


def attendance(tx: ReadTx, columns: ColumnsKeeper, asked: AttendanceAsk) -> Attendance:
    """A page of the report; ReportTooLarge beyond what is looked at."""
    with opened(tx, columns, asked.ask) as reading:
        found = attendance_of(reading, asked)
        return found.part(found.cells[asked.page.offset :][: asked.page.size])


def attendance_of(reading: Reading, asked: AttendanceAsk) -> "AllDays":
    """All of the report, while the columns are open."""
    span = reading.frame.span
    wanted_rows = rows_of(reading.view, reading.wanted)
    members = _members(reading, wanted_rows)
    cells_count = -(-(span.end_s - span.start_s) // DAY_SECONDS) * max(len(members), 1)
    if cells_count > CELLS_LIMIT:
        raise ReportTooLarge(CELLS_LIMIT, cells_count)
    buckets = buckets_of(span, Group.DATE)
    grid = Grid(buckets.days, [one.capacity or CAPACITY_SECONDS for one in members], _working(reading, members))
    grid.fill(_tracked(reading, wanted_rows, [one.id for one in members], buckets))
    return AllDays(reading, members, grid, ordered(grid, asked, span.zone))


@dataclass(frozen=True)
class AllDays:
    """Every row of a report: `cells` of the grid in the order asked for."""

    reading: Reading
    members: Sequence[MemberFacts]
    grid: Grid
    cells: RowNumbers

    def part(self, cells: RowNumbers) -> Attendance:
        """Some rows in words."""
        found = [self.grid.cell(number, self.reading.frame.span.zone) for number in cells.tolist()]
        places = sorted({day.person for day in found})
        accounts = store.people(self.reading.tx, [self.members[place].id for place in places])
        people = {place: accounts[self.members[place].id] for place in places}
        return Attendance(self.reading.frame, found, people)


def _members(reading: Reading, wanted_rows: RowNumbers) -> list[MemberFacts]:
    """Who has a row, by name."""
    filters = reading.ask.filters
    members = {one.id: one for one in store.members_of(reading.tx)}
    view = reading.view
    tracked = {view.users.values[code] for code in np.unique(view.user[wanted_rows]).tolist()}
    # Who left has a row where there is time of theirs.
    gone = store.people(reading.tx, tracked - members.keys())
    for one in gone.values():
        members[one.id] = store.former_member(one)
    found = [one for one in members.values() if _is_asked_for(filters.users, one) or one.id in tracked]
    scope = reading.tx.actor.scope(ACTION)
    found = [one for one in found if scope.reaches_person(one.id)]
    ids, statuses = [one.id for one in found], {one.id: one.status for one in members.values()}
    passes = by.joined(
        by.by_people(filters.users, ids, statuses),
        by.by_groups(filters.user_groups, ids, groups=reading.groups, statuses=statuses),
    )
    passes = by.joined(passes, reading.by_fields_of_people(ids))
    if passes is not None:
        found = [one for one, is_in in zip(found, passes.tolist(), strict=True) if is_in]
    return sorted(found, key=lambda one: (one.name_key, one.id))


def _is_asked_for(filter_: PeopleFilter | None, member: MemberFacts) -> bool:
    """Active members are; others where a filter names them, or the state they are in."""
    if member.status == "ACTIVE" or filter_ is None:
        return member.status == "ACTIVE"
    is_named = bool(filter_.ids) and filter_.contains is not Contains.DOES_NOT_CONTAIN
    return is_named or filter_.status is not PersonStatus.ALL


def _working(reading: Reading, members: Sequence[MemberFacts]) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Which weekdays each works on, Monday first."""
    of_workspace = [day.value for day in reading.settings.working_days]
    known: dict[str | None, list[bool]] = {}
    for stored in {one.working_days for one in members}:
        days = days_of(stored, of_workspace)
        known[stored] = [day in days for day in WEEKDAYS]
    return np.array([known[one.working_days] for one in members], dtype=bool).reshape(-1, 7)


def _tracked(reading: Reading, rows: RowNumbers, ids: Iterable[str], buckets: Buckets) -> Tracked:
    """The wanted entries of these people."""
    view, now_s, rounding = reading.view, reading.now_s, reading.frame.rounding
    place_of = np.full(len(view.users) + 1, -1, dtype=np.int64)
    for place, user_id in enumerate(ids):
        code = view.users.code_of.get(user_id)
        # A dictionary may grow meanwhile; what is beyond the end has no entry in this view.
        if code is not None and code < len(place_of) - 1:
            place_of[code] = place
    rows = rows[place_of[view.user[rows]] >= 0]
    seconds = seconds_until(view, rows, now_s=now_s)
    start_s, flags = view.start_s[rows], view.flags[rows]
    end_s = start_s + seconds
    bounds, days = np.array(buckets.stretches, dtype=np.int64).reshape(-1, 2).T
    return Tracked(
        person=place_of[view.user[rows]],
        day=days[np.searchsorted(bounds, start_s, side="right") - 1],
        start_s=start_s,
        end_s=end_s,
        seconds=rounded(seconds, rounding),
        is_break=(flags & BREAK) != 0,
        is_off=(flags & (HOLIDAY | TIME_OFF)) != 0,
        is_running=(flags & RUNNING) != 0,
    )
