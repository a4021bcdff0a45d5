"""The detailed report as a file: entries in the columns that importers know (wire-reports section 6).

CSV is made of fragments that are looked up by code; the other kinds get the same cells row by row.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.selecting import parts_of
from hourbook.core.money import SECONDS_PER_HOUR
from hourbook.db.tx import ReadTx
from hourbook.documents import csv_file
from hourbook.documents.tables import Cell, Column, Document, Formats, Kind, Row, Table
from hourbook.resources.custom_fields.actions_entries import fields_everywhere
from hourbook.resources.reports import rules_pieces as pieces
from hourbook.resources.reports.actions_detailed import EntrySource, opened_entries
from hourbook.resources.reports.actions_files import ReportFile, Target, facts_of, formats_of, words
from hourbook.resources.reports.actions_files_charts import chart_of
from hourbook.resources.reports.rules_detailed import DetailedAsk, Portion
from hourbook.resources.reports.rules_files import FileKind, Report, in_order, shows_costs, shows_rates

# What keys show is kept for so many of them; then it is forgotten and begun anew.
KEPT_KEYS = 65_536
_EPOCH = date(1970, 1, 1)


class Piece(msgspec.Struct):
    """Columns, the key of each row of a portion, and the cells that follow from a key."""

    columns: tuple[Column, ...]
    keys: Callable[[Portion], Sequence[Any]]
    cells: Callable[[Any], tuple[Cell, ...]]


class Kept(dict[Hashable, Any]):
    """What `make` makes of a key, made once."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Hashable) -> Any:
        found = self[key] = self._make(key)
        return found

    def of(self, keys: Sequence[Any]) -> list[Any]:
        if len(self) > KEPT_KEYS:
            self.clear()
        return list(map(self.__getitem__, keys))


def detailed_file(tx: ReadTx, columns: ColumnsKeeper, asked: DetailedAsk, *, target: Target) -> ReportFile:
    """All entries of the report, in its order, whatever page was asked for."""
    with opened_entries(tx, columns, asked) as source:
        formats = formats_of(tx, target.how)
        kind = target.how.kind
        found = _printed(source) if kind is FileKind.PDF else _all_pieces(source)
        if kind is FileKind.CSV:
            rows_count = csv_file.write_portions(
                target.path, _portions(source, found, formats), progress=target.progress(source.count)
            )
        else:
            rows_count = target.write(_document(source, found, formats, kind))
        total = source.total()
        seconds = total.seconds if total else 0
        return target.made(Report.DETAILED, source.reading.frame, rows_count=rows_count, seconds=seconds)


def _document(source: EntrySource, found: list[Piece], formats: Formats, kind: FileKind) -> Document:
    is_printed = kind is FileKind.PDF
    parts = parts_of(source.reading.view, source.wanted, now_s=source.reading.now_s) if is_printed else []
    return Document(
        facts=facts_of(source.reading, Report.DETAILED, formats),
        formats=formats,
        table=Table(
            title=Report.DETAILED.value,
            columns=tuple(chain.from_iterable(piece.columns for piece in found)),
            rows=_rows(source, found),
            row_count=source.count,
        ),
        chart=chart_of(source.reading, parts, formats) if is_printed else None,
    )


def _rows(source: EntrySource, found: list[Piece]) -> Iterator[Row]:
    kept = [Kept(piece.cells) for piece in found]
    for portion in source.portions():
        parts = [one.of(piece.keys(portion)) for one, piece in zip(kept, found, strict=True)]
        for row in zip(*parts, strict=True):
            yield tuple(chain.from_iterable(row))


def _portions(source: EntrySource, found: list[Piece], formats: Formats) -> Iterator[tuple[int, bytes]]:
    """The lines of a CSV file, with how many rows they are."""
    yield 0, csv_file.header([column for piece in found for column in piece.columns])
    kept = [Kept(_fragment(piece, formats)) for piece in found]
    for portion in source.portions():
        fragments = [one.of(piece.keys(portion)) for one, piece in zip(kept, found, strict=True)]
        yield len(portion), csv_file.lines(fragments)


def _fragment(piece: Piece, formats: Formats) -> Callable[[Any], str]:
    encoders = [csv_file.encoder(column, formats) for column in piece.columns]

    def fragment(key: Any) -> str:
        return ",".join([encode(cell) for encode, cell in zip(encoders, piece.cells(key), strict=True)])

    return fragment


# --- the columns -----------------------------------------------------------------------------


def _text(heading: str) -> Column:
    return Column(heading=heading)


def _project(source: EntrySource) -> Piece:
    names = words(source.reading.settings)
    columns = (_text(names.project), _text(names.client))
    return Piece(columns, lambda portion: portion.projects, pieces.project_cells(source.words))


def _description(source: EntrySource) -> Piece:
    texts = source.words.descriptions
    return Piece((_text("Description"),), lambda portion: portion.descriptions, lambda code: (texts[code],))


def _task(source: EntrySource) -> Piece:
    heading = words(source.reading.settings).task
    return Piece((_text(heading),), lambda portion: portion.tasks, pieces.task_cells(source.words))


def _person(source: EntrySource) -> Piece:
    columns = (_text("User"), Column(heading="Group", kind=Kind.TEXT_LIST), _text("Email"))

    def cells(code: int) -> tuple[Cell, ...]:
        person = source.words.people[code]
        return person.name, source.group_names.get(person.id, ()), person.email

    return Piece(columns, lambda portion: portion.people, cells)


def _tags(source: EntrySource) -> Piece:
    column = Column(heading="Tags", kind=Kind.TEXT_LIST)
    return Piece(
        (column,),
        lambda portion: portion.tag_sets,
        lambda code: (tuple(tag.name for tag in source.words.tag_sets[code]),),
    )


def _kind(source: EntrySource) -> Piece:
    columns = [_text("Type"), Column(heading="Billable", kind=Kind.YES_NO)]
    is_invoicing = source.reading.settings.invoicing_enabled
    if is_invoicing:
        columns += [Column(heading="Invoiced", kind=Kind.YES_NO), _text("Invoice ID")]

    def cells(key: tuple[str, bool, bool]) -> tuple[Cell, ...]:
        type_, is_billable, is_invoiced = key
        found: tuple[Cell, ...] = (pieces.TYPE_WORDS[type_], is_billable)
        # An invoice's number is known by nobody as long as entries are only marked.
        return (*found, is_invoiced, None) if is_invoicing else found

    return Piece(tuple(columns), pieces.kinds, cells)


def _day(heading: str, clocks: pieces.Clocks, which: str) -> Piece:
    return Piece(
        (Column(heading=heading, kind=Kind.DATE),),
        lambda portion: clocks.of(portion)[which][0],
        lambda day: (None if day == -1 else _EPOCH + timedelta(days=day),),
    )


def _time(heading: str, clocks: pieces.Clocks, which: str) -> Piece:
    return Piece(
        (Column(heading=heading, kind=Kind.TIME),),
        lambda portion: clocks.of(portion)[which][1],
        lambda second: (None if second == -1 else second,),
    )


def _durations() -> Piece:
    columns = (
        Column(heading="Duration (h)", kind=Kind.DURATION, has_total=True),
        Column(heading="Duration (decimal)", kind=Kind.DECIMAL_HOURS, has_total=True),
    )
    return Piece(columns, lambda portion: portion.seconds, lambda seconds: (seconds, seconds))


def _currencies(source: EntrySource) -> tuple[str, ...]:
    view = source.reading.view
    codes = np.unique(view.rate[source.rows]).tolist()
    return in_order([view.rates[code].currency for code in codes], source.reading.frame.currency)


def _rate(heading: str, currency: str, money: pieces.Money) -> Piece:
    column = Column(heading=heading, kind=Kind.MONEY, currency=currency)
    return Piece((column,), money.rates, lambda rate: (rate,))


def _amount(heading: str, currency: str, money: pieces.Money) -> Piece:
    column = Column(heading=heading, kind=Kind.MONEY, currency=currency, divisor=SECONDS_PER_HOUR, has_total=True)
    return Piece((column,), money.amounts, lambda amount: (amount,))


def _money(source: EntrySource) -> list[Piece]:
    """A pair of columns for each currency; then what things cost, where it is shown."""
    money, rates = source.reading.frame.money, list(source.reading.view.rates)
    found: list[Piece] = []
    currencies = _currencies(source)
    if shows_rates(money):
        for currency in currencies:
            earned = pieces.earned_in(currency, rates)
            found += [_rate("Billable Rate", currency, earned), _amount("Billable Amount", currency, earned)]
    if shows_costs(money, is_costing=source.reading.settings.is_cost_rate_active):
        for currency in currencies:
            cost = pieces.cost_in(currency, rates)
            found += [_rate("Cost Rate", currency, cost), _amount("Cost Amount", currency, cost)]
            if shows_rates(money):
                found.append(_amount("Profit", currency, pieces.profit_in(currency, rates)))
    return found


def _custom_fields(source: EntrySource) -> list[Piece]:
    """A column for each field that an entry may have, oldest first; none where nobody sees any."""
    everywhere = fields_everywhere(source.reading.tx)
    projects = {project_id for project_id, _ in everywhere.overrides}
    fields = [
        field
        for field in everywhere.fields
        if any(everywhere.is_visible(field, project) for project in (None, *projects))
    ]
    if not fields:
        return []

    def keys(portion: Portion) -> list[tuple[Cell, ...]]:
        values = source.values(portion)
        by_field = [{one.field.id: one.value for one in values.get(id_, ())} for id_ in portion.ids]
        return [tuple(pieces.field_text(found.get(field.id)) for field in fields) for found in by_field]

    return [Piece(tuple(_text(field.name) for field in fields), keys, lambda cells: cells)]


def _all_pieces(source: EntrySource) -> list[Piece]:
    clocks = pieces.Clocks(source.reading.frame.span.zone)
    return [
        _project(source),
        _description(source),
        _task(source),
        _person(source),
        _tags(source),
        _kind(source),
        _day("Start Date", clocks, "start"),
        _time("Start Time", clocks, "start"),
        _day("End Date", clocks, "end"),
        _time("End Time", clocks, "end"),
        _durations(),
        *_money(source),
        _day("Date of creation", clocks, "made"),
        *_custom_fields(source),
    ]


def _printed(source: EntrySource) -> list[Piece]:
    """What of an entry has a place on paper."""
    clocks = pieces.Clocks(source.reading.frame.span.zone)
    durations = _durations()
    person = _person(source)
    return [
        _day("Date", clocks, "start"),
        _time("Start", clocks, "start"),
        _time("End", clocks, "end"),
        Piece(person.columns[:1], person.keys, lambda code: person.cells(code)[:1]),
        _project(source),
        _task(source),
        _description(source),
        Piece(durations.columns[:1], durations.keys, lambda seconds: (seconds,)),
        *[piece for piece in _money(source) if piece.columns[0].has_total],
    ]
