"""Who may own a workspace, leave it, be taken out of it; and when it may be deleted. Pure.

There is always exactly one owner (roles.md section 1). Whoever wants to leave as the owner hands the
workspace over first, or deletes it.
"""

from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.types import Role
from hourbook.resources.workspaces.rules import MemberStatus, Workspace

DAY_MICROSECONDS = 86_400_000_000
# Nobody enters a workspace whose time is over (access/actors.py). Whoever was inside has been forgotten after so
# long, in every process, and only then it is taken apart.
CLOSED_MICROSECONDS = 2_000_000


def check_new_owner(membership: MemberStatus, account_status: str, *, is_owner: bool) -> None:
    """InvalidValue unless the person is an active member with an account somebody signs in to."""
    if is_owner:
        raise InvalidValue("This person owns the workspace already")
    if membership is not MemberStatus.ACTIVE or account_status != "ACTIVE":
        raise InvalidValue("Only an active member with an account of their own can become the owner")


def check_removal(member_roles: frozenset[Role], *, by_owner: bool) -> None:
    """Nobody removes the owner, only the owner an admin."""
    if Role.OWNER in member_roles:
        raise InvalidValue("The owner of the workspace can't be removed")
    if Role.WORKSPACE_ADMIN in member_roles and not by_owner:
        raise AccessDenied


def check_leaving(member_roles: frozenset[Role]) -> None:
    """InvalidValue for the owner."""
    if Role.OWNER in member_roles:
        raise InvalidValue("The owner can't leave the workspace. Hand it over to somebody else first, or delete it.")


def check_deletion(workspace: Workspace, name: str | None) -> None:
    """InvalidValue unless the name is repeated exactly, or when the deletion waits already."""
    if workspace.deletes_at_us is not None:
        raise InvalidValue("The workspace is going to be deleted already")
    if name != workspace.name:
        raise InvalidValue("Repeat the workspace's name exactly to delete it")


def deletes_at_us(now_us: int, days: int) -> int:
    """When a workspace goes whose owner wishes so now."""
    return now_us + days * DAY_MICROSECONDS
