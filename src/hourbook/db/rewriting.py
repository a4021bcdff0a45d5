"""Sets a number of many rows to a value of their own each, in one statement.

For derived numbers that stand on journaled rows, like the resolved rates of time entries. Rows that
get the same value share one bulk row of the journal, whatever their number: such a change is always
the consequence of another one, which has the event.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import sqlalchemy as sa

from hourbook.core.types import Origin
from hourbook.db.changes import Change
from hourbook.db.engine import NumberOfId
from hourbook.db.entities import Entity
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
        change = Change(tx.workspace_id, entity.kind, "update_many", None, changed=(name,))
        change.origin = Origin.CASCADE
        change.after = {name: value}
        change.ids = [row.id for row in same]
        change.rows = [(row.before,) for row in same]
        tx.changes.append(change)
