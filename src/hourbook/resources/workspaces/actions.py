"""The verbs of workspaces: settings, currencies, members, roles.

An action looks things up, lets the rules decide and writes through `tx`. It has no effect outside
of its transaction, because it may be run again.
"""

from collections import defaultdict
from itertools import chain
from typing import Any

import msgspec

from hourbook.access.actors import Actor
from hourbook.core.errors import InvalidValue, NotFound
from hourbook.core.types import Role
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.rules import Level
from hourbook.resources.workspaces import rules, store
from hourbook.resources.workspaces.rules import (
    Currency,
    Member,
    MemberStatus,
    RoleGrant,
    Workspace,
    WorkspaceDetails,
    WorkspaceSettings,
)

# --- the workspace itself ----------------------------------------------------------------------


def open_workspace(tx: Tx, name: str | None, *, currency: str = "USD", zone: str = "UTC") -> Workspace:
    """A new workspace with its default currency and nobody in it; the transaction goes on inside it."""
    settings = rules.encode_settings(WorkspaceSettings(time_zone=zone))
    code = rules.check_currency(currency)
    workspace = Workspace(tx.new_id(), rules.check_name(name), "", 0, None, code, settings)
    tx.start_workspace(workspace.id)
    tx.insert(store.WORKSPACE, workspace)
    tx.insert(store.CURRENCY, Currency(workspace.id, tx.new_id(), code, True))
    return workspace


def create_workspace(tx: Tx, name: str | None, *, owner_id: str, currency: str = "USD") -> Workspace:
    """A new workspace owned by an existing account."""
    workspace = open_workspace(tx, name, currency=currency, zone=tx.actor.zone)
    add_owner(tx, owner_id)
    return workspace


def add_owner(tx: Tx, user_id: str) -> None:
    """Makes the account the active member that owns this (new) workspace."""
    _join(tx, user_id, MemberStatus.ACTIVE)
    _grant(tx, user_id, Role.OWNER, entity_id=tx.workspace_id)


def get_workspace(tx: ReadTx) -> Workspace:
    """The workspace of this transaction."""
    found: Workspace = tx.get(store.WORKSPACE, tx.workspace_id)
    return found


def show_workspace(tx: ReadTx) -> WorkspaceDetails:
    """The workspace of this transaction with its currencies and all its members, as the actor may see it."""
    details = _details(tx, tx.actor.roles)
    rates.bring_up(tx, {Level.WORKSPACE: [details.workspace], Level.MEMBER: details.members})
    return details


def show_new_workspace(tx: ReadTx) -> WorkspaceDetails:
    """The same for its owner, whose request came from outside of it."""
    return _details(tx, frozenset({Role.OWNER}))


def _details(tx: ReadTx, roles: frozenset[Role]) -> WorkspaceDetails:
    workspace = get_workspace(tx)
    settings = rules.decode_settings(workspace.settings)
    currencies = tx.rows(store.LIST_CURRENCIES, workspace_ids=[tx.workspace_id])
    members = tx.rows(store.LIST_MEMBERS)
    return WorkspaceDetails(workspace, settings, currencies, members, rules.sight_of(settings, roles))


def list_workspaces(
    tx: ReadTx, user_id: str, roles: frozenset[Role] = frozenset(), *, address: str
) -> list[WorkspaceDetails]:
    """Workspaces the account is an active member of, oldest first, each as it may see it from that address.

    `roles`: only those where it holds one of them; an owner does not count as an admin here
    (roles.md section 1).
    """
    found = open_workspaces(tx, user_id, address=address)
    wanted = [one for one in found if not roles or found[one][1] & roles]
    currencies, members = defaultdict(list), defaultdict(list)
    for currency in tx.rows(store.LIST_CURRENCIES, workspace_ids=wanted):
        currencies[currency.workspace_id].append(currency)
    for member in tx.rows(store.LIST_MEMBERS_OF_WORKSPACES, workspace_ids=wanted):
        members[member.workspace_id].append(member)
    shown = {Level.WORKSPACE: [found[one][0] for one in wanted], Level.MEMBER: chain(*members.values())}
    rates.bring_up(tx, shown, wanted)
    listed = []
    for workspace_id in wanted:
        workspace, held = found[workspace_id]
        settings = rules.decode_settings(workspace.settings)
        sight = rules.sight_of(settings, held)
        listed.append(WorkspaceDetails(workspace, settings, currencies[workspace_id], members[workspace_id], sight))
    return listed


def open_workspaces(tx: ReadTx, user_id: str, *, address: str) -> dict[str, tuple[Workspace, frozenset[Role]]]:
    """Workspaces the acting account could enter from that address, oldest first, with the roles it holds there."""
    open_ids = [member.workspace_id for member in memberships_of(tx, user_id) if member.status is MemberStatus.ACTIVE]
    held = defaultdict(set)
    for grant in tx.rows(store.LIST_GRANTS_IN_WORKSPACES, workspace_ids=open_ids, user_id=user_id):
        held[grant.workspace_id].add(grant.role)
    rows = tx.rows(store.LIST_WORKSPACES, workspace_ids=open_ids)
    return {
        workspace.id: (workspace, frozenset(held[workspace.id]))
        for workspace in rows
        if rules.can_be_entered(workspace, address, now_us=tx.now_us)
        and _is_let_in(tx.actor, workspace, frozenset(held[workspace.id]))
    }


def _is_let_in(actor: Actor, workspace: Workspace, roles: frozenset[Role]) -> bool:
    """Whether the workspace asks for no more than how the acting account proved who it is (see http/pipeline.py)."""
    here: Actor = msgspec.structs.replace(actor, workspace_id=workspace.id, roles=roles)
    settings = rules.decode_settings(workspace.settings)
    if settings.multi_factor_enabled and here.lacks_second_factor:
        return False
    if settings.single_sign_on_required and here.lacks_single_sign_on:
        return False
    return actor.is_bound_to in (None, workspace.id)


def memberships_of(tx: ReadTx, user_id: str) -> list[Member]:
    """Memberships of one account in every workspace, oldest workspace first."""
    return tx.rows(store.LIST_MEMBERSHIPS_OF_USER, user_id=user_id)


def find_workspaces(tx: ReadTx, wanted: str | None = None) -> list[Workspace]:
    """Every workspace of the server, or those with this id or name. For the operator's commands alone."""
    found: list[Workspace] = tx.rows(store.LIST_ALL_WORKSPACES)
    return [workspace for workspace in found if wanted in (None, workspace.id, workspace.name)]


def get_settings(tx: ReadTx) -> WorkspaceSettings:
    """Its settings."""
    return rules.decode_settings(get_workspace(tx).settings)


def change_settings(tx: Tx, **changes: Any) -> WorkspaceSettings:
    """Replaces some settings (snake_case names); InvalidValue for an unknown name or a wrong value."""
    before: Workspace = tx.get(store.WORKSPACE, tx.workspace_id, locked=True)
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


def get_member(tx: ReadTx, user_id: str, *, locked: bool = False) -> Member:
    """NotFound when the account is not in this workspace."""
    found = store.find_member(tx, user_id, locked=locked)
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
    return _join(tx, user_id, status)


def _join(tx: Tx, user_id: str, status: MemberStatus) -> Member:
    keys = store.find_account_keys(tx, user_id)
    if keys is None:
        raise NotFound("User")
    member = Member(tx.workspace_id, user_id, MemberStatus(status), None, None, **keys)
    tx.insert(store.MEMBER, member, event=rules.status_event(None, member.status), subject=user_id)
    return member


def invite_member(tx: Tx, user_id: str, *, may_be_pending: bool) -> Member:
    """Puts an account into the workspace, pending; somebody who declined may be asked again.

    InvalidValue for a member, and for somebody who has not answered yet unless `may_be_pending`.
    """
    before = store.find_member(tx, user_id, locked=True)
    if before is None:
        return _join(tx, user_id, MemberStatus.PENDING)
    if not rules.may_be_invited(before.status, may_be_pending=may_be_pending):
        raise InvalidValue("User is already a member of the workspace")
    return _set_status(tx, before, MemberStatus.PENDING)


def answer_invitation(tx: Tx, user_id: str, *, accepts: bool) -> None:
    """What somebody invited says: in, or not. Who is in already stays; who does not come has no roles."""
    before = get_member(tx, user_id, locked=True)
    if accepts:
        if not rules.may_accept(before.status):
            raise InvalidValue("This invitation can't be accepted any more")
        _set_status(tx, before, MemberStatus.ACTIVE)
    elif before.status is MemberStatus.PENDING:
        _set_status(tx, before, MemberStatus.DECLINED)
        gone = grants_of(tx, user_id)
        tx.delete_many(store.ROLE, gone, subject=user_id)
        store.rank_members(tx, [user_id])


def _set_status(tx: Tx, before: Member, status: MemberStatus) -> Member:
    after = msgspec.structs.replace(before, status=status)
    tx.update(store.MEMBER, before, after, event=rules.status_event(before.status, status), subject=before.user_id)
    return after


def change_member_status(tx: Tx, user_id: str, status: MemberStatus) -> Member:
    """Activates or deactivates; nobody the owner, only the owner an admin."""
    before = get_member(tx, user_id, locked=True)
    roles = frozenset(grant.role for grant in grants_of(tx, user_id))
    rules.check_status_change(roles, status, by_owner=tx.actor.is_owner)
    after = msgspec.structs.replace(before, status=status)
    tx.update(store.MEMBER, before, after, event=rules.status_event(before.status, status), subject=user_id)
    return after


def close_memberships(tx: Tx, user_id: str) -> None:
    """Deactivates an account that is closed in every workspace it is in."""
    for before in memberships_of(tx, user_id):
        if before.status is not MemberStatus.INACTIVE:
            with tx.inside(before.workspace_id):
                _set_status(tx, before, MemberStatus.INACTIVE)


def follow_account(tx: Tx, user_id: str, *, email: str, name: str | None, status: str) -> None:
    """Repeats an account's changed e-mail, name and status on its memberships, in every workspace it is in."""
    keys = store.account_keys(email, name, status=status)
    here = tx.workspace_id
    for before in memberships_of(tx, user_id):
        after = msgspec.structs.replace(before, **keys)
        # Where the account's own change is journaled, that has the event.
        is_news = before.workspace_id != here and before.status is MemberStatus.ACTIVE
        with tx.inside(before.workspace_id):
            tx.update(store.MEMBER, before, after, event="USER_UPDATED" if is_news else None, subject=user_id)


# --- roles -------------------------------------------------------------------------------------


def grant_role(tx: Tx, user_id: str, role: Role, *, entity_id: str, source_type: str = "") -> RoleGrant:
    """Gives a role for an entity (workspace, project, managed person or group); twice changes nothing."""
    found = store.find_grant(tx, user_id, role, entity_id=entity_id)
    if found is not None:
        return found
    if not rules.is_entity_of(role, entity_id, tx.workspace_id):
        raise InvalidValue(f"The role {role.value} can't be held for this entity")
    return _grant(tx, user_id, role, entity_id=entity_id, source_type=source_type)


def grant_over_new(tx: Tx, user_id: str, project_id: str) -> RoleGrant:
    """Whoever makes a project manages it; nobody can hold that role yet."""
    return _grant(tx, user_id, Role.PROJECT_MANAGER, entity_id=project_id)


def _grant(tx: Tx, user_id: str, role: Role, *, entity_id: str, source_type: str = "") -> RoleGrant:
    grant = RoleGrant(tx.workspace_id, tx.new_id(), user_id, role, entity_id, source_type)
    tx.insert(store.ROLE, grant, subject=user_id)
    return grant


def revoke_role(tx: Tx, user_id: str, role: Role, *, entity_id: str) -> None:
    """Takes a role away; NotFound when the person does not hold it."""
    found = store.find_grant(tx, user_id, role, entity_id=entity_id)
    if found is None:
        raise NotFound("Role")
    tx.delete(store.ROLE, found, subject=user_id)


@reacts_to("ROLE", "insert")
@reacts_to("ROLE", "update")
@reacts_to("ROLE", "delete")
def _rank_member(tx: Tx, before: RoleGrant | None, after: RoleGrant | None) -> None:
    store.rank_members(tx, [grant.user_id for grant in (before, after) if grant is not None])


def rank_again(tx: Tx, user_ids: list[str]) -> None:
    """Writes anew by which role people are sorted."""
    store.rank_members(tx, user_ids)


def revoke_roles_of(tx: Tx, entity_id: str) -> None:
    """Takes away every role held for an entity that goes."""
    gone = tx.rows(store.LIST_GRANTS_OF_ENTITY, entity_id=entity_id)
    tx.delete_many(store.ROLE, gone, cascade=True)
    if gone:
        store.rank_members(tx, [grant.user_id for grant in gone])


def grants_of(tx: ReadTx, user_id: str) -> list[RoleGrant]:
    """Roles of one person in this workspace."""
    return list_grants(tx, {user_id})


def list_grants(tx: ReadTx, user_ids: set[str]) -> list[RoleGrant]:
    """Roles of these people in this workspace, by person, then in the order they were given."""
    return tx.rows(store.LIST_GRANTS_OF_USERS, user_ids=sorted(user_ids))


def grants_for(tx: ReadTx, entity_id: str) -> list[RoleGrant]:
    """Who holds which role for an entity."""
    return tx.rows(store.LIST_GRANTS_OF_ENTITY, entity_id=entity_id)
