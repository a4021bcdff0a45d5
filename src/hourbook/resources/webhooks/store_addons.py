"""The SQL of the webhooks that add-ons bring along.

What is made of all of them at once; the rest is as of any webhook (`store.py`).
"""

import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables.webhooks import webhook_health, webhooks
from hourbook.db.tx import Tx

_w, _h = webhooks.c, webhook_health.c
_NAMES = ("workspace_id", "webhook_id", "created_at_us", "updated_at_us", "row_revision")

INSERT_HEALTH_OF_ADDON = Statement(
    sa.insert(webhook_health).from_select(
        _NAMES,
        sa.select(
            _w.workspace_id,
            _w.id,
            sa.cast(bind("now_us", sa.BigInteger()), sa.BigInteger()),
            sa.cast(bind("now_us", sa.BigInteger()), sa.BigInteger()),
            sa.literal_column("1"),
        ).where(
            _w.workspace_id == bind("workspace_id"),
            _w.addon_id == bind("addon_id"),
            sa.not_(sa.exists().where(_h.workspace_id == _w.workspace_id, _h.webhook_id == _w.id)),
        ),
    )
)

RESET_HEALTH_OF_ADDON = Statement(
    sa.update(webhook_health)
    .where(
        _h.workspace_id == bind("workspace_id"),
        sa.exists().where(
            _w.workspace_id == _h.workspace_id,
            _w.id == _h.webhook_id,
            _w.addon_id == bind("addon_id", _w.addon_id.type),
        ),
    )
    .values(
        failing_since_us=None,
        paused_until_us=None,
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_h.row_revision + 1,
    )
)


def insert_health_of_addon(tx: Tx, addon_id: str) -> None:
    """For those that have none yet."""
    tx.write_derived(INSERT_HEALTH_OF_ADDON, addon_id=addon_id, now_us=tx.now_us)


def reset_health_of_addon(tx: Tx, addon_id: str) -> None:
    tx.write_derived(RESET_HEALTH_OF_ADDON, addon_id=addon_id, now_us=tx.now_us)
