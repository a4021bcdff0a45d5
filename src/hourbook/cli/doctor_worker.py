"""What the doctor says of the worker's matters: mails and jobs that wait or were given up, and what takes room.

A mail server that refuses a receiver is no fault of this server, so it is told and counts as no problem; what
waits for longer than it should is one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hourbook.cli.findings import Finding
from hourbook.settings import Settings

if TYPE_CHECKING:
    from hourbook.db.engine import Connection, Engine
    from hourbook.db.tx import ReadTx

MICROSECONDS = 1_000_000
MEGABYTE = 1_000_000
ADVICE = "Is a server with a worker running? `hourbook mail list` shows what waits and why, `hourbook mail test` tries."


def worker_findings(engine: "Engine", connection: "Connection", settings: Settings) -> Iterator[Finding]:
    """Mail, jobs and sizes, inside the doctor's snapshot."""
    tx = _reading(connection)
    yield mail(tx, settings)
    yield jobs(tx)
    yield sizes(engine, connection)


def mail(tx: "ReadTx", settings: Settings) -> Finding:
    from hourbook.resources.mail import actions, rules

    told = _counts(actions.count_by_state(tx)) or "none was queued yet"
    if not settings.mail_is_on:
        told = f"SMTP_HOST is not set, so links are shown instead; {told}"
    oldest_us = actions.oldest_waiting_us(tx)
    if oldest_us is not None and tx.now_us - oldest_us > rules.LONG_WAIT_SECONDS * MICROSECONDS:
        return Finding("mail", "", f"a mail waits for longer than an hour ({told})", ADVICE)
    given_up = actions.find_given_up(tx)
    reason = "" if given_up is None else f"; given up last: {given_up.recipient}, {given_up.reason}"
    return Finding("mail", told + reason)


def jobs(tx: "ReadTx") -> Finding:
    from hourbook.resources.jobs import actions

    given_up = [job for job in actions.list_recent(tx, 100) if job.state == "FAILED"]
    told = _counts(actions.count_by_state(tx)) or "none yet"
    if given_up:
        job = given_up[0]
        return Finding(
            "jobs", "", f"a job of the kind {job.kind} was given up: {job.reason}", "The log has more of it."
        )
    return Finding("jobs", told)


def sizes(engine: "Engine", connection: "Connection") -> Finding:
    """How many bytes every table takes with its indexes, and every file of the data folder."""
    try:
        found = connection.fetch_text(engine.table_sizes)
    except Exception:
        # An embedded database that was built without this knowledge. The files still tell.
        found = []
    tables = sorted(((str(name), int(size or 0)) for name, size in found), key=lambda row: (-row[1], row[0]))
    files = [] if engine.file is None else _files(engine.file.parent)
    lines = [f"tables {_total(tables)}" if tables else "the database does not tell the sizes of tables", *_each(tables)]
    if files:
        lines += [f"files {_total(files)}", *_each(files)]
    return Finding("sizes", "\n         ".join(lines))


def _files(folder: Path) -> list[tuple[str, int]]:
    found = [(path.name, path.stat().st_size) for path in folder.iterdir() if path.is_file()]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def _each(rows: list[tuple[str, int]]) -> list[str]:
    return [f"  {name} {_megabytes(size)}" for name, size in rows]


def _total(rows: list[tuple[str, int]]) -> str:
    return _megabytes(sum(size for _, size in rows))


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.3f} MB"


def _counts(by_state: dict[str, int]) -> str:
    words = {"QUEUED": "waiting", "SENT": "sent", "DONE": "done", "FAILED": "given up"}
    return ", ".join(f"{count} {words.get(state, state)}" for state, count in by_state.items())


def _reading(connection: "Connection") -> "ReadTx":
    from hourbook.access.actors import SYSTEM
    from hourbook.core.clock import SystemClock
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts, ReadTx

    return ReadTx(connection, Facts(SYSTEM, SystemClock().now_us(), "doctor", str, Origin.CLI), "")
