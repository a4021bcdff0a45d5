"""The JSON of roles (wire-core sections 3 and 11).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

from typing import Literal

from hourbook.core.types import Role, SortOrder
from hourbook.http.wire import In, Out, Paged
from hourbook.resources.users.rules import PeopleFilter, PeopleSort
from hourbook.resources.users.rules_roles import GROUP_SOURCE, GrantableRole, RoleAsked, read_role
from hourbook.resources.users.wire import RoleSourceOut


class RoleIn(In):
    """The body of both verbs; `sourceType` says that the entity is a user group."""

    entity_id: str | None = None
    role: GrantableRole | None = None
    source_type: Literal["USER_GROUP"] | None = None

    def to_asked(self) -> RoleAsked:
        return read_role(self.role, self.entity_id, of_group=self.source_type is not None)


class HeldRoleOut(Out):
    """`id` repeats what the role is held for; `name` is the word (recorded)."""

    id: str
    name: Role
    source: RoleSourceOut | None


class RoleDetailsOut(Out):
    workspace_id: str
    user_id: str
    role: HeldRoleOut


class ManagersQuery(Paged):
    sort_column: PeopleSort = PeopleSort.EMAIL
    sort_order: SortOrder = SortOrder.ASCENDING

    def wanted(self) -> PeopleFilter:
        return PeopleFilter(sort=self.sort_column, order=self.sort_order)


def role_details_out(workspace_id: str, user_id: str, asked: RoleAsked) -> RoleDetailsOut:
    source = RoleSourceOut(id=asked.entity_id, type=GROUP_SOURCE) if asked.of_group else None
    return RoleDetailsOut(
        workspace_id=workspace_id,
        user_id=user_id,
        role=HeldRoleOut(id=asked.entity_id, name=asked.role, source=source),
    )
