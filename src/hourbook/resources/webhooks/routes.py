"""The operations of webhooks that the contract has.

Each is one declared record; nothing is decided here. Tokens are decrypted here, because the contract shows them
in every answer.
"""

from hourbook.http.operation import Call, Cost, Preparation, operation
from hourbook.resources.webhooks import actions, rules
from hourbook.resources.webhooks.actions import Found
from hourbook.resources.webhooks.rules import Webhook
from hourbook.resources.webhooks.wire import (
    LogOut,
    LogsIn,
    LogsQuery,
    StatusesQuery,
    StatusOut,
    WebhookIn,
    WebhookListQuery,
    WebhookOut,
    WebhooksOut,
    log_out,
    status_out,
    webhook_out,
)

_WEBHOOKS = "/workspaces/{workspace_id}/webhooks"
_WEBHOOK = _WEBHOOKS + "/{webhook_id}"


def _checked_url(preparation: Preparation, body: WebhookIn) -> None:
    """Looks the name up before the transaction, because that may take its time."""
    if body.url:
        actions.check_url(body.url, preparation.deployment.webhook_networks)


def _checked_new_url(preparation: Preparation, webhook_id: str, body: WebhookIn) -> None:
    _checked_url(preparation, body)


def _shown(call: Call, webhook: Webhook, secret: str | None = None) -> WebhookOut:
    return webhook_out(webhook, call.secrets.decrypt(webhook.auth_token, rules.TOKEN_PURPOSE).decode(), secret)


def _all_shown(call: Call, found: Found) -> WebhooksOut:
    return WebhooksOut(webhooks=[_shown(call, one) for one in found.webhooks], workspace_webhook_count=found.count)


@operation("GET", _WEBHOOKS, contract="getWebhooksOnWorkspace", action="webhook.list")
def list_webhooks(call: Call, query: WebhookListQuery) -> WebhooksOut:
    """Lists all webhooks of a workspace."""
    return _all_shown(call, actions.list_webhooks(call.read, query.type))


@operation(
    "GET",
    "/workspaces/{workspace_id}/addons/{addon_id}/webhooks",
    contract="getAddonWebhooksOnWorkspace",
    action="webhook.list",
)
def list_addon_webhooks(call: Call, addon_id: str) -> WebhooksOut:
    """Lists the webhooks of an add-on."""
    return _all_shown(call, actions.list_of_addon(call.read, addon_id))


@operation(
    "POST",
    _WEBHOOKS,
    contract="createWebhook",
    action="webhook.manage",
    status=201,
    journals=("WEBHOOK_CREATED",),
    prepare=_checked_url,
    lane="outside",
)
def create_webhook(call: Call, body: WebhookIn, prepared: None) -> WebhookOut:
    """Adds a webhook; its signing secret is in this answer and in no other."""
    webhook, secret = actions.create_webhook(call.write, body.wanted(), box=call.secrets)
    return _shown(call, webhook, secret)


@operation("GET", _WEBHOOK, contract="getWebhookById", action="webhook.list")
def get_webhook(call: Call, webhook_id: str) -> WebhookOut:
    """Reads a webhook."""
    return _shown(call, actions.get_webhook(call.read, webhook_id))


@operation(
    "PUT",
    _WEBHOOK,
    contract="updateWebhook",
    action="webhook.manage",
    journals=("WEBHOOK_UPDATED",),
    prepare=_checked_new_url,
    lane="outside",
)
def update_webhook(call: Call, webhook_id: str, body: WebhookIn, prepared: None) -> WebhookOut:
    """Replaces a webhook, and switches its deliveries on again."""
    return _shown(call, actions.update_webhook(call.write, webhook_id, body.wanted()))


@operation("DELETE", _WEBHOOK, contract="deleteWebhook", action="webhook.manage", journals=("WEBHOOK_DELETED",))
def delete_webhook(call: Call, webhook_id: str) -> None:
    """Deletes a webhook."""
    actions.delete_webhook(call.write, webhook_id)


@operation(
    "PATCH",
    _WEBHOOK + "/token",
    contract="patchWorkspacesWorkspaceIdWebhooksWebhookIdToken",
    action="webhook.manage",
    journals=("WEBHOOK_TOKEN_CHANGED",),
)
def rotate_webhook_token(call: Call, webhook_id: str) -> WebhookOut:
    """Gives a webhook a new token and a new signing secret; the old secret signs beside it for a day."""
    webhook, secret = actions.rotate_token(call.write, webhook_id, box=call.secrets)
    return _shown(call, webhook, secret)


@operation(
    "POST",
    _WEBHOOK + "/logs",
    contract="getWebhookLogs",
    action="webhook.list",
    reads_only=True,
    body_required=False,
    cost=Cost.LONG,
)
def list_webhook_logs(call: Call, webhook_id: str, query: LogsQuery, body: LogsIn) -> list[LogOut]:
    """Lists the tries to deliver to a webhook, with what was sent and answered."""
    return [log_out(one) for one in actions.list_logs(call.read, webhook_id, wanted=body.wanted(), rows=query.rows())]


@operation(
    "GET",
    _WEBHOOK + "/statuses",
    contract="getWebhookEventStatusesWithLatestLog",
    action="webhook.list",
    cost=Cost.LONG,
)
def list_webhook_statuses(call: Call, webhook_id: str, query: StatusesQuery) -> list[StatusOut]:
    """Lists the deliveries of a webhook, each with its last try."""
    states = frozenset(status.value for status in query.statuses)
    return [status_out(one) for one in actions.list_statuses(call.read, webhook_id, states=states, rows=query.rows())]
