"""The verbs of owning a workspace and of leaving it: hand over, take somebody out, go oneself, delete it.

Somebody who goes loses the membership with its rates and roles; what they tracked stays with their
name. Later slices take them off their own things by reaction (`MEMBER`, `delete`).
"""

import msgspec

from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.types import Role
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.workspaces import actions, rules_ownership, store, store_deletion
from hourbook.resources.workspaces.rules import Member, Workspace


def transfer_ownership(tx: Tx, user_id: str | None) -> None:
    """Makes an active member the owner and the owner an admin."""
    _lock(tx)
    owner_id = str(tx.actor.id)
    mine = store.find_grant(tx, owner_id, Role.OWNER, entity_id=tx.workspace_id)
    if mine is None:
        # Handed over by another request since this one began.
        raise AccessDenied
    member = actions.get_member(tx, user_id or "", locked=True)
    status = store_deletion.account_status(tx, member.user_id)
    rules_ownership.check_new_owner(member.status, status, is_owner=member.user_id == owner_id)
    admin = store.find_grant(tx, member.user_id, Role.WORKSPACE_ADMIN, entity_id=tx.workspace_id)
    tx.update(store.ROLE, mine, msgspec.structs.replace(mine, user_id=member.user_id), subject=member.user_id)
    if admin is None:
        actions.grant_role(tx, owner_id, Role.WORKSPACE_ADMIN, entity_id=tx.workspace_id)
    else:
        # An owner needs no other role: the two change places.
        tx.update(store.ROLE, admin, msgspec.structs.replace(admin, user_id=owner_id), subject=owner_id)


def remove_member(tx: Tx, user_id: str) -> None:
    """Takes somebody out of the workspace; nobody the owner, only the owner an admin."""
    if user_id == tx.actor.id:
        raise InvalidValue("To leave a workspace oneself there is an operation of its own")
    _lock(tx)
    member = actions.get_member(tx, user_id, locked=True)
    rules_ownership.check_removal(_roles(tx, user_id), by_owner=tx.actor.is_owner)
    _take_out(tx, member)


def leave(tx: Tx) -> None:
    """The actor goes; InvalidValue for the owner."""
    _lock(tx)
    member = actions.get_member(tx, str(tx.actor.id), locked=True)
    rules_ownership.check_leaving(_roles(tx, member.user_id))
    _take_out(tx, member)


def _take_out(tx: Tx, member: Member) -> None:
    tx.delete(store.MEMBER, member, event="USER_DELETED_FROM_WORKSPACE", subject=member.user_id)


@reacts_to("MEMBER", "delete")
def _forget_roles(tx: Tx, member: Member, _: None) -> None:
    """Those held by somebody who went, and those held over them."""
    tx.delete_many(store.ROLE, actions.grants_of(tx, member.user_id), cascade=True)
    actions.revoke_roles_of(tx, member.user_id)


def _roles(tx: ReadTx, user_id: str) -> frozenset[Role]:
    return frozenset(grant.role for grant in actions.grants_of(tx, user_id))


def _lock(tx: Tx) -> Workspace:
    """Owners change and people go one after the other, so that there is always exactly one owner."""
    found: Workspace = tx.get(store.WORKSPACE, tx.workspace_id, locked=True)
    return found


# --- deleting the whole ------------------------------------------------------------------------


def schedule_deletion(tx: Tx, name: str | None) -> Workspace:
    """The workspace goes for good after the waiting time; InvalidValue unless its name is repeated."""
    before = _lock(tx)
    rules_ownership.check_deletion(before, name)
    at_us = rules_ownership.deletes_at_us(tx.now_us, tx.facts.deployment.workspace_deletion_days)
    after = msgspec.structs.replace(before, deletes_at_us=at_us)
    tx.update(store.WORKSPACE, before, after)
    return after


def cancel_deletion(tx: Tx) -> Workspace:
    """The workspace stays; nothing happens when nobody wished it gone."""
    before = _lock(tx)
    after = msgspec.structs.replace(before, deletes_at_us=None)
    tx.update(store.WORKSPACE, before, after)
    return after


def due_workspaces(tx: ReadTx) -> list[str]:
    """Ids of the workspaces whose waiting time is over; for the janitor, which then calls `erase_portion` on each."""
    return store_deletion.due_workspaces(tx)


def close_now(tx: Tx) -> None:
    """Ends the waiting time at once; for the operator."""
    before = _lock(tx)
    tx.update(store.WORKSPACE, before, msgspec.structs.replace(before, deletes_at_us=tx.now_us))


def is_over(tx: Tx) -> bool:
    """Whether the waiting time of the transaction's workspace is; it stays so until the transaction ends."""
    return store_deletion.is_due(tx)


def erase_portion(tx: Tx, rows: int = 5000) -> int:
    """Deletes about so many rows of the transaction's workspace, from all tables; 0 once there is nothing to do.

    Bulk work: one call a transaction, again and again until it says 0. Nothing is journaled, for the
    journal goes too. A workspace whose waiting time is not over, or was called off meanwhile, stays as it is.
    """
    return store_deletion.erase_portion(tx, rows) if store_deletion.is_due(tx) else 0
