"""The JSON of the attendance report (wire-reports sections 2 and 5). No money at all.

`zonedStart` and `zonedEnd` are local and without an offset; `startTime` and `endTime`, their names in the
published contract, say the same.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Page
from hourbook.http.wire import In, Out
from hourbook.resources.reports.rules_attendance import (
    PAGE_SIZE,
    PAGE_SIZE_LIMIT,
    AttendanceAsk,
    AttendanceSort,
    Comparison,
    Day,
    Filtration,
    check_comparisons,
    comparison_of_clock,
    comparison_of_duration,
)
from hourbook.resources.reports.wire import TimeReportBody

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No report has that many rows.
PAGE_LIMIT = 1 << 31


class CompareIn(In):
    filtration_type: Filtration
    value: str


class AttendanceFilterIn(In):
    page: int | None = None
    page_size: int | None = None
    sort_column: AttendanceSort | None = None
    has_time_off: bool | None = None
    start_filters: list[CompareIn] | None = None
    end_filters: list[CompareIn] | None = None
    break_filters: list[CompareIn] | None = None
    work_filters: list[CompareIn] | None = None
    capacity_filters: list[CompareIn] | None = None
    overtime_filters: list[CompareIn] | None = None


class AttendanceReportBody(TimeReportBody):
    """The recorded request has no `attendanceFilter`, which the published contract requires."""

    attendance_filter: AttendanceFilterIn | None = None

    def to_attendance_ask(self) -> AttendanceAsk:
        own = self.attendance_filter or AttendanceFilterIn()
        return AttendanceAsk(
            ask=self.to_ask(),
            page=page_of(own.page, own.page_size, "attendanceFilter."),
            sort=own.sort_column or AttendanceSort.USER,
            has_time_off=own.has_time_off,
            starts=_comparisons(own.start_filters, "startFilters", comparison_of_clock),
            ends=_comparisons(own.end_filters, "endFilters", comparison_of_clock),
            breaks=_comparisons(own.break_filters, "breakFilters", comparison_of_duration),
            works=_comparisons(own.work_filters, "workFilters", comparison_of_duration),
            capacities=_comparisons(own.capacity_filters, "capacityFilters", comparison_of_duration),
            overtimes=_comparisons(own.overtime_filters, "overtimeFilters", comparison_of_duration),
        )


def page_of(page: int | None, size: int | None, where: str) -> Page:
    """The asked page of a report; InvalidValue outside its limits."""
    page, size = 1 if page is None else page, PAGE_SIZE if size is None else size
    if page < 1:
        raise InvalidValue(f"{where}page must be greater than or equal to 1")
    if not 1 <= size <= PAGE_SIZE_LIMIT:
        raise InvalidValue(f"{where}pageSize must be between 1 and {PAGE_SIZE_LIMIT}")
    return Page(min(page, PAGE_LIMIT), size)


def _comparisons(
    bodies: list[CompareIn] | None, field: str, read: Callable[[Filtration, str, str], Comparison]
) -> tuple[Comparison, ...]:
    return check_comparisons([read(body.filtration_type, body.value, field) for body in bodies or ()], field)


class AttendanceRow(Out):
    user_id: str
    user_name: str
    image_url: str
    date: str
    zoned_start: str | None
    zoned_end: str | None
    start_time: str | None
    end_time: str | None
    break_seconds: int = msgspec.field(name="break")
    capacity: int
    overtime: int
    remaining_capacity: int
    time_off: int
    total_duration: int
    has_running_entry: bool


class AttendanceReport(Out):
    entities: list[AttendanceRow]


class Named(Out):
    """Who a row is of."""

    id: str
    name: str
    picture: str


def attendance_report(days: Sequence[Day], people: Mapping[int, Named]) -> AttendanceReport:
    return AttendanceReport(entities=[_row(day, people[day.person]) for day in days])


def _row(day: Day, person: Named) -> AttendanceRow:
    start, end = _local(day.start_s), _local(day.end_s)
    return AttendanceRow(
        user_id=person.id,
        user_name=person.name,
        image_url=person.picture,
        date=f"{day.day.isoformat()}T00:00:00.000Z",
        zoned_start=start,
        zoned_end=end,
        start_time=start,
        end_time=end,
        break_seconds=day.break_seconds,
        capacity=day.capacity_seconds,
        overtime=day.overtime_seconds,
        remaining_capacity=day.remaining_seconds,
        time_off=day.time_off_seconds,
        total_duration=day.work_seconds,
        has_running_entry=day.has_running,
    )


def _local(wall_s: int | None) -> str | None:
    if wall_s is None:
        return None
    return (_EPOCH + timedelta(seconds=wall_s)).strftime("%Y-%m-%dT%H:%M:%S")
