"""Making the file of an export: the one verb of exports that computes a report.

The job sees the report with the eyes of who asked, as they are when it runs. Nothing is written to the
database here.
"""

from pathlib import Path
from typing import Any

import msgspec

from hourbook.access.behalf import on_behalf_of
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.errors import AccessDenied
from hourbook.db.tx import ReadTx
from hourbook.resources.exports.actions import MANAGE
from hourbook.resources.exports.rules import Export, ReportType
from hourbook.resources.reports.actions_files import ReportFile, Target
from hourbook.resources.reports.actions_making import make_file
from hourbook.resources.reports.rules import SummaryAsk
from hourbook.resources.reports.rules_attendance import AttendanceAsk
from hourbook.resources.reports.rules_detailed import DetailedAsk
from hourbook.resources.reports.rules_expenses import ExpensesAsk
from hourbook.resources.reports.rules_files import FileAsk
from hourbook.resources.reports.rules_weekly import WeeklyAsk

READ = "report.read"
_ASKS: dict[ReportType, type] = {
    ReportType.SUMMARY: SummaryAsk,
    ReportType.DETAILED: DetailedAsk,
    ReportType.WEEKLY: WeeklyAsk,
    ReportType.ATTENDANCE: AttendanceAsk,
    ReportType.EXPENSE_DETAILED: ExpensesAsk,
}


def make(tx: ReadTx, columns: ColumnsKeeper, export: Export, *, target: Path, progress: Any = None) -> ReportFile:
    """The file, as who asked for it sees the report now. AccessDenied for who may not see reports any more."""
    seen = on_behalf_of(tx, export.user_id, export.workspace_id)
    if seen is None or not seen.actor.may(READ) or not seen.actor.may(MANAGE):
        raise AccessDenied
    request = msgspec.json.decode(export.request, type=dict[str, msgspec.Raw])
    asked: Any = msgspec.json.decode(request["asked"], type=_ASKS[ReportType(export.report)])
    how = msgspec.json.decode(request["how"], type=FileAsk)
    return make_file(seen, columns, asked=asked, target=Target(target, how, progress))
