"""The verbs of calls of the lifecycle: queueing one with the change that causes it, and what the worker does with it.

A call is queued in the transaction of its cause, complete with its token, so it goes out if and only if that is
committed. A call that never arrives leaves the add-on as it is; whoever administers it sees why.
"""

from typing import Any

import msgspec

from hourbook.access.addon_tokens import Installation, Signer
from hourbook.access.secrets import SecretBox
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons import rules, rules_calls, store_calls
from hourbook.resources.addons.rules import Addon
from hourbook.resources.addons.rules_calls import Call, CallState
from hourbook.resources.addons.rules_manifest import LifecycleType

PURPOSE = "addon_calls.content"
SHOWN_LIMIT = 20


class Waiting(msgspec.Struct, frozen=True):
    """What a call that waits is about. `workspace_id`: its row's; the server's own when the workspace goes."""

    workspace_id: str
    addon_id: str
    type: LifecycleType


def queue(tx: Tx, addon: Addon, type_: LifecycleType, *, body: dict[str, Any], signer: Signer, box: SecretBox) -> None:
    """One call for each path that the manifest has for this type; none when it has none.

    Settings are told whole: of those that wait only the newest is sent, so that an add-on that changes its settings
    all the time, or is away for days, fills no table.
    """
    urls = rules.paths_of(addon.parsed, type_)
    if type_ is LifecycleType.SETTINGS_UPDATED and urls:
        store_calls.supersede(tx, addon.id, type_.value)
    token = signer.bare(Installation(addon.key, addon.workspace_id, addon.id)) if urls else ""
    for url in urls:
        content = box.encrypt(rules_calls.encode_content(token, body), PURPOSE)
        put(tx, Waiting(addon.workspace_id, addon.id, type_), url=url, content=content)


def put(tx: Tx, waiting: Waiting, *, url: str, content: bytes) -> None:
    """Has the worker send a call whose content is made."""
    store_calls.CALLS.insert(
        tx,
        Call(
            workspace_id=waiting.workspace_id,
            id=tx.new_id(),
            addon_id=waiting.addon_id,
            type=waiting.type.value,
            url=url,
            content=content,
            state=CallState.QUEUED,
            attempts=0,
            next_try_at_us=tx.now_us,
            reason="",
            created_at_us=tx.now_us,
            updated_at_us=tx.now_us,
        ),
    )


def cancel(tx: Tx, addon_id: str) -> None:
    """Nothing that waits is sent any more."""
    store_calls.cancel(tx, addon_id, "the add-on was uninstalled")


def list_of_addon(tx: ReadTx, addon_id: str) -> list[Call]:
    """The last ones, the newest first."""
    return store_calls.list_of_addon(tx, addon_id, SHOWN_LIMIT)


def is_due(tx: ReadTx) -> bool:
    """Whether a call waits to be sent now."""
    return store_calls.CALLS.is_due(tx)


def release(tx: Tx, holder: str) -> int:
    """Ends the leases of a server's earlier worker, which is gone for certain; returns how many."""
    return store_calls.CALLS.release(tx, holder)


def lease_due(tx: Tx, limit: int, *, holder: str = "") -> list[Call]:
    """Takes calls that are due; until the lease ends nobody else gets them. `attempts` says which lease it is."""
    return store_calls.CALLS.lease_due(tx, limit, until_us=rules_calls.lease_until_us(tx.now_us), holder=holder)


def settle(tx: Tx, workspace_id: str, call_id: str, *, attempts: int, reason: str, is_final: bool) -> bool:
    """Notes what became of a leased call; no `reason`: it arrived. False when the lease was not the newest."""
    settled = rules_calls.settled(reason, attempts=attempts, is_final=is_final, now_us=tx.now_us)
    return store_calls.settle(tx, workspace_id, call_id, attempts=attempts, settled=settled)


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes calls that were over before an instant; returns how many, 0 when none is left."""
    return store_calls.CALLS.forget_over(tx, before_us, limit)
