"""Makes the files of exports: whole first, then into the database portion by portion, then it counts.

A try that ends anywhere before that leaves nothing that can be fetched, and the next one begins anew. What
another try would not change (a report too long for a PDF, a person who may no longer see it, a full disk) is
given up with its reason at once.
"""

import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hourbook.core.clock import SystemClock
from hourbook.core.errors import DomainError, TryLater
from hourbook.resources.exports.rules import FULL_PERCENT, PART_BYTES, Export, MadeFile
from hourbook.worker.runner import JobRun, LeaseLost

if TYPE_CHECKING:
    from hourbook.resources.reports.actions_files import ReportFile

KIND = "export"
HOUR_US = 3600 * 1_000_000
# Of the time an export takes, the part that the file is made in, in percent.
MAKING_PERCENT = 80
COMPRESSION = 6
DISK_FULL_STATUS = 507
# How often it asks, while it makes a file, whether anybody still waits for it.
ASK_SECONDS = 1.0


class Unwanted(Exception):
    """Nobody waits for the file any more."""


def make(run: JobRun) -> str:
    """Makes one file; what became of it."""
    export_id = str(run.payload["export_id"])
    asked = {"export_id": export_id, "attempt": run.job.attempts}
    found = run.call("exports.begin", list[Export], asked, workspace_id=run.job.workspace_id)
    if not found:
        return "nobody waits for it"
    try:
        file = _file(run, found[0])
    except Unwanted:
        return "nobody waits for it"
    except (DomainError, OSError) as error:
        reason = _lasting(error)
        if reason is None:
            raise
        _tell(run, reason)
        return reason
    is_wanted = run.call("exports.finish", bool, {**asked, "made": file}, workspace_id=run.job.workspace_id)
    return "done" if is_wanted else "nobody waits for it"


def give_up(run: JobRun, _: str) -> None:
    """After the last try. What went wrong is no business of who waits; it stands in the log and on the job."""
    _tell(run, "Making this file failed again and again. The log of the server says why")


def _tell(run: JobRun, reason: str) -> None:
    asked = {"export_id": str(run.payload["export_id"]), "reason": reason}
    run.call("exports.give_up", bool, asked, workspace_id=run.job.workspace_id)


def _file(run: JobRun, export: Export) -> MadeFile:
    """Makes the file and puts it into the database."""
    path = run.runtime().pipeline.kept.files.new(".export")
    try:
        made = _made(run, export, path)
        return MadeFile(
            file_name=made.name,
            rows_count=made.rows_count,
            size_bytes=os.path.getsize(path),
            parts_count=_kept(run, export, path),
            expires_at_us=SystemClock().now_us() + run.settings.keep_exports_hours * HOUR_US,
        )
    finally:
        path.unlink(missing_ok=True)


def _lasting(error: Exception) -> str | None:
    """Why another try would end like this one; None when it may not."""
    from hourbook.http.file_answers import disk_is_full, says_disk_is_full
    from hourbook.http.problems import problem_of

    if says_disk_is_full(error) or (isinstance(error, TryLater) and error.status == DISK_FULL_STATUS):
        return f"{disk_is_full().reason} Start the export again when there is room"
    if isinstance(error, TryLater) or not isinstance(error, DomainError):
        return None
    return problem_of(error).message


def _made(run: JobRun, export: Export, path: Path) -> "ReportFile":
    """The file, made in a look at the database of its own."""
    from hourbook.access.actors import SYSTEM
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts
    from hourbook.resources.exports import actions_making

    runtime = run.runtime()
    facts = Facts(SYSTEM, runtime.clock.now_us(), run.job.id, runtime.ids.new_id, Origin.JOB)
    columns = runtime.pipeline.kept.columns()

    asked_at = time.monotonic()

    def progress(percent: int) -> None:
        nonlocal asked_at
        run.progress_percent = percent * MAKING_PERCENT // FULL_PERCENT
        if run.is_lost:
            raise LeaseLost(run.job.id)
        if time.monotonic() - asked_at >= ASK_SECONDS:
            asked = {"export_id": export.id}
            if not run.call("exports.is_wanted", bool, asked, workspace_id=export.workspace_id):
                raise Unwanted
            asked_at = time.monotonic()

    return runtime.database.read_now(
        facts,
        export.workspace_id,
        lambda tx: actions_making.make(tx, columns, export, target=path, progress=progress),
    )


def _kept(run: JobRun, export: Export, path: Path) -> int:
    """Puts the file into the database; how many portions. Unwanted when the export was deleted meanwhile."""
    count = 0
    portions = -(-os.path.getsize(path) // PART_BYTES)
    for count, part in enumerate(_portions(path), start=1):
        arguments = {
            "export_id": export.id,
            "attempt": run.job.attempts,
            "number": count - 1,
            "content": zlib.compress(part, COMPRESSION),
        }
        if not run.call("exports.add_part", bool, arguments, workspace_id=export.workspace_id):
            raise Unwanted
        run.progress_percent = MAKING_PERCENT + (FULL_PERCENT - 1 - MAKING_PERCENT) * count // portions
    return count


def _portions(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part
