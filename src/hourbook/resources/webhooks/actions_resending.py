"""The verbs of asking for events: a test, one delivery again, all of a range or since an event again.

What is sent again has the id it had. Each wish is journaled with the webhook, because it makes a server send.
"""

import msgspec

from hourbook.core.errors import InvalidValue, NotFound
from hourbook.db.tx import Tx
from hourbook.resources.webhooks import (
    actions,
    actions_backlog,
    rules_deliveries,
    rules_samples,
    store,
    store_backlog,
    store_resending,
)
from hourbook.resources.webhooks.rules import Webhook
from hourbook.resources.webhooks.rules_deliveries import Again, Content, Range
from hourbook.resources.webhooks.rules_samples import About

RESENT = "WEBHOOK_RESEND_REQUESTED"
TESTED = "WEBHOOK_TEST_REQUESTED"
_SECOND_US = 1_000_000


def send_test(tx: Tx, webhook_id: str) -> str:
    """Queues an event of the webhook's kind about nothing, for it alone; returns the event's id."""
    # The webhook first, as whoever changes it holds it. The wish is a row of the journal, and the event has its number.
    webhook = _asked(tx, webhook_id, TESTED)
    revision = tx.hold_revision() + len(tx.changes)
    about = About(tx.workspace_id, webhook.user_id, tx.now_us // _SECOND_US)
    body = rules_samples.sample_body(webhook.event, about)
    store_resending.insert_message(tx, webhook.id, Content(tx.workspace_id, revision, 0, webhook.event, body))
    return rules_deliveries.message_id(tx.workspace_id, revision, 0)


def send_again(tx: Tx, webhook_id: str, delivery_id: str) -> str:
    """Queues one delivery again, due at once; returns the event's id. NotFound for one that is not kept any more."""
    webhook = _asked(tx, webhook_id, RESENT)
    found = store_resending.find_delivery(tx, webhook.id, delivery_id)
    if found is None:
        raise NotFound("Delivery", "Webhook")
    if actions_backlog.is_being_given_up(tx, webhook.id, found[0]):
        actions_backlog.send_again(tx, webhook.id, Again(asked_at_us=tx.now_us, delivery_id=delivery_id))
    else:
        store_resending.send_again(tx, webhook.id, delivery_id)
    return rules_deliveries.message_id(tx.workspace_id, *found)


def send_range_again(tx: Tx, webhook_id: str, wanted: Range) -> int:
    """Queues all deliveries that are over and meant; returns how many. InvalidValue when no bound is given."""
    if wanted.from_s is None and wanted.to_s is None and wanted.after is None:
        raise InvalidValue("Say which: from and to, or after with the id of an event")
    revision = -1 if wanted.after is None else _revision(tx, wanted.after)
    webhook = _asked(tx, webhook_id, RESENT)
    again = Again(
        asked_at_us=tx.now_us,
        behind=(revision, store_backlog.LAST_PART),
        from_us=None if wanted.from_s is None else wanted.from_s * _SECOND_US,
        to_us=None if wanted.to_s is None else wanted.to_s * _SECOND_US + _SECOND_US - 1,
        only_failed=wanted.only_failed,
    )
    return actions_backlog.send_again(tx, webhook.id, again)


def _revision(tx: Tx, text: str) -> int:
    found = rules_deliveries.revision_of(text, tx.workspace_id)
    if found is None:
        raise InvalidValue("after must be the id of an event, as in the header webhook-id")
    return found


def _asked(tx: Tx, webhook_id: str, event: str) -> Webhook:
    """The webhook, with the wish noted; InvalidValue for one that nothing is sent to."""
    before = actions.held_webhook(tx, webhook_id)
    if not (before.enabled and before.delivery_enabled):
        raise InvalidValue("Nothing is sent to this webhook any more. Save it to switch it on again")
    # Two wishes within a microsecond would be one change.
    at_us = max(tx.now_us, (before.asked_at_us or 0) + 1)
    tx.update(
        store.WEBHOOK, before, msgspec.structs.replace(before, asked_at_us=at_us), event=event, subject=before.user_id
    )
    return before
