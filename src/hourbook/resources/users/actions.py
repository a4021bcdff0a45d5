"""The verbs of accounts and the people of a workspace.

An action looks things up, lets the rules decide and writes through `tx`. It has no effect outside
of its transaction, because it may be run again.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NotRequired, TypedDict, Unpack

import msgspec

from hourbook.core.errors import InvalidValue, MemberCannotBeRemoved, NameTaken, NotFound
from hourbook.core.types import Page, Role
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.custom_fields import actions as custom_fields
from hourbook.resources.custom_fields.rules import UserValue
from hourbook.resources.users import rules, store, store_people
from hourbook.resources.users.rules import (
    AccountStatus,
    MembershipsWanted,
    PeopleFilter,
    Person,
    RoleEntity,
    User,
)
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.actions_rates import bring_up_memberships
from hourbook.resources.workspaces.rules import (
    Membership,
    MembershipType,
    MemberStatus,
    RoleGrant,
    Sight,
    Workspace,
    WorkspaceDetails,
    decode_settings,
    membership_of,
    sight_of,
)

Memberships = dict[str, list[Membership]]


class NewAccount(TypedDict):
    """What `create_user` takes; see there."""

    email: str
    name: str | None
    password_hash: NotRequired[str | None]
    zone: NotRequired[str]


# --- accounts ----------------------------------------------------------------------------------


def create_user(
    tx: Tx, email: str | None, *, name: str | None, password_hash: str | None = None, zone: str = "UTC"
) -> User:
    """A new account whose active workspace is the transaction's; it is no member there yet.

    NameTaken when the address has an account already.
    """
    user = User(
        id=tx.new_id(),
        email=_free_email(tx, email),
        name=rules.check_name(name),
        status=AccountStatus.ACTIVE,
        password_hash=password_hash,
        profile_picture="",
        settings=_first_settings(tx, zone),
        active_workspace_id=tx.workspace_id,
        default_workspace_id=tx.workspace_id,
    )
    tx.insert(store.USER, user, subject=user.id)
    return user


def _first_settings(tx: ReadTx, zone: str) -> str:
    """The stored settings of a new account; its weeks begin as those of the workspace it is made in."""
    week_start = workspaces.get_settings(tx).week_start
    return rules.encode_settings(rules.new_settings(zone, week_start))


def create_owner(
    tx: Tx, *, workspace_name: str, currency: str = "USD", **account: Unpack[NewAccount]
) -> tuple[User, Workspace]:
    """A new account with a workspace of its own; NameTaken when the address has an account already."""
    zone = account.get("zone", "UTC")
    workspace = workspaces.open_workspace(tx, workspace_name, currency=currency, zone=zone)
    user = create_user(tx, **account)
    workspaces.add_owner(tx, user.id)
    return user, workspace


def create_member(
    tx: Tx,
    email: str,
    *,
    name: str | None,
    role: Role | None = None,
    password_hash: str | None = None,
    zone: str = "UTC",
) -> User:
    """Makes somebody an active member of this workspace, as an admin when `role` says so.

    The account is made when there is none; one that was only invited is registered. An account
    in use keeps its name, password and zone. InvalidValue for somebody who is an active member.
    """
    account = NewAccount(email=email, name=name, password_hash=password_hash, zone=zone)
    user = find_user_by_email(tx, email)
    if user is None:
        user = create_user(tx, **account)
    elif user.status is AccountStatus.NOT_REGISTERED:
        user = register(tx, user, **account)
    member = workspaces.find_member(tx, user.id)
    if member is None or member.status is MemberStatus.ACTIVE:
        workspaces.add_member(tx, user.id)
    else:
        workspaces.change_member_status(tx, user.id, MemberStatus.ACTIVE)
    if role is not None:
        workspaces.grant_role(tx, user.id, role, entity_id=tx.workspace_id)
    return user


def register(tx: Tx, user: User, **account: Unpack[NewAccount]) -> User:
    """Turns an account that was only invited into one somebody can use; its address stays as it is."""
    after = msgspec.structs.replace(
        user,
        name=rules.check_name(account["name"]),
        status=AccountStatus.ACTIVE,
        password_hash=account.get("password_hash"),
        settings=_first_settings(tx, account.get("zone", "UTC")),
    )
    tx.update(store.USER, user, after, subject=user.id)
    return after


@reacts_to("USER", "update")
def _repeat_account(tx: Tx, before: User, after: User) -> None:
    """Memberships repeat what their lists are sorted and narrowed by."""
    if (before.email, before.name, before.status) != (after.email, after.name, after.status):
        key = store.email_key_of(after)
        workspaces.follow_account(tx, after.id, email=key, name=after.name, status=str(after.status))


def invite(tx: Tx, email: str | None, *, sends_mail: bool = True) -> User:
    """Invites whoever has this address; invitations make the link by reaction.

    InvalidValue when it is a member already, or has not answered yet.
    """
    user = place_guest(tx, email, may_be_pending=False)
    tx.announce("MEMBER", "invite", before=None, after=rules.Guest(user, sends_mail))
    return user


def place_guest(tx: Tx, email: str | None, *, may_be_pending: bool) -> User:
    """Puts the account of an address into the workspace, pending; makes one when there is none."""
    address = rules.check_email(email)
    user = store.find_user_by_email(tx, address)
    if user is None:
        home = tx.workspace_id
        user = User(tx.new_id(), address, None, AccountStatus.NOT_REGISTERED, None, "", None, home, home)
        tx.insert(store.USER, user, subject=user.id)
    workspaces.invite_member(tx, user.id, may_be_pending=may_be_pending)
    return user


def get_user(tx: ReadTx, user_id: str) -> User:
    """NotFound when there is no such account."""
    found = store.find_user(tx, user_id)
    if found is None:
        raise NotFound("User")
    return found


def find_user_by_email(tx: ReadTx, email: str) -> User | None:
    """The account with this address, compared without case."""
    return store.find_user_by_email(tx, email.strip())


def go_home(tx: Tx, user_id: str) -> None:
    """What happens to an account outside of workspaces is journaled in one it is in: its active one, else its oldest.

    For an account in no workspace there is no journal.
    """
    if not tx.workspace_id:
        tx.workspace_id = store.find_home(tx, user_id) or ""


def set_password(tx: Tx, user: User, password_hash: str) -> User:
    """Replaces the password's stored form."""
    after = msgspec.structs.replace(user, password_hash=password_hash)
    go_home(tx, user.id)
    tx.update(store.USER, user, after, subject=user.id)
    return after


def anonymise(tx: Tx, user: User, *, email: str, name: str) -> User:
    """Makes an account nobody's: closed, with this address and name, and nothing else of its person."""
    after = msgspec.structs.replace(
        user,
        email=email,
        name=name,
        status=AccountStatus.DELETED,
        password_hash=None,
        profile_picture="",
        settings=None,
    )
    tx.update(store.USER, user, after, subject=user.id)
    return after


def find_erased(tx: ReadTx, user_ids: Iterable[str]) -> set[str]:
    """Which of these accounts are nobody's any more."""
    found = tx.find_many(store.USER, user_ids)
    return {user.id for user in found.values() if user.status == AccountStatus.DELETED}


def is_guest(user: User) -> bool:
    """Whether somebody was only ever invited and never made the account their own."""
    return user.status is AccountStatus.NOT_REGISTERED


def note_second_factor(tx: Tx, user: User, *, is_on: bool) -> None:
    """Shows in the account's settings whether it signs in with a second factor."""
    settings = rules.decode_settings(user.settings) or rules.UserSettings()
    text = rules.encode_settings(msgspec.structs.replace(settings, multi_factor_enabled=is_on))
    go_home(tx, user.id)
    tx.update(store.USER, user, msgspec.structs.replace(user, settings=text), subject=user.id)


def _free_email(tx: ReadTx, email: str | None) -> str:
    address = rules.check_email(email)
    if store.find_user_by_email(tx, address) is not None:
        raise NameTaken("User", address)
    return address


# --- people ------------------------------------------------------------------------------------


def get_self(tx: ReadTx) -> Person:
    """The acting account, with workspaces it can open."""
    user = get_user(tx, tx.actor.id)
    active = [one for one in workspaces.memberships_of(tx, user.id) if one.status is MemberStatus.ACTIVE]
    bound_to = tx.actor.is_bound_to
    return rules.openable(user, [one.workspace_id for one in active if bound_to in (None, one.workspace_id)])


def list_own_memberships(tx: ReadTx, *, address: str) -> list[Membership]:
    """Memberships of the acting account where it gets in from that address, without rates hidden from it there."""
    user_id = tx.actor.id
    opened = workspaces.open_workspaces(tx, user_id, address=address)
    rows = []
    for member in workspaces.memberships_of(tx, user_id):
        if member.workspace_id in opened:
            rows.append((member.workspace_id, membership_of(member, opened[member.workspace_id][0].currency)))
    for workspace_id, *found in tx.rows(store.LIST_OWN_PROJECT_MEMBERSHIPS, workspace_ids=opened, user_id=user_id):
        rows.append((workspace_id, _on_project(user_id, *found, currency=opened[workspace_id][0].currency)))
    for workspace_id, group_id in tx.rows(store.LIST_OWN_GROUP_MEMBERSHIPS, workspace_ids=opened, user_id=user_id):
        rows.append((workspace_id, _in_group(user_id, group_id, opened[workspace_id][0].currency)))
    bring_up_memberships(tx, rows)
    return [_as_seen(membership, _sight(*opened[workspace_id])) for workspace_id, membership in rows]


def list_people(tx: ReadTx, wanted: PeopleFilter, page: Page) -> list[User]:
    """People of the workspace, one more than the page if there are more.

    With a project: those who have access to it, which for a public one is everybody. NotFound
    when the actor may not see the project.
    """
    if wanted.project_id is not None:
        is_public = store.is_project_public(tx, wanted.project_id)
        if is_public is None:
            raise NotFound("Project")
        if is_public:
            wanted = msgspec.structs.replace(wanted, project_id=None)
    sight = sight_of(workspaces.get_settings(tx), tx.actor.roles)
    sort = rules.sort_seen(wanted.sort, billable_rates=sight.billable_rates, cost_rates=sight.cost_rates)
    roles = rules.roles_counted(wanted.roles)
    return store_people.list_people(tx, msgspec.structs.replace(wanted, sort=sort, roles=roles), page)


def show_people(tx: ReadTx, users: list[User], *, with_roles: bool) -> list[Person]:
    """The accounts as a list of this workspace shows them.

    Active and default workspace are this one: which others somebody is in is nobody's business here.
    """
    values = custom_fields.list_user_values(tx, [user.id for user in users])
    people = [_person_here(tx, user, values) for user in users]
    if not with_roles:
        return people
    grants = workspaces.list_grants(tx, {user.id for user in users})
    entities = _role_entities(tx, grants)
    held = defaultdict(list)
    for grant in grants:
        held[grant.user_id].append((grant.role, grant.entity_id))
    for person in people:
        person.roles = rules.group_roles(held[person.user.id], entities)
    return people


def find_people(tx: ReadTx, user_ids: set[str]) -> dict[str, Person]:
    """Accounts by id as this workspace shows them, as many as there are; for showing what is theirs."""
    found = tx.find_many(store.USER, sorted(user_ids))
    values = custom_fields.list_user_values(tx, found)
    return {user_id: _person_here(tx, user, values) for user_id, user in found.items()}


def _person_here(tx: ReadTx, user: User, values: dict[str, list[UserValue]]) -> Person:
    return Person(user, tx.workspace_id, tx.workspace_id, field_values=values[user.id])


def list_memberships(tx: ReadTx, users: list[User], wanted: MembershipsWanted) -> Memberships:
    """Memberships of these people in this workspace and, as far as the actor sees them, its projects and groups."""
    found: Memberships = {user.id: [] for user in users}
    if wanted is MembershipsWanted.NONE or not users:
        return found
    currency = workspaces.get_workspace(tx).currency
    ids = sorted(found)
    if wanted in (MembershipsWanted.ALL, MembershipsWanted.WORKSPACE):
        for member in workspaces.members_of(tx, set(ids)).values():
            found[member.user_id].append(membership_of(member, currency))
    if wanted in (MembershipsWanted.ALL, MembershipsWanted.PROJECT):
        for user_id, *rest in tx.rows(store.LIST_PROJECT_MEMBERSHIPS, "project.list", user_ids=ids):
            found[user_id].append(_on_project(user_id, *rest, currency=currency))
    if wanted in (MembershipsWanted.ALL, MembershipsWanted.USERGROUP):
        for user_id, group_id in tx.rows(store.LIST_GROUP_MEMBERSHIPS, user_ids=ids):
            found[user_id].append(_in_group(user_id, group_id, currency))
    bring_up_memberships(tx, [(tx.workspace_id, membership) for rows in found.values() for membership in rows])
    return found


def change_status(tx: Tx, user_id: str, status: str | None) -> None:
    """Activates or deactivates somebody in this workspace; InvalidValue without a status."""
    if status is None:
        raise InvalidValue("status must not be null")
    workspaces.change_member_status(tx, user_id, MemberStatus(status))


def refuse_removal(tx: ReadTx, user_id: str) -> None:
    """Always MemberCannotBeRemoved, or NotFound for somebody who is not here."""
    workspaces.get_member(tx, user_id)
    raise MemberCannotBeRemoved


def show_workspace(tx: ReadTx) -> WorkspaceDetails:
    """What invitations and changed statuses are answered with."""
    return workspaces.show_workspace(tx)


def _role_entities(tx: ReadTx, grants: list[RoleGrant]) -> dict[str, RoleEntity]:
    """By id: what these roles are held for, as far as the actor may see it."""
    workspace = workspaces.get_workspace(tx)
    ids = sorted({grant.entity_id for grant in grants} - {workspace.id})
    found = {workspace.id: RoleEntity(workspace.id, workspace.name)}
    if not ids:
        return found
    for project_id, name in tx.rows(store.LIST_PROJECT_NAMES, "project.list", ids=ids):
        found[project_id] = RoleEntity(project_id, name)
    for group_id, name in tx.rows(store.LIST_GROUP_NAMES, ids=ids):
        found[group_id] = RoleEntity(group_id, name, is_group=True)
    for user_id, name, email in tx.rows(store.LIST_USER_NAMES, ids=ids):
        found[user_id] = RoleEntity(user_id, name or email)
    return found


def _on_project(
    user_id: str, project_id: str, status: str, hourly: int | None, cost: int | None, *, currency: str
) -> Membership:
    return Membership(user_id, project_id, MembershipType.PROJECT, MemberStatus(status), hourly, cost, currency)


def _in_group(user_id: str, group_id: str, currency: str) -> Membership:
    return Membership(user_id, group_id, MembershipType.USERGROUP, MemberStatus.ACTIVE, None, None, currency)


def _sight(workspace: Workspace, roles: frozenset[Role]) -> Sight:
    return sight_of(decode_settings(workspace.settings), roles)


def _as_seen(membership: Membership, sight: Sight) -> Membership:
    if not sight.billable_rates:
        membership.hourly_rate_minor = None
    if not sight.cost_rates:
        membership.cost_rate_minor = None
    return membership
