"""Mails scheduled reports: finds what is due, makes each file, then ends the period and queues its mails at once.

A worker that is killed anywhere before that leaves nothing but portions that no mail names; the period is begun
again when the pause of its try is over. What goes wrong with one schedule is noted on it and keeps no other waiting.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from hourbook.core.errors import AccessDenied, DomainError, TryLater
from hourbook.resources.mail.rules import Attachment
from hourbook.resources.scheduled_reports.rules_runs import OWNER_MAY_NOT, Due, Failure
from hourbook.worker.frames import Unreachable
from hourbook.worker.runner import JobRun, LeaseLost

if TYPE_CHECKING:
    from hourbook.resources.scheduled_reports.actions_making import MadeFile
    from hourbook.resources.scheduled_reports.actions_running import Begun, Made

log = structlog.get_logger("hourbook.worker")
KIND = "scheduled_reports"
EVERY_SECONDS = 30
# So many in one go; other jobs wait meanwhile.
AT_ONCE = 50
PART_BYTES = 1 << 20
MEGABYTE = 1_000_000


def send_due(run: JobRun) -> int:
    """How many periods were mailed."""
    found = run.call("scheduled_reports.running.list_due", list[Due], {"limit": AT_ONCE})
    return sum(_send(run, one) for one in found)


def _send(run: JobRun, due: Due) -> bool:
    from hourbook.resources.scheduled_reports.actions_running import Begun

    asked = {"report_id": due.report_id}
    found = run.call("scheduled_reports.running.begin", list[Begun], asked, workspace_id=due.workspace_id)
    if not found:
        return False
    begun = found[0]
    try:
        made = _kept(run, begun)
        arguments = {**asked, "turn": begun.turn, "period_us": begun.period_us, "made": made}
        return run.call("scheduled_reports.running.finish", bool, arguments, workspace_id=due.workspace_id)
    except (LeaseLost, Unreachable):
        raise
    except Exception as error:
        failure, message = _failure_of(error, begun)
        arguments = {**asked, "turn": begun.turn, "failure": failure, "message": message}
        run.call("scheduled_reports.running.fail", bool, arguments, workspace_id=due.workspace_id)
        return False


def _kept(run: JobRun, begun: "Begun") -> "Made":
    """Makes the file and puts it down for the mails."""
    path = run.runtime().pipeline.kept.files.new(".scheduled")
    try:
        return _put_down(run, begun, path)
    finally:
        path.unlink(missing_ok=True)


def _put_down(run: JobRun, begun: "Begun", path: Path) -> "Made":
    """What was made, which lies in the database now unless it is too large for mails."""
    from hourbook.resources.scheduled_reports.actions_running import Made

    found = _made(run, begun, path)
    limit = run.settings.mail_attachment_megabytes
    size = os.path.getsize(path)
    is_small = size <= limit * MEGABYTE
    return Made(
        attachment=_attachment(run, begun, path, found=found) if is_small else None,
        size_bytes=size,
        limit_megabytes=limit,
        rows_count=found.file.rows_count,
        seconds=found.file.seconds or 0,
        first_day=found.days[0].isoformat(),
        last_day=found.days[1].isoformat(),
        zone=found.zone,
    )


def _made(run: JobRun, begun: "Begun", path: Path) -> "MadeFile":
    """The file, made in a look at the database of its own."""
    from hourbook.access.actors import SYSTEM
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts
    from hourbook.resources.scheduled_reports import actions_making

    runtime = run.runtime()
    facts = Facts(SYSTEM, runtime.clock.now_us(), run.job.id, runtime.ids.new_id, Origin.JOB)
    columns = runtime.pipeline.kept.columns()
    return runtime.database.read_now(
        facts,
        begun.report.workspace_id,
        lambda tx: actions_making.make(tx, columns, begun.report, period_us=begun.period_us, target=path),
    )


def _attachment(run: JobRun, begun: "Begun", path: Path, *, found: "MadeFile") -> Attachment:
    count = 0
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            arguments = {"attachment_id": begun.file_id, "number": count, "content": part}
            run.call("mail.attachments.add_part", bool, arguments, workspace_id=begun.report.workspace_id)
            count += 1
    return Attachment(begun.file_id, found.name, found.file.content_type, count)


def _failure_of(error: Exception, begun: "Begun") -> tuple[Failure, str]:
    """What the owner is told. A refusal says itself what to do; trouble of the server stands in the log."""
    from hourbook.http.problems import problem_of

    if isinstance(error, AccessDenied):
        return Failure.OWNER_MAY_NOT, OWNER_MAY_NOT
    if isinstance(error, TryLater):
        return Failure.SERVER_TROUBLE, error.reason
    if isinstance(error, DomainError):
        return Failure.REPORT_REFUSED, problem_of(error).message
    log.exception("a scheduled report could not be made", report=begun.report.id, exc_info=error)
    word = "The file could not be written" if isinstance(error, OSError) else "Making the report failed"
    return Failure.SERVER_TROUBLE, f"{word}. It is tried again"
