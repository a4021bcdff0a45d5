"""Rows of the journal about very many things, unpacked once however often they are looked at.

Whoever works through a long journal in portions looks at the same rows again in each of them. What was unpacked is
kept up to a limit, and what was looked at longest ago goes first. A row that was erased from since is another row.
"""

import zlib
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from hourbook.core.ids import ID_LENGTH_BYTES
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx

LIMIT_BYTES = 64 * 1024 * 1024
# What Python needs for a row that is not decoded yet, beside its text.
ROW_BYTES = 64
# Looking a thing up costs as much as looking at so many.
SEARCH_COSTS = 20
_j = journal.c
_HERE = (_j.workspace_id == bind("workspace_id"), _j.kind == bind("kind"), _j.entity_id.is_(None))
LATER = Statement(
    sa.select(_j.revision, sa.func.length(_j.packed_rows))
    .where(*_HERE, _j.revision > bind("after_revision"))
    .order_by(_j.revision)
)
BETWEEN = Statement(
    sa.select(_j.revision, _j.verb, _j.changed, _j.before, _j.packed_ids, _j.packed_rows)
    .where(*_HERE, _j.revision >= bind("first"), _j.revision <= bind("last"))
    .order_by(_j.revision)
)
Some = TypeVar("Some")
Key = tuple[str, int, int]
"""Workspace, revision, and how much the row packs, which changes when something of it is erased."""


class Bulk:
    """One row; nothing of it is unpacked before somebody asks."""

    def __init__(self, revision: int, verb: str, packed_ids: bytes, packed_rows: bytes | None) -> None:
        self.revision = revision
        self.verb = verb
        self.changed: tuple[str, ...] = ()
        self.before: Any = None
        self._packed_ids = packed_ids
        self._packed_rows = packed_rows

    @property
    def count(self) -> int:
        return len(self._packed_ids) // ID_LENGTH_BYTES

    @property
    def packed_bytes(self) -> int:
        """How much it packs of its things; 0: nothing but their ids."""
        return len(self._packed_rows or b"")

    @property
    def size_bytes(self) -> int:
        """What it holds, unpacked as far as it is."""
        unpacked = self.__dict__.get("_rows")
        of_rows = 0 if unpacked is None else unpacked[1] + len(unpacked[0]) * ROW_BYTES
        return 3 * len(self._packed_ids) + self.packed_bytes + of_rows

    def ids(self, first: int, last: int) -> list[str]:
        """Its things from one on up to another (not included)."""
        step = ID_LENGTH_BYTES
        return [
            self._packed_ids[at : at + step].hex() for at in range(first * step, min(last, self.count) * step, step)
        ]

    def id_of(self, place: int) -> str:
        return _id_at(self._packed_ids, place).hex()

    def values(self, place: int) -> Any:
        """What it packs of a thing."""
        rows, _ = self._rows
        return msgspec.json.decode(rows[place])

    def each(self, type_: type[Some]) -> list[Some]:
        """Of all its things, in their order, what this type has room for."""
        found: list[Some] = msgspec.json.decode(unpacked(self._packed_rows or b""), type=list[type_])  # type: ignore[valid-type]
        return found

    def among(self, wanted: set[bytes]) -> set[bytes]:
        """Those of some things (as they are packed) that it is about: one by one, or all where that is less work."""
        if len(wanted) * SEARCH_COSTS < self.count:
            return {one for one in wanted if self.place_of(one.hex()) is not None}
        return wanted.intersection(_id_at(self._packed_ids, number) for number in range(self.count))

    def place_of(self, thing_id: str) -> int | None:
        """Where a thing stands in it, by search in the sorted ids: a table of all would take ten times the memory."""
        wanted, (ids, places) = bytes.fromhex(thing_id), self._sorted
        at = bisect_left(range(len(places)), wanted, key=lambda number: _id_at(ids, number))
        return places[at] if at < len(places) and _id_at(ids, at) == wanted else None

    @cached_property
    def _sorted(self) -> tuple[bytes, "array[int]"]:
        """Its ids in order, and the place of each."""
        packed = self._packed_ids
        order = sorted(range(self.count), key=lambda number: _id_at(packed, number))
        return b"".join([_id_at(packed, number) for number in order]), array("I", order)

    @cached_property
    def _rows(self) -> tuple[list[msgspec.Raw], int]:
        content = unpacked(self._packed_rows or b"")
        return msgspec.json.decode(content, type=list[msgspec.Raw]), len(content)


def unpacked(packed: bytes) -> bytes:
    return zlib.decompress(packed)


def _id_at(ids: bytes, number: int) -> bytes:
    return ids[number * ID_LENGTH_BYTES : (number + 1) * ID_LENGTH_BYTES]


class BulkRows:
    """Those that were looked at, by workspace and revision."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[Key, Bulk] = OrderedDict()

    def later(self, tx: ReadTx, kind: str, after: int) -> list[Bulk]:
        """The rows of a kind behind a revision, oldest first."""
        keys: list[Key] = [
            (tx.workspace_id, revision, size or 0) for revision, size in tx.rows(LATER, kind=kind, after_revision=after)
        ]
        found = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [key for key in keys if key not in found]
        if missing:
            for row in tx.rows(BETWEEN, kind=kind, first=missing[0][1], last=missing[-1][1]):
                one = _bulk(*row)
                found.setdefault((tx.workspace_id, one.revision, one.packed_bytes), one)
        rows = [self._used(key, found[key]) for key in keys]
        self._trim()
        return rows

    def kept(self, key: Key, new: Bulk) -> Bulk:
        """The one that is there, else this one from now on."""
        one = self._used(key, new)
        self._trim()
        return one

    def _used(self, key: Key, new: Bulk) -> Bulk:
        one = self._kept.setdefault(key, new)
        self._kept.move_to_end(key)
        return one

    def _trim(self) -> None:
        """Looks at all that is kept: once for many rows, not for each."""
        size = sum(one.size_bytes for one in self._kept.values())
        while size > self._limit_bytes and len(self._kept) > 1:
            size -= self._kept.popitem(last=False)[1].size_bytes


_AT = {column.name: place for place, column in enumerate(journal.columns)}


def bulk_of(row: Sequence[Any]) -> Bulk:
    """One of a row as it is stored."""
    names = ("revision", "verb", "changed", "before", "packed_ids", "packed_rows")
    return _bulk(*(row[_AT[name]] for name in names))


def is_about_many(row: Sequence[Any]) -> bool:
    """Whether a row, as it is stored, is one of those."""
    return row[_AT["packed_ids"]] is not None


def _bulk(revision: int, verb: str, *values: Any) -> Bulk:
    changed, before, ids, rows = values
    found = Bulk(revision, verb, bytes(ids or b""), None if rows is None else bytes(rows))
    found.changed = tuple(msgspec.json.decode(changed)) if changed is not None else ()
    found.before = None if before is None else msgspec.json.decode(before)
    return found
