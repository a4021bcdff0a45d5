"""The operation of the weekly report.

It only looks, and the worker answers it. What its rows hold is decided in the actions.
"""

from hourbook.http.operation import Call, Cost, FileContent, Surface, operation
from hourbook.resources.reports.routes_files import file_answer
from hourbook.resources.reports.wire_weekly import WeeklyReport, WeeklyReportBody, weekly_report


@operation(
    "POST",
    "/workspaces/{workspace_id}/reports/weekly",
    contract="generateWeeklyReport",
    surface=Surface.REPORTS,
    action="report.read",
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def get_weekly_report(call: Call, workspace_id: str, body: WeeklyReportBody) -> WeeklyReport | FileContent:
    """Seven days of people and their projects, or of projects and their people."""
    from hourbook.resources.reports import actions_weekly

    asked = body.to_weekly_ask()
    if (how := body.to_file_ask()) is not None:
        return file_answer(call, asked, how)
    found = actions_weekly.weekly(call.read, call.columns, asked)
    call.headers.update(found.frame.headers)
    return weekly_report(found, found.frame.money, found.frame.currency)
