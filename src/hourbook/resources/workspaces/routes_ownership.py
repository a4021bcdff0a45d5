"""The operations of owning and leaving a workspace, on our own surface.

Handing it over, taking somebody out, leaving, deleting it with a waiting time. Each is one declared
record; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.workspaces import actions_ownership
from hourbook.resources.workspaces.wire_settings import DeletionIn, OutlineOut, OwnerIn, outline_out

_WORKSPACE = "/workspaces/{workspace_id}"


@operation("PUT", _WORKSPACE + "/owner", contract=None, action="workspace.transfer", status=204, journals=("ROLE",))
def transfer_ownership(call: Call, body: OwnerIn) -> None:
    """Makes an active member the owner; who was it becomes an admin."""
    actions_ownership.transfer_ownership(call.write, body.user_id)


@operation(
    "DELETE",
    _WORKSPACE + "/members/{user_id}",
    contract=None,
    action="member.delete",
    status=204,
    journals=("USER_DELETED_FROM_WORKSPACE", "TIMER_STOPPED"),
    cost=Cost.BULK,
)
def delete_member(call: Call, user_id: str) -> None:
    """Takes somebody out of a workspace; what they tracked stays with their name."""
    actions_ownership.remove_member(call.write, user_id)


@operation(
    "POST",
    _WORKSPACE + "/leave",
    contract=None,
    action="member.leave",
    status=204,
    journals=("USER_DELETED_FROM_WORKSPACE", "TIMER_STOPPED"),
    cost=Cost.BULK,
)
def leave_workspace(call: Call) -> None:
    """Leaves a workspace; its owner can't."""
    actions_ownership.leave(call.write)


@operation("POST", _WORKSPACE + "/deletion", contract=None, action="workspace.delete", journals=("WORKSPACE",))
def schedule_workspace_deletion(call: Call, body: DeletionIn) -> OutlineOut:
    """Deletes a workspace with everything in it after a waiting time, in which it can still be kept."""
    return outline_out(actions_ownership.schedule_deletion(call.write, body.name))


@operation("DELETE", _WORKSPACE + "/deletion", contract=None, action="workspace.delete", journals=("WORKSPACE",))
def cancel_workspace_deletion(call: Call) -> OutlineOut:
    """Keeps a workspace that was going to be deleted."""
    return outline_out(actions_ownership.cancel_deletion(call.write))
