"""The verbs of an add-on's settings: showing them and changing them, for the add-on itself and for people.

Values may be secrets of other services: they stand in the row of the add-on alone, and in the call that tells it.
"""

from collections.abc import Sequence

import msgspec

from hourbook.access.secrets import SecretBox
from hourbook.core.errors import InvalidValue
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons import actions, actions_calls, rules, store
from hourbook.resources.addons.rules import Change
from hourbook.resources.addons.rules_manifest import LifecycleType, SettingsTree

ONLY_ADDONS = "Only an add-on with its token can ask this"


def own_id(tx: ReadTx) -> str:
    """The add-on that acts; InvalidValue for somebody who is none."""
    if tx.actor.addon is None:
        raise InvalidValue(ONLY_ADDONS)
    return str(tx.actor.addon.id)


def show(tx: ReadTx, addon_id: str) -> SettingsTree:
    """The settings with their values, as far as the actor may see them."""
    return rules.shown_tree(actions.get_addon(tx, addon_id), is_admin=tx.actor.is_admin)


def change(tx: Tx, addon_id: str, changes: Sequence[Change], *, box: SecretBox) -> None:
    """Sets values; the add-on is told all of its settings when one is another now."""
    before = actions.held_addon(tx, addon_id)
    is_addon = tx.actor.addon is not None
    values = rules.changed_values(before, changes, is_admin=tx.actor.is_admin, is_addon=is_addon)
    after = msgspec.structs.replace(before, setting_values=rules.encode(values))
    if not tx.update(store.ADDON, before, after, event="ADDON_SETTINGS_UPDATED", subject=before.user_id):
        return
    told = msgspec.to_builtins(rules.flattened(after))
    body = {"workspaceId": tx.workspace_id, "addonId": addon_id, "settings": told}
    signer = actions.signer_of(tx, box)
    actions_calls.queue(tx, after, LifecycleType.SETTINGS_UPDATED, body=body, signer=signer, box=box)
