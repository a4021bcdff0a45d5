"""The operations of the current user and of the people of a workspace.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.users import actions
from hourbook.resources.users.wire import (
    InviteIn,
    InviteQuery,
    PeopleIn,
    PeopleQuery,
    SelfQuery,
    StatusIn,
    UserOut,
    user_out,
)
from hourbook.resources.workspaces.wire import WorkspaceOut, membership_out, workspace_out

_PEOPLE = "/workspaces/{workspace_id}/users"
_PERSON = _PEOPLE + "/{user_id}"


@operation("GET", "/user", contract="getCurrentUser", action="user.read_self")
def get_current_user(call: Call, query: SelfQuery) -> UserOut:
    """Reads the account the key belongs to."""
    person = actions.get_self(call.read)
    memberships = (
        actions.list_own_memberships(call.read, address=call.visitor.address) if query.include_memberships else []
    )
    return user_out(person, [membership_out(membership) for membership in memberships])


# Long: an order by rights or rates looks at every member.
@operation("GET", _PEOPLE, contract="findWorkspaceUsers", action="member.list", cost=Cost.LONG)
def list_people(call: Call, query: PeopleQuery) -> list[UserOut]:
    """Lists the members of a workspace."""
    return _people(call, query)


@operation(
    "POST",
    _PEOPLE + "/info",
    contract="filterWorkspaceUsers",
    action="member.list",
    reads_only=True,
    cost=Cost.LONG,
)
def search_people(call: Call, body: PeopleIn) -> list[UserOut]:
    """Searches the members of a workspace."""
    return _people(call, body)


def _people(call: Call, asked: PeopleQuery | PeopleIn) -> list[UserOut]:
    page, wanted = asked.to_page(), asked.wanted()
    users = call.paged(actions.list_people(call.read, wanted, page), page)
    found = actions.list_memberships(call.read, users, wanted.memberships)
    people = actions.show_people(call.read, users, with_roles=wanted.with_roles)
    return [user_out(person, [membership_out(m) for m in found[person.user.id]]) for person in people]


@operation(
    "POST",
    _PEOPLE,
    contract="addUserToWorkspace",
    action="member.invite",
    journals=("USERS_INVITED_TO_WORKSPACE",),
    scope="WORKSPACE_WRITE",
)
def invite_person(call: Call, query: InviteQuery, body: InviteIn) -> WorkspaceOut:
    """Invites somebody by e-mail address."""
    actions.invite(call.write, body.email, sends_mail=query.send_email)
    return workspace_out(actions.show_workspace(call.read))


@operation(
    "PUT",
    _PERSON,
    contract="updateUserStatus",
    action="member.change_status",
    scope="WORKSPACE_WRITE",
    journals=(
        "USER_ACTIVATED_ON_WORKSPACE",
        "USER_DEACTIVATED_ON_WORKSPACE",
        "USER_JOINED_WORKSPACE",
        "TIMER_STOPPED",
    ),
)
def change_person_status(call: Call, user_id: str, body: StatusIn) -> WorkspaceOut:
    """Activates or deactivates a member."""
    actions.change_status(call.write, user_id, body.status)
    return workspace_out(actions.show_workspace(call.read))


# The route exists upstream, is not published, and refuses (wire-core 0.4).
@operation("DELETE", _PERSON, contract=None, action="member.remove", reads_only=True, hidden=True, scope=None)
def remove_person(call: Call, user_id: str) -> None:
    """Refuses to remove a member."""
    actions.refuse_removal(call.read, user_id)
