"""The journal by time and by number: what happened within a window or around a row, read in portions.

In a window rows come oldest or newest first in the order of (instant, revision), one kind at a time or several merged.
What is needed to find things (heads) or to count them (deeds) is read without the contents. Nothing is decided here.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.ids import ID_LENGTH_BYTES
from hourbook.db.engine import AnyOf
from hourbook.db.entities import REGISTRY
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx
from hourbook.journal.journal import AT_US, PORTION_ROWS, REVISION, JournalRow, unpacked_rows

PORTION_HEADS = 2000
# Deeds are read for a page, mostly an early one: few at first, then more and more at once.
FIRST_DEEDS, MOST_DEEDS = 100, 6400
# Before the first row of an instant.
_NO_REVISION = 0
_j = journal.c


class Window(msgspec.Struct, frozen=True):
    """From an instant (included) until another (not), in microseconds."""

    start_us: int
    end_us: int


Head = tuple[int, int, str, str | None, str | None, bytes | None]
"""A row without its contents: revision, instant, verb, id of its thing, JSON of changed fields, packed ids."""


Deed = tuple[int, int, str, str, str | None, str, str | None, int | None, str | None]
"""What of a row says what was done, how often and by whom: instant, revision, kind, verb, event, origin, actor, length
of the packed ids, and all of the thing as JSON where it was asked for."""


def unpacked(packed: bytes) -> tuple[str, ...]:
    """The ids of a bulk row."""
    text, step = bytes(packed).hex(), ID_LENGTH_BYTES * 2
    return tuple(text[at : at + step] for at in range(0, len(text), step))


_HEADS = (_j.revision, _j.at_us, _j.verb, _j.entity_id, _j.changed, _j.packed_ids)
_DEEDS = (_j.at_us, _j.revision, _j.kind, _j.verb, _j.event, _j.origin, _j.actor_id, sa.func.length(_j.packed_ids))
_SHAPES: dict[str, tuple[Any, ...]] = {
    "heads": _HEADS,
    "rows": (journal,),
    "deeds": (*_DEEDS, sa.null()),
    "deeds with fields": (*_DEEDS, sa.func.coalesce(_j.after, _j.before)),
}
# Where instant and revision stand in each.
_PLACES = {"heads": (1, 0), "rows": (AT_US, REVISION), "deeds": (0, 1), "deeds with fields": (0, 1)}


@Family
def _portion(shape: str, order: str, verbs: tuple[str, ...] = ()) -> Statement:
    """Rows of one kind in a window, from behind a place in it. `shape`: of `_SHAPES`; `order`: oldest or newest.

    `verbs`: only these, or all.
    """
    newest_first = order == "newest"
    place = sa.tuple_(_j.at_us, _j.revision)
    last = sa.tuple_(bind("last_at_us", sa.BigInteger()), bind("last_revision", sa.BigInteger()))
    columns_of_order = (_j.at_us, _j.revision)
    # One bound by the place and one by the instant: with two lower bounds SQLite would take the weaker one.
    bounds = (place < last, _j.at_us >= bind("start_us")) if newest_first else (place > last, _j.at_us < bind("end_us"))
    of_verbs = [sa.or_(*(_j.verb == sa.literal_column(f"'{one}'") for one in verbs))] if verbs else []
    select = (
        sa.select(*_SHAPES[shape])
        .where(_j.workspace_id == bind("workspace_id"), _j.kind == bind("kind"), *bounds, *of_verbs)
        .order_by(*(column.desc() if newest_first else column for column in columns_of_order))
        .limit(bind("limit", sa.Integer()))
    )
    return Statement(select)


def iterate_heads(tx: ReadTx, kind: str, window: Window, *, verbs: tuple[str, ...] = ()) -> Iterator[Head]:
    """Heads of the rows of a kind, oldest first. `verbs`: only these, or all."""
    for portion in _portions(tx, kind, window, shape="heads", order="oldest", verbs=verbs):
        yield from portion


# Zero is added so that no database reads the whole window by its instants: single things are few rows in it.
_WITHIN = (_j.at_us + 0 >= bind("start_us", sa.BigInteger()), _j.at_us + 0 < bind("end_us", sa.BigInteger()))
_OF_KIND = (_j.workspace_id == bind("workspace_id"), _j.kind == bind("kind"))
HEADS_OF_THINGS = Statement(sa.select(*_HEADS).where(*_OF_KIND, AnyOf(_j.entity_id, "ids"), *_WITHIN))
HEADS_OF_MANY = Statement(sa.select(*_HEADS).where(*_OF_KIND, _j.entity_id.is_(None), *_WITHIN))


def heads_of(tx: ReadTx, kind: str, window: Window, *, ids: Sequence[str] | None) -> list[Head]:
    """Heads of the rows of some things of a kind, or of those that are about many (None), in no order."""
    params: dict[str, Any] = {"kind": kind, "start_us": window.start_us, "end_us": window.end_us}
    return tx.rows(HEADS_OF_MANY, **params) if ids is None else tx.rows(HEADS_OF_THINGS, ids=list(ids), **params)


def iterate_rows(tx: ReadTx, kind: str, window: Window) -> Iterator[JournalRow]:
    """Rows of a kind with all they hold, oldest first."""
    for portion in _portions(tx, kind, window, shape="rows", order="oldest"):
        yield from unpacked_rows(portion)


def iterate_deeds(
    tx: ReadTx, kinds: Iterable[str], window: Window, *, verbs: tuple[str, ...], with_fields: bool
) -> Iterator[Deed]:
    """What was done to things of some kinds by some verbs, newest first."""
    shape = "deeds with fields" if with_fields else "deeds"
    each = [_portions(tx, kind, window, shape=shape, order="newest", verbs=verbs) for kind in dict.fromkeys(kinds)]
    # No two rows have the same revision, so what is behind it is never compared.
    yield from heapq.merge(*(chain.from_iterable(portions) for portions in each), reverse=True)


def _portions(
    tx: ReadTx, kind: str, window: Window, *, shape: str, order: str, verbs: tuple[str, ...] = ()
) -> Iterator[list[Any]]:
    """Rows in a shape, as they are stored."""
    statement = _portion.of(shape, order, verbs)
    at, revision = _PLACES[shape]
    limit, most = _limits_of(shape)
    params: dict[str, Any] = {"kind": kind}
    if order == "newest":
        params["start_us"], last = window.start_us, (window.end_us, _NO_REVISION)
    else:
        params["end_us"], last = window.end_us, (window.start_us, _NO_REVISION)
    while True:
        portion = tx.rows(statement, last_at_us=last[0], last_revision=last[1], limit=limit, **params)
        yield portion
        if len(portion) < limit:
            return
        last = (portion[-1][at], portion[-1][revision])
        limit = min(2 * limit, most)


def _limits_of(shape: str) -> tuple[int, int]:
    """How many rows are read at once, at first and at most."""
    if shape == "rows":
        return PORTION_ROWS, PORTION_ROWS
    return (PORTION_HEADS, PORTION_HEADS) if shape == "heads" else (FIRST_DEEDS, MOST_DEEDS)


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
def _these(count: int) -> Statement:
    revisions = [bind(f"revision_{number}", sa.BigInteger()) for number in range(count)]
    return Statement(sa.select(journal).where(_HERE, _j.revision.in_(revisions)))


def rows_of(tx: ReadTx, revisions: Collection[int], *, most: int) -> dict[int, Any]:
    """Rows as they are stored, by revision; at most `most`."""
    named: dict[str, Any] = {f"revision_{number}": _NO_REVISION for number in range(most)}
    named |= {f"revision_{number}": revision for number, revision in enumerate(revisions)}
    return {row[REVISION]: row for row in tx.rows(_these.of(most), **named)}


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
