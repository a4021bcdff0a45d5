"""What reports as files have in common: where they are made, and the facts and formats around a table.

A file is made whole at a path that is given, with the eyes of the transaction's actor, while the columns
are open; rows stream into it. The tables of each kind of report are made beside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hourbook.core.calendar import WEEKDAYS
from hourbook.db.tx import ReadTx
from hourbook.documents.cells import date_formatter
from hourbook.documents.csv_file import write_csv
from hourbook.documents.tables import Document, Facts, Formats, Progress
from hourbook.resources.reports import store
from hourbook.resources.reports.actions import Reading
from hourbook.resources.reports.rules import Span
from hourbook.resources.reports.rules_files import (
    Clock,
    FileAsk,
    FileKind,
    Report,
    Words,
    days_of,
    file_name,
    words_of,
)
from hourbook.resources.reports.rules_labels import filter_lines
from hourbook.resources.users.rules import TimeFormat
from hourbook.resources.users.rules import decode_settings as decode_user_settings
from hourbook.resources.workspaces.rules_settings import DurationFormat, WorkspaceSettings, decode_settings


@dataclass(frozen=True)
class ReportFile:
    """A file that was made: what it is called, of what type, what the report used, and how much is in it."""

    name: str
    content_type: str
    headers: dict[str, str]
    rows_count: int
    # The time of all rows; None where a report is not about time.
    seconds: int | None = None

    @property
    def disposition(self) -> str:
        """As it was recorded: without `attachment`."""
        return f"filename={self.name}"


class SupportsFrame(Protocol):
    """What a report used: its span, and the headers that tell of it."""

    @property
    def span(self) -> Span: ...

    @property
    def headers(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Target:
    """Where a file is made, as what, and who is told how far it is, in percent."""

    path: Path
    how: FileAsk
    percent: Callable[[int], None] | None = None

    def progress(self, rows_count: int | None) -> Progress | None:
        """Tells it of rows that are written, when it is known how many there are."""
        tell = self.percent
        if tell is None or not rows_count:
            return None
        return lambda written: tell(written * 100 // rows_count)

    def write(self, document: Document) -> int:
        """Writes a document; how many rows. TooManyRowsForPdf, PdfNotMade."""
        progress = self.progress(document.table.row_count)
        if self.how.kind is FileKind.CSV:
            return write_csv(self.path, document, progress=progress)
        if self.how.kind is FileKind.XLSX:
            from hourbook.documents.xlsx_file import write_xlsx

            return write_xlsx(self.path, document, progress=progress)
        from hourbook.documents.pdf_file import write_pdf

        return write_pdf(self.path, document, progress=progress)

    def made(
        self, report: Report, frame: "SupportsFrame", *, rows_count: int, seconds: int | None = None
    ) -> ReportFile:
        name = file_name(report, frame.span, self.how.kind)
        return ReportFile(name, self.how.kind.content_type, frame.headers, rows_count, seconds)


def words(settings: WorkspaceSettings) -> Words:
    """What the workspace calls things."""
    return words_of(settings.project_label, settings.task_label, settings.project_grouping_label)


def formats_of(tx: ReadTx, how: FileAsk) -> Formats:
    """As the request says, else as the reader's profile does; the dialect's own before anything was ever set."""
    people = store.people(tx, [tx.actor.id]) if tx.actor.id else {}
    person = people.get(tx.actor.id or "")
    profile = decode_user_settings(person.settings) if person else None
    clock = how.clock or Clock(profile is None or profile.time_format is TimeFormat.HOUR12)
    has_seconds = clock.has_seconds
    if has_seconds is None:
        has_seconds = decode_settings(tx.actor.settings_text).duration_format is not DurationFormat.COMPACT
    return Formats(
        date=how.date_format or (profile.date_format if profile else "MM/DD/YYYY"),
        is_12_hours=clock.is_12_hours,
        has_seconds=has_seconds,
    )


def facts_of(reading: Reading, report: Report, formats: Formats) -> Facts:
    """What a reader must know of a report."""
    frame, rounding = reading.frame, reading.frame.rounding
    return Facts(
        workspace=frame.workspace_name,
        report=f"{report.value} report",
        range=range_text(frame.span, formats),
        zone=frame.span.zone,
        made_at_s=reading.now_s,
        week_start=WEEKDAYS[frame.span.week_start].capitalize(),
        rounding="" if rounding is None else f"{rounding.way.value.lower()}, {rounding.step_seconds // 60} minutes",
        filters=filter_lines(reading.ask.filters),
    )


def range_text(span: Span, formats: Formats) -> str:
    first, last = (date_formatter(formats)(day) for day in days_of(span))
    return first if first == last else f"{first} - {last}"
