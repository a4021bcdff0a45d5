"""Deleting everything of one workspace, from every table there is, a portion at a time.

Generic over the tables, so that a new one is never forgotten. The people go first, which shuts
everybody out; the workspace's own row goes last, in the transaction that finds nothing else, so
that an interrupted deletion is found again. Nothing is journaled: the journal goes, too.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables import METADATA
from hourbook.db.tables.journal import workspace_revisions
from hourbook.db.tables.workspaces import workspace_members, workspaces
from hourbook.db.tx import Tx

# Rows of these are large, so fewer of them are one portion.
WEIGHTS = {"journal": 10, "journal_snapshots": 100}
_LAST = (workspace_revisions,)
DELETE_WORKSPACE = Statement(sa.delete(workspaces).where(workspaces.c.id == bind("workspace_id")))


def tables_of_a_workspace() -> list[sa.Table]:
    """Every table with rows of workspaces, in the order in which they are emptied; those that refer to others first."""
    found = [table for table in reversed(METADATA.sorted_tables) if "workspace_id" in table.c]
    rest = [table for table in found if table is not workspace_members and table not in _LAST]
    return [workspace_members, *rest, *_LAST]


@lru_cache(maxsize=256)
def _delete(table: sa.Table) -> Statement:
    """Some rows of a workspace: there is no DELETE with a limit that both databases know."""
    key = list(table.primary_key.columns)
    mine = table.c.workspace_id == bind("workspace_id")
    some: Any = sa.select(*key).where(mine).limit(bind("limit", sa.Integer()))
    chosen = key[0].in_(some) if len(key) == 1 else sa.tuple_(*key).in_(some)
    return Statement(sa.delete(table).where(mine, chosen))


def erase_portion(tx: Tx, rows: int) -> int:
    """Deletes about so many rows of the transaction's workspace; 0 when even its own row was gone."""
    left = rows
    params = {"workspace_id": tx.workspace_id}
    for table in tables_of_a_workspace():
        weight = WEIGHTS.get(table.name, 1)
        limit = max(1, left // weight)
        gone = tx.connection.run(_delete(table), params | {"limit": limit})
        left -= gone * weight
        if gone >= limit:
            return rows - left
    return rows - left + tx.connection.run(DELETE_WORKSPACE, params)
