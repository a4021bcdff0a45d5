"""`hourbook doctor`: looks at everything a server stands on and says what to do about what is wrong.

It changes nothing and may run beside a server, except with `--rebuild`, which writes derived totals
anew. One line a check; status 0 when all is well, 1 otherwise.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hourbook.cli.findings import Finding
from hourbook.cli.runtime import DatabaseOption, DataOption, opened, settings_of
from hourbook.core.errors import CannotRun
from hourbook.settings import Settings

if TYPE_CHECKING:
    from hourbook.db.checks import Check
    from hourbook.db.engine import Connection, Engine

LEAST_FREE_BYTES = 256 * 1024 * 1024
# Clocks of several servers differ a little.
CLOCK_MARGIN_US = 120_000_000
# No machine runs this before it was written: 2026-01-01.
EARLIEST_US = 1_767_225_600_000_000
KNOWN_ZONE, KNOWN_DAY, KNOWN_OFFSET_S = "Europe/Berlin", (2026, 7, 1), 7200
RESTORE = "Stop the server and restore the newest backup into an empty folder."
REPORT = "It is a bug of Hourbook: please report it. `hourbook backup` now, before anything else."


def doctor(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Write the derived totals anew first.")] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Check schema, clock, zones, disk, permissions, files, references, totals, journal, mail, jobs and sizes."""
    settings = settings_of(data=data, database=database)
    if rebuild:
        from hourbook.db.checks import rebuild_totals

        with opened(settings, holder="doctor --rebuild") as database_open:
            database_open.write(rebuild_totals, alone=True)
        typer.echo("The totals of projects and tasks were written anew.")
    problems = 0
    for finding in findings(settings):
        problems += finding.wrong is not None
        typer.echo(told(finding))
    if problems:
        typer.echo(f"{problems} {'problem was' if problems == 1 else 'problems were'} found.")
        raise typer.Exit(1)
    typer.echo("All is well.")


def told(finding: Finding) -> str:
    if finding.wrong is None:
        return f"ok       {finding.name}: {finding.fine}"
    advice = f"\n         What to do: {finding.advice}" if finding.advice else ""
    return f"PROBLEM  {finding.name}: {finding.wrong}.{advice}"


def findings(settings: Settings) -> Iterator[Finding]:
    """The checks in their order. Those of the database's content need today's schema."""
    from hourbook.cli.doctor_worker import worker_findings
    from hourbook.db.engine import make_engine

    engine = make_engine(settings.database_url)
    yield zones()
    if engine.file is not None and engine.file.parent.is_dir():
        yield from disk(engine)
    schema = schema_of(engine)
    yield schema
    if schema.wrong is None:
        try:
            with engine.snapshot() as connection:
                yield from content(connection)
                yield _guarded("secrets", lambda: stored_secrets(connection, settings))
                yield from worker_findings(engine, connection, settings)
        except Exception as error:
            yield _unreadable("database", error)


def schema_of(engine: "Engine") -> Finding:
    from hourbook.db import migrate

    name = "schema"
    try:
        state = migrate.current_state(engine)
        migrate.check_state(engine, state)
    except CannotRun as error:
        return Finding(name, "", str(error).rstrip("."), "See what stands above; nothing else could be checked.")
    if state.is_empty:
        return Finding(
            name, "", "there is no database yet", "Name the right one with --data or --database, or start a server."
        )
    if not state.is_current:
        return Finding(
            name,
            "",
            f"the database has the older schema {state.revision}",
            "Run `hourbook migrate`, or start a server.",
        )
    return Finding(name, f"{state.revision}, as this Hourbook needs it")


def zones() -> Finding:
    """Whether zone data is there and knows summer time."""
    from datetime import date, timedelta
    from importlib import metadata

    from hourbook.core.calendar import day_start_s

    advice = "Install the Python package tzdata again."
    try:
        version = metadata.version("tzdata")
        day = date(*KNOWN_DAY)
        offset_s = day_start_s(day, "UTC") - day_start_s(day, KNOWN_ZONE)
        length_s = day_start_s(date(2026, 3, 30), KNOWN_ZONE) - day_start_s(
            date(2026, 3, 30) - timedelta(days=1), KNOWN_ZONE
        )
    except (metadata.PackageNotFoundError, ValueError) as error:
        return Finding("zones", "", f"zone data cannot be read ({error})", advice)
    if (offset_s, length_s) != (KNOWN_OFFSET_S, 23 * 3600):
        return Finding("zones", "", f"zone data of version {version} knows {KNOWN_ZONE} wrongly", advice)
    return Finding("zones", f"zone data {version}")


def disk(engine: "Engine") -> Iterator[Finding]:
    """Room, and who may look into the files. Not asked of a database server."""
    file = engine.file
    if file is None:
        return
    folder = file.parent
    free = shutil.disk_usage(folder).free
    room = f"{free / 1024**3:,.1f} GiB are free"
    size = file.stat().st_size if file.exists() else 0
    if free < LEAST_FREE_BYTES + size // 10:
        yield Finding("disk", "", f"only {room} where {folder} is", "Make room, or move the data folder.")
    else:
        yield Finding("disk", room)
    yield permissions(engine)


def permissions(engine: "Engine") -> Finding:
    from hourbook.db.folder import LOCK_NAME

    name = "permissions"
    folder = engine.file.parent if engine.file is not None else None
    if folder is None or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding(name, "", f"{folder} is closed to this account", "Run as the account that runs the server.")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != LOCK_NAME]
    is_closed = not folder.stat().st_mode & 0o077
    is_open = [path.name for path in files if not is_closed and path.stat().st_mode & 0o077]
    if is_open:
        return Finding(
            name, "", f"other accounts may look into {', '.join(is_open[:5])}", f"chmod 700 {folder} closes the folder."
        )
    locked = [path.name for path in files if not os.access(path, os.R_OK | os.W_OK)]
    if locked:
        return Finding(
            name,
            "",
            f"{', '.join(locked[:5])} cannot be written",
            "Give the files to the account that runs the server.",
        )
    return Finding(name, "only this account reads and writes the data")


def content(connection: "Connection") -> Iterator[Finding]:
    from hourbook.db import checks, rate_checks

    yield _guarded("clock", lambda: clock(connection))
    faults = _guarded("files", lambda: files(connection))
    yield faults
    if faults.wrong is not None:
        return
    for name, group, fine, advice in (
        ("references", checks.REFERENCES, "everything leads somewhere", REPORT),
        ("totals", checks.TOTALS, "they are the sums of the time entries", "Run `hourbook doctor --rebuild`."),
        ("rates", rate_checks.RATES, "what is shown is what the timelines say", REPORT),
        ("journal", checks.JOURNAL, "it has no gaps and the counters fit", REPORT),
    ):
        wrong = [found for check in group for found in [_ask(connection, check)] if found is not None]
        if not wrong:
            yield Finding(name, fine)
        for sentence in wrong:
            yield Finding(name, "", sentence, advice)


def clock(connection: "Connection") -> Finding:
    """Whether the machine's clock is plausible and not behind what was written."""
    from hourbook.core.calendar import format_instant
    from hourbook.core.clock import SystemClock, seconds_of
    from hourbook.db.checks import newest_change_us

    now_us = SystemClock().now_us()
    newest_us = newest_change_us(connection) or 0
    told_now = format_instant(seconds_of(now_us))
    advice = "Set the machine's clock, best by a time service."
    if now_us < EARLIEST_US:
        return Finding("clock", "", f"it says {told_now}, which is long ago", advice)
    if newest_us > now_us + CLOCK_MARGIN_US:
        newest = format_instant(seconds_of(newest_us))
        return Finding("clock", "", f"it says {told_now}, but the newest change was written at {newest}", advice)
    return Finding("clock", told_now)


def files(connection: "Connection") -> Finding:
    from hourbook.db.checks import faults_of_files

    faults = faults_of_files(connection)
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return Finding("files", "", f"the database is damaged: {faults[0]}{more}", RESTORE)
    return Finding("files", "the database finds no fault in them")


def stored_secrets(connection: "Connection", settings: Settings) -> Finding:
    """Whether everything encrypted can be read with the keys that are here."""
    from hourbook.access.rotation import standings
    from hourbook.main import secret_box

    found = list(standings(connection, secret_box(settings, connection.engine)))
    lost = [f"{one.unreadable_count:,} of {one.count:,} in {one.name}" for one in found if one.unreadable_count]
    if lost:
        advice = "Bring back the key they were encrypted with (SECRET_KEY, or secret.key), or set them up again."
        return Finding("secrets", "", f"stored secrets cannot be decrypted: {', '.join(lost)}", advice)
    return Finding("secrets", f"{sum(one.count for one in found):,} are stored and can be decrypted")


def _ask(connection: "Connection", check: "Check") -> str | None:
    from hourbook.db import checks

    return checks.run(connection, check)


def _guarded(name: str, ask: Callable[[], Finding]) -> Finding:
    try:
        return ask()
    except Exception as error:
        return _unreadable(name, error)


def _unreadable(name: str, error: Exception) -> Finding:
    lines = str(error).strip().splitlines()
    return Finding(name, "", f"it cannot be read ({lines[0] if lines else type(error).__name__})", RESTORE)
