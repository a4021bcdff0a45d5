"""The JSON of scheduled reports, on our own surface: the body of the report's own route, and when it goes to whom.

The filter names its range by a word (LAST_WEEK); dates beside it mean nothing and may be left out.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hourbook.core.calendar import WEEKDAYS, format_instant
from hourbook.core.clock import seconds_of
from hourbook.core.types import Weekday
from hourbook.http.wire import In, Out, Paged, fit
from hourbook.resources.reports.wire_attendance import AttendanceReportBody
from hourbook.resources.reports.wire_detailed import DetailedReportBody
from hourbook.resources.reports.wire_summary import SummaryReportBody
from hourbook.resources.reports.wire_weekly import WeeklyReportBody
from hourbook.resources.scheduled_reports.rules import Changes, FileType, ReportType, ScheduledReport, Wanted
from hourbook.resources.scheduled_reports.rules_runs import Failure, Run
from hourbook.resources.scheduled_reports.rules_times import Every

_BODIES: dict[ReportType, tuple[Any, Callable[[Any], Any]]] = {
    ReportType.SUMMARY: (SummaryReportBody, SummaryReportBody.to_summary_ask),
    ReportType.DETAILED: (DetailedReportBody, DetailedReportBody.to_detailed_ask),
    ReportType.WEEKLY: (WeeklyReportBody, WeeklyReportBody.to_weekly_ask),
    ReportType.ATTENDANCE: (AttendanceReportBody, AttendanceReportBody.to_attendance_ask),
}
# Each period has days of its own; a request has some in the meantime.
_SOME_DAYS = {"dateRangeStart": "2000-01-03T00:00:00Z", "dateRangeEnd": "2000-01-09T23:59:59Z"}
_encode = msgspec.json.Encoder().encode


def wanted_report(type_: ReportType, kind: FileType, filter_: dict[str, Any]) -> Wanted:
    """A request as it is stored; refused like the report's own."""
    body, ask = _BODIES[type_]
    kept = {name: value for name, value in filter_.items() if name not in _SOME_DAYS and value is not None}
    kept["exportType"] = kind.value
    request = fit(kept | _SOME_DAYS, body, "filter")
    asked = {"asked": ask(request), "how": request.to_file_ask()}
    return Wanted(type=type_, kind=kind, filter=_encode(kept).decode(), request=_encode(asked).decode())


class ScheduledReportIn(In, kw_only=True, forbid_unknown_fields=True):
    """`weekday` of a WEEKLY schedule, `dayOfMonth` of a MONTHLY one. `timeZone`: that of one's profile."""

    name: str
    type: ReportType
    export_type: FileType
    filter: dict[str, Any]
    frequency: Every
    weekday: Weekday | None = None
    day_of_month: int | None = None
    time: str
    time_zone: str | None = None
    recipients: list[str]
    paused: bool | None = None

    def changes(self) -> Changes:
        return _changes(self, wanted_report(self.type, self.export_type, self.filter))


class ScheduledReportUpdateIn(In, forbid_unknown_fields=True):
    """What is left out stays. A filter that is sent replaces the whole filter."""

    name: str | None = None
    type: ReportType | None = None
    export_type: FileType | None = None
    filter: dict[str, Any] | None = None
    frequency: Every | None = None
    weekday: Weekday | None = None
    day_of_month: int | None = None
    time: str | None = None
    time_zone: str | None = None
    recipients: list[str] | None = None
    paused: bool | None = None

    def changes(self, before: ScheduledReport) -> Changes:
        """A new type must fit the filter there is, and a new filter the type."""
        if self.type is None and self.export_type is None and self.filter is None:
            return _changes(self, None)
        found: dict[str, Any] = msgspec.json.decode(before.filter) if self.filter is None else self.filter
        type_, kind = self.type or ReportType(before.type), self.export_type or FileType(before.kind)
        return _changes(self, wanted_report(type_, kind, found))


def _changes(body: ScheduledReportIn | ScheduledReportUpdateIn, report: Wanted | None) -> Changes:
    return Changes(
        name=body.name,
        report=report,
        every=body.frequency,
        weekday=None if body.weekday is None else WEEKDAYS.index(body.weekday),
        month_day=body.day_of_month,
        time=body.time,
        zone=body.time_zone or None,
        is_paused=body.paused,
        user_ids=None if body.recipients is None else tuple(body.recipients),
    )


class ScheduledReportsQuery(Paged):
    """A page of schedules."""


class FailureOut(Out):
    """Why the newest try mailed nothing."""

    reason: Failure
    message: str
    at: str | None


class ScheduledReportOut(Out):
    """`nextRunAt`: null while paused. `lastError`: null once a period went well again."""

    id: str
    workspace_id: str
    user_id: str
    name: str
    type: ReportType
    export_type: FileType
    filter: dict[str, Any]
    frequency: Every
    weekday: Weekday | None
    day_of_month: int | None
    time: str
    time_zone: str
    recipients: tuple[str, ...]
    paused: bool
    next_run_at: str | None
    last_run_at: str | None
    last_sent_at: str | None
    last_error: FailureOut | None


def scheduled_report_out(report: ScheduledReport, run: Run) -> ScheduledReportOut:
    return ScheduledReportOut(
        id=report.id,
        workspace_id=report.workspace_id,
        user_id=report.user_id,
        name=report.name,
        type=ReportType(report.type),
        export_type=FileType(report.kind),
        filter=msgspec.json.decode(report.filter),
        frequency=Every(report.every),
        weekday=_weekday(report),
        day_of_month=report.month_day,
        time=_time(report),
        time_zone=report.zone,
        recipients=report.user_ids,
        paused=report.is_paused,
        next_run_at=_instant(run.next_run_at_us),
        last_run_at=_instant(run.last_run_at_us),
        last_sent_at=_instant(run.last_sent_at_us),
        last_error=None
        if not run.failure
        else FailureOut(reason=Failure(run.failure), message=run.failure_message, at=_instant(run.failed_at_us)),
    )


class ReceivedReportOut(Out):
    """What a recipient is told: what comes when, and from whom. The filter is the owner's."""

    id: str
    name: str
    type: ReportType
    export_type: FileType
    owner_id: str
    owner_name: str
    frequency: Every
    weekday: Weekday | None
    day_of_month: int | None
    time: str
    time_zone: str
    next_run_at: str | None


def received_report_out(report: ScheduledReport, run: Run, *, owner: str) -> ReceivedReportOut:
    return ReceivedReportOut(
        id=report.id,
        name=report.name,
        type=ReportType(report.type),
        export_type=FileType(report.kind),
        owner_id=report.user_id,
        owner_name=owner,
        frequency=Every(report.every),
        weekday=_weekday(report),
        day_of_month=report.month_day,
        time=_time(report),
        time_zone=report.zone,
        next_run_at=_instant(run.next_run_at_us),
    )


def _weekday(report: ScheduledReport) -> Weekday | None:
    return None if report.weekday is None else Weekday(WEEKDAYS[report.weekday])


def _time(report: ScheduledReport) -> str:
    return f"{report.minute // 60:02}:{report.minute % 60:02}"


def _instant(at_us: int | None) -> str | None:
    return None if at_us is None else format_instant(seconds_of(at_us))
