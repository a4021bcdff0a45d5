"""The verbs of workspaces: settings, currencies, members, roles."""

from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue, NotFound
from hourbook.core.types import Role
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.workspaces import rules, store
from hourbook.resources.workspaces.rules import (
    Currency,
    Member,
    MemberStatus,
    RoleGrant,
    Workspace,
    WorkspaceSettings,
)

# --- the workspace itself ----------------------------------------------------------------------


def open_workspace(tx: Tx, name: str | None, *, currency: str = "USD") -> Workspace:
    """A new workspace with its default currency and nobody in it; the transaction goes on inside it."""
    settings = rules.encode_settings(WorkspaceSettings())
    code = rules.check_currency(currency)
    workspace = Workspace(tx.new_id(), rules.check_name(name), "", 0, None, code, settings)
    tx.start_workspace(workspace.id)
    tx.insert(store.WORKSPACE, workspace)
    tx.insert(store.CURRENCY, Currency(workspace.id, tx.new_id(), code, True))
    return workspace


def create_workspace(tx: Tx, name: str | None, *, owner_id: str, currency: str = "USD") -> Workspace:
    """A new workspace owned by an existing account."""
    workspace = open_workspace(tx, name, currency=currency)
    add_owner(tx, owner_id)
    return workspace


def add_owner(tx: Tx, user_id: str) -> None:
    """Makes the account the active member that owns this (new) workspace."""
    add_member(tx, user_id)
    grant_role(tx, user_id, Role.OWNER, tx.workspace_id)


def get_workspace(tx: ReadTx) -> Workspace:
    """The workspace of this transaction."""
    found: Workspace = tx.get(store.WORKSPACE, tx.workspace_id)
    return found


def get_settings(tx: ReadTx) -> WorkspaceSettings:
    """Its settings."""
    return rules.decode_settings(get_workspace(tx).settings)


def change_settings(tx: Tx, **changes: Any) -> WorkspaceSettings:
    """Replaces some settings (snake_case names); InvalidValue for an unknown name or a wrong value."""
    before = get_workspace(tx)
    settings = rules.changed_settings(rules.decode_settings(before.settings), changes)
    tx.update(store.WORKSPACE, before, msgspec.structs.replace(before, settings=rules.encode_settings(settings)))
    return settings


# --- currencies --------------------------------------------------------------------------------


def default_currency(tx: ReadTx) -> Currency:
    """The currency of everything that names none."""
    found = store.default_currency(tx)
    if found is None:
        raise NotFound("Currency")
    return found


def get_currency(tx: ReadTx, currency_id: str) -> Currency:
    """NotFound when the workspace has no such currency."""
    found: Currency = tx.get(store.CURRENCY, currency_id)
    return found


def find_currencies(tx: ReadTx, currency_ids: set[str]) -> dict[str, Currency]:
    """By id, as many as there are."""
    return tx.find_many(store.CURRENCY, sorted(currency_ids))


# --- members -----------------------------------------------------------------------------------


def find_member(tx: ReadTx, user_id: str) -> Member | None:
    """The membership whatever its status; None when there is none."""
    return store.find_member(tx, user_id)


def get_member(tx: ReadTx, user_id: str) -> Member:
    """NotFound when the account is not in this workspace."""
    found = store.find_member(tx, user_id)
    if found is None:
        raise NotFound("User")
    return found


def members_of(tx: ReadTx, user_ids: set[str] | None = None) -> dict[str, Member]:
    """Members by user id: those asked for as far as they exist, or all."""
    if user_ids is None:
        rows = tx.rows(store.LIST_MEMBERS)
    else:
        rows = tx.rows(store.LIST_SOME_MEMBERS, user_ids=sorted(user_ids))
    return {member.user_id: member for member in rows}


def add_member(tx: Tx, user_id: str, status: MemberStatus = MemberStatus.ACTIVE) -> Member:
    """Puts an account into the workspace; InvalidValue when it is there already."""
    if store.find_member(tx, user_id) is not None:
        raise InvalidValue("User is already a member of the workspace")
    keys = store.find_account_keys(tx, user_id)
    if keys is None:
        raise NotFound("User")
    member = Member(tx.workspace_id, user_id, MemberStatus(status), None, None, *keys)
    tx.insert(store.MEMBER, member, event=rules.status_event(None, member.status), subject=user_id)
    return member


def change_member_status(tx: Tx, user_id: str, status: MemberStatus) -> Member:
    """Activates or deactivates; nobody the owner, only the owner an admin."""
    before = get_member(tx, user_id)
    roles = frozenset(grant.role for grant in grants_of(tx, user_id))
    rules.check_status_change(roles, status, by_owner=tx.actor.is_owner)
    after = msgspec.structs.replace(before, status=status)
    tx.update(store.MEMBER, before, after, event=rules.status_event(before.status, status), subject=user_id)
    return after


# --- roles -------------------------------------------------------------------------------------


def grant_role(tx: Tx, user_id: str, role: Role, entity_id: str) -> RoleGrant:
    """Gives a role for an entity (workspace, project or managed person); granting it twice changes nothing."""
    found = store.find_grant(tx, user_id, role, entity_id)
    if found is not None:
        return found
    if not rules.is_entity_of(role, entity_id, tx.workspace_id):
        raise InvalidValue(f"The role {role.value} can't be held for this entity")
    grant = RoleGrant(tx.workspace_id, tx.new_id(), user_id, role, entity_id)
    tx.insert(store.ROLE, grant, subject=user_id)
    return grant


def revoke_role(tx: Tx, user_id: str, role: Role, entity_id: str) -> None:
    """Takes a role away; NotFound when the person does not hold it."""
    found = store.find_grant(tx, user_id, role, entity_id)
    if found is None:
        raise NotFound("Role")
    tx.delete(store.ROLE, found, subject=user_id)


def revoke_roles_of(tx: Tx, entity_id: str) -> None:
    """Takes away every role held for an entity that goes."""
    tx.delete_many(store.ROLE, tx.rows(store.LIST_GRANTS_OF_ENTITY, entity_id=entity_id), cascade=True)


def grants_of(tx: ReadTx, user_id: str) -> list[RoleGrant]:
    """Roles of one person in this workspace."""
    return list_grants(tx, {user_id})


def list_grants(tx: ReadTx, user_ids: set[str]) -> list[RoleGrant]:
    """Roles of these people in this workspace, by person, then in the order they were given."""
    return tx.rows(store.LIST_GRANTS_OF_USERS, user_ids=sorted(user_ids))


def grants_for(tx: ReadTx, entity_id: str) -> list[RoleGrant]:
    """Who holds which role for an entity."""
    return tx.rows(store.LIST_GRANTS_OF_ENTITY, entity_id=entity_id)
