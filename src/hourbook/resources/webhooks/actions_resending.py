"""The verbs of asking for events: a test, one delivery again, all of a range or since an event again.

What is sent again has the id it had. Each wish is journaled with the webhook, because it makes a server send.
"""

import msgspec

from hourbook.core.errors import InvalidValue, NotFound
from hourbook.db.tx import Tx
from hourbook.resources.webhooks import actions, rules_deliveries, rules_samples, store, store_resending
from hourbook.resources.webhooks.rules import Webhook
from hourbook.resources.webhooks.rules_deliveries import Content, Range
from hourbook.resources.webhooks.rules_samples import About

RESENT = "WEBHOOK_RESEND_REQUESTED"
TESTED = "WEBHOOK_TEST_REQUESTED"
_SECOND_US = 1_000_000


def send_test(tx: Tx, webhook_id: str) -> str:
    """Queues an event of the webhook's kind about nothing, for it alone; returns the event's id."""
    # The wish is the next row of the journal, and the event has its number.
    revision = tx.hold_revision() + len(tx.changes) + 1
    webhook = _asked(tx, webhook_id, TESTED)
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
    store_resending.send_again(tx, webhook.id, delivery_id)
    return rules_deliveries.message_id(tx.workspace_id, *found)


def send_range_again(tx: Tx, webhook_id: str, wanted: Range) -> int:
    """Queues all deliveries that are over and meant; returns how many. InvalidValue when no bound is given."""
    bounds: dict[str, int] = {}
    if wanted.from_s is not None:
        bounds["from_us"] = wanted.from_s * _SECOND_US
    if wanted.to_s is not None:
        bounds["to_us"] = wanted.to_s * _SECOND_US + _SECOND_US - 1
    if wanted.after is not None:
        bounds["after_revision"] = _revision(tx, wanted.after)
    if not bounds:
        raise InvalidValue("Say which: from and to, or after with the id of an event")
    webhook = _asked(tx, webhook_id, RESENT)
    return store_resending.send_many_again(tx, webhook.id, bounds | ({"only_failed": 1} if wanted.only_failed else {}))


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
