"""Which report is made into a file by what. Nothing is decided about the files here.

Whoever wants a file of a report, of whatever kind, asks here; the kinds themselves know nothing of it.
"""

from typing import Any, Protocol

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import actions_files_days, actions_files_detailed, actions_files_sums
from hourbook.resources.reports.actions_files import ReportFile, Target
from hourbook.resources.reports.rules import SummaryAsk
from hourbook.resources.reports.rules_attendance import AttendanceAsk
from hourbook.resources.reports.rules_detailed import DetailedAsk
from hourbook.resources.reports.rules_expenses import ExpensesAsk
from hourbook.resources.reports.rules_weekly import WeeklyAsk


class Maker(Protocol):
    """Makes one kind of report at a target."""

    def __call__(self, tx: ReadTx, columns: ColumnsKeeper, asked: Any, *, target: Target) -> ReportFile: ...


_MAKERS: dict[type, Maker] = {
    AttendanceAsk: actions_files_days.attendance_file,
    ExpensesAsk: actions_files_days.expense_file,
    DetailedAsk: actions_files_detailed.detailed_file,
    SummaryAsk: actions_files_sums.summary_file,
    WeeklyAsk: actions_files_sums.weekly_file,
}


def make_file(tx: ReadTx, columns: ColumnsKeeper, *, asked: Any, target: Target) -> ReportFile:
    """The report that is asked for as a file. To be done before anything else is read in the transaction."""
    return _MAKERS[type(asked)](tx, columns, asked, target=target)
