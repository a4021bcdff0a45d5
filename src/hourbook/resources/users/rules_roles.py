"""What a request about a role says, and who can hold one. Pure.

A role holds for an entity: the workspace (admin), a project (project manager), a person or a user
group (team manager). The owner's role is handed over elsewhere and never granted here.
"""

import enum

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Role

GROUP_SOURCE = "USER_GROUP"


class GrantableRole(enum.StrEnum):
    """The roles that this interface gives and takes."""

    WORKSPACE_ADMIN = "WORKSPACE_ADMIN"
    TEAM_MANAGER = "TEAM_MANAGER"
    PROJECT_MANAGER = "PROJECT_MANAGER"


class RoleAsked(msgspec.Struct, frozen=True):
    """A role somebody shall hold, or hold no longer. `of_group`: the entity is a user group."""

    role: Role
    entity_id: str
    of_group: bool = False


class Receiver(msgspec.Struct, frozen=True):
    """Who shall hold a role. `is_active`: a member who is in the workspace, or invited to it."""

    user_id: str
    is_active: bool
    is_limited: bool
    roles: frozenset[Role]


def read_role(role: GrantableRole | None, entity_id: str | None, *, of_group: bool) -> RoleAsked:
    """The asked role; InvalidValue when role or entity is missing, or a group manages no team."""
    if role is None:
        raise InvalidValue("role must not be null")
    if not entity_id:
        raise InvalidValue("entityId must not be null")
    if of_group and role is not GrantableRole.TEAM_MANAGER:
        raise InvalidValue("sourceType is for the role TEAM_MANAGER alone")
    return RoleAsked(Role(role.value), entity_id, of_group)


def permission_for(asked: RoleAsked, *, grants: bool) -> str:
    """The row of the permission table that decides."""
    if asked.role is Role.WORKSPACE_ADMIN:
        return "role.grant_admin" if grants else "role.revoke_admin"
    return "role.change_team_manager" if asked.role is Role.TEAM_MANAGER else "role.change"


def check_receiver(asked: RoleAsked, receiver: Receiver) -> None:
    """InvalidValue for somebody who cannot hold the role."""
    if receiver.is_limited:
        raise InvalidValue("A limited user can't have a role")
    if not receiver.is_active:
        raise InvalidValue("Roles are for people who are active in the workspace")
    if asked.role is Role.WORKSPACE_ADMIN and Role.OWNER in receiver.roles:
        raise InvalidValue("The owner of the workspace has every right of an admin")
    if asked.role is Role.TEAM_MANAGER and asked.entity_id == receiver.user_id:
        raise InvalidValue("Nobody is their own team manager")
