"""Which schema a database has, and the way to today's.

A start asks `current_state` in plain SQL; Alembic is imported only when there is something to do.
`upgrade` runs under a lock, in one transaction, and first copies an embedded database that has
data. A database of a newer Hourbook, or one that is not Hourbook's, is never touched.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hourbook import __version__
from hourbook.core.calendar import format_instant
from hourbook.core.clock import SystemClock, seconds_of
from hourbook.core.errors import CannotRun
from hourbook.db.engine import Connection, Engine
from hourbook.db.folder import prepare_folder
from hourbook.db.migrations import HEAD
from hourbook.db.tables import METADATA
from hourbook.db.trouble import Trouble

if TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
COPY_PREFIX = "before-migration-"
READ_REVISION = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 (a constant)


@dataclass(frozen=True)
class SchemaState:
    """What was found: no Hourbook tables at all, or the revision they are at."""

    is_empty: bool
    revision: str | None

    @property
    def is_current(self) -> bool:
        return self.revision == HEAD


@dataclass(frozen=True)
class Step:
    """One migration to come."""

    revision: str
    sentence: str


def current_state(engine: Engine) -> SchemaState:
    """Looks, changes nothing; CannotRun when the database does not answer."""
    if engine.file is not None and not engine.file.exists():
        return SchemaState(is_empty=True, revision=None)
    connection = _connect(engine)
    try:
        names = {row[0] for row in connection.fetch_text(engine.list_tables)}
        rows = connection.fetch_text(READ_REVISION) if VERSION_TABLE in names else []
    except Exception as error:
        raise CannotRun(f"The database cannot be read: {_short(error)}.") from error
    finally:
        connection.close()
    return SchemaState(is_empty=names.isdisjoint(METADATA.tables), revision=rows[0][0] if rows else None)


def check_state(engine: Engine, state: SchemaState) -> None:
    """CannotRun unless this program may migrate, or use, a database in this state."""
    if state.revision is None:
        if not state.is_empty:
            raise CannotRun(
                "The database has tables with the names of Hourbook's but no schema number, so it is not Hourbook's "
                "(or a half copied one). Give Hourbook an empty database, or restore a backup into one."
            )
    elif _number(state.revision) > _number(HEAD):
        raise CannotRun(_newer(engine, state.revision))
    elif state.revision != HEAD and state.revision not in {step.revision for step in _steps(None)}:
        raise CannotRun(
            f"The database has the schema {state.revision}, which this Hourbook {__version__} does not know."
        )


def check_revision(revision: str, version: str) -> None:
    """CannotRun unless this program knows the schema that a backup of Hourbook `version` has."""
    if revision != HEAD and revision not in {step.revision for step in _steps(None)}:
        raise CannotRun(
            f"The backup was made by Hourbook {version} with the schema {revision}, which this Hourbook {__version__} "
            f"does not know. Install Hourbook {version} or newer to restore it."
        )


def plan(engine: Engine) -> list[Step]:
    """The migrations that `upgrade` would run, first one first."""
    state = current_state(engine)
    check_state(engine, state)
    return [] if state.is_current else _steps(state.revision)


def upgrade(engine: Engine, *, to: str = "head") -> list[Step]:
    """Brings the schema to today's and returns what was done.

    On an embedded database the caller holds the folder (`db/folder.py`) unless nobody else can
    have it open. Several servers of one database may start at once: the first one migrates.
    """
    if engine.file is not None:
        prepare_folder(engine.file.parent)
        # Others may look into a folder that was there before; the journals of the file take its mode.
        engine.file.touch(mode=0o600)
    state = current_state(engine)
    check_state(engine, state)
    if state.is_current:
        return []
    steps = _steps(state.revision)
    if engine.file is not None and state.revision is not None:
        _copy_before(engine, engine.file, state.revision)
    _run(engine, "upgrade", to)
    return steps


def downgrade(engine: Engine, to: str) -> None:
    """Takes migrations back, down to `to` (`base`: all of them). For tests and repairs; data of what goes is lost."""
    _run(engine, "downgrade", to)


def _run(engine: Engine, command: str, to: str) -> None:
    from alembic import command as commands

    schema_engine = engine.schema_engine()
    try:
        with schema_engine.begin() as connection:
            if engine.migration_lock is not None:
                connection.exec_driver_sql(engine.migration_lock)
            getattr(commands, command)(_config(connection), to)
            engine.check_references(connection.exec_driver_sql)
    finally:
        schema_engine.dispose()


def _config(connection: "sa.Connection | None" = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _steps(after: str | None) -> list[Step]:
    """All migrations after a revision, in the order they run."""
    from alembic.script import ScriptDirectory

    found: list[Step] = []
    for script in ScriptDirectory.from_config(_config()).walk_revisions():
        if script.revision == after:
            break
        found.append(Step(script.revision, script.doc))
    return found[::-1]


def _copy_before(engine: Engine, file: Path, revision: str) -> None:
    now = format_instant(seconds_of(SystemClock().now_us())).replace("-", "").replace(":", "")
    target = file.with_name(f"{COPY_PREFIX}{_number(revision):04}-{now}.db")
    partial = target.with_suffix(".partial")
    try:
        engine.copy_to(partial)
        partial.replace(target)
    except Exception as error:
        partial.unlink(missing_ok=True)
        raise CannotRun(f"The copy before the migration failed ({_short(error)}), so nothing was changed.") from error


def _newer(engine: Engine, revision: str) -> str:
    version = revision.partition("_v")[2]
    needed = f"Hourbook {version} or newer" if version else "a newer Hourbook"
    sentence = (
        f"The database was written by a newer Hourbook (schema {_number(revision)}; this is {__version__} with schema "
        f"{_number(HEAD)}). Install {needed}, or go back to a copy or backup made before it was upgraded"
    )
    pattern = f"{COPY_PREFIX}{_number(HEAD):04}-*.db"
    copies = sorted(engine.file.parent.glob(pattern)) if engine.file is not None else []
    return sentence + (f": {copies[-1]} is one." if copies else ".")


def _number(revision: str) -> int:
    """The number a revision begins with; 0 for one that is not ours."""
    digits = revision.partition("_")[0]
    return int(digits) if digits.isdecimal() else 0


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except Exception as error:
        if engine.trouble(error) is Trouble.BUG and not isinstance(error, OSError):
            raise CannotRun(f"The database cannot be opened: {_short(error)}.") from error
        raise CannotRun(f"The database cannot be reached: {_short(error)}.") from error


def _short(error: BaseException) -> str:
    """The first line of a driver's words; it names hosts and files, never a password."""
    lines: list[Any] = str(error).strip().splitlines()
    return str(lines[0]).rstrip(".") if lines else type(error).__name__
