import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest

from hourbook.core.errors import PdfNotMade, TooManyRowsForPdf
from hourbook.documents import pdf_file
from hourbook.documents.pdf_file import Limits
from hourbook.documents.tables import Bar, Chart, Column, Document, Kind, Table
from hourbook.http.file_answers import says_disk_is_full
from hourbook.http.problems import problem_of
from tests.documents import made


def write(folder: Path, document: Document, **options: Any) -> pypdf.PdfReader:
    path = folder / "report.pdf"
    pdf_file.write_pdf(path, document, **options)
    assert list(folder.iterdir()) == [path]
    return pypdf.PdfReader(path, strict=True)


def text_of(reader: pypdf.PdfReader) -> str:
    """The text without the places where words may break."""
    return "\n".join(page.extract_text() for page in reader.pages).replace("\u200b", "")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def children() -> set[str]:
    """Processes this one has started and not yet taken leave of, dead ones as well."""
    return {pid for thread in Path("/proc/self/task").iterdir() for pid in (thread / "children").read_text().split()}


def test_the_cover_says_whose_report_it_is_and_of_what(tmp_path: Path) -> None:
    text = text_of(write(tmp_path, made.document([made.ROW])))
    for words in (
        "Acme Consulting", "Detailed report", "01/01/2024 to 12/31/2024", "Europe/Berlin", "Monday",
        "to the nearest 15 minutes", "Big Company", "Made at 05/20/2024 02:00:00 PM (Europe/Berlin)",
        "Tracked time by day", "Billable", "Page 1 of 1",
    ):  # fmt: skip
        assert words in text


def test_every_kind_of_cell_is_shown(tmp_path: Path) -> None:
    text = text_of(write(tmp_path, made.document([made.ROW, made.EMPTY_ROW])))
    for words in (
        "Working",
        "a, b",
        "Yes",
        "03/04/2024",
        "10:23:52 AM",
        "01:30:00",
        "1.50",
        "150.00",
        "1,230",
        "-6.173",
    ):
        assert words in text
    assert "-6.173" in text
    assert "None" not in text


def test_totals_are_exact_and_rounded_once(tmp_path: Path) -> None:
    rows = made.rows(300)
    text = text_of(write(tmp_path, made.document(rows)))
    seconds = sum(row[5] for row in rows)
    assert f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" in text
    euros = int(sum(row[7] for row in rows) / Fraction(3600) + Fraction(1, 2))
    assert squeezed(f"{euros // 100:,}.{euros % 100:02}") in squeezed(text)


def test_totals_of_the_table_go_before_sums(tmp_path: Path) -> None:
    columns = (Column(heading="Tag"), Column(heading="Time (h)", kind=Kind.DURATION, has_total=True))
    document = made.document([("a", 3600), ("b", 3600)], columns=columns, totals=("All of it", 3601))
    text = text_of(write(tmp_path, document))
    assert "All of it" in text
    assert text.count("01:00:01") == 2


def test_a_long_table_repeats_its_heading_and_counts_pages(tmp_path: Path) -> None:
    reader = write(tmp_path, made.document(made.rows(400)))
    count = len(reader.pages)
    assert count > 5
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"Page {number} of {count}" in text
        assert "StartDate" in squeezed(text)
    found = re.findall(r"Working on\s+(\d+)", text_of(reader))
    assert [int(number) for number in found] == list(range(400))


@pytest.mark.parametrize(("columns", "is_wide"), [(made.COLUMNS[:1], False), (made.COLUMNS, True)])
def test_wide_tables_lie_on_their_side(tmp_path: Path, columns: tuple[Column, ...], is_wide: bool) -> None:
    rows = [row[: len(columns)] for row in made.rows(20)]
    box = write(tmp_path, made.document(rows, columns=columns)).pages[0].mediabox
    assert (box.width > box.height) == is_wide


def test_nothing_hangs_over_the_edge_of_the_page(tmp_path: Path) -> None:
    columns = made.COLUMNS + tuple(Column(heading=f"Field {index}") for index in range(9))
    rows = [
        row + ("x" * 200, "a@b.example", "words and words", "", "y", "z" * 40, "1", "2", "3") for row in made.rows(9)
    ]
    reader = write(tmp_path, made.document(rows, columns=columns))
    edge = float(reader.pages[0].mediabox.width)
    places: list[float] = []
    for page in reader.pages:
        page.extract_text(visitor_text=lambda text, cm, tm, font, size: places.append(cm[4] * bool(text.strip())))
    assert max(places) < edge - 20


def test_an_empty_report_says_so(tmp_path: Path) -> None:
    document = Document(facts=made.FACTS, table=Table(title="Detailed", columns=made.COLUMNS, rows=()))
    text = text_of(write(tmp_path, document))
    assert "There is no tracked time in this range." in text
    assert "Total" not in text
    assert "Tracked time" not in text


@pytest.mark.parametrize(
    "bars",
    [
        (),
        (Bar("a", 0, 0),),
        (Bar("a", 1, 0),),
        tuple(Bar(f"day {i}", i * 9999, i) for i in range(366)),
        (Bar("x", 10**10, 5),),
    ],
)
def test_any_chart_can_be_drawn(tmp_path: Path, bars: tuple[Bar, ...]) -> None:
    document = Document(
        facts=made.FACTS,
        table=Table(title="Detailed", columns=made.COLUMNS, rows=[made.ROW]),
        chart=Chart(title="The chart", bars=bars),
    )
    assert ("The chart" in text_of(write(tmp_path, document))) == any(bar.billable for bar in bars)


def test_no_text_is_markup(tmp_path: Path) -> None:
    markup = made.HOSTILE[21]
    assert markup.startswith("#set page")
    facts = msgspec.structs.replace(made.FACTS, workspace=markup, report="#panic()", filters=((markup, markup),))
    table = Table(title=markup, columns=(Column(heading='#read("x")'),), rows=[(text,) for text in made.HOSTILE])
    chart = Chart(title="$x$ #v(1000pt)", bars=(Bar("#h(9pt)", 1, 1),))
    reader = write(tmp_path, Document(facts=facts, table=table, chart=chart))
    text = squeezed(text_of(reader))
    for shown in (markup, "#panic()", '#read("x")', "$x$ #v(1000pt)", "#h(9pt)", "=cmd|'/C calc'!A0", "Привет", "Γειά"):
        assert squeezed(shown) in text
    assert text.count("x" * 12) >= 240
    assert "root:" not in text
    assert not any("/Annots" in page for page in reader.pages)


def test_2000_rows_are_printed_and_one_more_is_refused(tmp_path: Path) -> None:
    rows = made.rows(2001)
    assert len(write(tmp_path, made.document(rows[:2000])).pages) > 30
    (tmp_path / "report.pdf").unlink()
    for known in (None, 2001):
        with pytest.raises(TooManyRowsForPdf) as refused:
            write(tmp_path, made.document(rows, row_count=known))
        assert refused.value == TooManyRowsForPdf(2000, 2001)
    problem = problem_of(refused.value)
    assert (problem.status, problem.code) == (400, 501)
    assert "2,000" in problem.message
    assert "2,001" in problem.message
    assert "CSV" in problem.message
    assert "XLSX" in problem.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(memory_bytes=400 << 20), "memory"),
        (Limits(memory_bytes=20 << 20), "memory"),
        (Limits(seconds=0), "time"),
        (Limits(file_bytes=10_000), "size"),
    ],
)
def test_a_compiler_that_needs_too_much_is_ended(tmp_path: Path, limits: Limits, reason: str) -> None:
    before = children()
    path = tmp_path / "report.pdf"
    path.write_text("before")
    with pytest.raises(PdfNotMade) as refused:
        pdf_file.write_pdf(path, made.document(made.rows(2000)), limits=limits)
    assert refused.value.reason == reason
    assert problem_of(refused.value).status == 400
    assert children() <= before
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def put_template(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Path:
    """Another template in the place of ours; the answer is a folder for the file."""
    child = Path(pdf_file.__file__).parent / "pdf_child.py"
    (folder / "pdf_child.py").write_text(child.read_text())
    (folder / "report.typ").write_text(program)
    monkeypatch.setattr(pdf_file, "_HERE", folder)
    (folder / "out").mkdir()
    return folder / "out"


def test_a_compiler_that_breaks_is_no_reason_to_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = put_template(tmp_path, monkeypatch, "#panic()")
    with pytest.raises(PdfNotMade) as refused:
        pdf_file.write_pdf(target / "report.pdf", made.document([]))
    assert refused.value.reason == "failed"
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("said", ["No space left on device (os error 28)", "Disk quota exceeded (os error 122)"])
def test_a_full_disk_is_no_fault_of_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    target = put_template(tmp_path, monkeypatch, f'#panic("{said}")')
    with pytest.raises(OSError, match="No space left") as refused:
        pdf_file.write_pdf(target / "report.pdf", made.document([]))
    assert says_disk_is_full(refused.value)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("program", ['#read("/etc/passwd")', '#read("../../secret")', '#import "/etc/hosts": a'])
def test_the_compiler_reads_nothing_outside_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """Even a template that was tampered with: users' texts never get this far."""
    (tmp_path / "secret").write_text("secret")
    target = put_template(tmp_path, monkeypatch, program)
    with pytest.raises(PdfNotMade):
        pdf_file.write_pdf(target / "report.pdf", made.document([]))


def test_a_template_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    target = put_template(tmp_path, monkeypatch, "#let f(n) = range(n).map(i => range(n).sum()).sum()\n#f(900000)")
    with pytest.raises(PdfNotMade) as refused:
        pdf_file.write_pdf(target / "report.pdf", made.document([]), limits=Limits(seconds=1))
    assert refused.value.reason == "time"
    assert children() <= before
    assert list(target.iterdir()) == []


def test_the_child_knows_nothing_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    popen = subprocess.Popen

    def watched(command: list[str], **options: Any) -> Any:
        seen.update(options["env"], command=command)
        return popen(command, **options)

    monkeypatch.setenv("HOURBOOK_SECRET_KEY", "nobody else's business")
    monkeypatch.setattr(subprocess, "Popen", watched)
    write(tmp_path, made.document([made.ROW]))
    assert seen["command"][:2] == [sys.executable, "-I"]
    assert "HOURBOOK_SECRET_KEY" not in seen


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    write(tmp_path, made.document(made.rows(30)), progress=told.append)
    assert told == [30]
