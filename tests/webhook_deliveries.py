"""Looking at deliveries and tries as they are stored, for tests."""

from typing import Any

import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables.webhooks import webhook_deliveries, webhook_health, webhook_tries
from hourbook.db.tx import ReadTx

_DELIVERIES = Statement(
    sa.select(webhook_deliveries)
    .where(
        webhook_deliveries.c.workspace_id == bind("workspace_id"), webhook_deliveries.c.webhook_id == bind("webhook_id")
    )
    .order_by(webhook_deliveries.c.revision, webhook_deliveries.c.part)
)
_TRIES = Statement(
    sa.select(webhook_tries)
    .where(webhook_tries.c.workspace_id == bind("workspace_id"), webhook_tries.c.webhook_id == bind("webhook_id"))
    .order_by(webhook_tries.c.answered_at_us, webhook_tries.c.id)
)
_HEALTH = Statement(
    sa.select(webhook_health).where(
        webhook_health.c.workspace_id == bind("workspace_id"), webhook_health.c.webhook_id == bind("webhook_id")
    )
)


def _dicts(table: sa.Table, rows: list[Any]) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def deliveries(tx: ReadTx, webhook_id: str) -> list[dict[str, Any]]:
    """In the order of their events."""
    return _dicts(webhook_deliveries, tx.rows(_DELIVERIES, webhook_id=webhook_id))


def tries(tx: ReadTx, webhook_id: str) -> list[dict[str, Any]]:
    """In the order in which they were made."""
    return _dicts(webhook_tries, tx.rows(_TRIES, webhook_id=webhook_id))


def health(tx: ReadTx, webhook_id: str) -> dict[str, Any]:
    return _dicts(webhook_health, tx.rows(_HEALTH, webhook_id=webhook_id))[0]


def delivery_ids(tx: ReadTx, webhook_id: str) -> list[str]:
    return [row["id"] for row in deliveries(tx, webhook_id)]
