"""Sets a number of many rows, to one value or to a value of their own each, in one statement.

For derived numbers that stand on journaled rows, like the resolved rates of time entries. Rows that
get the same value share one bulk row of the journal, whatever their number: such a change is always
the consequence of another one, which has the event.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.types import Origin
from hourbook.db.changes import Change
from hourbook.db.engine import NumberOfId
from hourbook.db.entities import Entity, set_matching
from hourbook.db.statement import Statement, bind
from hourbook.db.tx import Tx


class Rewritten(msgspec.Struct, frozen=True):
    """One row: its id, the value it had and the one it gets."""

    id: str
    before: int
    after: int


@lru_cache(maxsize=64)
def _set_each(entity: Entity, name: str) -> Statement:
    table = entity.table
    numbers = NumberOfId("numbers").table_valued("id", "number", name="numbers")
    update = (
        sa.update(table)
        .where(table.c.workspace_id == bind("workspace_id"), table.c[entity.key[-1]] == numbers.c.id)
        .values(
            {
                name: numbers.c.number,
                "updated_at_us": bind("updated_at_us"),
                "row_revision": table.c.row_revision + 1,
            }
        )
    )
    return Statement(update)


def rewrite(tx: Tx, entity: Entity, name: str, *, rows: Sequence[Rewritten]) -> None:
    """Gives the rows (held by the caller where several writers exist) their new value of one field."""
    if not rows:
        return
    numbers = msgspec.json.encode({row.id: row.after for row in rows}).decode()
    params = {"workspace_id": tx.workspace_id, "numbers": numbers, "updated_at_us": tx.now_us}
    tx.connection.run(_set_each(entity, name), params)
    by_value: dict[int, list[Rewritten]] = defaultdict(list)
    for row in rows:
        by_value[row.after].append(row)
    for value, same in by_value.items():
        _record(tx, entity, {name: value}, ids=[row.id for row in same], before=[(row.before,) for row in same])


def set_all(
    tx: Tx, entity: Entity, value: tuple[str, int], *, before: Mapping[str, int], matching: Statement, **params: Any
) -> None:
    """Gives (name, number) to rows read and held by the caller: {id: what it had}.

    `matching` finds exactly these rows again, where nobody else writes, in a fraction of the time.
    """
    if not before:
        return
    name, number = value
    alone = tx.connection.engine.one_writer
    sets = {"new_" + name: number, "workspace_id": tx.workspace_id, "updated_at_us": tx.now_us}
    sets |= params if alone else {"ids": list(before)}
    tx.connection.run(set_matching(entity, (name,), matching if alone else None), sets)
    _record(tx, entity, {name: number}, ids=list(before), before=[(old,) for old in before.values()])


def _record(tx: Tx, entity: Entity, after: dict[str, int], *, ids: list[str], before: list[tuple[int]]) -> None:
    change = Change(tx.workspace_id, entity.kind, "update_many", None, changed=tuple(after))
    change.origin = Origin.CASCADE
    change.after, change.ids, change.rows = after, ids, before
    tx.changes.append(change)
