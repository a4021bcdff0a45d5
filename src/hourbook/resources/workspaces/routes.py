"""The operations of workspaces.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.workspaces import actions
from hourbook.resources.workspaces.wire import WorkspaceCreateIn, WorkspaceListQuery, WorkspaceOut, workspace_out

_WORKSPACES = "/workspaces"
_WORKSPACE = _WORKSPACES + "/{workspace_id}"


# Long, both reads: every member of a workspace stands in its JSON.
# These two are about accounts, and an add-on lives in one workspace: closed to add-ons (wire-core 0.2).
@operation("GET", _WORKSPACES, contract="getAllMyWorkspaces", action="workspace.list", cost=Cost.LONG, scope=None)
def list_workspaces(call: Call, query: WorkspaceListQuery) -> list[WorkspaceOut]:
    """Lists the workspaces of the current user; never in pages."""
    found = actions.list_workspaces(call.read, call.actor.id, frozenset(query.roles), address=call.visitor.address)
    return [workspace_out(details) for details in found]


@operation(
    "POST",
    _WORKSPACES,
    contract="addWorkspace",
    action="workspace.create",
    status=201,
    scope=None,
    journals=("USER_JOINED_WORKSPACE",),
)
def create_workspace(call: Call, body: WorkspaceCreateIn) -> WorkspaceOut:
    """Adds a workspace owned by the current user."""
    actions.create_workspace(call.write, body.name, owner_id=call.actor.id)
    return workspace_out(actions.show_new_workspace(call.read))


@operation("GET", _WORKSPACE, contract="getWorkspaceInfo", action="workspace.read", cost=Cost.LONG)
def get_workspace(call: Call) -> WorkspaceOut:
    """Reads a workspace."""
    return workspace_out(actions.show_workspace(call.read))
