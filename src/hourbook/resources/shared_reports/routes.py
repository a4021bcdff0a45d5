"""The operations of shared reports.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing. Opening one is in `routes_opening.py`.
"""

from hourbook.http.operation import Call, Surface, operation
from hourbook.resources.shared_reports import actions
from hourbook.resources.shared_reports.wire import (
    SharedReportCreateIn,
    SharedReportListQuery,
    SharedReportOut,
    SharedReportsOut,
    SharedReportUpdateIn,
    listed_out,
    shared_report_out,
)

_REPORTS = "/workspaces/{workspace_id}/shared-reports"
_REPORT = _REPORTS + "/{shared_report_id}"
PAGE = "/shared-reports/"


@operation(
    "GET",
    _REPORTS,
    contract="getWorkspacesWorkspaceIdSharedReports",
    surface=Surface.REPORTS,
    action="shared_report.list",
)
def list_shared_reports(call: Call, query: SharedReportListQuery) -> SharedReportsOut:
    """Lists shared reports, newest first: one's own and those shared with one, or all."""
    found, count = actions.list_reports(call.read, query.shared_reports_filter, query.to_page())
    named = actions.names_for(call.read, found)
    links = call.deployment.base_url + PAGE
    listed = [listed_out(one, named.people, named.groups, link=links + one.id) for one in found]
    return SharedReportsOut(reports=listed, count=count)


@operation(
    "POST",
    _REPORTS,
    contract="postWorkspacesWorkspaceIdSharedReports",
    surface=Surface.REPORTS,
    action="shared_report.create",
    journals=("SHARED_REPORT_CREATED",),
)
def create_shared_report(call: Call, body: SharedReportCreateIn) -> SharedReportOut:
    """Stores a report under a link of its own; whoever opens it sees what its author may see then."""
    return shared_report_out(actions.create_report(call.write, body.changes()))


@operation(
    "PUT",
    _REPORT,
    contract="putWorkspacesWorkspaceIdSharedReportsSharedReportId",
    surface=Surface.REPORTS,
    action="shared_report.manage",
    journals=("SHARED_REPORT_UPDATED",),
)
def update_shared_report(call: Call, shared_report_id: str, body: SharedReportUpdateIn) -> SharedReportOut:
    """Changes what is named and leaves the rest; a filter is replaced as a whole."""
    before = actions.get_own(call.write, shared_report_id)
    return shared_report_out(actions.update_report(call.write, before, body.changes(before)))


@operation(
    "DELETE",
    _REPORT,
    contract="deleteWorkspacesWorkspaceIdSharedReportsSharedReportId",
    surface=Surface.REPORTS,
    action="shared_report.manage",
    status=204,
    journals=("SHARED_REPORT_DELETED",),
)
def delete_shared_report(call: Call, shared_report_id: str) -> None:
    """Deletes a shared report; its link leads nowhere from then on."""
    actions.delete_report(call.write, shared_report_id)
