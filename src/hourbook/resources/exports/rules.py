"""What an export is, and how many of them somebody may have. Pure.

An export waits until its job made the file whole; only then there is anything to fetch, for some hours.
"""

import enum

import msgspec

from hourbook.core.errors import ExportExpired, ExportNotReady, InvalidValue, LimitReached

REASON_LIMIT = 300
# Of one person in one workspace: that wait or are made, and altogether.
WAITING_LIMIT = 3
EXPORTS_LIMIT = 20
# Bytes of the file in one portion, before it is compressed.
PART_BYTES = 1 << 20
# As for shared reports: the journal keeps each of them.
REQUEST_LIMIT_BYTES = 300_000
MICROSECONDS = 1_000_000
FULL_PERCENT = 100


class ReportType(enum.StrEnum):
    """Named like those of shared reports."""

    SUMMARY = "SUMMARY"
    DETAILED = "DETAILED"
    WEEKLY = "WEEKLY"
    ATTENDANCE = "ATTENDANCE"
    EXPENSE_DETAILED = "EXPENSE_DETAILED"


class ExportState(enum.StrEnum):
    WAITING = "WAITING"
    DONE = "DONE"
    FAILED = "FAILED"


class Export(msgspec.Struct):
    """A row of the table."""

    workspace_id: str
    id: str
    user_id: str
    job_id: str
    report: str
    kind: str
    request: str
    state: str = ExportState.WAITING.value
    reason: str = ""
    file_name: str = ""
    rows_count: int = 0
    size_bytes: int = 0
    attempt: int = 0
    parts_count: int = 0
    expires_at_us: int | None = None


def created_s(export: Export) -> int:
    """An id begins with the second in which it was made."""
    return int(export.id[:8], 16)


class MadeFile(msgspec.Struct, frozen=True):
    """What came of a try: the file's name and size, and in how many portions it lies there."""

    file_name: str
    rows_count: int
    size_bytes: int
    parts_count: int
    expires_at_us: int


class FetchedFile(msgspec.Struct, frozen=True):
    """What is said of a file beside its content."""

    name: str
    content_type: str


class ShownExport(msgspec.Struct, frozen=True):
    """An export and how far its job is, in percent."""

    export: Export
    progress_percent: int


def check_file(how: object | None) -> None:
    """`how`: the file that is asked for."""
    if how is None:
        raise InvalidValue("filter.exportType must be CSV, XLSX or PDF")


def check_request(text: str) -> str:
    """InvalidValue for a request that is larger than any sensible one."""
    if len(text.encode()) > REQUEST_LIMIT_BYTES:
        raise InvalidValue(f"The filter of an export can't be larger than {REQUEST_LIMIT_BYTES} bytes")
    return text


def check_room(states: list[str]) -> None:
    """LimitReached for who has as many as anybody may; `states`: of those there are."""
    if states.count(ExportState.WAITING) >= WAITING_LIMIT:
        raise LimitReached(WAITING_LIMIT, "exports that are being made")
    if len(states) >= EXPORTS_LIMIT:
        raise LimitReached(EXPORTS_LIMIT, "exports; delete one")


def check_ready(export: Export, now_us: int) -> None:
    """ExportNotReady until the file is whole, or when it never will be; ExportExpired afterwards."""
    if export.state != ExportState.DONE:
        raise ExportNotReady(export.reason)
    if export.expires_at_us is not None and export.expires_at_us <= now_us:
        raise ExportExpired


def done(export: Export, made: MadeFile, attempt: int) -> Export:
    return msgspec.structs.replace(
        export, state=ExportState.DONE.value, attempt=attempt, **msgspec.structs.asdict(made)
    )


def failed(export: Export, reason: str) -> Export:
    return msgspec.structs.replace(export, state=ExportState.FAILED.value, reason=reason[:REASON_LIMIT])
