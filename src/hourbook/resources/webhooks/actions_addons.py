"""The verbs of webhooks that an add-on's manifest declares: they come, are silent and go with the add-on.

Their token is the add-on's own, a JSON Web Token, and the same for all of them. Who installed the add-on stands in them
as their maker; nobody's limit counts them, the workspace's does.
"""

from collections.abc import Collection

import msgspec

from hourbook.access.secrets import SecretBox
from hourbook.core.errors import LimitReached
from hourbook.db.tx import Tx
from hourbook.resources.webhooks import actions, actions_backlog, rules, store, store_addons
from hourbook.resources.webhooks.rules import EVENTS, Source, Webhook

__all__ = ["EVENTS", "Declared", "declare", "set_enabled"]


class Declared(msgspec.Struct, frozen=True):
    """A webhook as a manifest has it, and whose it is. `user_id`: who installed the add-on."""

    addon_id: str
    user_id: str
    token: str


def declare(tx: Tx, of: Declared, wanted: Collection[tuple[str, str]], *, box: SecretBox, enabled: bool = True) -> None:
    """Makes the add-on's webhooks those (address, event), and no others. LimitReached for the workspace's limit."""
    revision = tx.hold_revision()
    found = {(one.url, one.event): one for one in store.list_webhooks(tx, "one", of.addon_id)}
    gone = [one for key, one in found.items() if key not in set(wanted)]
    new = [key for key in wanted if key not in found]
    limit = tx.facts.deployment.webhooks_per_workspace
    if new and store.count(tx) - len(gone) + len(new) > limit:
        raise LimitReached(limit, "webhooks in this workspace")
    if gone:
        actions.delete_all(tx, gone)
    if new:
        made = [_webhook(tx, of, key, box=box, enabled=enabled) for key in new]
        tx.insert_many(store.WEBHOOK, made, event="WEBHOOK_CREATED", subject=of.user_id)
        store_addons.insert_health_of_addon(tx, of.addon_id)
        store.start_cursor(tx, revision)


def set_enabled(tx: Tx, addon_id: str, *, enabled: bool) -> None:
    """Silences them, or lets them speak again; those that were given up are tried again from then on."""
    pairs = []
    for one in actions.held_webhooks(tx, store.list_webhooks(tx, "one", addon_id)):
        is_delivered = one.delivery_enabled or enabled
        pairs.append((one, msgspec.structs.replace(one, enabled=enabled, delivery_enabled=is_delivered)))
    tx.update_all(store.WEBHOOK, pairs, event="WEBHOOK_UPDATED")
    if enabled:
        store_addons.reset_health_of_addon(tx, addon_id)
        actions_backlog.resume(tx, [one.id for one, _ in pairs])


def _webhook(tx: Tx, of: Declared, key: tuple[str, str], *, box: SecretBox, enabled: bool) -> Webhook:
    url, event = key
    sealed = actions.new_secrets(box, of.token)
    return Webhook(
        workspace_id=tx.workspace_id,
        id=tx.new_id(),
        user_id=of.user_id,
        addon_id=of.addon_id,
        name=rules.made_up_name(event),
        url=url,
        event=event,
        source_type=Source.WORKSPACE_ID.value,
        source_ids=rules.encode_sources(()),
        enabled=enabled,
        delivery_enabled=True,
        auth_token=sealed.auth_token,
        signing_secret=sealed.signing_secret,
    )
