"""Opening a shared report by its link, with or without a credential.

The one operation of the reports service whose path names no workspace. The worker answers it, like
every report.
"""

from collections.abc import Callable
from typing import Any

from hourbook.core.errors import NoSuchSharedReport
from hourbook.http.operation import Call, Cost, CredentialUse, Surface, operation
from hourbook.resources.reports.wire_summary import SummaryReportBody, summary_report
from hourbook.resources.shared_reports import actions_opening
from hourbook.resources.shared_reports.actions_opening import Opened
from hourbook.resources.shared_reports.wire import request_of
from hourbook.resources.shared_reports.wire_opening import (
    OpenedOut,
    OpenedReport,
    OpenQuery,
    WorkspaceOutlineOut,
    filters_out,
    opened_report,
    wanted_filter,
)
from hourbook.resources.workspaces.wire import WorkspaceSettingsOut, workspace_settings_out


@operation(
    "GET",
    "/shared-reports/{shared_report_id}",
    contract="getSharedReportsSharedReportId",
    surface=Surface.REPORTS,
    action="shared_report.read",
    credential=CredentialUse.OPTIONAL,
    cost=Cost.LONG,
    in_worker=True,
    refuses=(NoSuchSharedReport,),
)
def open_shared_report(call: Call, shared_report_id: str, query: OpenQuery) -> OpenedReport:
    """Opens a shared report: what its author may see now, in the author's time zone."""
    opened = actions_opening.open_report(call.read, shared_report_id, address=call.visitor.address)
    # A link that is taken back must not go on working out of somebody's cache.
    call.headers["Cache-Control"] = "no-store"
    wanted = wanted_filter(opened.report, query, actions_opening.range_today(opened))
    request = request_of(opened.report.type, wanted)
    report = _RENDERED[type(request)](call, opened, request)
    return opened_report(report, _filters(opened, wanted))


def _filters(opened: Opened, wanted: dict[str, Any]) -> OpenedOut:
    settings, viewer, workspace = opened.settings, opened.viewer, opened.workspace
    is_of_workspace = viewer.user_id is not None
    told: WorkspaceSettingsOut | dict[str, str] = {}
    if is_of_workspace:
        told = workspace_settings_out(opened.workspace_settings)
    return filters_out(
        opened.report,
        wanted,
        is_of_workspace=is_of_workspace,
        workspace=WorkspaceOutlineOut(id=workspace.id, name=workspace.name, workspace_settings=told),
        is_admin_or_owner=viewer.is_admin,
        timezone=settings.time_zone,
        date_format=settings.date_format,
        time_format=settings.time_format,
        week_start=settings.week_start,
        original_lang=settings.lang,
    )


def _summary(call: Call, opened: Opened, request: SummaryReportBody) -> Any:
    found = actions_opening.summary(opened, call.columns, request.to_summary_ask())
    frame = found.frame
    call.headers.update(frame.headers)
    return summary_report(found.total, found.nodes, found.counts, money=frame.money, currency=frame.currency)


_RENDERED: dict[type, Callable[[Call, Opened, Any], Any]] = {
    SummaryReportBody: _summary,
}
