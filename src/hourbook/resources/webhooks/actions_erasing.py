"""The verbs of erasing a person from what was made for webhooks.

A little is done at once; much by a job of the worker for each workspace, in portions, each a transaction of its own, so
that nobody waits for them. Until that is done nothing is sent in the workspace, and no log is shown.
"""

from typing import Any

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.jobs import actions as jobs
from hourbook.resources.webhooks import store_erasing
from hourbook.resources.webhooks.rules_deliveries import ERASING_JOB

# As many rows of each table are looked at within a request.
AT_ONCE = 2000
AGAIN_AFTER_US = 3600 * 1_000_000


def forget_about(tx: Tx, user_id: str, workspace_ids: list[str]) -> None:
    """What was told of a person, and what waits to be told, is gone, or neither sent nor shown until it is."""
    if not store_erasing.has_more_than(tx, workspace_ids, AT_ONCE):
        store_erasing.forget_about(tx, user_id, workspace_ids)
        return
    for workspace_id in workspace_ids:
        with tx.inside(workspace_id):
            jobs.queue(tx, ERASING_JOB, {"user_id": user_id})


def is_under_way(tx: ReadTx) -> bool:
    """Whether somebody is still being taken out of what was made here."""
    return store_erasing.is_under_way(tx)


# --- for the worker ---------------------------------------------------------------------------------------


def begin_again(tx: Tx, user_id: str) -> bool:
    """Another job for the same, later: what went wrong may be over by then."""
    jobs.queue(tx, ERASING_JOB, {"user_id": user_id}, run_at_us=tx.now_us + AGAIN_AFTER_US)
    return True


def forget_portion(tx: Tx, user_id: str, *, place: list[Any], limit: int) -> list[Any]:
    """Looks at so many rows; where to go on, nothing at the end. `place`: what the portion before this one answered."""
    number, *behind = place or [0]
    end = store_erasing.forget_portion(tx, user_id, number=number, behind=behind, limit=limit)
    if end:
        return [number, *end]
    return [number + 1] if number + 1 < store_erasing.TABLES_COUNT else []
