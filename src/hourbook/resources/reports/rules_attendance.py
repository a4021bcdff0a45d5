"""Attendance: what each person did on each day, beside what they are there for. Pure, and without arrays.

A cell is one person on one day: here is how it is asked for and how it is answered. All cells of a report
together, as arrays, are in `rules_grid.py`.
"""

import enum
import re
from collections.abc import Sequence
from datetime import date

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Page
from hourbook.resources.reports.rules import Ask

# One person on one day is a cell; so many are looked at in one report.
CELLS_LIMIT = 1_000_000
PAGE_SIZE_LIMIT = 1000
PAGE_SIZE = 50
COMPARISONS_LIMIT = 20
# Seconds in a hundredth of an hour, the unit in which filters speak of durations.
HUNDREDTH = 36
_HUNDREDTHS = re.compile(r"\d{1,7}", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class AttendanceSort(enum.StrEnum):
    USER = "USER"
    DATE = "DATE"
    START = "START"
    END = "END"
    BREAK = "BREAK"
    WORK = "WORK"
    CAPACITY = "CAPACITY"
    OVERTIME = "OVERTIME"
    TIME_OFF = "TIME_OFF"


class Filtration(enum.StrEnum):
    EXACTLY = "EXACTLY"
    LARGER_THAN = "LARGER_THAN"
    SMALLER_THAN = "SMALLER_THAN"


class Comparison(msgspec.Struct, frozen=True):
    """How a number of a cell must be: a duration against seconds, a clock against minutes of the day."""

    way: Filtration
    value: int


class AttendanceAsk(msgspec.Struct, frozen=True, kw_only=True):
    """An attendance report. All comparisons must hold. `has_time_off`: only days with (or without) time off."""

    ask: Ask
    page: Page
    sort: AttendanceSort = AttendanceSort.USER
    has_time_off: bool | None = None
    starts: tuple[Comparison, ...] = ()
    ends: tuple[Comparison, ...] = ()
    breaks: tuple[Comparison, ...] = ()
    works: tuple[Comparison, ...] = ()
    capacities: tuple[Comparison, ...] = ()
    overtimes: tuple[Comparison, ...] = ()


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A cell as it is answered; seconds. `start_s`, `end_s`: wall clock, None without time; no end while running."""

    person: int
    day: date
    start_s: int | None
    end_s: int | None
    break_seconds: int
    work_seconds: int
    capacity_seconds: int
    time_off_seconds: int
    has_running: bool

    @property
    def overtime_seconds(self) -> int:
        return max(self.work_seconds - self.capacity_seconds, 0)

    @property
    def remaining_seconds(self) -> int:
        return self.capacity_seconds - self.work_seconds


def comparison_of_duration(way: Filtration, value: str, field: str) -> Comparison:
    """Of hours times a hundred as a text; InvalidValue otherwise."""
    if _HUNDREDTHS.fullmatch(value.strip()) is None:
        raise InvalidValue(f"attendanceFilter.{field} needs hours times 100 as its value, like 750 for 7:30")
    return Comparison(way, int(value) * HUNDREDTH)


def comparison_of_clock(way: Filtration, value: str, field: str) -> Comparison:
    """Of a time of day; InvalidValue otherwise."""
    match = _CLOCK.fullmatch(value.strip())
    if match is None:
        raise InvalidValue(f"attendanceFilter.{field} needs a time like 08:30 as its value")
    return Comparison(way, int(match[1]) * 60 + int(match[2]))


def check_comparisons(found: Sequence[Comparison], field: str) -> tuple[Comparison, ...]:
    if len(found) > COMPARISONS_LIMIT:
        raise InvalidValue(f"attendanceFilter.{field} must have at most {COMPARISONS_LIMIT} conditions")
    return tuple(found)
