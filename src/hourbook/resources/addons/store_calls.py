"""The SQL of calls of the lifecycle.

They are not journaled: they are a queue, and what the worker does with any queue stands in
`db/queues.py`.
"""

import sqlalchemy as sa

from hourbook.db.queues import LIMIT, Queue
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.addons import addon_calls
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons.rules_calls import SERVER_ID, Call, CallState, Settled

_c = addon_calls.c
_before = addon_calls.alias("before")
# Calls of an add-on go out one after the other, in the order in which they were queued.
_IS_NEXT = sa.not_(
    sa.exists().where(
        _before.c.workspace_id == _c.workspace_id,
        _before.c.addon_id == _c.addon_id,
        _before.c.state == sa.literal_column("'QUEUED'"),
        sa.or_(
            _before.c.created_at_us < _c.created_at_us,
            sa.and_(_before.c.created_at_us == _c.created_at_us, _before.c.id < _c.id),
        ),
    )
)

CALLS = Queue(addon_calls, Call, Settled, only=(_IS_NEXT,))

# The tokens in a call are needed by nobody once it is over.
CLEAR = Statement(sa.update(addon_calls).where(*CALLS.key).values(content=sa.null()))
# Of a workspace that is gone nobody is left who could look at what became of a call.
DROP = Statement(sa.delete(addon_calls).where(*CALLS.key))
# In the name of the server from now on.
KEEP_FAREWELLS = Statement(
    sa.update(addon_calls)
    .where(_c.workspace_id == bind("workspace_id"), CALLS.is_queued, _c.type == sa.literal_column("'DELETED'"))
    .values(workspace_id=bind("server_id", _c.workspace_id.type), row_revision=_c.row_revision + 1)
)
CANCEL = Statement(
    sa.update(addon_calls)
    .where(_c.workspace_id == bind("workspace_id"), _c.addon_id == bind("addon_id"), CALLS.is_queued)
    .values(
        state=sa.literal_column("'FAILED'"),
        content=sa.null(),
        holder=sa.literal_column("''"),
        reason=bind("reason"),
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_c.row_revision + 1,
    )
)
# A call nobody tried to send yet, when a newer one says all that it says.
SUPERSEDE = Statement(
    sa.delete(addon_calls).where(
        _c.workspace_id == bind("workspace_id"),
        _c.addon_id == bind("addon_id"),
        _c.type == bind("type"),
        CALLS.is_queued,
        _c.attempts == sa.literal_column("0"),
    )
)
LIST_OF_ADDON = Statement(
    sa.select(*CALLS.columns)
    .where(_c.workspace_id == bind("workspace_id"), _c.addon_id == bind("addon_id"))
    .order_by(_c.created_at_us.desc(), _c.id.desc())
    .limit(LIMIT),
    into=CALLS.read,
)


def settle(tx: Tx, workspace_id: str, call_id: str, *, attempts: int, settled: Settled) -> bool:
    """False when the lease was not the newest one, or the call is over already."""
    if not CALLS.settle(tx, workspace_id, call_id, attempts=attempts, settled=settled):
        return False
    if settled.state is not CallState.QUEUED:
        tx.write_derived(DROP if workspace_id == SERVER_ID else CLEAR, workspace_id=workspace_id, id=call_id)
    return True


def cancel(tx: Tx, addon_id: str, reason: str) -> None:
    """Gives up what waits for an add-on."""
    tx.write_derived(CANCEL, addon_id=addon_id, reason=reason, now_us=tx.now_us)


def supersede(tx: Tx, addon_id: str, type_: str) -> None:
    """Drops calls of a type that nobody tried to send yet."""
    tx.write_derived(SUPERSEDE, addon_id=addon_id, type=type_)


def keep_farewells(tx: Tx) -> None:
    """What waits to tell an add-on that it is removed outlives the workspace."""
    tx.write_derived(KEEP_FAREWELLS, server_id=SERVER_ID)


def list_of_addon(tx: ReadTx, addon_id: str, limit: int) -> list[Call]:
    """The newest first."""
    return tx.rows(LIST_OF_ADDON, addon_id=addon_id, limit=limit)
