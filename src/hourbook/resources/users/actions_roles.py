"""The verbs of roles: grant, revoke, and who manages a person.

What a role is held for must be seen by whoever gives it; a project manager gives and takes only the
role of the projects they manage. Granting what is held and the owner's role change nothing here.
"""

from hourbook.core.errors import AccessDenied, NotFound
from hourbook.core.types import Page, Role
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.users import actions, rules_roles, store, store_roles
from hourbook.resources.users.rules import AccountStatus, PeopleFilter, StatusWanted, User
from hourbook.resources.users.rules_roles import Receiver, RoleAsked
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import MemberStatus, RoleGrant

_LIMITED = (AccountStatus.LIMITED, AccountStatus.LIMITED_DELETED)
_IN = (MemberStatus.ACTIVE, MemberStatus.PENDING)


def grant_role(tx: Tx, user_id: str, asked: RoleAsked) -> RoleGrant:
    """Gives the role; holding it already changes nothing.

    NotFound for an unknown person or entity, AccessDenied outside of one's own projects, InvalidValue for
    somebody who cannot hold it.
    """
    tx.actor.check(rules_roles.permission_for(asked, grants=True))
    member = workspaces.get_member(tx, user_id, locked=True)
    _check_entity(tx, asked)
    user = actions.get_user(tx, user_id)
    held = frozenset(grant.role for grant in workspaces.grants_of(tx, user_id))
    rules_roles.check_receiver(
        asked, Receiver(user_id, member.status in _IN, is_limited=user.status in _LIMITED, roles=held)
    )
    source = rules_roles.GROUP_SOURCE if asked.of_group else ""
    return workspaces.grant_role(tx, user_id, asked.role, entity_id=asked.entity_id, source_type=source)


def revoke_role(tx: Tx, user_id: str, asked: RoleAsked) -> None:
    """Takes the role away; NotFound when the person does not hold it."""
    tx.actor.check(rules_roles.permission_for(asked, grants=False))
    workspaces.get_member(tx, user_id, locked=True)
    _check_entity(tx, asked)
    workspaces.revoke_role(tx, user_id, asked.role, entity_id=asked.entity_id)


def list_managers(tx: ReadTx, user_id: str, wanted: PeopleFilter, *, page: Page) -> list[User]:
    """Who manages this person's team, directly or through a group; NotFound for somebody who is not here."""
    workspaces.get_member(tx, user_id)
    return actions.list_people(tx, wanted_managers(wanted, user_id), page)


def wanted_managers(wanted: PeopleFilter, user_id: str) -> PeopleFilter:
    """Only those who are active manage."""
    return PeopleFilter(managers_of=user_id, status=StatusWanted.ACTIVE, sort=wanted.sort, order=wanted.order)


def _check_entity(tx: Tx, asked: RoleAsked) -> None:
    """Held until commit. NotFound unless the role can hold for it here, AccessDenied for a project of others."""
    if asked.role is Role.WORKSPACE_ADMIN:
        if asked.entity_id != tx.workspace_id:
            raise NotFound("Workspace")
    elif asked.role is Role.PROJECT_MANAGER:
        _check_project(tx, asked.entity_id)
    elif asked.of_group:
        if tx.one(store_roles.HOLD_GROUP, group_id=asked.entity_id) is None:
            raise NotFound("User group")
    else:
        workspaces.get_member(tx, asked.entity_id)


def _check_project(tx: Tx, project_id: str) -> None:
    if tx.one(store_roles.HOLD_PROJECT, "role.change", project_id=project_id) is not None:
        return
    if tx.one(store.FIND_PROJECT, "project.list", project_id=project_id) is None:
        raise NotFound("Project")
    raise AccessDenied
