"""The SQL of sending one thing that people ask for, and of forgetting what is old.

Deliveries, tries and messages are made from the journal and not journaled, so they are no entities.
Nothing is decided here.
"""

import msgspec
import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables.webhooks import webhook_deliveries, webhook_messages, webhook_tries
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.webhooks.rules_deliveries import Content

_d, _m = webhook_deliveries.c, webhook_messages.c
_NOW = bind("now_us", sa.BigInteger())
_OF = (_d.workspace_id == bind("workspace_id"), _d.webhook_id == bind("webhook_id"))
_AGAIN = {
    "state": sa.literal_column("'WAITING'"),
    "failures": sa.literal_column("0"),
    "next_try_at_us": _NOW,
    "updated_at_us": _NOW,
    "row_revision": _d.row_revision + 1,
}
FIND_ONE = Statement(sa.select(_d.revision, _d.part).where(*_OF, _d.id == bind("id")))
# One that waits is due now; one that is being sent at this moment will say for itself what became of it.
SEND_ONE = Statement(
    sa.update(webhook_deliveries).where(*_OF, _d.id == bind("id"), _d.holder == sa.literal_column("''")).values(_AGAIN)
)
_STAMPS = {"created_at_us": _NOW, "updated_at_us": _NOW, "row_revision": bind("row_revision", sa.Integer())}
INSERT_MESSAGE = Statement(
    sa.insert(webhook_messages).values(
        {name: bind(name, _m[name].type) for name in ("workspace_id", "revision", "part", "event", "body")} | _STAMPS
    )
)
_NEW = ("workspace_id", "webhook_id", "revision", "part", "id", "state", "attempts", "failures", "holder")
INSERT_DELIVERY = Statement(
    sa.insert(webhook_deliveries).values(
        {name: bind(name, _d[name].type) for name in _NEW} | {"next_try_at_us": _NOW} | _STAMPS
    )
)


def insert_message(tx: Tx, webhook_id: str, content: Content) -> None:
    """A message of its own for one webhook, with its delivery."""
    fields = msgspec.structs.asdict(content) | {"body": content.body.encode()}
    tx.write_derived(INSERT_MESSAGE, now_us=tx.now_us, row_revision=1, **fields)
    key = {"webhook_id": webhook_id, "revision": content.revision, "part": content.part}
    counts = {"attempts": 0, "failures": 0, "row_revision": 1}
    tx.write_derived(INSERT_DELIVERY, id=tx.new_id(), state="WAITING", holder="", now_us=tx.now_us, **key, **counts)


def find_delivery(tx: ReadTx, webhook_id: str, delivery_id: str) -> tuple[int, int] | None:
    """Revision and part of its message."""
    return tx.one(FIND_ONE, webhook_id=webhook_id, id=delivery_id)


def send_again(tx: Tx, webhook_id: str, delivery_id: str) -> bool:
    return tx.write_derived(SEND_ONE, webhook_id=webhook_id, id=delivery_id, now_us=tx.now_us) == 1


# --- forgetting ------------------------------------------------------------------------------------------


def _forgetting(table: sa.Table) -> tuple[Statement, Statement]:
    """What is older than an instant: when the oldest few were made, and removing them."""
    at_us = table.c.created_at_us
    is_old = at_us < bind("before_us", sa.BigInteger())
    oldest = sa.select(at_us).where(is_old).order_by(at_us).limit(bind("limit", sa.Integer()))
    return Statement(oldest), Statement(sa.delete(table).where(at_us <= bind("up_to_us", sa.BigInteger())))


# A message goes after what refers to it.
_FORGETTING = (_forgetting(webhook_tries), _forgetting(webhook_deliveries), _forgetting(webhook_messages))


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes about `limit` tries, deliveries or messages that are older; returns how many."""
    for oldest, delete in _FORGETTING:
        found = tx.rows(oldest, before_us=before_us, limit=limit)
        if found:
            return tx.write_derived(delete, up_to_us=found[-1][0])
    return 0
