"""The attendance and the expense report as files.

Attendance has a row for each person and day, all pages of it. Expenses are what their own slice declares.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.calendar import WEEKDAYS
from hourbook.core.clock import seconds_of
from hourbook.db.tx import ReadTx
from hourbook.documents.tables import Cell, Column, Document, Facts, Kind, Row, Table
from hourbook.resources.reports import store
from hourbook.resources.reports.actions import opened
from hourbook.resources.reports.actions_attendance import AllDays, attendance_of
from hourbook.resources.reports.actions_expenses import expenses
from hourbook.resources.reports.actions_files import ReportFile, Target, facts_of, formats_of, range_text
from hourbook.resources.reports.rules_attendance import AttendanceAsk, Day
from hourbook.resources.reports.rules_expenses import ExpensesAsk, ExportField
from hourbook.resources.reports.rules_files import Report
from hourbook.resources.reports.rules_labels import filter_lines
from hourbook.resources.reports.rules_walls import DAY_SECONDS

# Cells in words at a time.
PORTION_ROWS = 2000
_DURATIONS = ("Break (h)", "Work (h)", "Capacity (h)", "Overtime (h)", "Time off (h)")
_ATTENDANCE = (
    Column(heading="User", is_group=True),
    Column(heading="Date", kind=Kind.DATE),
    Column(heading="Start Time", kind=Kind.TIME),
    Column(heading="End Date", kind=Kind.DATE),
    Column(heading="End Time", kind=Kind.TIME),
    *[Column(heading=heading, kind=Kind.DURATION, has_total=True) for heading in _DURATIONS],
)


def attendance_file(tx: ReadTx, columns: ColumnsKeeper, asked: AttendanceAsk, *, target: Target) -> ReportFile:
    """Every row of the report, whatever page was asked for."""
    with opened(tx, columns, asked.ask) as reading:
        found = attendance_of(reading, asked)
        formats = formats_of(tx, target.how)
        table = Table(title=Report.ATTENDANCE.value, columns=_ATTENDANCE, rows=_rows(found), row_count=len(found.cells))
        document = Document(facts=facts_of(reading, Report.ATTENDANCE, formats), table=table, formats=formats)
        seconds = int(found.grid.work[found.cells].sum())
        return target.made(Report.ATTENDANCE, reading.frame, rows_count=target.write(document), seconds=seconds)


def _rows(found: AllDays) -> Iterator[Row]:
    for low in range(0, len(found.cells), PORTION_ROWS):
        part = found.part(found.cells[low : low + PORTION_ROWS])
        for day in part.days:
            yield _row(part.people[day.person].name, day)


def _row(name: str, day: Day) -> Row:
    return (
        name,
        day.day,
        _second(day.start_s),
        None if day.end_s is None else datetime.fromtimestamp(day.end_s, UTC).date(),
        _second(day.end_s),
        day.break_seconds,
        day.work_seconds,
        day.capacity_seconds,
        day.overtime_seconds,
        day.time_off_seconds,
    )


def _second(wall_s: int | None) -> Cell:
    return None if wall_s is None else wall_s % DAY_SECONDS


def expense_file(tx: ReadTx, columns: ColumnsKeeper, asked: ExpensesAsk, *, target: Target) -> ReportFile:
    """All expenses; their cells are in the order of the export's fields."""
    found = expenses(tx, asked)
    formats = formats_of(tx, target.how)
    workspace, currency = store.workspace_of(tx)
    table = Table(
        title=Report.EXPENSE.value,
        columns=tuple(_expense_column(field, currency) for field in ExportField),
        rows=found.found.cells,
    )
    facts = Facts(
        workspace=workspace,
        report="Expense report",
        range=range_text(found.span, formats),
        zone=found.span.zone,
        made_at_s=seconds_of(tx.now_us),
        week_start=WEEKDAYS[found.span.week_start].capitalize(),
        filters=filter_lines(asked.ask.filters),
    )
    document = Document(facts=facts, table=table, formats=formats)
    return target.made(Report.EXPENSE, found, rows_count=target.write(document))


def _expense_column(field: ExportField, currency: str) -> Column:
    heading = field.value.replace("_", " ").capitalize()
    if field is ExportField.AMOUNT:
        return Column(heading=heading, kind=Kind.MONEY, currency=currency, has_total=True)
    return Column(heading=heading, kind=Kind.DATE if field is ExportField.DATE else Kind.TEXT)
