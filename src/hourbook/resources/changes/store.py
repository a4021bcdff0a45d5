"""The SQL of entity changes: when things were made and changed. The journal itself is read by `journal/windows.py`.

Nothing is decided here.
"""

from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.entities import REGISTRY
from hourbook.db.statement import Statement, bind
from hourbook.db.tx import ReadTx


@lru_cache(maxsize=32)
def _stamps(kind: str) -> Statement:
    entity = REGISTRY[kind]
    table = entity.table.c
    key = table[entity.key[-1]]
    select = sa.select(key, table.created_at_us, table.updated_at_us)
    return Statement(select.where(table.workspace_id == bind("workspace_id"), AnyOf(key, "ids")))


def stamps(tx: ReadTx, kind: str, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By id: when a thing was made and last changed, in microseconds."""
    return {one: (made, changed) for one, made, changed in tx.rows(_stamps(kind), ids=list(ids))}
