"""The JSON of exports, on our own surface: what is asked is the body of the report's own route, and its type.

A file is no JSON; fetching one answers it as the report's own route would.
"""

from collections.abc import Callable
from typing import Any

from hourbook.core.calendar import format_instant
from hourbook.core.clock import seconds_of
from hourbook.http.wire import In, Out, Paged, fit
from hourbook.resources.exports.rules import ExportState, ReportType, ShownExport, created_s
from hourbook.resources.reports.wire_attendance import AttendanceReportBody
from hourbook.resources.reports.wire_detailed import DetailedReportBody
from hourbook.resources.reports.wire_expenses import ExpenseReportBody
from hourbook.resources.reports.wire_summary import SummaryReportBody
from hourbook.resources.reports.wire_weekly import WeeklyReportBody

_BODIES: dict[ReportType, tuple[Any, Callable[[Any], Any]]] = {
    ReportType.SUMMARY: (SummaryReportBody, SummaryReportBody.to_summary_ask),
    ReportType.DETAILED: (DetailedReportBody, DetailedReportBody.to_detailed_ask),
    ReportType.WEEKLY: (WeeklyReportBody, WeeklyReportBody.to_weekly_ask),
    ReportType.ATTENDANCE: (AttendanceReportBody, AttendanceReportBody.to_attendance_ask),
    ReportType.EXPENSE_DETAILED: (ExpenseReportBody, ExpenseReportBody.to_expenses_ask),
}


class ExportIn(In, forbid_unknown_fields=True):
    """`filter`: the body that the route of the report takes, with the kind of file as its `exportType`."""

    type: ReportType
    filter: dict[str, Any]

    def to_asked(self) -> tuple[Any, Any]:
        """What is asked, and as which file; None where it is none."""
        body, ask = _BODIES[self.type]
        request = fit(self.filter, body, "filter")
        return ask(request), request.to_file_ask()


class ExportsQuery(Paged):
    """A page of one's own exports."""


class ExportOut(Out):
    """`reason`: why it failed. What only a finished file has is null before."""

    id: str
    type: ReportType
    export_type: str
    state: ExportState
    progress_percent: int
    reason: str | None
    created_at: str
    file_name: str | None
    rows_count: int | None
    size_bytes: int | None
    expires_at: str | None


def export_out(shown: ShownExport) -> ExportOut:
    one = shown.export
    is_done = one.state == ExportState.DONE
    return ExportOut(
        id=one.id,
        type=ReportType(one.report),
        export_type=one.kind,
        state=ExportState(one.state),
        progress_percent=shown.progress_percent,
        reason=one.reason or None,
        created_at=format_instant(created_s(one)),
        file_name=one.file_name if is_done else None,
        rows_count=one.rows_count if is_done else None,
        size_bytes=one.size_bytes if is_done else None,
        expires_at=None if one.expires_at_us is None else format_instant(seconds_of(one.expires_at_us)),
    )
