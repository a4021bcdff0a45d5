"""The operations of asking for events: a test, one delivery again, many again. Our own surface.

Each is one declared record; nothing is decided here. Sending is the worker's: the answer comes before it.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.webhooks import actions_resending as actions
from hourbook.resources.webhooks.wire_resending import QueuedOut, ResendIn, ResentOut

_WEBHOOK = "/workspaces/{workspace_id}/webhooks/{webhook_id}"


@operation(
    "POST",
    _WEBHOOK + "/test",
    contract=None,
    action="webhook.manage",
    status=202,
    journals=(actions.TESTED,),
)
def test_webhook(call: Call, webhook_id: str) -> QueuedOut:
    """Sends a webhook an event of its kind about nothing."""
    return QueuedOut(event_id=actions.send_test(call.write, webhook_id))


@operation(
    "POST",
    _WEBHOOK + "/deliveries/{delivery_id}/resend",
    contract=None,
    action="webhook.manage",
    status=202,
    journals=(actions.RESENT,),
)
def resend_delivery(call: Call, webhook_id: str, delivery_id: str) -> QueuedOut:
    """Sends one event to a webhook again; its id stands in the list of statuses."""
    return QueuedOut(event_id=actions.send_again(call.write, webhook_id, delivery_id))


@operation(
    "POST",
    _WEBHOOK + "/resend",
    contract=None,
    action="webhook.manage",
    status=202,
    journals=(actions.RESENT,),
    cost=Cost.BULK,
)
def resend_deliveries(call: Call, webhook_id: str, body: ResendIn) -> ResentOut:
    """Sends a webhook the events of a time, or those after an event, again."""
    return ResentOut(deliveries=actions.send_range_again(call.write, webhook_id, body.wanted()))
