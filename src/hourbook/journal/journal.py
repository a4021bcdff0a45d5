"""Journal rows: their format, how they are appended and how they are read.

A row says who changed what when, how it was and how it is. Rows are numbered per workspace
without gaps, in commit order. Old formats are read forever; `FORMAT` is the one written.
Bulk rows pack the ids (12 bytes each) and, compressed, the old values or whole rows.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from hourbook.core.ids import ID_LENGTH_BYTES
from hourbook.db.engine import Connection
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal, workspace_revisions
from hourbook.db.tx import Change, Facts, ReadTx

log = structlog.get_logger("hourbook.journal")
FORMAT = 1
LIGHT_BYTES = 100_000
BULK_VERBS = frozenset({"insert_many", "update_many", "delete_many", "unlink_many"})
# Rows with all they hold that are read at once. Each may be about thousands of things.
PORTION_ROWS = 100
_COLUMN_NAMES = tuple(column.name for column in journal.columns)
# What has to be decoded, and what that raises where it is not what was written.
_CONTENTS = frozenset({"changed", "before", "after", "packed_ids", "packed_rows"})
UNREADABLE = (LookupError, TypeError, ValueError, msgspec.MsgspecError, zlib.error)
# Where these stand in a row that is not unpacked.
REVISION, AT_US = _COLUMN_NAMES.index("revision"), _COLUMN_NAMES.index("at_us")

APPEND = Statement(sa.insert(journal).values({name: bind(name) for name in _COLUMN_NAMES}))
_encode = msgspec.json.Encoder().encode


class JournalRow(msgspec.Struct):
    """One row as read; JSON columns are decoded, packed ones unpacked.

    `at_us` in microseconds; `changed` None except for updates; `ids` and `rows` of bulk verbs.
    """

    workspace_id: str
    revision: int
    at_us: int
    actor_kind: str
    actor_id: str | None
    auth: str
    subject_user_id: str | None
    origin: str
    request_id: str
    kind: str
    entity_id: str | None
    verb: str
    event: str | None
    changed: tuple[str, ...] | None
    before: Any
    after: Any
    ids: tuple[str, ...] | None
    rows: list[Any] | None
    format: int


def append(connection: Connection, facts: Facts, changes: Sequence[Change], *, first_revision: int) -> None:
    """Writes one row per change, numbered from `first_revision`."""
    actor = facts.actor
    rows = []
    for number, change in enumerate(changes, first_revision):
        rows.append(
            {
                "workspace_id": change.workspace_id,
                "revision": number,
                "at_us": facts.now_us,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
                "auth": actor.auth,
                "subject_user_id": change.subject_user_id,
                "origin": (change.origin or facts.origin).value,
                "request_id": facts.request_id,
                "kind": change.kind,
                "entity_id": change.entity_id,
                "verb": change.verb,
                "event": change.event,
                "changed": _json(change.changed),
                "before": _json(change.before),
                "after": _json(change.after),
                "packed_ids": None if change.ids is None else bytes.fromhex("".join(change.ids)),
                "packed_rows": None if change.rows is None else zlib.compress(_encode(change.rows), 1),
                "format": FORMAT,
            }
        )
    connection.run_many(APPEND, rows)


def _json(value: Any) -> str | None:
    return None if value is None else _encode(value).decode()


def journal_row(*values: Any) -> JournalRow:
    fields = dict(zip(_COLUMN_NAMES, values, strict=True))
    packed_ids, packed_rows = fields.pop("packed_ids"), fields.pop("packed_rows")
    for name in ("changed", "before", "after"):
        fields[name] = None if fields[name] is None else msgspec.json.decode(fields[name])
    fields["changed"] = None if fields["changed"] is None else tuple(fields["changed"])
    ids = None
    if packed_ids is not None:
        text = bytes(packed_ids).hex()
        step = ID_LENGTH_BYTES * 2
        ids = tuple(text[at : at + step] for at in range(0, len(text), step))
    rows = None if packed_rows is None else msgspec.json.decode(zlib.decompress(packed_rows))
    return JournalRow(**fields, ids=ids, rows=rows)


def bare_row(*values: Any) -> JournalRow:
    """A row without what it holds: of one that cannot be read, what can be said of it nevertheless."""
    return journal_row(
        *(None if name in _CONTENTS else value for name, value in zip(_COLUMN_NAMES, values, strict=True))
    )


def unpacked_rows(rows: Iterable[Sequence[Any]]) -> Iterator[JournalRow]:
    """Rows as they are stored, unpacked one by one: all of a portion at once may be gigabytes."""
    return (journal_row(*row) for row in rows)


READ_SINCE = Statement(
    sa.select(journal)
    .where(journal.c.workspace_id == bind("workspace_id"), journal.c.revision > bind("after_revision"))
    .order_by(journal.c.revision)
    .limit(bind("limit", sa.Integer()))
)
# What is packed stays where it is when it is long: whoever only says that something changed has no use for it.
_LIGHT = [
    sa.case((sa.func.length(column) <= LIGHT_BYTES, column)).label(column.name)
    if column.name == "packed_rows"
    else column
    for column in journal.columns
]
READ_LIGHT_SINCE = Statement(
    sa.select(*_LIGHT)
    .where(journal.c.workspace_id == bind("workspace_id"), journal.c.revision > bind("after_revision"))
    .order_by(journal.c.revision)
    .limit(bind("limit", sa.Integer()))
)
READ_REVISION = Statement(
    sa.select(workspace_revisions.c.revision).where(workspace_revisions.c.workspace_id == bind("workspace_id"))
)


def read_since(tx: ReadTx, revision: int, *, limit: int = 1000) -> list[JournalRow]:
    """The rows after a revision, oldest first, at most `limit`."""
    return list(unpacked_rows(tx.rows(READ_SINCE, after_revision=revision, limit=limit)))


def read_light_since(tx: ReadTx, revision: int, *, limit: int) -> Iterator[JournalRow]:
    """The same one by one, without the packed rows of changes of very many things; their ids are there.

    One that cannot be read comes without its contents, so that those behind it arrive.
    """
    for values in tx.rows(READ_LIGHT_SINCE, after_revision=revision, limit=limit):
        try:
            yield journal_row(*values)
        except UNREADABLE as error:
            place = {"workspace": tx.workspace_id, "revision": values[REVISION]}
            log.error("a row of the journal cannot be read; it is told without its contents", **place, exc_info=error)
            yield bare_row(*values)


def iterate_since(tx: ReadTx, revision: int) -> Iterator[JournalRow]:
    """All rows after a revision, read in portions."""
    while portion := tx.rows(READ_SINCE, after_revision=revision, limit=PORTION_ROWS):
        yield from unpacked_rows(portion)
        revision = portion[-1][REVISION]


def current_revision(tx: ReadTx) -> int:
    """The number of the workspace's last journal row; 0 when nothing was ever written."""
    found = tx.one(READ_REVISION)
    return found[0] if found else 0
