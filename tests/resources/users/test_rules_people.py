"""Rules of roles, profiles and limited users."""

from typing import Any

import msgspec
import pytest

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Role, Weekday
from hourbook.resources.users import rules, rules_profiles, rules_roles
from hourbook.resources.users.rules import AccountStatus, User
from hourbook.resources.users.rules_profiles import ProfileChange
from hourbook.resources.users.rules_roles import GrantableRole, Receiver, RoleAsked

ID, OTHER = "a" * 24, "b" * 24
RECEIVER = Receiver(ID, is_active=True, is_limited=False, roles=frozenset())


def user(**changes: Any) -> User:
    settings = rules.encode_settings(msgspec.structs.replace(rules.new_settings("UTC"), week_start=Weekday.SUNDAY))
    base = User(ID, "a@example.com", "Ann", AccountStatus.ACTIVE, None, "", settings, None, None)
    return msgspec.structs.replace(base, **changes)


# --- roles -------------------------------------------------------------------------------------


def test_a_role_asked_for_has_a_word_and_an_entity() -> None:
    assert rules_roles.read_role(GrantableRole.TEAM_MANAGER, ID, of_group=True) == RoleAsked(
        Role.TEAM_MANAGER, ID, True
    )
    for role, entity, of_group in (
        (None, ID, False),
        (GrantableRole.TEAM_MANAGER, None, False),
        (GrantableRole.TEAM_MANAGER, "", False),
        (GrantableRole.PROJECT_MANAGER, ID, True),
        (GrantableRole.WORKSPACE_ADMIN, ID, True),
    ):
        with pytest.raises(InvalidValue):
            rules_roles.read_role(role, entity, of_group=of_group)


@pytest.mark.parametrize(
    ("role", "granting", "revoking"),
    [
        (Role.WORKSPACE_ADMIN, "role.grant_admin", "role.revoke_admin"),
        (Role.TEAM_MANAGER, "role.change_team_manager", "role.change_team_manager"),
        (Role.PROJECT_MANAGER, "role.change", "role.change"),
    ],
)
def test_each_role_has_its_row_of_the_table(role: Role, granting: str, revoking: str) -> None:
    asked = RoleAsked(role, ID)
    assert rules_roles.permission_for(asked, grants=True) == granting
    assert rules_roles.permission_for(asked, grants=False) == revoking


def test_who_can_hold_a_role() -> None:
    rules_roles.check_receiver(RoleAsked(Role.TEAM_MANAGER, OTHER), RECEIVER)
    rules_roles.check_receiver(RoleAsked(Role.WORKSPACE_ADMIN, OTHER), RECEIVER)
    of_owner = msgspec.structs.replace(RECEIVER, roles=frozenset({Role.OWNER}))
    rules_roles.check_receiver(RoleAsked(Role.TEAM_MANAGER, OTHER), of_owner)
    for asked, receiver in (
        (RoleAsked(Role.TEAM_MANAGER, ID), RECEIVER),
        (RoleAsked(Role.WORKSPACE_ADMIN, OTHER), of_owner),
        (RoleAsked(Role.PROJECT_MANAGER, OTHER), msgspec.structs.replace(RECEIVER, is_active=False)),
        (RoleAsked(Role.PROJECT_MANAGER, OTHER), msgspec.structs.replace(RECEIVER, is_limited=True)),
    ):
        with pytest.raises(InvalidValue):
            rules_roles.check_receiver(asked, receiver)


# --- profiles ----------------------------------------------------------------------------------


def test_the_week_starts_as_the_profile_says_else_the_account_else_on_monday() -> None:
    of_workspace = "SATURDAY"
    assert rules_profiles.week_start_of("FRIDAY", user(), of_workspace=of_workspace) is Weekday.FRIDAY
    assert rules_profiles.week_start_of(None, user(), of_workspace=of_workspace) is Weekday.SUNDAY
    assert rules_profiles.week_start_of(None, user(settings=None), of_workspace=of_workspace) is Weekday.SATURDAY


def test_working_days_are_the_profiles_else_the_workspaces() -> None:
    assert rules_profiles.days_of('["FRIDAY"]', ["MONDAY"]) == ("FRIDAY",)
    assert rules_profiles.days_of(None, ["MONDAY"]) == ("MONDAY",)


def test_only_what_is_said_is_stored() -> None:
    assert rules_profiles.stored_profile(ProfileChange()) == {}
    said = ProfileChange(
        week_start=Weekday.SUNDAY, capacity_seconds=1, days=(Weekday.SUNDAY, Weekday.MONDAY, Weekday.SUNDAY)
    )
    assert rules_profiles.stored_profile(said) == {
        "week_start": "SUNDAY",
        "work_capacity_seconds": 1,
        "working_days": '["MONDAY","SUNDAY"]',
    }


@pytest.mark.parametrize("change", [{"capacity_seconds": 0}, {"capacity_seconds": 86_401}, {"days": ()}])
def test_a_profile_has_limits(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        rules_profiles.stored_profile(ProfileChange(**change))


def test_name_and_picture_change_for_limited_users_alone() -> None:
    said = ProfileChange(name="Bob", image_url="/files/a")
    changed = rules_profiles.changed_account(user(), said, is_limited=True)
    assert (changed.name, changed.profile_picture) == ("Bob", "/files/a")
    gone = rules_profiles.changed_account(changed, ProfileChange(removes_image=True), is_limited=True)
    assert gone.profile_picture == ""
    assert rules_profiles.changed_account(user(), ProfileChange(name="Ann"), is_limited=False) == user()
    with pytest.raises(InvalidValue):
        rules_profiles.changed_account(user(), said, is_limited=False)


def test_names_pictures_counts_and_rates_have_limits() -> None:
    assert rules_profiles.check_limited_name(" Lee ") == "Lee"
    assert rules_profiles.check_image("") == ""
    assert rules_profiles.check_rate(0) is rules_profiles.check_rate(None) is None
    assert rules_profiles.check_rate(5) == 5
    rules_profiles.check_count(250)
    wrong: tuple[tuple[Any, Any], ...] = (
        (rules_profiles.check_limited_name, None),
        (rules_profiles.check_limited_name, "x" * 101),
        (rules_profiles.check_image, "javascript:x"),
        (rules_profiles.check_image, "https://a/" + "x" * 2000),
        (rules_profiles.check_count, 0),
        (rules_profiles.check_count, 251),
        (rules_profiles.check_rate, -1),
    )
    for check, value in wrong:
        with pytest.raises(InvalidValue):
            check(value)


def test_limited_users_may_not_sign_in() -> None:
    rules.check_may_sign_in(user())
    for status in (AccountStatus.LIMITED, AccountStatus.LIMITED_DELETED):
        with pytest.raises(InvalidValue):
            rules.check_may_sign_in(user(status=status))
