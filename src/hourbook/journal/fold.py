"""Folding: the rows of the journal, put together again, are the tables.

`fold` replays journal rows over nothing or over a snapshot; `table_state` reads the real tables
of one workspace in the same form; `compare` says how two states differ. Accounts and their keys
belong to no workspace and are left out; the workspace's own row is in. Nothing here writes.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from hourbook.db.entities import REGISTRY, STAMP_NAMES, Entity, Link
from hourbook.db.statement import Statement, bind
from hourbook.db.tx import ReadTx
from hourbook.journal.journal import JournalRow

PORTION_ROWS = 5000

Key = tuple[str, ...]
Fields = dict[str, Any]
State = dict[str, dict[Key, Fields]]
"""By kind, then by key columns (without the workspace): JSON values, stamps included."""


def entities_of_a_workspace() -> list[Entity]:
    """The entities whose rows belong to one workspace, its own row included, by kind."""
    return [REGISTRY[kind] for kind in sorted(REGISTRY) if _is_folded(REGISTRY[kind])]


def _is_folded(entity: Entity) -> bool:
    return not entity.shared or entity.kind == "WORKSPACE"


# --- replaying -------------------------------------------------------------------------------


def fold(rows: Iterable[JournalRow], snapshot: State | None = None) -> State:
    """The state after these rows (oldest first), starting from nothing or from a snapshot."""
    state: State = {entity.kind: {} for entity in entities_of_a_workspace()}
    for kind, things in (snapshot or {}).items():
        state[kind] = {key: dict(fields) for key, fields in things.items()}
    for row in rows:
        entity = REGISTRY[row.kind]
        if _is_folded(entity):
            _VERBS[row.verb](entity, state[row.kind], row)
    return state


def _key(entity: Entity, fields: Fields) -> Key:
    return tuple(fields[name] for name in entity.key)


def _normal(entity: Entity, fields: Fields) -> Fields:
    """Link lists are sets: their order in a row says nothing."""
    for link in entity.links:
        fields[link.field] = sorted(set(fields[link.field]))
    return fields


@lru_cache(maxsize=64)
def _defaults(entity: Entity) -> Fields:
    """What a field is in rows that were written before there was one."""
    found = {field.name: field.default for field in msgspec.structs.fields(entity.struct) if not field.required}
    kept = {n: v for n, v in found.items() if v is not msgspec.NODEFAULT and n not in entity.private}
    return cast(Fields, msgspec.to_builtins(kept))


def _add(entity: Entity, things: dict[Key, Fields], fields: Fields, at_us: int) -> None:
    key = _key(entity, fields)
    if key in things:
        raise ValueError(f"the journal inserts {entity.kind} {key} twice")
    fields = {**_defaults(entity), **fields}
    things[key] = {**_normal(entity, fields), "created_at_us": at_us, "updated_at_us": at_us, "row_revision": 1}


def _change(entity: Entity, fields: Fields, values: Fields, at_us: int) -> None:
    fields.update(values)
    _normal(entity, fields)
    fields["updated_at_us"] = at_us
    fields["row_revision"] += 1


def _insert(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    _add(entity, things, row.after, row.at_us)


def _update(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    _change(entity, things[_key(entity, row.after)], row.after, row.at_us)


def _delete(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    del things[_key(entity, row.before)]


def _insert_many(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    for fields in row.rows or ():
        _add(entity, things, fields, row.at_us)


def _delete_many(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    for fields in row.rows or ():
        del things[_key(entity, fields)]


def _update_many(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    for thing_id in row.ids or ():
        _change(entity, things[(thing_id,)], row.after, row.at_us)


def _unlink_many(entity: Entity, things: dict[Key, Fields], row: JournalRow) -> None:
    """A list lost one id; the rows themselves were not written."""
    ((name, target),) = row.before.items()
    for thing_id in row.ids or ():
        things[(thing_id,)][name] = [other for other in things[(thing_id,)][name] if other != target]


_VERBS: dict[str, Callable[[Entity, dict[Key, Fields], JournalRow], None]] = {
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "insert_many": _insert_many,
    "update_many": _update_many,
    "delete_many": _delete_many,
    "unlink_many": _unlink_many,
}


# --- reading the tables ----------------------------------------------------------------------


@lru_cache(maxsize=64)
def _rows_after(entity: Entity) -> Statement:
    """Rows of one workspace in key order, from behind a key."""
    columns = [*entity.columns, *(entity.table.c[name] for name in STAMP_NAMES)]
    key = [entity.table.c[name] for name in entity.key]
    behind = sa.tuple_(*key) > sa.tuple_(*(bind("after_" + column.name, column.type) for column in key))
    workspace = entity.table.c.id if entity.shared else entity.table.c.workspace_id
    select = sa.select(*columns).where(workspace == bind("workspace_id"), behind).order_by(*key)
    return Statement(select.limit(bind("limit", sa.Integer())))


def iterate(tx: ReadTx, entity: Entity) -> Iterator[list[Fields]]:
    """The rows of an entity in portions of at most `PORTION_ROWS`, in key order."""
    names = (*entity.field_names, *STAMP_NAMES)
    after: Key = ("",) * len(entity.key)
    while True:
        params = {"after_" + name: value for name, value in zip(entity.key, after, strict=True)}
        found = tx.rows(_rows_after(entity), limit=PORTION_ROWS, **params)
        portion = [dict(zip(names, values, strict=True)) for values in found]
        _fill_links(tx, entity, portion)
        for fields in portion:
            for name in entity.private:
                fields.pop(name)
        if portion:
            yield [msgspec.to_builtins(fields) for fields in portion]
        if len(portion) < PORTION_ROWS:
            return
        after = _key(entity, portion[-1])


def _fill_links(tx: ReadTx, entity: Entity, portion: list[Fields]) -> None:
    for link in entity.links:
        by_owner: dict[str, list[str]] = {fields[entity.key[-1]]: [] for fields in portion}
        for owner, target in _links_of(tx, link, list(by_owner)):
            by_owner[owner].append(target)
        for fields in portion:
            fields[link.field] = sorted(by_owner[fields[entity.key[-1]]])


def _links_of(tx: ReadTx, link: Link, owners: list[str]) -> list[Any]:
    return tx.rows(link.load, ids=owners) if owners else []


def table_state(tx: ReadTx) -> State:
    """The tables of the transaction's workspace, in the form of `fold`."""
    return {
        entity.kind: {_key(entity, fields): fields for portion in iterate(tx, entity) for fields in portion}
        for entity in entities_of_a_workspace()
    }


# --- comparing -------------------------------------------------------------------------------


def compare(expected: State, found: State, *, limit: int = 20) -> list[str]:
    """How `found` differs from `expected`, a sentence each, at most `limit`."""
    return [text for _, text in zip(range(limit), _differences(expected, found), strict=False)]


def _differences(expected: State, found: State) -> Iterator[str]:
    for kind in sorted(expected.keys() | found.keys()):
        wanted, there = expected.get(kind, {}), found.get(kind, {})
        for key in sorted(wanted.keys() | there.keys()):
            name = f"{kind} {'/'.join(key)}"
            if key not in there:
                yield f"{name} is missing"
            elif key not in wanted:
                yield f"{name} should not be there"
            elif wanted[key] != there[key]:
                yield from _field_differences(name, wanted[key], there[key])


def _field_differences(name: str, wanted: Fields, there: Fields) -> Iterator[str]:
    for field in sorted(wanted.keys() | there.keys()):
        if wanted.get(field) != there.get(field):
            yield f"{name}: {field} is {there.get(field)!r} and should be {wanted.get(field)!r}"
