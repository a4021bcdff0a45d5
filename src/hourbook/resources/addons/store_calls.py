"""The SQL of calls of the lifecycle.

An outbox like that of mails: not journaled, written with statements of its own. Taking calls looks across
workspaces: the worker's poll, never a request.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.addons import addon_calls
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons.rules_calls import SERVER_ID, Call, CallState, Settled

_c = addon_calls.c
_NAMES = tuple(Call.__struct_fields__)


def _row(*values: Any) -> Call:
    row = Call(*values)
    row.state = CallState(row.state)
    return row


_COLUMNS = [_c[name] for name in _NAMES]
_KEY = (_c.workspace_id == bind("workspace_id"), _c.id == bind("id"))
_IS_QUEUED = _c.state == sa.literal_column("'QUEUED'")
_IS_DUE = (_IS_QUEUED, _c.next_try_at_us <= bind("now_us", sa.BigInteger()))
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

INSERT = Statement(sa.insert(addon_calls).values({name: bind(name) for name in (*_NAMES, "holder", "row_revision")}))
FIND_DUE = Statement(
    sa.select(_c.id).where(*_IS_DUE).order_by(_c.next_try_at_us, _c.id).limit(bind("limit", sa.Integer()))
)
TAKE_DUE = Statement(
    sa.select(*_COLUMNS)
    .where(*_IS_DUE, _IS_NEXT)
    .order_by(_c.next_try_at_us, _c.id)
    .limit(bind("limit", sa.Integer()))
    .with_for_update(skip_locked=True, of=addon_calls),
    into=_row,
)
LEASE = Statement(
    sa.update(addon_calls)
    .where(*_IS_DUE, AnyOf(_c.id, "ids"))
    .values(
        attempts=_c.attempts + 1,
        holder=bind("holder"),
        next_try_at_us=bind("until_us", sa.BigInteger()),
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_c.row_revision + 1,
    )
)
SETTLE = Statement(
    sa.update(addon_calls)
    .where(*_KEY, _IS_QUEUED, _c.attempts == bind("held_attempts", sa.Integer()))
    .values(
        state=bind("state"),
        holder=sa.literal_column("''"),
        next_try_at_us=bind("next_try_at_us"),
        reason=bind("reason"),
        updated_at_us=bind("updated_at_us"),
        row_revision=_c.row_revision + 1,
    )
)
# The tokens in a call are needed by nobody once it is over.
CLEAR = Statement(sa.update(addon_calls).where(*_KEY).values(content=sa.null()))
# Of a workspace that is gone nobody is left who could look at what became of a call.
DROP = Statement(sa.delete(addon_calls).where(*_KEY))
# In the name of the server from now on.
KEEP_FAREWELLS = Statement(
    sa.update(addon_calls)
    .where(_c.workspace_id == bind("workspace_id"), _IS_QUEUED, _c.type == sa.literal_column("'DELETED'"))
    .values(workspace_id=bind("server_id", _c.workspace_id.type), row_revision=_c.row_revision + 1)
)
RELEASE = Statement(
    sa.update(addon_calls)
    .where(_IS_QUEUED, _c.holder == bind("held_by", sa.Text()))
    .values(next_try_at_us=bind("next_try_at_us"), holder=sa.literal_column("''"), row_revision=_c.row_revision + 1)
)
CANCEL = Statement(
    sa.update(addon_calls)
    .where(_c.workspace_id == bind("workspace_id"), _c.addon_id == bind("addon_id"), _IS_QUEUED)
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
        _IS_QUEUED,
        _c.attempts == sa.literal_column("0"),
    )
)
LIST_OF_ADDON = Statement(
    sa.select(*_COLUMNS)
    .where(_c.workspace_id == bind("workspace_id"), _c.addon_id == bind("addon_id"))
    .order_by(_c.created_at_us.desc(), _c.id.desc())
    .limit(bind("limit", sa.Integer())),
    into=_row,
)
_IS_OVER = (_c.state != sa.literal_column("'QUEUED'"), _c.updated_at_us < bind("before_us", sa.BigInteger()))
LIST_OVER = Statement(
    sa.select(_c.updated_at_us).where(*_IS_OVER).order_by(_c.updated_at_us).limit(bind("limit", sa.Integer()))
)
FORGET = Statement(sa.delete(addon_calls).where(*_IS_OVER, _c.updated_at_us <= bind("up_to_us", sa.BigInteger())))


def insert(tx: Tx, call: Call) -> None:
    values = {name: getattr(call, name) for name in _NAMES}
    tx.write_derived(INSERT, row_revision=1, holder="", **values)


def is_due(tx: ReadTx) -> bool:
    return bool(tx.rows(FIND_DUE, now_us=tx.now_us, limit=1))


def take_due(tx: Tx, limit: int) -> list[Call]:
    """Calls that are due and that no other worker is taking at this moment, held until the end of the transaction."""
    return tx.rows(TAKE_DUE, now_us=tx.now_us, limit=limit)


def lease(tx: Tx, calls: list[Call], until_us: int, *, holder: str) -> None:
    tx.write_derived(LEASE, ids=[call.id for call in calls], now_us=tx.now_us, until_us=until_us, holder=holder)


def release(tx: Tx, holder: str) -> int:
    return tx.write_derived(RELEASE, held_by=holder, next_try_at_us=tx.now_us)


def settle(tx: Tx, workspace_id: str, call_id: str, *, attempts: int, settled: Settled) -> bool:
    """False when the lease was not the newest one, or the call is over already."""
    key = {"workspace_id": workspace_id, "id": call_id}
    values = {"state": settled.state, "next_try_at_us": settled.next_try_at_us, "reason": settled.reason}
    if not tx.write_derived(SETTLE, held_attempts=attempts, updated_at_us=tx.now_us, **key, **values):
        return False
    if settled.state is not CallState.QUEUED:
        tx.write_derived(DROP if workspace_id == SERVER_ID else CLEAR, **key)
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


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes about `limit` calls that were over before an instant, the oldest first; returns how many."""
    found = tx.rows(LIST_OVER, before_us=before_us, limit=limit)
    return tx.write_derived(FORGET, before_us=before_us, up_to_us=found[-1][0]) if found else 0
