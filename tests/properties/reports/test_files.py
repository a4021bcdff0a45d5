"""CSV and XLSX files hold what the naive oracle says, cell by cell, and in their rows of totals."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from openpyxl.xml.functions import fromstring

from tests.harness import Office
from tests.properties.reports.asking import ASKS, OFTEN, SEED, ask, states
from tests.properties.reports.oracle import Question, has_reports
from tests.properties.reports.oracle_files import (
    Table,
    attendance_table,
    detailed_table,
    digits_of,
    summary_table,
    weekly_table,
)
from tests.properties.reports.questions import Questioner

PARTS = 5
# A file takes as long as many answers do.
FILES = max(ASKS // 10, 1)
FILES_A_STATE = 10
ORACLES = {
    "summary": summary_table,
    "detailed": detailed_table,
    "weekly": weekly_table,
    "attendance": attendance_table,
}
# What others read of a workbook is looked at in one of so many.
READ_BY_OTHERS = 20
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Rows = list[list[Any]]


@pytest.mark.parametrize("part", range(PARTS))
def test_the_cells_of_files_are_what_the_entries_add_up_to(office: Office, part: int) -> None:
    print("seed", SEED)
    asked = filled = 0
    for history, book, chance in states(office, f"files {part}", FILES // PARTS, FILES_A_STATE):
        questioner = Questioner(book, chance)
        for _ in range(FILES_A_STATE):
            report = chance.choices([*OFTEN], [*OFTEN.values()])[0]
            reader, body = chance.choice(history.readers), getattr(questioner, report)()
            if not has_reports(book, reader.id):
                continue
            expected = ORACLES[report](Question(book, reader.id, body))
            of_workbook = xlsx_rows if asked % READ_BY_OTHERS else xlsx_rows_read_by_openpyxl
            for kind, rows_of, told in (("CSV", csv_rows, csv_cell), ("XLSX", of_workbook, xlsx_cell)):
                answer = ask(history, reader, report, body | {"exportType": kind, "dateFormat": "YYYY-MM-DD"})
                assert answer.status == 200, (answer, body)
                question = f"{report} as {kind} for {reader.name}: {body}\nseed: {SEED}"
                compare(rows_of(answer.content), expected, told, question)
            asked += 1
            filled += any(expected[0].values())
    assert filled > asked * 0.25


def compare(rows: Rows, expected: tuple[Table, Table], told: Callable[[str, Any], Any], question: str) -> None:
    """Every column of numbers, in order, and the totals where the file has them."""
    table, totals = expected
    headings, *body = rows
    below = body.pop() if body and body[-1][0] == "Total" and told is xlsx_cell else None
    numbers = {heading for heading in headings if re.search(r"\((?!h\)).*\)|\(h\)|^\d{4}-", str(heading))}
    assert {heading for heading in numbers if "Rate" not in heading} == {*table}, question
    for heading, cells in table.items():
        at = headings.index(heading)
        found = [row[at] for row in body]
        wanted = [told(heading, cell) for cell in cells]
        assert found == wanted, (heading, question)
        if below is not None and cells:
            total = totals[heading][0]
            assert below[at] == told(heading, Fraction(0) if total is None else total), (heading, "Total", question)


# --- what a number is in a file


def csv_rows(content: bytes) -> Rows:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def csv_cell(heading: str, value: Fraction | None) -> str:
    """Hours, minutes and seconds; hours with two decimals; money with as many as its currency has."""
    if value is None:
        return ""
    if heading.endswith("(h)") or heading[:4].isdigit():
        seconds = int(value)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if heading.endswith("(decimal)"):
        return with_decimals(value / 3600, 2)
    return with_decimals(value, digits_of(heading[-4:-1]))


def with_decimals(value: Fraction, digits: int) -> str:
    """Half of the last place goes away from zero; there is no minus before a zero."""
    units = (abs(value) * 10**digits + Fraction(1, 2)) // 1
    text = str(units).rjust(digits + 1, "0")
    sign = "-" if value < 0 and units else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def xlsx_rows(content: bytes) -> Rows:
    """The first sheet's rows with the values that stand in cells; durations as parts of a day."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [list(map(_value, row)) for row in sheet.iter(f"{SHEET}row")]


def _value(cell: Any) -> float | str | None:
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    value = cell.findtext(f"{SHEET}v")
    return None if value is None else value if cell.get("t") == "str" else float(value)


def xlsx_rows_read_by_openpyxl(content: bytes) -> Rows:
    """The same, slowly."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.number_format == "[h]:mm:ss" and cell.value is not None:
                cell.value = cell.value.total_seconds() / 86_400
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def xlsx_cell(heading: str, value: Fraction | None) -> float | None:
    if value is None:
        return None
    if heading.endswith("(h)") or heading[:4].isdigit():
        return float(value / 86_400)
    return float(value / 3600) if heading.endswith("(decimal)") else float(value)
