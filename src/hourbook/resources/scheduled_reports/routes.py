"""The operations of scheduled reports: one's own (admins: all), and those that are mailed to oneself.

Each is one declared record; nothing is decided here. Making and mailing them is the worker's.
"""

from hourbook.http.operation import Call, operation
from hourbook.resources.scheduled_reports import actions
from hourbook.resources.scheduled_reports.wire import (
    ReceivedReportOut,
    ScheduledReportIn,
    ScheduledReportOut,
    ScheduledReportsQuery,
    ScheduledReportUpdateIn,
    received_report_out,
    scheduled_report_out,
)

_REPORTS = "/workspaces/{workspace_id}/scheduled-reports"
_REPORT = _REPORTS + "/{scheduled_report_id}"
_RECEIVED = "/workspaces/{workspace_id}/received-reports"


@operation(
    "POST",
    _REPORTS,
    contract=None,
    action="scheduled_report.manage",
    status=201,
    journals=("SCHEDULED_REPORT_CREATED",),
)
def create_scheduled_report(call: Call, body: ScheduledReportIn) -> ScheduledReportOut:
    """Has a report mailed to members again and again; they get to see what its owner may see each time."""
    shown = actions.create_report(call.write, body.changes())
    return scheduled_report_out(shown.report, shown.run)


@operation("GET", _REPORTS, contract=None, action="scheduled_report.manage")
def list_scheduled_reports(call: Call, query: ScheduledReportsQuery) -> list[ScheduledReportOut]:
    """Lists one's own schedules, newest first; owner and admins see all."""
    page = query.to_page()
    return [
        scheduled_report_out(one.report, one.run) for one in call.paged(actions.list_reports(call.read, page), page)
    ]


@operation("GET", _REPORT, contract=None, action="scheduled_report.manage")
def get_scheduled_report(call: Call, scheduled_report_id: str) -> ScheduledReportOut:
    """Tells what is mailed when to whom, and why it was not the last time."""
    shown = actions.get_report(call.read, scheduled_report_id)
    return scheduled_report_out(shown.report, shown.run)


@operation("PUT", _REPORT, contract=None, action="scheduled_report.manage", journals=("SCHEDULED_REPORT_UPDATED",))
def update_scheduled_report(call: Call, scheduled_report_id: str, body: ScheduledReportUpdateIn) -> ScheduledReportOut:
    """Changes what is named and leaves the rest; a filter is replaced as a whole."""
    before = actions.held_report(call.write, scheduled_report_id)
    shown = actions.update_report(call.write, before, body.changes(before))
    return scheduled_report_out(shown.report, shown.run)


@operation(
    "DELETE",
    _REPORT,
    contract=None,
    action="scheduled_report.manage",
    status=204,
    journals=("SCHEDULED_REPORT_DELETED",),
)
def delete_scheduled_report(call: Call, scheduled_report_id: str) -> None:
    """Deletes a schedule; nothing is mailed any more."""
    actions.delete_report(call.write, scheduled_report_id)


@operation("GET", _RECEIVED, contract=None, action="scheduled_report.receive")
def list_received_reports(call: Call, query: ScheduledReportsQuery) -> list[ReceivedReportOut]:
    """Lists the reports that are mailed to oneself."""
    page = query.to_page()
    found = call.paged(actions.list_received(call.read, page), page)
    return [received_report_out(one.report, one.run, owner=one.owner) for one in found]


@operation(
    "DELETE",
    _RECEIVED + "/{received_report_id}",
    contract=None,
    action="scheduled_report.receive",
    status=204,
    journals=("SCHEDULED_REPORT_LEFT",),
)
def leave_received_report(call: Call, received_report_id: str) -> None:
    """Takes oneself off the recipients of a report."""
    actions.leave(call.write, received_report_id)
