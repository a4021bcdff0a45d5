"""The operations of user groups.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, operation
from hourbook.resources.groups import actions
from hourbook.resources.groups.wire import (
    GroupAddIn,
    GroupCreateIn,
    GroupListQuery,
    GroupOut,
    GroupUpdateIn,
    group_out,
)

_GROUPS = "/workspaces/{workspace_id}/user-groups"
_GROUP = _GROUPS + "/{group_id}"
_PEOPLE = _GROUP + "/users"


@operation("GET", _GROUPS, contract="findAllGroupsOnWorkspace", action="group.list")
def list_groups(call: Call, query: GroupListQuery) -> list[GroupOut]:
    """Lists the user groups of a workspace."""
    page = query.to_page()
    found = actions.list_groups(call.read, query.filters(), page, sort=query.sort_column, order=query.sort_order)
    shown = call.paged(found, page)
    managers = actions.managers_of(call.read, [g.id for g in shown]) if query.include_team_managers else []
    return [group_out(group, managers) for group in shown]


@operation("POST", _GROUPS, contract="addNewGroup", action="group.manage", status=201, journals=("USER_GROUP_CREATED",))
def create_group(call: Call, body: GroupCreateIn) -> GroupOut:
    """Adds a user group."""
    return group_out(actions.create_group(call.write, body.name))


@operation("PUT", _GROUP, contract="updateGroup", action="group.manage", journals=("USER_GROUP_UPDATED",))
def update_group(call: Call, group_id: str, body: GroupUpdateIn) -> GroupOut:
    """Renames a user group and may replace its people."""
    return group_out(actions.update_group(call.write, group_id, body.name, user_ids=body.user_ids))


@operation("DELETE", _GROUP, contract="deleteGroup", action="group.manage", journals=("USER_GROUP_DELETED",))
def delete_group(call: Call, group_id: str) -> GroupOut:
    """Deletes a user group and takes it off all projects and tasks."""
    return group_out(actions.delete_group(call.write, group_id))


@operation("POST", _PEOPLE, contract="addUsersToGroup", action="group.manage", journals=("USER_GROUP_UPDATED",))
def add_to_group(call: Call, group_id: str, body: GroupAddIn) -> GroupOut:
    """Puts a member into a user group."""
    return group_out(actions.add_to_group(call.write, group_id, body.user_id or ""))


@operation(
    "DELETE",
    _PEOPLE + "/{user_id}",
    contract="removeUserFromGroup",
    action="group.manage",
    journals=("USER_GROUP_UPDATED",),
)
def remove_from_group(call: Call, group_id: str, user_id: str) -> GroupOut:
    """Takes a member out of a user group."""
    return group_out(actions.remove_from_group(call.write, group_id, user_id))
