"""The portable form of a whole database: one file, the same for every kind of database.

Layout: a line with the format's number, a line of JSON (the header), frames (length, then compressed
MessagePack: table number and rows in key order), an empty frame, a frame with the row count and
SHA-256 of each table, and the SHA-256 of everything before. Rows are streamed; memory stays bounded.
A file is believed only after it was read to its end. Old formats are read forever.
"""

import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa

from hourbook import __version__
from hourbook.core.errors import CannotRun
from hourbook.db import migrate
from hourbook.db.engine import Connection, Engine
from hourbook.db.migrations import HEAD
from hourbook.db.statement import Statement, bind
from hourbook.db.tables import METADATA

FORMAT = 1
MAGIC = b"hourbook backup, format "
LINE_LIMIT = 1_000_000
PORTION_ROWS, PORTION_BYTES = 2000, 1_000_000
# Rows of the journal can be large (a bulk change is one row), so few are fetched at a time.
FETCHED_ROWS = {"journal": 10, "journal_snapshots": 1}
COMPRESSION = 1
LENGTH_BYTES = 4
DIGEST_BYTES = 32
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, list[list[Any]]]).decode


class TableHead(msgspec.Struct, frozen=True):
    """A table in the file: its name and columns, in the order of the values of a row."""

    name: str
    columns: list[str]


class Header(msgspec.Struct, frozen=True):
    """What a file says of itself first. `schema`: the migration the database was at."""

    schema: str
    version: str
    made_at_us: int
    tables: list[TableHead]


class TableFacts(msgspec.Struct):
    """How many rows a table has, and the digest of its portions."""

    rows: int = 0
    digest: bytes = b""


class Damaged(Exception):
    """The file is not what was written."""


# --- writing -----------------------------------------------------------------------------------


def write(engine: Engine, file: BinaryIO, made_at_us: int) -> int:
    """Writes the database as it is at one moment, beside running reads and writes; returns how many rows."""
    with engine.snapshot() as connection:
        _check_schema(connection)
        header = Header(
            HEAD, __version__, made_at_us, [TableHead(str(t.name), [str(c.name) for c in t.columns]) for t in _tables()]
        )
        out = _HashedFile(file)
        out.write(MAGIC + str(FORMAT).encode() + b"\n" + msgspec.json.encode(header) + b"\n")
        facts = [_write_table(connection, out, number) for number in range(len(header.tables))]
    out.frame(b"")
    out.frame(_encode(facts))
    file.write(out.digest())
    return sum(fact.rows for fact in facts)


def _tables() -> list[sa.Table]:
    """Every table, those that others refer to first."""
    return list(METADATA.sorted_tables)


def _check_schema(connection: Connection) -> None:
    """CannotRun unless the database has today's schema."""
    names = {row[0] for row in connection.fetch_text(connection.engine.list_tables)}
    found = connection.fetch_text(migrate.READ_REVISION) if migrate.VERSION_TABLE in names else []
    if not found:
        raise CannotRun("There is no database of Hourbook there, so there is nothing to back up.")
    if found[0][0] != HEAD:
        raise CannotRun(f"The database has the schema {found[0][0]} and not {HEAD}. Run `hourbook migrate` first.")


def _write_table(connection: Connection, out: "_HashedFile", number: int) -> TableFacts:
    table = _tables()[number]
    facts, digest = TableFacts(), hashlib.sha256()
    select = sa.select(table).order_by(*table.primary_key.columns)
    text = str(select.compile(dialect=connection.engine.dialect))
    for rows in _grouped(connection.portions(text, FETCHED_ROWS.get(table.name, PORTION_ROWS))):
        content = _encode((number, rows))
        digest.update(content)
        out.frame(zlib.compress(content, COMPRESSION))
        facts.rows += len(rows)
    facts.digest = digest.digest()
    return facts


def _grouped(fetched: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The same rows in lists that are neither tiny nor large."""
    group: list[Any] = []
    size = 0
    for rows in fetched:
        group += rows
        size += sum(len(value) for row in rows for value in row if isinstance(value, bytes | str))
        if len(group) >= PORTION_ROWS or size >= PORTION_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


class _HashedFile:
    """Writes frames and remembers the digest of all that was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha = hashlib.sha256()

    def write(self, content: bytes) -> None:
        self._sha.update(content)
        self._file.write(content)

    def frame(self, content: bytes) -> None:
        self.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)

    def digest(self) -> bytes:
        return self._sha.digest()


# --- reading -----------------------------------------------------------------------------------


class Backup:
    """An open backup file. `portions` may be read several times and checks everything each time."""

    def __init__(self, file: BinaryIO, name: Path) -> None:
        self._file = file
        self._name = name
        self._size = os.fstat(file.fileno()).st_size
        self._sha = hashlib.sha256()
        self.header = self._read_header()
        self._start = file.tell()
        self._start_sha = self._sha.copy()
        self.facts: list[TableFacts] = []

    def verify(self) -> int:
        """Reads everything; the number of rows. CannotRun when the file is damaged or cut off."""
        return sum(len(rows) for _, rows in self.portions())

    def portions(self) -> Iterator[tuple[int, list[list[Any]]]]:
        """(number of the table, rows) in order. Only after the last one is the file known to be whole."""
        self._file.seek(self._start)
        self._sha = self._start_sha.copy()
        try:
            yield from self._checked_portions()
        except (Damaged, zlib.error, msgspec.MsgspecError, UnicodeDecodeError):
            raise CannotRun(
                f"The backup {self._name} is damaged or not complete, so nothing was restored from it. Use another one."
            ) from None

    def _checked_portions(self) -> Iterator[tuple[int, list[list[Any]]]]:
        count = len(self.header.tables)
        facts = [TableFacts() for _ in range(count)]
        digests = [hashlib.sha256() for _ in range(count)]
        while frame := self._frame():
            content = zlib.decompress(frame)
            number, rows = _decode(content)
            width = len(self.header.tables[number].columns) if 0 <= number < count else -1
            if any(len(row) != width for row in rows):
                raise Damaged
            digests[number].update(content)
            facts[number].rows += len(rows)
            yield number, rows
        for fact, digest in zip(facts, digests, strict=True):
            fact.digest = digest.digest()
        self.facts = msgspec.msgpack.decode(self._frame(), type=list[TableFacts])
        if self.facts != facts or self._file.read() != self._sha.digest():
            raise Damaged

    def _frame(self) -> bytes:
        length = int.from_bytes(self._read(LENGTH_BYTES), "big")
        if length > self._size:
            raise Damaged
        return self._read(length)

    def _read(self, length: int) -> bytes:
        content = self._file.read(length)
        if len(content) != length:
            raise Damaged
        self._sha.update(content)
        return content

    def _read_header(self) -> Header:
        first, second = self._file.readline(LINE_LIMIT), self._file.readline(LINE_LIMIT)
        number = first.removeprefix(MAGIC).strip()
        if not first.startswith(MAGIC) or not number.isdigit():
            raise CannotRun(f"{self._name} is no backup of Hourbook.")
        if int(number) > FORMAT:
            raise CannotRun(
                f"The backup {self._name} has the format {int(number)}, and this Hourbook {__version__} reads up to "
                f"format {FORMAT}. Install a newer Hourbook to restore it."
            )
        self._sha.update(first + second)
        try:
            return msgspec.json.decode(second, type=Header)
        except msgspec.MsgspecError:
            raise CannotRun(f"The backup {self._name} is damaged: its header cannot be read.") from None


# --- restoring ---------------------------------------------------------------------------------


def check_target(engine: Engine, header: Header) -> migrate.SchemaState:
    """The state of an empty database that can take the backup; CannotRun for any other."""
    migrate.check_revision(header.schema, header.version)
    state = migrate.current_state(engine)
    migrate.check_state(engine, state)
    if state.is_empty:
        return state
    if state.revision != header.schema:
        raise CannotRun(
            f"The backup has the schema {header.schema}, the database already {state.revision}. "
            "Restore into a database in which there is nothing at all."
        )
    with engine.snapshot() as connection:
        for table in _tables():
            if connection.fetch_text(f"SELECT 1 FROM {table.name} LIMIT 1"):  # noqa: S608 (our own names)
                raise CannotRun(
                    "The database is not empty, and a backup is restored into an empty one only. "
                    "Choose another folder with --data or another database with --database."
                )
    return state


def read_into(engine: Engine, backup: Backup) -> int:
    """Fills the tables of an empty database in one transaction; returns how many rows. All or nothing."""
    connection = engine.connect()
    try:
        connection.text(engine.begin_write)
        _check_columns(connection, backup.header)
        inserts = [_insert(table) for table in backup.header.tables]
        for number, rows in backup.portions():
            connection.load(inserts[number], rows)
        _check_counts(connection, backup)
        connection.text("COMMIT")
    finally:
        # Closing ends a transaction that was not committed; nothing of it stays.
        connection.close()
    return sum(fact.rows for fact in backup.facts)


def _insert(table: TableHead) -> Statement:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in table.columns]
    values = {column: bind(column.name) for column in columns}
    return Statement(sa.insert(sa.table(table.name, *columns)).values(values))


def _check_columns(connection: Connection, header: Header) -> None:
    """CannotRun when the file names a table that the schema it claims does not have."""
    names = {row[0] for row in connection.fetch_text(connection.engine.list_tables)}
    unknown = [table.name for table in header.tables if table.name not in names - {migrate.VERSION_TABLE}]
    if unknown:
        raise CannotRun(f"The backup has the table {unknown[0]!r}, which its schema {header.schema} does not have.")


def _check_counts(connection: Connection, backup: Backup) -> None:
    for table, fact in zip(backup.header.tables, backup.facts, strict=True):
        (count,) = connection.fetch_text(f'SELECT count(*) FROM "{table.name}"')[0]  # noqa: S608 (checked names)
        if count != fact.rows:
            raise CannotRun(f"The table {table.name} took {count} of {fact.rows} rows, so nothing was restored.")
