"""The verbs of add-ons: installing from a manifest, looking, switching, reading the manifest again, removing.

What must be asked of the add-on's server is asked before the transaction (`fetched`). An installed add-on acts with its
tokens until it is removed; then the row is gone, and with it everything the tokens open.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hourbook.access import addon_keys, receivers
from hourbook.access.addon_actors import owner_of
from hourbook.access.addon_keys import MadeKey
from hourbook.access.addon_tokens import Installation, Signer
from hourbook.access.outgoing import NoAnswer, Outgoing
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import InvalidValue, LimitReached
from hourbook.core.types import Page
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons import actions_calls, rules, rules_calls, store
from hourbook.resources.addons.rules import Addon, Status
from hourbook.resources.addons.rules_manifest import (
    LifecycleType,
    Manifest,
    called_addresses,
    encode_manifest,
    read_manifest,
)
from hourbook.resources.webhooks import actions as webhooks
from hourbook.resources.webhooks import actions_addons as addon_webhooks

ADDONS_LIMIT = 100
Read = Callable[[Callable[[ReadTx], Any]], Any]


class Fetched(msgspec.Struct, frozen=True):
    """A manifest that was read, and the server's first key where it had none yet."""

    manifest: Manifest
    made_key: MadeKey | None = None


def fetched(networks: Sequence[str], url: str) -> Manifest:
    """The manifest at an address; InvalidValue with the reason when there is none that can be used. Slow.

    `networks`: those that may be asked though they are not public.
    """
    outgoing = Outgoing(networks, setting="WEBHOOK_ALLOWED_NETWORKS")
    try:
        answer = outgoing.get(url)
    except NoAnswer as error:
        raise InvalidValue(f"The manifest can't be read: {error}") from None
    if answer.status != 200:
        raise InvalidValue(f"The manifest can't be read: the answer is {answer.status}")
    manifest = read_manifest(answer.content, addon_webhooks.EVENTS)
    try:
        outgoing.check_address(manifest.base_url)
    except NoAnswer as error:
        raise InvalidValue(f"The manifest is wrong: baseUrl can't be called: {error}") from None
    for place, address in called_addresses(manifest).items():
        try:
            receivers.check_written(address, networks)
        except InvalidValue as error:
            raise InvalidValue(f"The manifest is wrong: {place} can't be called: {error.reason}") from None
    return manifest


def fetched_first(read: Read, networks: Sequence[str], url: str, *, box: SecretBox) -> Fetched:
    """The same for an add-on that is to be installed. `read`: runs a read of the database."""
    return Fetched(fetched(networks, url), addon_keys.first_key(read, box))


def list_addons(tx: ReadTx, page: Page) -> list[Addon]:
    """By key, one more than the page if there are more."""
    return store.list_addons(tx, limit=page.size + 1, offset=page.offset)


def list_open(tx: ReadTx, page: Page) -> list[Addon]:
    """Active ones with pages that the actor may open, by key, one more than the page if there are more."""
    is_admin = tx.actor.is_admin
    active = [one for one in store.list_addons(tx, limit=ADDONS_LIMIT) if one.status == Status.ACTIVE]
    found = [one for one in active if rules.open_components(one, is_admin=is_admin)]
    return found[page.offset : page.offset + page.size + 1]


def get_addon(tx: ReadTx, addon_id: str) -> Addon:
    """NotFound when there is none."""
    found: Addon = tx.get(store.ADDON, addon_id)
    return found


def held_addon(tx: Tx, addon_id: str) -> Addon:
    """The same, held until the end of the transaction."""
    found: Addon = tx.get(store.ADDON, addon_id, locked=True)
    return found


def install(tx: Tx, url: str, found: Fetched, *, box: SecretBox) -> Addon:
    """InvalidValue when the add-on is installed here already, LimitReached when there are too many."""
    manifest = found.manifest
    tx.hold_revision()  # nobody else installs one here meanwhile: the count stands
    if store.find_by_key(tx, manifest.key) is not None:
        raise InvalidValue(f"The add-on {manifest.key} is already installed")
    if store.count(tx) >= ADDONS_LIMIT:
        raise LimitReached(ADDONS_LIMIT, "add-ons")
    addon = Addon(
        workspace_id=tx.workspace_id,
        id=tx.new_id(),
        user_id=str(tx.actor.id),
        key=manifest.key,
        name=manifest.name,
        manifest_url=url,
        manifest=encode_manifest(manifest),
        scopes=rules.scopes_of(manifest),
        status=Status.ACTIVE,
        setting_values="{}",
    )
    signer = Signer(addon_keys.keep_first(tx, found.made_key), box)
    store.insert(tx, addon, event="ADDON_INSTALLED")
    _declare_webhooks(tx, addon, signer, box=box)
    actions_calls.queue(tx, addon, LifecycleType.INSTALLED, body=_installed(tx, addon, signer), signer=signer, box=box)
    return addon


def _installed(tx: Tx, addon: Addon, signer: Signer) -> Any:
    """What the add-on is told of its installation: its tokens among it."""
    base_url = tx.facts.deployment.base_url
    about = _installation(addon)
    owner_id = owner_of(tx, tx.workspace_id)
    token = signer.bare(about)
    hooks = [
        {"authToken": token, "path": hook.path, "webhookType": "ADDON"}
        for hook in rules.hooks_of(addon.parsed).values()
    ]
    head = {"addonId": addon.id, "workspaceId": addon.workspace_id, "asUser": owner_id}
    auth_token = signer.installation(about, owner_id, base_url=base_url)
    return rules_calls.installed_body(head, auth_token, api_url=base_url + "/api", webhooks=hooks)


def set_status(tx: Tx, addon_id: str, status: Status, *, box: SecretBox) -> Addon:
    """An inactive add-on's tokens are refused and its webhooks are silent."""
    before = held_addon(tx, addon_id)
    after = msgspec.structs.replace(before, status=status)
    if not tx.update(store.ADDON, before, after, event="ADDON_STATUS_CHANGED", subject=before.user_id):
        return before
    addon_webhooks.set_enabled(tx, addon_id, enabled=status == Status.ACTIVE)
    body = {"addonId": addon_id, "workspaceId": tx.workspace_id, "status": status.value}
    actions_calls.queue(tx, after, LifecycleType.STATUS_CHANGED, body=body, signer=signer_of(tx, box), box=box)
    return after


def refresh(tx: Tx, addon_id: str, found: Manifest, *, box: SecretBox) -> Addon:
    """Takes over a manifest that was read again: name, scopes, webhooks, components, settings that are still there."""
    before = held_addon(tx, addon_id)
    rules.check_same(before, found)
    after = msgspec.structs.replace(
        before,
        name=found.name,
        manifest=encode_manifest(found),
        scopes=rules.scopes_of(found),
        setting_values=rules.encode(rules.kept_values(before.values, found)),
    )
    if tx.update(store.ADDON, before, after, event="ADDON_UPDATED", subject=before.user_id):
        _declare_webhooks(tx, after, signer_of(tx, box), box=box)
    return after


def uninstall(tx: Tx, addon_id: str, *, box: SecretBox) -> None:
    """All its tokens die, its webhooks go; it is told so."""
    addon = held_addon(tx, addon_id)
    webhooks.delete_of_addon(tx, addon_id)
    tx.delete(store.ADDON, addon, event="ADDON_UNINSTALLED", subject=addon.user_id)
    actions_calls.cancel(tx, addon_id)
    body = rules_calls.deleted_body(addon_id, tx.workspace_id, owner_of(tx, tx.workspace_id))
    actions_calls.queue(tx, addon, LifecycleType.DELETED, body=body, signer=signer_of(tx, box), box=box)


def signer_of(tx: ReadTx, box: SecretBox) -> Signer:
    """Signs with the key in force. There is one wherever an add-on is installed."""
    return Signer(addon_keys.list_keys(tx)[0], box)


def _declare_webhooks(tx: Tx, addon: Addon, signer: Signer, *, box: SecretBox) -> None:
    of = addon_webhooks.Declared(addon.id, addon.user_id, signer.bare(_installation(addon)))
    is_active = addon.status == Status.ACTIVE
    addon_webhooks.declare(tx, of, list(rules.hooks_of(addon.parsed)), box=box, enabled=is_active)


def _installation(addon: Addon) -> Installation:
    return Installation(addon.key, addon.workspace_id, addon.id)
