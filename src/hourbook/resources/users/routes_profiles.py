"""The operations of member profiles and of limited users.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.core.errors import NoSuchUserField
from hourbook.http.operation import Call, operation
from hourbook.resources.users import actions, actions_profiles
from hourbook.resources.users.wire import user_out
from hourbook.resources.users.wire_profiles import (
    LimitedUsersIn,
    LimitedUsersOut,
    MemberProfileIn,
    MemberProfileOut,
    profile_out,
)

_PROFILE = "/workspaces/{workspace_id}/member-profile/{user_id}"


@operation("GET", _PROFILE, contract="getMemberProfile", action="member.read_profile")
def get_member_profile(call: Call, user_id: str) -> MemberProfileOut:
    """Reads how much somebody works in the workspace, and on which days."""
    return profile_out(actions_profiles.get_profile(call.read, user_id))


@operation(
    "PATCH",
    _PROFILE,
    contract="updateMemberProfile",
    action="member.edit_profile",
    journals=("USER_UPDATED", "USER_CUSTOM_FIELD_VALUE"),
    refuses=(NoSuchUserField,),
)
def update_member_profile(call: Call, user_id: str, body: MemberProfileIn) -> MemberProfileOut:
    """Changes a profile; name and picture of limited users only."""
    return profile_out(actions_profiles.update_profile(call.write, user_id, body.change()))


@operation(
    "POST",
    "/workspaces/{workspace_id}/limited-users",
    contract="addLimitedUsersWithInfo",
    action="member.add_limited",
    journals=("LIMITED_USERS_ADDED_TO_WORKSPACE", "USER_CUSTOM_FIELD_VALUE", "USER_GROUP_UPDATED"),
    refuses=(NoSuchUserField,),
)
def add_limited_users(call: Call, body: LimitedUsersIn) -> LimitedUsersOut:
    """Adds people without a sign-in, whose time admins keep."""
    drafts = [user.to_draft() for user in body.users or ()]
    users = actions_profiles.add_limited_users(call.write, drafts)
    people = actions.show_people(call.read, users, with_roles=False)
    return LimitedUsersOut(users=[user_out(person, []) for person in people])
