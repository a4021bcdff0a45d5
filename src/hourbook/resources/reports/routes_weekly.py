"""The operation of the weekly report.

It only looks, and the worker answers it. What its rows hold is decided in the actions.
"""

from hourbook.http.operation import Call, Cost, FileContent, Surface, operation
from hourbook.resources.reports.routes_files import file_answer
from hourbook.resources.reports.wire import totals_out
from hourbook.resources.reports.wire_weekly import WeeklyReport, WeeklyReportBody, days_out, idle_user, weekly_row


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
    frame, money = found.frame, found.frame.money
    call.headers.update(frame.headers)
    return WeeklyReport(
        totals=totals_out(found.total, money),
        totals_by_day=days_out(found.days, money),
        group_one=[weekly_row(row, money, frame.currency) for row in found.nodes],
        users_without_time=[idle_user(person) for person in found.idle],
        include_users_without_time=False,
        decimal_format=found.is_decimal,
        track_time_down_to_seconds=found.has_seconds,
    )
