"""The cells of an attendance report: one person on one day each, all of them as arrays. Pure.

Many people and days are one pass. Work is time without breaks: breaks stand beside it. Overtime is work
beyond the day's capacity. What may be asked, and a cell in words, is in `rules_attendance.py`.
"""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.core.calendar import utc_offset_s
from hourbook.resources.reports.rules_attendance import (
    HUNDREDTH,
    AttendanceAsk,
    AttendanceSort,
    Comparison,
    Day,
    Filtration,
)
from hourbook.resources.reports.rules_walls import DAY_SECONDS, walls_of

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
_NOWHERE = np.iinfo(np.int64).max
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """Entries as arrays: whose (`person`) and on which day (`day`), as places in the report; seconds UTC.

    `seconds`: their time, rounded where the report is. `is_break`, `is_off`, `is_running`: what they are.
    """

    person: Ints
    day: Ints
    start_s: Ints
    end_s: Ints
    seconds: Ints
    is_break: Flags
    is_off: Flags
    is_running: Flags


class Grid:
    """All cells: person `n // days`, day `n % days` of cell n. Arrays have a place for each."""

    def __init__(self, days: Sequence[date], capacity: Sequence[int], working: NDArray[np.bool_]) -> None:
        """`capacity` of each person on a working day; `working`: for each person, which weekdays those are."""
        self.days = days
        self.people_count = len(capacity)
        self.size = self.people_count * len(days)
        weekdays = np.array([day.weekday() for day in days], dtype=np.int64)
        capacities = np.array(capacity, dtype=np.int64)[:, None] * working.reshape(-1, 7)[:, weekdays]
        self.capacity: Ints = capacities.reshape(-1)
        self.work = self.breaks = self.time_off = np.zeros(self.size, np.int64)
        self.first_s = np.full(self.size, _NOWHERE)
        self.last_s = np.full(self.size, -1)
        self.has_running = np.zeros(self.size, dtype=bool)

    def fill(self, tracked: Tracked) -> None:
        """Counts entries; sums stay below 2^53, so doubles count them exactly."""
        cells = tracked.person * len(self.days) + tracked.day
        is_work = ~(tracked.is_break | tracked.is_off)
        self.work = self._sum(cells, tracked.seconds * is_work)
        self.breaks = self._sum(cells, tracked.seconds * tracked.is_break)
        self.time_off = self._sum(cells, tracked.seconds * tracked.is_off)
        was_there = ~tracked.is_off
        np.minimum.at(self.first_s, cells[was_there], tracked.start_s[was_there])
        np.maximum.at(self.last_s, cells[was_there], tracked.end_s[was_there])
        self.has_running[cells[tracked.is_running]] = True

    def _sum(self, cells: Ints, seconds: Ints) -> Ints:
        found: Ints = np.bincount(cells, weights=seconds, minlength=self.size).astype(np.int64)
        return found

    @property
    def overtime(self) -> Ints:
        found: Ints = np.maximum(self.work - self.capacity, 0)
        return found

    def starts(self, zone: str) -> Ints:
        """Seconds that the clock shows after the day's midnight at the first start; -1 without."""
        return self._clocks(self.first_s, self.first_s != _NOWHERE, zone)

    def ends(self, zone: str) -> Ints:
        """The same of the last end: over a day's seconds after midnight, -1 without and while something runs."""
        return self._clocks(self.last_s, (self.last_s >= 0) & ~self.has_running, zone)

    def _clocks(self, moments: Ints, is_there: Flags, zone: str) -> Ints:
        found = np.full(self.size, -1)
        midnights = np.array([(day.toordinal() - _EPOCH_DAY) * DAY_SECONDS for day in self.days], dtype=np.int64)
        cells = np.flatnonzero(is_there)
        found[cells] = walls_of(moments[cells], zone) - midnights[cells % len(self.days)]
        return found

    def cell(self, number: int, zone: str) -> Day:
        person, day = divmod(number, len(self.days))
        first, last = int(self.first_s[number]), int(self.last_s[number])
        has_running = bool(self.has_running[number])
        return Day(
            person=person,
            day=self.days[day],
            start_s=None if first == _NOWHERE else _wall(first, zone),
            end_s=None if last < 0 or has_running else _wall(last, zone),
            break_seconds=int(self.breaks[number]),
            work_seconds=int(self.work[number]),
            capacity_seconds=int(self.capacity[number]),
            time_off_seconds=int(self.time_off[number]),
            has_running=has_running,
        )


def _wall(moment: int, zone: str) -> int:
    return moment + utc_offset_s(moment, zone)


def ordered(grid: Grid, asked: AttendanceAsk, zone: str) -> Ints:
    """The cells that pass the filters, in the order asked for; then by day, then by person."""
    by_day = np.arange(grid.size).reshape(grid.people_count, len(grid.days)).T.reshape(-1)
    cells: Ints = by_day[_passes(grid, asked, zone)[by_day]]
    keys = _sort_keys(grid, asked.sort, zone)[cells]
    is_missing = keys < 0
    if asked.ask.is_descending:
        keys = -keys
    # Days without what is sorted by come last either way.
    keys[is_missing] = _NOWHERE
    return cells[np.argsort(keys, kind="stable")]


def _sort_keys(grid: Grid, sort: AttendanceSort, zone: str) -> Ints:
    if sort in (AttendanceSort.USER, AttendanceSort.DATE):
        numbers = np.arange(grid.size)
        return numbers // len(grid.days) if sort is AttendanceSort.USER else numbers % len(grid.days)
    if sort in (AttendanceSort.START, AttendanceSort.END):
        return grid.starts(zone) if sort is AttendanceSort.START else grid.ends(zone)
    return {
        AttendanceSort.BREAK: grid.breaks,
        AttendanceSort.WORK: grid.work,
        AttendanceSort.CAPACITY: grid.capacity,
        AttendanceSort.OVERTIME: grid.overtime,
        AttendanceSort.TIME_OFF: grid.time_off,
    }[sort]


def _passes(grid: Grid, asked: AttendanceAsk, zone: str) -> Flags:
    found = np.ones(grid.size, dtype=bool)
    durations = (
        (asked.breaks, grid.breaks),
        (asked.works, grid.work),
        (asked.capacities, grid.capacity),
        (asked.overtimes, grid.overtime),
    )
    for comparisons, seconds in durations:
        for one in comparisons:
            found &= _holds(one, seconds, (seconds + HUNDREDTH // 2) // HUNDREDTH * HUNDREDTH)
    for comparisons, clock in ((asked.starts, grid.starts), (asked.ends, grid.ends)):
        if comparisons:
            seconds = clock(zone)
            minutes = seconds // 60
            for one in comparisons:
                # What ends tomorrow ends later than anything today, but at tomorrow's time.
                found &= (seconds >= 0) & _holds(one, minutes, minutes % (24 * 60))
    if asked.has_time_off is not None:
        found &= (grid.time_off > 0) == asked.has_time_off
    return found


def _holds(one: Comparison, values: Ints, shown: Ints) -> Flags:
    """Larger and smaller are exact; equal is what people see: hundredths of an hour, minutes of the day."""
    found: Flags = shown == one.value
    if one.way is not Filtration.EXACTLY:
        found = values > one.value if one.way is Filtration.LARGER_THAN else values < one.value
    return found
