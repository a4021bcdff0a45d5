"""The SQL of workspaces that go: which are due, and the deletion itself.

What is deleted, and in which order, is decided by `db/erasing.py` for all tables alike.
"""

import sqlalchemy as sa

from hourbook.db import erasing
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.workspaces import workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.workspaces.rules_ownership import CLOSED_MICROSECONDS

_IS_DUE = workspaces.c.deletes_at_us <= bind("now_us", sa.BigInteger())
LIST_DUE = Statement(sa.select(workspaces.c.id).where(_IS_DUE).order_by(workspaces.c.id))
# Held: its owner may be cancelling at this moment.
FIND_DUE = Statement(
    sa.select(workspaces.c.id).where(workspaces.c.id == bind("workspace_id"), _IS_DUE).with_for_update()
)
FIND_ACCOUNT_STATUS = Statement(sa.select(users.c.status).where(users.c.id == bind("user_id")))


def due_workspaces(tx: ReadTx) -> list[str]:
    """Ids, oldest first."""
    return [row[0] for row in tx.rows(LIST_DUE, now_us=tx.now_us - CLOSED_MICROSECONDS)]


def is_due(tx: Tx) -> bool:
    """Whether the workspace of the transaction is; it stays so until the transaction ends."""
    return tx.one(FIND_DUE, now_us=tx.now_us - CLOSED_MICROSECONDS) is not None


def erase_portion(tx: Tx, rows: int) -> int:
    """How many rows went; see `db/erasing.py`."""
    return erasing.erase_portion(tx, rows)


def account_status(tx: ReadTx, user_id: str) -> str:
    """The status of an account; empty when there is none."""
    found = tx.one(FIND_ACCOUNT_STATUS, user_id=user_id)
    return "" if found is None else str(found[0])
