"""The operations of the attendance and the expense report.

They only look, and the worker answers them. What is in the reports is not decided here.
"""

from hourbook.http.operation import Call, Cost, FileContent, Surface, operation
from hourbook.resources.reports.routes_files import file_answer
from hourbook.resources.reports.wire_attendance import (
    AttendanceReport,
    AttendanceReportBody,
    Named,
    attendance_report,
)
from hourbook.resources.reports.wire_expenses import ExpenseReportBody, ExpensesReport, expense_report

_REPORTS = "/workspaces/{workspace_id}/reports"


@operation(
    "POST",
    f"{_REPORTS}/attendance",
    contract="generateAttendanceReport",
    surface=Surface.REPORTS,
    action="report.read",
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def get_attendance_report(call: Call, workspace_id: str, body: AttendanceReportBody) -> AttendanceReport | FileContent:
    """Each person on each day: beginning, end, breaks, work, capacity and overtime."""
    from hourbook.resources.reports import actions_attendance

    asked = body.to_attendance_ask()
    if (how := body.to_file_ask()) is not None:
        return file_answer(call, asked, how)
    found = actions_attendance.attendance(call.read, call.columns, asked)
    call.headers.update(found.frame.headers)
    people = {place: Named(id=one.id, name=one.name, picture=one.picture) for place, one in found.people.items()}
    return attendance_report(found.days, people)


@operation(
    "POST",
    f"{_REPORTS}/expenses/detailed",
    contract="generateDetailedReportV1",
    surface=Surface.REPORTS,
    action="report.read",
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def get_expense_report(call: Call, workspace_id: str, body: ExpenseReportBody) -> ExpensesReport | FileContent:
    """Expenses one by one."""
    from hourbook.resources.reports import actions_expenses

    asked = body.to_expenses_ask()
    if (how := body.to_file_ask()) is not None:
        return file_answer(call, asked, how)
    found = actions_expenses.expenses(call.read, asked)
    call.headers.update(found.headers)
    return expense_report(found.found)
