"""The JSON of user groups (wire-core section 9).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

from collections.abc import Iterable

import msgspec

from hourbook.core.text import fold
from hourbook.core.types import SortOrder
from hourbook.http.wire import In, Out, Paged
from hourbook.resources.groups.rules import GroupSort, TeamManager, UserGroup


class TeamManagerOut(Out):
    id: str
    name: str | None


class GroupOut(Out):
    id: str
    name: str
    workspace_id: str
    user_ids: list[str]
    team_managers: list[TeamManagerOut]


class GroupCreateIn(In):
    name: str | None = None


class GroupUpdateIn(In):
    """`userIds` is not published upstream; clients send it, and it replaces the list (wire-core 0.9)."""

    name: str | None = None
    user_ids: list[str] | None = None


class GroupAddIn(In):
    user_id: str | None = None


class GroupListQuery(Paged):
    project_id: str | None = None
    name: str | None = None
    # The one parameter of this list that the contract spells in camel case.
    include_team_managers: bool = msgspec.field(default=False, name="includeTeamManagers")
    sort_column: GroupSort = GroupSort.NAME
    sort_order: SortOrder = SortOrder.ASCENDING

    def filters(self) -> dict[str, object]:
        """The filters that were asked for, as the store takes them."""
        found: dict[str, object] = {}
        if self.name is not None:
            found["name_part"] = fold(self.name)
        if self.project_id is not None:
            found["project_id"] = self.project_id
        return found


def group_out(group: UserGroup, managers: Iterable[TeamManager] = ()) -> GroupOut:
    """`managers` may be those of several groups; empty unless asked for."""
    return GroupOut(
        id=group.id,
        name=group.name,
        workspace_id=group.workspace_id,
        user_ids=list(group.user_ids),
        team_managers=[TeamManagerOut(id=m.user_id, name=m.name) for m in managers if m.group_id == group.id],
    )
