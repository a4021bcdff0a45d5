"""The verbs of backlogs: giving up all that waits for a webhook, sending again what is over.

A few are done at once; many by a job of the worker, in portions, each a transaction of its own, so that nobody waits
for them. Nothing is sent to a webhook whose backlog is being given up, even if it is switched on again meanwhile.
"""

import msgspec

from hourbook.db.tx import Tx
from hourbook.resources.jobs import actions as jobs
from hourbook.resources.webhooks import store, store_backlog
from hourbook.resources.webhooks.rules import Webhook
from hourbook.resources.webhooks.rules_deliveries import BACKLOG_JOB, Again

# As many are written to within a request.
AT_ONCE = 500


def give_up(tx: Tx, webhook_ids: list[str]) -> None:
    """Nothing that waits for these is sent any more, unless somebody asks for it."""
    if not webhook_ids or not store_backlog.waits_more_than(tx, webhook_ids, AT_ONCE):
        store_backlog.give_up_all(tx, webhook_ids)
        return
    # All that happened until now, this change included.
    store_backlog.mark(tx, webhook_ids, up_to=tx.hold_revision() + len(tx.changes))
    jobs.queue(tx, BACKLOG_JOB, {"webhook_ids": webhook_ids})


def resume(tx: Tx, webhook_ids: list[str]) -> None:
    """For webhooks that are switched on again: sees to it that giving up comes to its end, should the job be lost."""
    marked = store_backlog.marked_among(tx, webhook_ids)
    if marked:
        jobs.queue(tx, BACKLOG_JOB, {"webhook_ids": marked})


def is_being_given_up(tx: Tx, webhook_id: str, revision: int) -> bool:
    """Whether what waits of a revision is as good as given up."""
    mark = store_backlog.mark_of(tx, webhook_id)
    return mark is not None and revision <= mark


def send_again(tx: Tx, webhook_id: str, again: Again) -> int:
    """Queues all deliveries that are over and meant; returns how many."""
    mark = store_backlog.mark_of(tx, webhook_id)
    if mark is None and store_backlog.end_again(tx, webhook_id, again, limit=AT_ONCE + 1) is None:
        return store_backlog.send_again(tx, webhook_id, again, end=None)
    jobs.queue(tx, BACKLOG_JOB, {"webhook_ids": [webhook_id], "again": msgspec.structs.asdict(again)})
    return store_backlog.count_again(tx, webhook_id, again, given_up_to=mark)


# --- for the worker ---------------------------------------------------------------------------------------


def give_up_portion(tx: Tx, webhook_id: str, limit: int) -> bool:
    """Gives up about so many of those that are to be; whether some may be left."""
    is_there = tx.find(store.WEBHOOK, webhook_id, locked=True) is not None
    # What waits for a webhook that was deleted is never sent, whatever it is.
    up_to = store_backlog.mark_of(tx, webhook_id) if is_there else store_backlog.LAST_REVISION
    if up_to is None:
        return False
    if store_backlog.give_up_portion(tx, webhook_id, up_to=up_to, limit=limit):
        return True
    store_backlog.clear_mark(tx, webhook_id, up_to=up_to)
    return False


def send_portion_again(tx: Tx, webhook_id: str, again: Again, *, limit: int) -> list[int]:
    """Queues so many; revision and part where it stopped, nothing when no more are to be queued."""
    webhook: Webhook | None = tx.find(store.WEBHOOK, webhook_id, locked=True)
    if webhook is None or not (webhook.enabled and webhook.delivery_enabled):
        return []
    if store_backlog.mark_of(tx, webhook_id) is not None:  # given up anew, and switched on again
        return []
    end = store_backlog.end_again(tx, webhook_id, again, limit=limit)
    store_backlog.send_again(tx, webhook_id, again, end=end)
    return list(end or ())
