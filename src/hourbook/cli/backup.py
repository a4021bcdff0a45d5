"""`hourbook backup` and `hourbook restore`: the whole database in one file, for either kind of database.

A backup may run beside a server, is read back before it gets its name, and never replaces a file. A
restore fills an empty database with all of it or with nothing, so it is also how data moves from
SQLite to PostgreSQL and back.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from hourbook.cli.runtime import DatabaseOption, DataOption, make_current, settings_of
from hourbook.core.errors import CannotRun
from hourbook.settings import without_password

if TYPE_CHECKING:
    from hourbook.db.engine import Engine
    from hourbook.db.portable import Backup

PART = ".part"


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write everything into one file. A server may go on working meanwhile."""
    from hourbook.core.clock import SystemClock
    from hourbook.db import portable
    from hourbook.db.engine import make_engine

    engine = make_engine(settings_of(data=data, database=database).database_url)
    if engine.file is not None and not engine.file.exists():
        raise CannotRun(f"There is no database in {engine.file.parent}. Name the right folder with --data.")
    with _new_file(file) as out, _told("backed up"):
        portable.write(engine, out, SystemClock().now_us())
        out.flush()
        os.fsync(out.fileno())
        out.seek(0)
        rows = portable.Backup(out, file).verify()
    typer.echo(f"{rows:,} rows are in {file} ({_size(file)}). It was read back and is whole.")
    typer.echo("It holds everything, hashes of passwords and keys included: keep it where nobody else can read it.")
    typer.echo("Not in it is the key of stored secrets (SECRET_KEY, or the file secret.key): keep that too, elsewhere.")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Fill an empty database from a backup, whichever kind of database it was made of."""
    from hourbook.db import portable
    from hourbook.db.engine import make_engine

    settings = settings_of(data=data, database=database)
    engine = make_engine(settings.database_url)
    with _existing_file(file) as content:
        found = portable.Backup(content, file)
        found.verify()
        rows = _restored(engine, found)
    typer.echo(f"{rows:,} rows were restored into {without_password(settings.database_url)}.")
    typer.echo("`hourbook doctor` looks at them, `hourbook serve` serves them.")


def _restored(engine: "Engine", found: "Backup") -> int:
    from hourbook.db import migrate, portable
    from hourbook.db.folder import hold_folder

    with hold_folder(engine.file.parent if engine.file is not None else None, "restore"):
        if portable.check_target(engine, found.header).is_empty:
            migrate.upgrade(engine, to=found.header.schema)
        with _told("restored"):
            rows = portable.read_into(engine, found)
        make_current(engine, holds_folder=True)
    return rows


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """What a driver or the disk refuses ends the command with a sentence."""
    try:
        yield
    except CannotRun:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines()
        reason = lines[0].rstrip(".") if lines else type(error).__name__
        raise CannotRun(f"Nothing was {what}: {reason}.") from error


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is complete and synced, and is gone when anything fails."""
    if path.exists():
        raise CannotRun(f"The file {path} is there already. A backup never replaces one: choose another name.")
    part = path.with_name(path.name + PART)
    try:
        number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotRun(
            f"The file {part} is there: another backup is being written, or one was interrupted. Delete it if not."
        ) from None
    except OSError as error:
        raise CannotRun(f"The file {part} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(number, "w+b") as file:
            yield file
        _give_name(part, path)
    finally:
        part.unlink(missing_ok=True)


def _give_name(part: Path, path: Path) -> None:
    """Names the file without replacing one that came meanwhile."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise CannotRun(f"The file {path} appeared while the backup was written, so nothing was kept.") from None
    except OSError:  # a file system without links
        part.rename(path)
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _existing_file(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise CannotRun(f"The backup {path} cannot be read: {error.strerror}.") from None
    with file:
        yield file


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1_000_000:,.1f} MB"
