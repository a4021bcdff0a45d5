import csv
import re
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hourbook.documents import csv_file
from hourbook.documents.tables import Column, Document, Formats, Kind
from tests.documents import made


def read(path: Path) -> list[list[str]]:
    """As importers do: strictly, every cell a text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def written(folder: Path, document: Document) -> list[list[str]]:
    path = folder / "report.csv"
    csv_file.write_csv(path, document)
    assert list(folder.iterdir()) == [path]
    return read(path)


def half_up(minor: Fraction) -> int:
    return int(abs(minor) + Fraction(1, 2)) * (-1 if minor < 0 else 1)


def test_every_kind_of_cell_is_written_in_the_dialect(tmp_path: Path) -> None:
    heading, row, empty = written(tmp_path, made.document([made.ROW, made.EMPTY_ROW]))
    assert heading == [
        "Description", "Tags", "Billable", "Start Date", "Start Time", "Duration (h)", "Duration (decimal)",
        "Billable Amount (EUR)", "Cost (JPY)", "Profit (KWD)", "Entries",
    ]  # fmt: skip
    assert row == [
        "Working", "a, b", "Yes", "03/04/2024", "10:23:52 AM", "01:30:00", "1.50", "150.00", "1230", "-6.173", "3"
    ]  # fmt: skip
    assert empty == [""] * 11


def test_every_cell_is_quoted_and_lines_end_with_a_line_feed(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    csv_file.write_csv(path, made.document([made.ROW, made.EMPTY_ROW]))
    data = path.read_bytes()
    assert data.startswith(b'"Description",')
    assert b"\r" not in data
    cell = rb'"(?:[^"]|"")*"'
    assert re.fullmatch(rb"(?:%s(?:,%s){10}\n){3}" % (cell, cell), data)


def test_the_profile_chooses_days_and_times(tmp_path: Path) -> None:
    formats = Formats(date="YYYY-MM-DD", is_12_hours=False, has_seconds=False)
    assert written(tmp_path, made.document([made.ROW], formats=formats))[1][3:5] == ["2024-03-04", "10:23"]


def test_a_table_without_rows_has_a_heading(tmp_path: Path) -> None:
    assert len(written(tmp_path, made.document([]))) == 1


def test_importers_get_every_text_back(tmp_path: Path) -> None:
    cells = [csv_file.unguarded(row[0]) for row in written(tmp_path, made.texts(*made.HOSTILE))[1:]]
    assert cells == [text.replace("\0", "\ufffd").replace("\ud83d", "?") for text in made.HOSTILE]


def test_no_text_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    for cell in (row[0] for row in written(tmp_path, made.texts(*made.HOSTILE))[1:]):
        # A spreadsheet of another country splits at semicolons and line ends, whatever the quotes say.
        for piece in re.split(r"[;\t\n]", cell):
            assert not piece.lstrip().startswith("="), cell
            assert not (piece.lstrip()[:1] in ("+", "-", "@") and re.search(r"[(|!]", piece)), cell


@pytest.mark.parametrize("prose", ["- call Ann", "@ann please look", "+1 for this", "-5", "a = b", "1 + 1 (two)", "--"])
def test_prose_that_begins_with_a_sign_stays_as_it_is(prose: str) -> None:
    assert csv_file.quoted(prose) == f'"{prose}"'


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "  '=1+1"),
        ("＝1+1", "'＝1+1"),
        ("\ufeff=1+1", "\ufeff'=1+1"),
        ("-HYPERLINK(A1)", "'-HYPERLINK(A1)"),
        ("@x!A1", "'@x!A1"),
        ("a;=1", "a;'=1"),
        ("a\n\n=1", "a\n\n'=1"),
        ("a \n =1", "a \n '=1"),
        ("\n\t=1", "\n\t'=1"),
        ("'=1", "''=1"),
    ],
)
def test_a_formula_gets_an_apostrophe(text: str, cell: str) -> None:
    assert csv_file.guarded(text) == cell
    assert csv_file.unguarded(cell) == text


@given(some.text(alphabet="=+-@;'\"( \t\n|a1!", max_size=12))
def test_the_guard_can_always_be_taken_off(text: str) -> None:
    assert csv_file.unguarded(csv_file.guarded(text)) == text


@pytest.mark.parametrize("text", ["\n" * 100_000 + "a=", "'" * 100_000 + "a=", "+;" * 50_000, "\n+" * 50_000])
def test_a_text_of_blanks_and_signs_costs_no_more_than_another(text: str) -> None:
    started = time.process_time()
    assert csv_file.unguarded(csv_file.guarded(text)) == text
    assert time.process_time() - started < 1


def test_headings_are_texts_too(tmp_path: Path) -> None:
    column = Column(heading='=cmd|"A"!B')
    assert written(tmp_path, made.document([], columns=(column,))) == [['\'=cmd|"A"!B']]


def test_the_sums_of_cells_are_the_sums_of_what_was_given(tmp_path: Path) -> None:
    rows = made.rows(9000)
    found = written(tmp_path, made.document(rows))[1:]
    assert len(found) == 9000
    seconds = [
        sum(int(part) * unit for part, unit in zip(row[5].split(":"), (3600, 60, 1), strict=True)) for row in found
    ]
    assert sum(seconds) == sum(row[5] for row in rows)
    euros = sum(half_up(Fraction(row[7], 3600)) for row in rows)
    assert sum(Decimal(row[7]) for row in found) == Decimal(euros) / 100
    assert sum(Decimal(row[8]) for row in found) == sum(row[8] for row in rows)
    assert sum(Decimal(row[9]) for row in found) == Decimal(sum(half_up(row[9]) for row in rows)) / 1000


def test_progress_is_told_and_ends_with_all_rows(tmp_path: Path) -> None:
    told: list[int] = []
    assert csv_file.write_csv(tmp_path / "a.csv", made.document(made.rows(9000)), progress=told.append) == 9000
    assert told == [0, 4096, 8192, 9000]


def test_an_error_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("before")

    def broken():
        yield from made.rows(5000)
        raise OSError("the reader broke off")

    with pytest.raises(OSError, match="broke off"):
        csv_file.write_csv(path, made.document(broken()))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_row_of_the_wrong_length_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        csv_file.write_csv(tmp_path / "a.csv", made.document([made.ROW, made.ROW[:-1]]))
    assert list(tmp_path.iterdir()) == []


def test_prepared_fragments_make_the_same_file(tmp_path: Path) -> None:
    rows = made.rows(500)
    columns = made.COLUMNS
    encoders = [csv_file.encoder(column, Formats()) for column in columns]
    fragments = [[encode(row[index]) for row in rows] for index, encode in enumerate(encoders)]
    pieces = [(0, csv_file.header(columns)), (500, csv_file.lines(fragments)), (0, csv_file.lines([[], []]))]
    assert csv_file.write_portions(tmp_path / "a.csv", pieces) == 500
    csv_file.write_csv(tmp_path / "b.csv", made.document(rows))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_no_row_is_kept(tmp_path: Path) -> None:
    """Rows come one portion at a time: a reader that counts who is alive sees no more than that."""
    alive = {"now": 0, "most": 0}

    class Row(list):
        def __init__(self) -> None:
            super().__init__(made.ROW)
            alive["now"] += 1
            alive["most"] = max(alive.values())

        def __del__(self) -> None:
            alive["now"] -= 1

    csv_file.write_csv(tmp_path / "a.csv", made.document(Row() for _ in range(30_000)))
    assert alive["most"] <= 2 * csv_file.ROWS_PER_PORTION


def test_a_list_of_texts_is_guarded_as_a_whole(tmp_path: Path) -> None:
    column = Column(heading="Tags", kind=Kind.TEXT_LIST)
    rows = [(["=a", "b"],), ([],), (None,), (("c",),)]
    assert written(tmp_path, made.document(rows, columns=(column,)))[1:] == [["'=a, b"], [""], [""], ["c"]]
