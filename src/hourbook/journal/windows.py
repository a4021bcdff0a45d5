"""The journal by time and by number: what happened within a window or around a row, read in portions.

In a window rows come oldest or newest first in the order of (instant, revision), one kind at a time or several merged.
What is needed to find things (heads) is read without the contents. Nothing is decided here.
"""

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.ids import ID_LENGTH_BYTES
from hourbook.db.entities import REGISTRY
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx
from hourbook.journal.journal import AT_US, PORTION_ROWS, REVISION, JournalRow, unpacked_rows

PORTION_HEADS = 2000
# Before the first row of an instant.
_NO_REVISION = 0
_j = journal.c


class Window(msgspec.Struct, frozen=True):
    """From an instant (included) until another (not), in microseconds."""

    start_us: int
    end_us: int


Head = tuple[int, int, str, str | None, str | None, bytes | None]
"""A row without its contents: revision, instant, verb, id of its thing, JSON of changed fields, packed ids."""


def unpacked(packed: bytes) -> tuple[str, ...]:
    """The ids of a bulk row."""
    text, step = bytes(packed).hex(), ID_LENGTH_BYTES * 2
    return tuple(text[at : at + step] for at in range(0, len(text), step))


_HEADS = (_j.revision, _j.at_us, _j.verb, _j.entity_id, _j.changed, _j.packed_ids)


@Family
def _portion(shape: str, order: str, verbs: tuple[str, ...] = ()) -> Statement:
    """Rows of one kind in a window, from behind a place in it. `shape`: heads or rows; `order`: oldest or newest.

    `verbs`: only these, or all.
    """
    is_heads, newest_first = shape == "heads", order == "newest"
    columns: Any = _HEADS if is_heads else (journal,)
    place = sa.tuple_(_j.at_us, _j.revision)
    last = sa.tuple_(bind("last_at_us", sa.BigInteger()), bind("last_revision", sa.BigInteger()))
    columns_of_order = (_j.at_us, _j.revision)
    # One bound by the place and one by the instant: with two lower bounds SQLite would take the weaker one.
    bounds = (place < last, _j.at_us >= bind("start_us")) if newest_first else (place > last, _j.at_us < bind("end_us"))
    of_verbs = [sa.or_(*(_j.verb == sa.literal_column(f"'{one}'") for one in verbs))] if verbs else []
    select = (
        sa.select(*columns)
        .where(_j.workspace_id == bind("workspace_id"), _j.kind == bind("kind"), *bounds, *of_verbs)
        .order_by(*(column.desc() if newest_first else column for column in columns_of_order))
        .limit(bind("limit", sa.Integer()))
    )
    return Statement(select)


def iterate_heads(tx: ReadTx, kind: str, window: Window) -> Iterator[Head]:
    """Heads of the rows of a kind, oldest first."""
    for portion in _portions(tx, kind, window, shape="heads", order="oldest"):
        yield from portion


def iterate_rows(
    tx: ReadTx, kinds: Sequence[str], window: Window, *, verbs: tuple[str, ...] = (), newest_first: bool = False
) -> Iterator[JournalRow]:
    """Rows of some kinds with all they hold, in the order of their instants. `verbs`: only these, or all."""
    order = "newest" if newest_first else "oldest"
    each = [_rows_of(tx, kind, window, order=order, verbs=verbs) for kind in dict.fromkeys(kinds)]
    yield from heapq.merge(*each, key=lambda row: (row.at_us, row.revision), reverse=newest_first)


def _rows_of(tx: ReadTx, kind: str, window: Window, *, order: str, verbs: tuple[str, ...]) -> Iterator[JournalRow]:
    for portion in _portions(tx, kind, window, shape="rows", order=order, verbs=verbs):
        yield from unpacked_rows(portion)


def _portions(
    tx: ReadTx, kind: str, window: Window, *, shape: str, order: str, verbs: tuple[str, ...] = ()
) -> Iterator[list[Any]]:
    """Heads, or rows as they are stored."""
    statement = _portion.of(shape, order, verbs)
    at, revision, limit = (1, 0, PORTION_HEADS) if shape == "heads" else (AT_US, REVISION, PORTION_ROWS)
    params: dict[str, Any] = {"kind": kind, "limit": limit}
    if order == "newest":
        params["start_us"], last = window.start_us, (window.end_us, _NO_REVISION)
    else:
        params["end_us"], last = window.end_us, (window.start_us, _NO_REVISION)
    while True:
        portion = tx.rows(statement, last_at_us=last[0], last_revision=last[1], **params)
        yield portion
        if len(portion) < limit:
            return
        last = (portion[-1][at], portion[-1][revision])


# --- by number -----------------------------------------------------------------------------------

# Behind every revision there is.
_LAST = (1 << 63) - 1
_HERE = _j.workspace_id == bind("workspace_id")
READ_FROM = Statement(
    sa.select(journal)
    .where(_HERE, _j.revision >= bind("revision"))
    .order_by(_j.revision)
    .limit(bind("limit", sa.Integer()))
)


@Family
def _before(filters: frozenset[str]) -> Statement:
    conditions = {"kind": _j.kind == bind("kind"), "actor_id": _j.actor_id == bind("actor_id")}
    where = [_HERE, _j.revision < bind("revision"), *(conditions[name] for name in sorted(filters))]
    return Statement(sa.select(journal).where(*where).order_by(_j.revision.desc()).limit(bind("limit", sa.Integer())))


def iterate_before(tx: ReadTx, revision: int | None, **filters: str) -> Iterator[JournalRow]:
    """Rows before a revision (None: all), the newest first. `filters`: kind, actor_id."""
    statement, before = _before.of(frozenset(filters)), _LAST if revision is None else revision
    while portion := tx.rows(statement, revision=before, limit=PORTION_ROWS, **filters):
        yield from unpacked_rows(portion)
        before = portion[-1][REVISION]


def iterate_from(tx: ReadTx, revision: int) -> Iterator[JournalRow]:
    """The row of a revision and those behind it."""
    while portion := tx.rows(READ_FROM, revision=revision, limit=PORTION_ROWS):
        yield from unpacked_rows(portion)
        revision = portion[-1][REVISION] + 1


def is_of_account(kind: str) -> bool:
    """Whether things of a kind belong to accounts, whatever workspace their rows stand in."""
    return REGISTRY[kind].shared and kind != "WORKSPACE"
