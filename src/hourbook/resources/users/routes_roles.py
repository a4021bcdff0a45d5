"""The operations of roles, and of who manages a person.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.users import actions, actions_roles
from hourbook.resources.users.wire import UserOut, user_out
from hourbook.resources.users.wire_roles import ManagersQuery, RoleDetailsOut, RoleIn, role_details_out

_PERSON = "/workspaces/{workspace_id}/users/{user_id}"


# No event word exists for a role; a journal row of it is what it leaves.
@operation(
    "POST", _PERSON + "/roles", contract="giveUserManagerRole", action="role.change", status=201, journals=("ROLE",)
)
def grant_role(call: Call, user_id: str, body: RoleIn) -> list[RoleDetailsOut]:
    """Makes somebody an admin, or the manager of a project, a person or a user group."""
    asked = body.to_asked()
    grant = actions_roles.grant_role(call.write, user_id, asked)
    return [role_details_out(grant.workspace_id, grant.user_id, asked)]


@operation(
    "DELETE", _PERSON + "/roles", contract="removeUserManagerRole", action="role.change", status=204, journals=("ROLE",)
)
def revoke_role(call: Call, user_id: str, body: RoleIn) -> None:
    """Takes a role away."""
    actions_roles.revoke_role(call.write, user_id, body.to_asked())


# Long: sorted by rights or rates like every list of people.
@operation("GET", _PERSON + "/managers", contract="findUserTeamManagers", action="member.list", cost=Cost.LONG)
def list_managers(call: Call, user_id: str, query: ManagersQuery) -> list[UserOut]:
    """Lists who manages a person's team."""
    page = query.to_page()
    users = call.paged(actions_roles.list_managers(call.read, user_id, query.wanted(), page=page), page)
    return [user_out(person, []) for person in actions.show_people(call.read, users, with_roles=False)]
