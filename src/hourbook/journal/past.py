"""Things as they were: the state of a thing of a workspace right after a revision that is past.

It is the row as it is now (nothing, when it is gone) with the old values of every later journal row laid over it,
newest first. Everything is read in one snapshot, a few statements a kind, and asked as often as one likes. What
stands in no journal (sums, stamps, private fields) is not known here. Nothing is written.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.entities import REGISTRY, Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx
from hourbook.journal.bulk import Bulk, BulkRows
from hourbook.journal.journal import JournalRow, journal_row

Fields = dict[str, Any]
_j = journal.c
_LATER = (_j.workspace_id == bind("workspace_id"), _j.kind == bind("kind"), _j.revision > bind("after_revision"))
LATER_OF_THINGS = Statement(sa.select(journal).where(*_LATER, AnyOf(_j.entity_id, "ids")), into=journal_row)


class Past:
    """Things of the transaction's workspace at any revision from `since` on.

    `bulks`: keeps what is unpacked for whoever comes back with another transaction.
    """

    def __init__(self, tx: ReadTx, since: int, *, bulks: BulkRows | None = None) -> None:
        self._tx = tx
        self._since = since
        self.bulks = bulks or BulkRows()
        self._now: dict[tuple[str, str], Fields | None] = {}
        self._later: dict[tuple[str, str], list[JournalRow | Bulk]] = {}
        # Rows about many things name no single one.
        self._many: dict[str, list[Bulk]] = {}

    def know(self, kind: str, ids: Iterable[str | None]) -> None:
        """Looks up what `at` is going to be asked for."""
        wanted = sorted({one for one in ids if one} - {one for known, one in self._now if known == kind})
        if not wanted:
            return
        entity = REGISTRY[kind]
        found = self._tx.find_many(entity, wanted)
        # First whatever may not be readable: nothing is known of a thing of which not everything is.
        rows = self._tx.rows(LATER_OF_THINGS, kind=kind, after_revision=self._since, ids=wanted)
        if kind not in self._many:
            self._many[kind] = self.bulks.later(self._tx, kind, self._since)
        for one in wanted:
            self._now[kind, one] = _public(entity, found[one]) if one in found else None
            self._later[kind, one] = []
        for row in rows:
            self._later[kind, row.entity_id].append(row)
        packed = {bytes.fromhex(one) for one in wanted} if self._many[kind] else set()
        for many in self._many[kind]:
            for found_id in many.among(packed):
                self._later[kind, found_id.hex()].append(many)
        for one in wanted:
            self._later[kind, one].sort(key=lambda row: row.revision, reverse=True)

    def begin_with(self, kind: str, thing_id: str, fields: Fields) -> None:
        """Some fields of a thing as they were before this transaction, whose own rows are not in the journal yet."""
        now = self._now[kind, thing_id]
        self._now[kind, thing_id] = None if now is None else {**now, **fields}

    def at(self, kind: str, thing_id: str | None, revision: int) -> Fields | None:
        """The thing's fields (JSON values, without private ones) after that revision; None when there was none.

        KeyError for what `know` was not told of.
        """
        if not thing_id:
            return None
        fields = self._now[kind, thing_id]
        for row in self._later[kind, thing_id]:
            if row.revision <= revision:
                break
            fields = _before(row, fields, thing_id)
        return fields

    def ever(self, kind: str, thing_id: str | None, name: str) -> set[Any]:
        """What a field of the thing has held since."""
        if not thing_id:
            return set()
        states = [self._now[kind, thing_id]]
        for row in self._later[kind, thing_id]:
            states.append(_before(row, states[-1], thing_id))
        return {fields[name] for fields in states if fields is not None}

    def thing(self, kind: str, thing_id: str | None, revision: int) -> Any | None:
        """The same as the slice's struct."""
        fields = self.at(kind, thing_id, revision)
        return None if fields is None else as_struct(kind, fields)


def as_struct(kind: str, fields: Fields) -> Any:
    """The slice's struct of a journal row's fields; what never stands in the journal is None, or empty."""
    entity = REGISTRY[kind]
    return msgspec.convert({**_hidden(entity), **fields}, entity.struct)


_EMPTY: dict[Any, Any] = {bytes: b"", str: "", int: 0}


@cache
def _hidden(entity: Entity) -> Fields:
    """Private fields that the struct does not fill by itself."""
    needed = {field.name: field.type for field in msgspec.structs.fields(entity.struct) if field.required}
    return {name: _EMPTY.get(needed[name]) for name in entity.private if name in needed}


def _public(entity: Entity, row: Any) -> Fields:
    fields = {name: getattr(row, name) for name in entity.struct.__struct_fields__ if name not in entity.private}
    return cast(Fields, msgspec.to_builtins(fields))


def _before(row: JournalRow | Bulk, fields: Fields | None, thing_id: str) -> Fields | None:
    """The thing before a row, when it was `fields` after it."""
    if row.verb in ("insert", "insert_many"):
        return None
    if isinstance(row, JournalRow):
        return dict(row.before) if row.verb == "delete" else {**(fields or {}), **row.before}
    if row.verb == "unlink_many":
        ((name, target),) = row.before.items()
        return {**(fields or {}), name: [*(fields or {}).get(name, ()), target]}
    values = row.values(row.place_of(thing_id) or 0)
    if row.verb == "delete_many":
        return dict(values)
    return {**(fields or {}), **dict(zip(row.changed, values, strict=True))}
