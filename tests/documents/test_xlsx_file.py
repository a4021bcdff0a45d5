import re
import zipfile
from datetime import datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hourbook.documents import xlsx_file
from hourbook.documents.tables import Column, Document, Formats, Kind, Table
from tests.documents import made


def write(folder: Path, document: Document, **options: Any) -> Path:
    path = folder / "report.xlsx"
    xlsx_file.write_xlsx(path, document, **options)
    assert list(folder.iterdir()) == [path]
    return path


def values(path: Path, sheet: str = "Detailed", *, computed: bool = True) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, data_only=computed)
    return [tuple(row) for row in book[sheet].values]


def texts_in(path: Path) -> list[Any]:
    return [row[0] for row in values(path, computed=False)[1:]]


def test_cells_have_types(tmp_path: Path) -> None:
    rows = values(write(tmp_path, made.document([made.ROW, made.EMPTY_ROW])))
    assert rows[0][5:9] == ("Duration (h)", "Duration (decimal)", "Billable Amount (EUR)", "Cost (JPY)")
    assert rows[1] == (
        "Working", "a, b", "Yes", datetime(2024, 3, 4), time(10, 23, 52), timedelta(seconds=5400), 1.5, 150, 1230,
        -6.1725, 3,
    )  # fmt: skip
    assert rows[2] == (None,) * 11


def test_numbers_are_shown_as_their_kind_asks(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write(tmp_path, made.document([made.ROW])))["Detailed"]
    assert [cell.number_format for cell in sheet[2]] == [
        "General", "General", "General", r"mm\/dd\/yyyy", "hh:mm:ss AM/PM", "[h]:mm:ss", "0.00",
        "#,##0.00 [$EUR]", "#,##0 [$JPY]", "#,##0.000 [$KWD]", "General",
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[3]][5:9] == [cell.number_format for cell in sheet[2]][5:9]


@pytest.mark.parametrize(
    ("formats", "day", "clock"),
    [
        (Formats(date="D.M.YYYY", is_12_hours=False), r"d\.m\.yyyy", "hh:mm:ss"),
        (Formats(date="YYYY-MM-DD", has_seconds=False), r"yyyy\-mm\-dd", "hh:mm AM/PM"),
        (Formats(date="DD MM YYYY", is_12_hours=False, has_seconds=False), r"dd\ mm\ yyyy", "hh:mm"),
    ],
)
def test_the_profile_chooses_days_and_times(tmp_path: Path, formats: Formats, day: str, clock: str) -> None:
    sheet = openpyxl.load_workbook(write(tmp_path, made.document([made.ROW], formats=formats)))["Detailed"]
    assert (sheet["D2"].number_format, sheet["E2"].number_format) == (day, clock)
    assert sheet["D2"].is_date


def test_the_heading_stays_and_filters(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write(tmp_path, made.document(made.rows(5))))["Detailed"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:K6"
    assert sheet["A1"].font.b
    assert sheet.dimensions == "A1:K7"
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFGHIJK"]
    assert all(9 <= width <= 46 for width in widths)
    assert len(set(widths)) > 3


def test_totals_are_formulas_with_their_values(tmp_path: Path) -> None:
    rows = made.rows(700)
    path = write(tmp_path, made.document(rows))
    asked, found = values(path, computed=False)[-1], values(path)[-1]
    assert asked[0] == "Total"
    assert asked[5:] == tuple(f"=SUM({letter}2:{letter}701)" for letter in "FGHIJK")
    seconds = sum(row[5] for row in rows)
    assert found[5] == timedelta(seconds=seconds)
    assert found[6] == seconds / 3600
    assert found[7] == float(Fraction(sum(row[7] for row in rows), 360_000))
    assert found[8] == sum(row[8] for row in rows)
    assert found[9] == float(sum((row[9] for row in rows), Fraction()) / 1000)
    assert found[10] == sum(row[10] for row in rows)


def test_what_a_spreadsheet_adds_up_is_the_exact_sum_to_the_minor_unit(tmp_path: Path) -> None:
    rows = made.rows(5000)
    found = values(write(tmp_path, made.document(rows)))[1:-1]
    assert round(sum(row[7] for row in found) * 100) == round(Fraction(sum(row[7] for row in rows), 3600))
    assert round(sum(row[9] for row in found) * 1000) == round(sum((row[9] for row in rows), Fraction()))
    assert sum((row[5] for row in found), timedelta()) == timedelta(seconds=sum(row[5] for row in rows))


def test_a_total_that_is_not_the_sum_of_its_cells_is_a_number(tmp_path: Path) -> None:
    """Time under two tags stands in two rows and counts once."""
    columns = (Column(heading="Tag"), Column(heading="Time (h)", kind=Kind.DURATION, has_total=True))
    rows = [("a", 3600), ("b", 3600)]
    path = write(tmp_path, made.document(rows, columns=columns, totals=(None, 3600)))
    assert values(path, computed=False)[-1] == ("Total", timedelta(hours=1))
    path = write(tmp_path, made.document(rows, columns=columns, totals=("All", 7200)))
    assert values(path, computed=False)[-1] == ("All", "=SUM(B2:B3)")


def test_an_empty_table_has_a_heading_and_no_totals(tmp_path: Path) -> None:
    path = write(tmp_path, made.document([]))
    assert len(values(path)) == 1
    assert openpyxl.load_workbook(path)["Detailed"].auto_filter.ref == "A1:K1"


def test_rows_beyond_the_limit_of_a_sheet_go_to_further_sheets(tmp_path: Path) -> None:
    rows = made.rows(25)
    path = write(tmp_path, made.document(rows), rows_per_sheet=12)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Detailed", "Detailed 2", "Detailed 3", "About"]
    assert [book[name].auto_filter.ref for name in book.sheetnames[:3]] == ["A1:K11", "A1:K11", "A1:K6"]
    found = [row[0] for name in book.sheetnames[:3] for row in list(book[name].values)[1:]]
    assert found == [row[0] for row in rows] + ["Total"]
    assert book["Detailed 2"].freeze_panes == "A2"
    assert book["Detailed 3"]["A1"].value == "Description"
    assert book["Detailed 3"]["F7"].value == "=SUM('Detailed'!F2:F11,'Detailed 2'!F2:F11,F2:F6)"
    assert values(path, "Detailed 3")[-1][8] == sum(row[8] for row in rows)


@pytest.mark.parametrize(("count", "sheets"), [(10, 1), (11, 2), (20, 2), (0, 1)])
def test_no_sheet_is_opened_for_no_row(tmp_path: Path, count: int, sheets: int) -> None:
    path = write(tmp_path, made.document(made.rows(count)), rows_per_sheet=12)
    assert len(openpyxl.load_workbook(path).sheetnames) == sheets + 1


def test_a_text_is_never_a_formula_a_link_or_markup(tmp_path: Path) -> None:
    path = write(tmp_path, made.texts(*made.HOSTILE))
    sheet = openpyxl.load_workbook(path)["Detailed"]
    assert {cell.data_type for (cell,) in sheet.iter_rows(min_row=2) if cell.value is not None} == {"s"}
    assert not any(cell.hyperlink for (cell,) in sheet.iter_rows())
    with zipfile.ZipFile(path) as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
        assert not any("rels" in name and "sheet1" in name for name in parts.namelist())
    assert "<f>" not in xml
    assert "<r>" not in xml
    assert "hyperlink" not in xml


def test_texts_come_back_as_they_were(tmp_path: Path) -> None:
    expected = [
        re.sub("[\0\x07\x1b\ud83d]", "\ufffd", text).replace("\r\n", "\n").replace("_x0041_", "_x005F_x0041_")
        for text in made.HOSTILE
    ]
    # The reader of the tests leaves the format's own escape as it is written, and says None for an empty text.
    assert [text or "" for text in texts_in(write(tmp_path, made.texts(*made.HOSTILE)))] == expected


def test_a_text_too_long_for_a_cell_is_cut(tmp_path: Path) -> None:
    plain, wide = texts_in(write(tmp_path, made.texts("x" * 40_000, "🎉" * 20_000)))
    assert len(plain) == 32_767
    assert plain.endswith("x…")
    assert len(wide.encode("utf-16-le")) <= 2 * 32_767
    assert wide.endswith("🎉…")
    fits = "y" * 32_767
    assert texts_in(write(tmp_path, made.texts(fits))) == [fits]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "Report"),
        ("[]:*?/\\'", "Report"),
        ("about", "about report"),
        ("History", "History report"),
        ("a/b: 'quoted' and very, very long", "a b   quoted  and very,"),
        ("Übersicht 報告", "Übersicht 報告"),
        ("\x00<&>", "\ufffd<&>"),
    ],
)
def test_any_title_names_a_sheet(tmp_path: Path, title: str, name: str) -> None:
    document = made.document([made.ROW])
    named = Document(facts=document.facts, table=Table(title=title, columns=made.COLUMNS, rows=[made.ROW] * 3))
    path = write(tmp_path, named, rows_per_sheet=4)
    assert openpyxl.load_workbook(path).sheetnames == [name, f"{name} 2", "About"]


def test_a_sheet_tells_the_facts(tmp_path: Path) -> None:
    assert values(write(tmp_path, made.document([])), "About") == [
        ("Workspace", "Acme Consulting"),
        ("Report", "Detailed report"),
        ("Range", "01/01/2024 to 12/31/2024"),
        ("Time zone", "Europe/Berlin"),
        ("Week starts on", "Monday"),
        ("Rounding", "to the nearest 15 minutes"),
        ("Client", "Big Company"),
        ("Made at", "05/20/2024 02:00:00 PM"),
    ]


def test_a_number_that_is_none_is_an_empty_cell(tmp_path: Path) -> None:
    columns = (Column(heading="Field", kind=Kind.NUMBER),)
    rows = [(float("nan"),), (float("inf"),), (1e300,), (-0.5,), (10**20,)]
    found = values(write(tmp_path, made.document(rows, columns=columns)))[1:]
    assert found == [(None,), (None,), (1e300,), (-0.5,), (1e20,)]


def test_an_error_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_text("before")

    def broken():
        yield from made.rows(5000)
        raise OSError("the reader broke off")

    with pytest.raises(OSError, match="broke off"):
        xlsx_file.write_xlsx(path, made.document(broken()))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    write(tmp_path, made.document(made.rows(5000)), progress=told.append)
    assert told == [2048, 4096, 5000]


def test_the_same_report_makes_the_same_bytes(tmp_path: Path) -> None:
    first = write(tmp_path, made.document(made.rows(50))).read_bytes()
    assert write(tmp_path, made.document(made.rows(50))).read_bytes() == first
