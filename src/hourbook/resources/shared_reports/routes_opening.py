"""Opening a shared report by its link, with or without a credential.

The one operation of the reports service whose path names no workspace. The worker answers it, like
every report.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hourbook.core.errors import NoSuchSharedReport
from hourbook.http.operation import Call, Cost, CredentialUse, FileContent, Surface, operation
from hourbook.resources.reports.wire_attendance import Named, attendance_report
from hourbook.resources.reports.wire_detailed import DetailedFrame, detailed_report
from hourbook.resources.reports.wire_expenses import expense_report
from hourbook.resources.reports.wire_summary import summary_report
from hourbook.resources.reports.wire_weekly import weekly_report
from hourbook.resources.shared_reports.rules import ReportType
from hourbook.resources.shared_reports.wire import asked_of
from hourbook.resources.shared_reports.wire_opening import (
    OpenedOut,
    OpenedReport,
    OpenQuery,
    filters_out,
    opened_report,
    outline_out,
    wanted_filter,
    without_addresses,
)
from hourbook.resources.workspaces.wire import workspace_settings_out

if TYPE_CHECKING:
    from hourbook.resources.shared_reports.actions_opening import Opened


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
def open_shared_report(call: Call, shared_report_id: str, query: OpenQuery) -> OpenedReport | FileContent:
    """Opens a shared report: what its author may see now, in the author's time zone; as a file if one is asked for."""
    from hourbook.resources.shared_reports import actions_opening

    opened = actions_opening.open_report(call.read, shared_report_id, address=call.visitor.address)
    # A link that is taken back must not go on working out of somebody's cache.
    call.headers["Cache-Control"] = "no-store"
    wanted = wanted_filter(opened.report, query, actions_opening.range_today(opened))
    asked, how = asked_of(opened.report.type, wanted, query.export_type)
    if how is not None:
        path = call.new_file(how.kind.suffix)
        made = actions_opening.make_file(opened, call.columns, asked, how=how, path=path)
        call.headers.update(made.headers | {"Content-Disposition": made.disposition})
        return FileContent(path, made.content_type)
    report = opened_report(_RENDERED[opened.report.type](call, opened, asked), _filters(opened, wanted))
    return report if opened.viewer.user_id is not None else without_addresses(report)


def _filters(opened: "Opened", wanted: dict[str, Any]) -> OpenedOut:
    settings, viewer, workspace = opened.settings, opened.viewer, opened.workspace
    is_of_workspace = viewer.user_id is not None
    told = workspace_settings_out(opened.workspace_settings) if is_of_workspace else None
    return filters_out(
        opened.report,
        wanted,
        is_of_workspace=is_of_workspace,
        workspace=outline_out(workspace.id, workspace.name, told),
        is_admin_or_owner=viewer.is_admin,
        timezone=settings.time_zone,
        date_format=settings.date_format,
        time_format=settings.time_format,
        week_start=settings.week_start,
        original_lang=settings.lang,
    )


def _summary(call: Call, opened: "Opened", asked: Any) -> Any:
    from hourbook.resources.shared_reports import actions_opening

    found = actions_opening.summary(opened, call.columns, asked)
    frame = found.frame
    call.headers.update(frame.headers)
    return summary_report(found.total, found.nodes, found.counts, money=frame.money, currency=frame.currency)


def _detailed(call: Call, opened: "Opened", asked: Any) -> Any:
    from hourbook.resources.shared_reports import actions_opening

    found = actions_opening.detailed(opened, call.columns, asked)
    call.headers.update(found.frame.headers)
    frame = DetailedFrame(found.frame.span.zone, found.frame.money, found.lock_before_s, found.values)
    return detailed_report(found.total, found.entries, frame, has_totals=asked.has_totals)


def _weekly(call: Call, opened: "Opened", asked: Any) -> Any:
    from hourbook.resources.shared_reports import actions_opening

    found = actions_opening.weekly(opened, call.columns, asked)
    call.headers.update(found.frame.headers)
    return weekly_report(found, found.frame.money, found.frame.currency)


def _attendance(call: Call, opened: "Opened", asked: Any) -> Any:
    from hourbook.resources.shared_reports import actions_opening

    found = actions_opening.attendance(opened, call.columns, asked)
    call.headers.update(found.frame.headers)
    people = {place: Named(id=one.id, name=one.name, picture=one.picture) for place, one in found.people.items()}
    return attendance_report(found.days, people)


def _expenses(call: Call, opened: "Opened", asked: Any) -> Any:
    from hourbook.resources.shared_reports import actions_opening

    found = actions_opening.expenses(opened, asked)
    call.headers.update(found.headers)
    return expense_report(found.found)


_RENDERED: "dict[str, Callable[[Call, Opened, Any], Any]]" = {
    ReportType.SUMMARY: _summary,
    ReportType.DETAILED: _detailed,
    ReportType.WEEKLY: _weekly,
    ReportType.ATTENDANCE: _attendance,
    ReportType.EXPENSE_DETAILED: _expenses,
}
