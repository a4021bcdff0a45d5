"""The verbs of a workspace that goes for good: its add-ons are told DELETED, when nothing of it is left to tell them.

Their calls wait in the name of the server, so they outlive the workspace. An add-on's row goes in the transaction
that queues its call: each is told at least once, and for none is a call queued twice, however often this is begun.
"""

from collections.abc import Sequence

import msgspec

from hourbook.access import addon_keys
from hourbook.access.addon_actors import owner_of
from hourbook.access.addon_keys import SigningKey
from hourbook.access.addon_tokens import Installation, Signer
from hourbook.access.secrets import SecretBox
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons import actions, actions_calls, rules, rules_calls, store, store_calls
from hourbook.resources.addons.rules import Addon
from hourbook.resources.addons.rules_manifest import LifecycleType
from hourbook.resources.workspaces import actions_ownership as workspaces


class Leaving(msgspec.Struct, frozen=True):
    """Add-ons of a workspace that is to be deleted, who owns it, and the key that signs."""

    addons: list[Addon]
    owner_id: str
    key: SigningKey | None


class Farewell(msgspec.Struct, frozen=True):
    """A call as it will wait; `content` is encrypted."""

    addon_id: str
    url: str
    content: bytes


def list_leaving(tx: ReadTx) -> Leaving:
    """Those that want to be told."""
    found = store.list_addons(tx, limit=actions.ADDONS_LIMIT)
    wanting = [addon for addon in found if rules.paths_of(addon.parsed, LifecycleType.DELETED)]
    keys = addon_keys.list_keys(tx) if wanting else []
    return Leaving(wanting, owner_of(tx, tx.workspace_id), keys[0] if keys else None)


def sealed(leaving: Leaving, box: SecretBox) -> list[Farewell]:
    """The calls, signed and encrypted. Slow: not for a transaction. SecretsUnavailable when the key cannot be read."""
    if leaving.key is None:
        return []
    signer = Signer(leaving.key, box)
    return [call for addon in leaving.addons for call in _farewells(addon, leaving.owner_id, signer=signer, box=box)]


def take_leave(tx: Tx, calls: Sequence[Farewell]) -> int:
    """Queues the calls of add-ons that are still there, and takes those away; how many add-ons.

    Nothing happens in a workspace whose waiting time is not over. A DELETED that waits already outlives it, too.
    """
    if not workspaces.is_over(tx):
        return 0
    store_calls.keep_farewells(tx)
    there = {addon.id for addon in store.list_addons(tx, limit=actions.ADDONS_LIMIT)}
    for call in calls:
        if call.addon_id in there:
            waiting = actions_calls.Waiting(rules_calls.SERVER_ID, call.addon_id, LifecycleType.DELETED)
            actions_calls.put(tx, waiting, url=call.url, content=call.content)
    told = there & {call.addon_id for call in calls}
    store.forget(tx, sorted(told))
    return len(told)


def _farewells(addon: Addon, owner_id: str, *, signer: Signer, box: SecretBox) -> list[Farewell]:
    token = signer.bare(Installation(addon.key, addon.workspace_id, addon.id))
    body = rules_calls.deleted_body(addon.id, addon.workspace_id, owner_id)
    content = rules_calls.encode_content(token, body)
    urls = rules.paths_of(addon.parsed, LifecycleType.DELETED)
    return [Farewell(addon.id, url, box.encrypt(content, actions_calls.PURPOSE)) for url in urls]
