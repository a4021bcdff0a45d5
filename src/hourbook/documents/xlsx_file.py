"""Workbooks: the table on one or several sheets, its totals as formulas, and a sheet of facts.

Owns the shape of a workbook. XlsxWriter makes everything but the rows: they go as XML into the sheet's own
temporary file (its `constant_memory` mode), so memory does not grow with them. Temporary files stand
beside the target and go with it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from hourbook.documents import xlsx_cells as cells
from hourbook.documents.cells import formatter
from hourbook.documents.cover import fact_lines
from hourbook.documents.sums import ColumnSums
from hourbook.documents.tables import Column, Document, Formats, Progress, Row
from hourbook.documents.writing import replacing

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

# The format's own limit; a heading and, on the last sheet, the totals stand among them.
ROWS_PER_SHEET = 1_048_576
ROWS_PER_PORTION = 2048
_FACTS = "About"
_WIDTHS = range(9, 46)
_LOOKED_AT = 200
_HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#24527A", "valign": "vcenter"}
_TOTAL = {"bold": True, "top": 1, "top_color": "#24527A"}
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_xlsx(
    path: Path, document: Document, *, progress: Progress | None = None, rows_per_sheet: int = ROWS_PER_SHEET
) -> int:
    """Writes a workbook and answers how many rows its table has."""
    from xlsxwriter.workbook import Workbook

    with replacing(path) as growing:
        options = {"constant_memory": True, "tmpdir": str(growing.parent), "default_date_format": "yyyy-mm-dd"}
        book = Workbook(str(growing), options)
        try:
            book.use_zip64()
            writer = _TableWriter(book, document, rows_per_sheet)
            count = writer.write(progress)
            _write_facts(book, document)
            _describe(book, document)
            book.close()
        except BaseException:
            _let_go(book)
            raise
        return count


def _let_go(book: "Workbook") -> None:
    """Closes what is open of a workbook that will not be; its temporary files go with their folder."""
    book.fileclosed = True
    for sheet in book.worksheets():
        for file in (sheet.row_data_fh, sheet.fh):
            if file is not None and not file.closed:
                file.close()


class _TableWriter:
    """Writes the rows, sheet after sheet."""

    def __init__(self, book: "Workbook", document: Document, rows_per_sheet: int) -> None:
        self._book = book
        self._document = document
        self._columns = document.table.columns
        self._capacity = rows_per_sheet - 2
        self._sums = ColumnSums(self._columns)
        self._letters = [_letter(index) for index in range(len(self._columns))]
        self._heading = _style(book, _HEADING)
        shown = [{"num_format": cells.number_format(c, document.formats) or "General"} for c in self._columns]
        self._totals_styles = [_style(book, {**_TOTAL, **how}) for how in shown]
        styles = [_style(book, how) if how["num_format"] != "General" else 0 for how in shown]
        self._encoders = [
            cells.encoder(column, document.formats, style) for column, style in zip(self._columns, styles, strict=True)
        ]
        self._row = _row_template(self._letters)
        # Every sheet with the number of its rows.
        self._sheets: list[tuple[Worksheet, int]] = []

    def write(self, progress: Progress | None) -> int:
        """Writes all rows and the totals."""
        written = 0
        for portion in self._portions():
            sheet, used = self._sheets[-1]
            columns = list(zip(*portion, strict=True))
            self._sums.add(columns)
            fragments = [list(map(encode, part)) for encode, part in zip(self._encoders, columns, strict=True)]
            numbers = range(used + 2, used + 2 + len(portion))
            sheet.fh.write("".join(map(self._row, numbers, *fragments)))
            self._sheets[-1] = (sheet, used + len(portion))
            written += len(portion)
            if progress is not None:
                progress(written)
        if written and self._document.table.has_totals:
            self._write_totals()
        for sheet, used in self._sheets:
            _finish(sheet, rows=used, columns=len(self._columns))
        return written

    def _portions(self) -> Iterator[Sequence[Row]]:
        """The rows in pieces, each for the sheet that is last when it comes."""
        rows = iter(self._document.table.rows)
        portion = list(islice(rows, min(ROWS_PER_PORTION, self._capacity)))
        widths = _widths(self._columns, self._document.formats, portion[:_LOOKED_AT])
        self._open_sheet(widths)
        while portion:
            yield portion
            room = self._capacity - self._sheets[-1][1]
            portion = list(islice(rows, min(ROWS_PER_PORTION, room or self._capacity)))
            if portion and not room:
                self._open_sheet(widths)

    def _open_sheet(self, widths: Sequence[int]) -> None:
        sheet = self._book.add_worksheet(_sheet_name(self._document.table.title, len(self._sheets) + 1))
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width)
        sheet.freeze_panes(1, 0)
        sheet.fh.write(self._row(1, *[cells.text_fragment(column.title, self._heading) for column in self._columns]))
        self._sheets.append((sheet, 0))

    def _write_totals(self) -> None:
        """The last row of the last sheet. A total that is not the sum of its cells is a number and no formula."""
        sheet, used = self._sheets[-1]
        sums = self._sums.totals(self._document.table)
        fragments = []
        for index, total in enumerate(sums):
            style = self._totals_styles[index]
            if total is None or isinstance(total, str):
                label = total or ("Total" if index == 0 else "")
                fragments.append(cells.text_fragment(label, style) if label else f' s="{style}"/>')
                continue
            formula = self._formula(index) if total == self._sums.total(index) else ""
            number = cells.number_of(total, self._columns[index])
            fragments.append(cells.number_fragment(number, style, formula))
        sheet.fh.write(self._row(used + 2, *fragments))

    def _formula(self, index: int) -> str:
        letter = self._letters[index]
        last, _ = self._sheets[-1]
        ranges = []
        for sheet, used in self._sheets:
            place = "" if sheet is last else f"'{sheet.get_name()}'!"
            ranges.append(f"{place}{letter}2:{letter}{used + 1}")
        return f"SUM({','.join(ranges)})"


def _finish(sheet: "Worksheet", *, rows: int, columns: int) -> None:
    if columns:
        sheet.autofilter(0, 0, rows, columns - 1)
    # What the library would have noted for every cell, had it written them.
    sheet._check_dimensions(0, 0)
    sheet._check_dimensions(rows + 1, max(columns - 1, 0))


def _row_template(letters: Sequence[str]) -> Callable[..., str]:
    """Makes the XML of a row from its number and the fragments of its cells."""
    inner = "".join(f'<c r="{letter}{{0}}"{{{index + 1}}}' for index, letter in enumerate(letters))
    return ('<row r="{0}">' + inner + "</row>").format


def _style(book: "Workbook", properties: Mapping[str, object]) -> int:
    return int(book.add_format(dict(properties))._get_xf_index())


def _letter(index: int) -> str:
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _sheet_name(title: str, number: int) -> str:
    """At most 31 characters, none of those Excel refuses, and never that of the sheet of facts."""
    name = cells.clean(title).translate(_NOT_IN_NAMES).strip()[:24].strip() or "Report"
    if name.casefold() in (_FACTS.casefold(), "history"):
        name = f"{name} report"
    return name if number == 1 else f"{name} {number}"


def _widths(columns: Sequence[Column], formats: Formats, rows: Sequence[Row]) -> list[int]:
    """Wide enough for the heading and what stands in the first rows, within bounds; in characters."""
    widths = []
    for index, column in enumerate(columns):
        text_of = formatter(column, formats)
        shown = [_longest_line(text_of(row[index])) for row in rows if row[index] is not None]
        # The filter's button takes the place of three characters.
        wanted = max([len(column.title) + 3, *(length + 2 for length in shown)])
        widths.append(min(max(wanted, _WIDTHS.start), _WIDTHS.stop - 1))
    return widths


def _longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))


def _write_facts(book: "Workbook", document: Document) -> None:
    sheet = book.add_worksheet(_FACTS)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 80)
    label, plain = _style(book, {"bold": True, "valign": "top"}), _style(book, {"text_wrap": True, "valign": "top"})
    row = _row_template(["A", "B"])
    lines = fact_lines(document)
    for number, (name, text) in enumerate(lines, start=1):
        sheet.fh.write(row(number, cells.text_fragment(name, label), cells.text_fragment(text, plain)))
    sheet._check_dimensions(0, 0)
    sheet._check_dimensions(len(lines) - 1, 1)


def _describe(book: "Workbook", document: Document) -> None:
    facts = document.facts
    book.set_properties(
        {
            "title": cells.clean(f"{facts.report}, {facts.range}")[:200],
            "company": cells.clean(facts.workspace)[:200],
            "created": datetime.fromtimestamp(facts.made_at_s, UTC),
        }
    )
