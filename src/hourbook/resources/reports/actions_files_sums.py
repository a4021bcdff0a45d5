"""The summary and the weekly report as files: a row for each combination of groups that has time.

Time is given twice, as hours and minutes and as a decimal, and money by currency. Where an entry counts in
several rows (tags, groups of people) the totals are the report's and not the sum of the rows.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.money import SECONDS_PER_HOUR
from hourbook.db.tx import ReadTx
from hourbook.documents.cells import date_formatter
from hourbook.documents.tables import Cell, Column, Document, Formats, Kind, Row, Table
from hourbook.resources.reports.actions import Frame, Reading, opened
from hourbook.resources.reports.actions_files import ReportFile, Target, facts_of, formats_of, words
from hourbook.resources.reports.actions_files_charts import chart_of
from hourbook.resources.reports.actions_summary import summary_of
from hourbook.resources.reports.actions_weekly import weekly_of
from hourbook.resources.reports.rules import Amount, Group, SummaryAsk
from hourbook.resources.reports.rules_files import FileKind, Report, amount_columns, in_order
from hourbook.resources.reports.rules_rows import Label, Node
from hourbook.resources.reports.rules_tallies import Tally
from hourbook.resources.reports.rules_weekly import Day, WeeklyAsk, WeeklyNode, check_week, days_of_week

_DAYS = frozenset({Group.DATE, Group.WEEK})
Path = tuple[Label, ...]


def summary_file(tx: ReadTx, columns: ColumnsKeeper, asked: SummaryAsk, *, target: Target) -> ReportFile:
    """A row for each combination of the last group; its groups stand before it."""
    with opened(tx, columns, asked.ask) as reading:
        found = summary_of(reading, asked)
        names = words(reading.settings)
        money = _Money(reading.frame, found.total)
        columns_ = [_group_column(names.of(group), group) for group in asked.groups]
        paths = list(_leaves(found.nodes))
        rows = [(*map(_name, path, asked.groups), *_time(tally), *money.cells(tally)) for path, tally in paths]
        total = found.total or Tally()
        table = Table(
            title=Report.SUMMARY.value,
            columns=(*_repeating(columns_), *_time_columns("Time"), *money.columns),
            rows=rows,
            row_count=len(rows),
            totals=(*[None] * len(columns_), *_time(total), *money.cells(total)),
        )
        return _made(reading, Report.SUMMARY, table, target, seconds=total.seconds)


def weekly_file(tx: ReadTx, columns: ColumnsKeeper, asked: WeeklyAsk, *, target: Target) -> ReportFile:
    """A row for each person and project of the week, with a column for each of its days."""
    check_week(asked.ask)
    days = days_of_week(asked.ask)
    with opened(tx, columns, asked.ask) as reading:
        found = weekly_of(reading, asked)
        names = words(reading.settings)
        money = _Money(reading.frame, found.total)
        groups = [_group_column(names.of(group), group) for group in asked.groups]
        rows = [
            (*(label.name or None for label in path), *_by_day(row.days, days), *_time(row.node.tally))
            + money.cells(row.node.tally)
            for path, row in _weekly_leaves(found.nodes)
        ]
        total = found.total or Tally()
        table = Table(
            title=Report.WEEKLY.value,
            columns=(
                *_repeating(groups),
                *_day_columns(days, formats_of(tx, target.how)),
                *_time_columns("Total"),
                *money.columns,
            ),
            rows=rows,
            row_count=len(rows),
            totals=(None, None, *_by_day(found.days, days), *_time(total), *money.cells(total)),
        )
        return _made(reading, Report.WEEKLY, table, target, seconds=total.seconds)


def _made(reading: Reading, report: Report, table: Table, target: Target, *, seconds: int) -> ReportFile:
    formats = formats_of(reading.tx, target.how)
    document = Document(
        facts=facts_of(reading, report, formats),
        table=table,
        formats=formats,
        chart=chart_of(reading, reading.parts, formats) if target.how.kind is FileKind.PDF else None,
    )
    return target.made(report, reading.frame, rows_count=target.write(document), seconds=seconds)


class _Money:
    """The columns of money, one for each kind and currency, and their cells."""

    def __init__(self, frame: Frame, total: Tally | None) -> None:
        currencies = in_order(total.money if total else (), frame.currency)
        self._wanted = [(kind, code) for _, kind in amount_columns(frame.money) for code in currencies]
        headings = {kind: heading for heading, kind in amount_columns(frame.money)}
        self.columns = tuple(_money_column(headings[kind], code) for kind, code in self._wanted)

    def cells(self, tally: Tally) -> tuple[Cell, ...]:
        """Nothing where a row has no time in a currency."""
        return tuple(_amount(tally, kind, code) for kind, code in self._wanted)


def _amount(tally: Tally, kind: Amount, currency: str) -> int | None:
    return tally.amount(kind, currency) if currency in tally.money else None


def _money_column(heading: str, currency: str) -> Column:
    return Column(heading=heading, kind=Kind.MONEY, currency=currency, divisor=SECONDS_PER_HOUR, has_total=True)


def _group_column(heading: str, group: Group) -> Column:
    return Column(heading=heading, kind=Kind.DATE if group in _DAYS else Kind.TEXT)


def _repeating(columns: Sequence[Column]) -> list[Column]:
    """The groups above the last are the same in many rows."""
    return [
        Column(heading=column.heading, kind=column.kind, is_group=place < len(columns) - 1)
        for place, column in enumerate(columns)
    ]


def _time_columns(word: str) -> tuple[Column, Column]:
    return (
        Column(heading=f"{word} (h)", kind=Kind.DURATION, has_total=True),
        Column(heading=f"{word} (decimal)", kind=Kind.DECIMAL_HOURS, has_total=True),
    )


def _day_columns(days: Sequence[str], formats: Formats) -> list[Column]:
    written: Callable[[date], str] = date_formatter(formats)
    return [Column(heading=written(date.fromisoformat(day)), kind=Kind.DURATION, has_total=True) for day in days]


def _name(label: Label, group: Group) -> Cell:
    return date.fromisoformat(label.name) if group in _DAYS else label.name or None


def _time(tally: Tally) -> Row:
    return tally.seconds, tally.seconds


def _by_day(found: Sequence[Day], days: Sequence[str]) -> list[int]:
    seconds = {one.date: one.tally.seconds for one in found}
    return [seconds.get(day, 0) for day in days]


def _leaves(nodes: Sequence[Node], above: Path = ()) -> Iterator[tuple[Path, Tally]]:
    for node in nodes:
        path = (*above, node.label)
        if node.children is None:
            yield path, node.tally
        else:
            yield from _leaves(node.children, path)


def _weekly_leaves(nodes: Sequence[WeeklyNode], above: Path = ()) -> Iterator[tuple[Path, WeeklyNode]]:
    for row in nodes:
        path = (*above, row.node.label)
        if row.children is None:
            yield path, row
        else:
            yield from _weekly_leaves(row.children, path)
