"""The only file that knows SQLite from PostgreSQL.

It opens driver connections, compiles statements once to text with a generated row decoder, runs them, and says
what an error means. Connections are in autocommit: BEGIN, SAVEPOINT and COMMIT are text, written by `db/writer.py`
and `db/tx.py`. SQLAlchemy's own connections are never used, only its language (design section 2).
"""

import abc
import contextlib
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from hourbook.core.errors import CannotRun
from hourbook.core.ids import id_to_bytes
from hourbook.db.compiled import CompiledStatement
from hourbook.db.connection import Connection as Connection
from hourbook.db.statement import Statement, SupportsScope
from hourbook.db.trouble import RowGone, Trouble

LOCK_WAIT_MS = 10_000
SQLITE_SCHEME = "sqlite"
_ID_ARRAY = re.compile(r'\[(?:"[0-9a-f]{24}"(?:,(?!\])|(?=\])))*\]')


class ByteText(sa.types.TypeDecorator[str]):
    """Text compared by its bytes on both databases."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(sa.Text(collation=collation))


def rows_where(condition: str) -> dict[str, Any]:
    """The keywords that make an index a partial one on either database."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


class _Condition(sa.ColumnElement[bool]):
    """A condition of our own. Wrapped as `... = 1`, as a database without booleans has it, no index would serve it."""

    inherit_cache = False

    def self_group(self, against: Any = None) -> Any:
        return self


class AnyOf(_Condition):
    """`column` is one of the ids in the array parameter `name`; one compiled form for any length."""

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        self.bind = sa.bindparam(name, type_=IdArray())
        self.type = sa.Boolean()


class IdArray(sa.types.TypeDecorator[Any]):
    """A list of ids travelling as one parameter: JSON on SQLite, an array on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        is_array = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.ARRAY(sa.LargeBinary()) if is_array else sa.Text())


class Contains(_Condition):
    """`column` contains the text of the parameter `name`; no wildcard means anything in it."""

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        self.bind = sa.bindparam(name, type_=sa.Text())
        self.type = sa.Boolean()


class NumberOfId(FunctionElement[Any]):
    """Rows (id, number) out of the one parameter `name`, a JSON object, to be joined like a table."""

    inherit_cache = False

    def __init__(self, name: str) -> None:
        super().__init__(sa.bindparam(name, type_=sa.Text()))


@compiles(NumberOfId, "sqlite")
def _number_of_id_sqlite(element: NumberOfId, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    # The limit keeps the planner from reading the parameter again for every row of the table.
    return f"(SELECT id_bytes(key) AS id, value AS number FROM json_each({text}) LIMIT -1)"  # noqa: S608 (a parameter)


@compiles(NumberOfId, "postgresql")
def _number_of_id_postgresql(element: NumberOfId, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"(SELECT decode(key, 'hex') AS id, value::bigint AS number FROM json_each_text({text}::json))"  # noqa: S608


@compiles(AnyOf, "sqlite")
def _any_of_sqlite(element: AnyOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, array = compiler.process(element.column, **kw), compiler.process(element.bind, **kw)
    return f"{column} IN (SELECT id_bytes(value) FROM json_each({array}))"  # noqa: S608 (columns and parameters)


@compiles(AnyOf, "postgresql")
def _any_of_postgresql(element: AnyOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, array = compiler.process(element.column, **kw), compiler.process(element.bind, **kw)
    return f"{column} = ANY({array})"


@compiles(Contains, "sqlite")
def _contains_sqlite(element: Contains, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.column, **kw)}, {compiler.process(element.bind, **kw)}) > 0"


@compiles(Contains, "postgresql")
def _contains_postgresql(element: Contains, compiler: SQLCompiler, **kw: Any) -> str:
    return f"position({compiler.process(element.bind, **kw)} in {compiler.process(element.column, **kw)}) > 0"


class Engine(abc.ABC):
    """What both databases share; subclasses say how they differ."""

    dialect: sa.Dialect
    name: str
    one_writer: bool
    begin_read: str | None
    begin_write: str
    # A transaction that sees one moment and changes nothing.
    begin_snapshot: str
    # What says whether the files are sound, one row a fault; None where the server sees to that.
    soundness: str | None = None
    # Names of the tables, and a text that makes other migrations wait until the transaction ends.
    list_tables: str
    # Names of tables with the bytes they and their indexes take.
    table_sizes: str
    migration_lock: str | None = None

    @property
    def file(self) -> Path | None:
        """The file of an embedded database; None for a server's. Its folder is what is locked."""
        return None

    @abc.abstractmethod
    def connect(self, *, read_only: bool = False) -> Connection:
        """A new connection in no transaction."""

    @abc.abstractmethod
    def trouble(self, error: BaseException) -> Trouble:
        """What a driver's error means."""

    @abc.abstractmethod
    def in_transaction(self, raw: Any) -> bool:
        """Whether a driver's connection is inside a transaction."""

    def reader(self, raw: Any) -> Any:
        """A cursor that holds a portion of its rows at a time."""
        return raw.cursor()

    def binder(self, type_: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
        if isinstance(type_, IdArray):
            return self.id_array
        return cast("Callable[[Any], Any] | None", getattr(type_, "bind_value", None))

    @abc.abstractmethod
    def id_array(self, ids: Iterable[str]) -> Any:
        """Ids as the one parameter that an `AnyOf` takes."""

    @abc.abstractmethod
    def sqlalchemy_url(self) -> str:
        """The address as SQLAlchemy writes it."""

    def schema_engine(self) -> sa.Engine:
        """SQLAlchemy's own engine, for work on the schema and nothing else."""
        return sa.create_engine(self.sqlalchemy_url(), poolclass=sa.NullPool)

    def copy_to(self, path: Path) -> None:
        """A consistent copy of an embedded database's file, beside running reads and writes."""
        raise CannotRun("The files of a database server are its operator's to copy.")

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database, beside running reads and writes."""
        connection = self.connect(read_only=True)
        try:
            connection.text(self.begin_snapshot)
            yield connection
        finally:
            connection.close()

    def hold_tables(self, connection: Connection, names: Sequence[str]) -> None:
        """Keeps other transactions from writing the tables until this one ends, where there can be others."""
        return

    def check_references(self, run: Callable[[str], Any]) -> None:
        """Raises when a reference leads nowhere, where the database does not see to that at every statement."""
        return

    def compiled(self, statement: Statement, scope: SupportsScope | None) -> CompiledStatement:
        key = (self.name, scope.key if scope is not None else None)
        found: CompiledStatement | None = statement.compiled.get(key)
        if found is None:
            found = statement.compiled[key] = CompiledStatement(statement, statement.limited_to(scope), self)
        return found


class SqliteEngine(Engine):
    """One file in WAL mode, synced at every commit."""

    name = "sqlite"
    one_writer = True
    begin_read = "BEGIN"
    begin_write = "BEGIN IMMEDIATE"
    begin_snapshot = "BEGIN"
    soundness = "SELECT quick_check FROM pragma_quick_check(20) WHERE quick_check != 'ok'"
    list_tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    table_sizes = "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY 1"

    def __init__(self, path: Path) -> None:
        from sqlalchemy.dialects import sqlite  # here: a process loads the dialect of the database it has

        self.dialect = sqlite.dialect(paramstyle="qmark")
        self.path = path

    @property
    def file(self) -> Path | None:
        return self.path.absolute()

    def connect(self, *, read_only: bool = False) -> Connection:
        raw = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=LOCK_WAIT_MS / 1000
        )
        raw.create_function("id_bytes", 1, bytes.fromhex, deterministic=True)
        self._switch_to_wal(raw)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        if read_only:
            raw.execute("PRAGMA query_only=ON")
        return Connection(self, raw)

    def id_array(self, ids: Iterable[str]) -> str:
        """JSON of the ids. The text that is none becomes the id that nothing has (`core/ids.py`)."""
        texts = list(ids)
        array = msgspec.json.encode(texts).decode()
        if _ID_ARRAY.fullmatch(array):
            return array
        return msgspec.json.encode([id_to_bytes(text).hex() for text in texts]).decode()

    def _switch_to_wal(self, raw: sqlite3.Connection) -> None:
        """The switch wants a new file alone, and SQLite's own waiting leaves this lock out: two refuse each other."""
        until = time.monotonic() + LOCK_WAIT_MS / 1000
        while True:
            try:
                raw.execute("PRAGMA journal_mode=WAL").fetchall()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
            time.sleep(0.002)

    def in_transaction(self, raw: Any) -> bool:
        return bool(raw.in_transaction)

    def sqlalchemy_url(self) -> str:
        return f"sqlite:///{self.path}"

    def schema_engine(self) -> sa.Engine:
        """Transactions that hold schema changes, foreign keys unchecked until the end (tables are rebuilt)."""

        def connect() -> Any:
            raw = self.connect().raw
            raw.execute("PRAGMA foreign_keys=OFF")
            return raw

        engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
        # The driver's own handling sends no BEGIN before a change of the schema.
        sa.event.listen(engine, "begin", self._begin)
        return engine

    def _begin(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(self.begin_write)

    def check_references(self, run: Callable[[str], Any]) -> None:
        broken = run("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise LookupError(f"{len(broken)} references lead nowhere, the first in {broken[0][0]}")

    def copy_to(self, path: Path) -> None:
        source, target = sqlite3.connect(self.path), sqlite3.connect(path)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE").fetchall()
        finally:
            target.close()
            source.close()

    def trouble(self, error: BaseException) -> Trouble:
        if isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in str(error):
            return Trouble.CONFLICT
        if isinstance(error, sqlite3.OperationalError):
            text = str(error)
            if "full" in text:
                return Trouble.FULL
            if any(word in text for word in ("locked", "busy", "disk I/O", "unable to open", "readonly")):
                return Trouble.AWAY
        return Trouble.BUG


class PostgresqlEngine(Engine):
    """A PostgreSQL server; it groups commits by itself."""

    name = "postgresql"
    one_writer = False
    begin_read = None
    begin_write = "BEGIN"
    begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    list_tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    table_sizes = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
    migration_lock = "SELECT pg_advisory_xact_lock(7310868714553)"

    def __init__(self, url: str) -> None:
        from sqlalchemy.dialects import postgresql

        self.dialect = postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
        self.url = url

    def connect(self, *, read_only: bool = False) -> Connection:
        import psycopg

        raw = psycopg.connect(self.url, autocommit=True, connect_timeout=10)
        raw.execute("SET TIME ZONE 'UTC'")
        if read_only:
            raw.execute("SET default_transaction_read_only = on")
        return Connection(self, raw)

    def id_array(self, ids: Iterable[str]) -> list[bytes]:
        return [id_to_bytes(text) for text in ids]

    def in_transaction(self, raw: Any) -> bool:
        return bool(raw.info.transaction_status != 0) and not raw.closed

    def reader(self, raw: Any) -> Any:
        return raw.cursor(name="portions")

    def hold_tables(self, connection: Connection, names: Sequence[str]) -> None:
        connection.text(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE")

    def sqlalchemy_url(self) -> str:
        return "postgresql+psycopg" + self.url[self.url.index(":") :]

    def trouble(self, error: BaseException) -> Trouble:
        import psycopg

        kinds = psycopg.errors
        if isinstance(error, RowGone | kinds.UniqueViolation | kinds.DeadlockDetected | kinds.SerializationFailure):
            return Trouble.CONFLICT
        if isinstance(error, kinds.DiskFull | kinds.OutOfMemory):
            return Trouble.FULL
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return Trouble.AWAY
        return Trouble.BUG


def make_engine(url: str) -> Engine:
    """The engine for `sqlite:///path` or `postgresql://...`; ValueError for anything else."""
    scheme = urlsplit(url).scheme
    if scheme == SQLITE_SCHEME:
        return SqliteEngine(Path(unquote(url.removeprefix("sqlite:///"))))
    if scheme in ("postgresql", "postgres"):
        return PostgresqlEngine("postgresql" + url[url.index(":") :])
    raise ValueError(f"HOURBOOK_DATABASE must be a sqlite:/// or postgresql:// address, not {scheme or 'nothing'}://")
