"""What workspaces, settings, members and roles may be."""

from typing import Any

import msgspec
import pytest

from hourbook.access.actors import Settings
from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.types import Role
from hourbook.resources.workspaces import rules, rules_settings
from hourbook.resources.workspaces.rules import MemberStatus, WorkspaceSettings

ADMIN, OWNER = frozenset({Role.WORKSPACE_ADMIN}), frozenset({Role.OWNER})
NOBODY: frozenset[Role] = frozenset()


def test_a_name_is_returned_without_blanks_around_it() -> None:
    assert rules.check_name(" Acme ") == "Acme"
    assert rules.check_name("x" * 50) == "x" * 50


@pytest.mark.parametrize("name", [None, "", " ", "x" * 51])
def test_a_name_has_1_to_50_characters(name: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_name(name)


def test_a_currency_is_a_code_of_iso_4217() -> None:
    assert rules.check_currency("EUR") == "EUR"
    for code in ("", None, "eur", "EURO", "E1R", "ÄÖÜ", "XXX", "ABC"):
        with pytest.raises(InvalidValue):
            rules.check_currency(code)


def test_settings_are_stored_with_every_key_and_read_back() -> None:
    settings = WorkspaceSettings(force_tags=True)
    text = rules.encode_settings(settings)
    assert set(msgspec.json.decode(text)) == set(WorkspaceSettings.__struct_fields__)
    assert rules.decode_settings(text) == settings
    assert rules.decode_settings("{}") == WorkspaceSettings()


def test_the_permission_layer_reads_its_settings_from_the_same_text() -> None:
    assert set(Settings.__struct_fields__) <= set(WorkspaceSettings.__struct_fields__)
    read = msgspec.json.decode(rules.encode_settings(WorkspaceSettings()), type=Settings)
    assert read == Settings()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"force_projects": True},
        {"time_tracking_mode": "STOPWATCH_ONLY"},
        {"time_tracking_mode": rules.TimeTrackingMode.STOPWATCH_ONLY},
        {"lock_time_entries": 0, "lock_time_zone": "Europe/Belgrade"},
        {"automatic_lock": {"type": "WEEKLY", "change_day": "FRIDAY"}},
        {"automatic_lock": rules.AutomaticLock(type=rules_settings.LockType.MONTHLY, day_of_month=31)},
        {"working_days": ["MONDAY"]},
        {"round": {"round": "Round up to", "minutes": "6"}},
    ],
)
def test_settings_take_values_of_their_kind(changes: dict[str, Any]) -> None:
    after = rules.changed_settings(WorkspaceSettings(), changes)
    assert rules.changed_settings(after, {}) == after
    assert (after == WorkspaceSettings()) is (not changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"force_projects": "yes"},
        {"time_tracking_mode": "BOTH"},
        {"lock_time_entries": -1},
        {"lock_time_entries": 1 << 40},
        {"lock_time_entries": "2026-01-01"},
        {"lock_time_zone": "Mars/Olympus"},
        {"automatic_lock": {}},
        {"automatic_lock": {"type": "MONTHLY", "day_of_month": 32}},
        {"automatic_lock": {"type": "OLDER_THAN", "older_than_value": 0}},
        {"working_days": []},
        {"project_label": ""},
        {"task_label": "x" * 101},
    ],
)
def test_settings_refuse_everything_else(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        rules.changed_settings(WorkspaceSettings(), changes)


@pytest.mark.parametrize("roles", [OWNER, ADMIN, NOBODY])
def test_everybody_may_be_activated(roles: frozenset[Role]) -> None:
    rules.check_status_change(roles, MemberStatus.ACTIVE, by_owner=False)


def test_nobody_deactivates_the_owner_and_only_the_owner_an_admin() -> None:
    for by_owner in (True, False):
        with pytest.raises(InvalidValue):
            rules.check_status_change(OWNER, MemberStatus.INACTIVE, by_owner=by_owner)
        rules.check_status_change(NOBODY, MemberStatus.INACTIVE, by_owner=by_owner)
    rules.check_status_change(ADMIN, MemberStatus.INACTIVE, by_owner=True)
    with pytest.raises(AccessDenied):
        rules.check_status_change(ADMIN, MemberStatus.INACTIVE, by_owner=False)


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (None, MemberStatus.ACTIVE, "USER_JOINED_WORKSPACE"),
        (None, MemberStatus.PENDING, None),
        (None, MemberStatus.INACTIVE, None),
        (MemberStatus.PENDING, MemberStatus.ACTIVE, "USER_JOINED_WORKSPACE"),
        (MemberStatus.INACTIVE, MemberStatus.ACTIVE, "USER_ACTIVATED_ON_WORKSPACE"),
        (MemberStatus.ACTIVE, MemberStatus.INACTIVE, "USER_DEACTIVATED_ON_WORKSPACE"),
        (MemberStatus.PENDING, MemberStatus.DECLINED, None),
    ],
)
def test_a_membership_has_the_event_of_what_happened(
    before: MemberStatus | None, after: MemberStatus, event: str | None
) -> None:
    assert rules.status_event(before, after) == event


def test_workspace_roles_are_for_the_workspace_and_others_for_a_part_of_it() -> None:
    for role in (Role.OWNER, Role.WORKSPACE_ADMIN):
        assert rules.is_entity_of(role, "w", "w")
        assert not rules.is_entity_of(role, "p", "w")
    for role in (Role.PROJECT_MANAGER, Role.TEAM_MANAGER):
        assert rules.is_entity_of(role, "p", "w")
        assert not rules.is_entity_of(role, "w", "w")


def test_admins_see_all_rates_and_others_what_the_setting_says() -> None:
    hidden = WorkspaceSettings(only_admins_see_billable_rates=True)
    assert rules.sight_of(hidden, ADMIN) == rules.sight_of(hidden, OWNER) == rules.Sight(True, True)
    assert rules.sight_of(hidden, NOBODY) == rules.Sight(False, False)
    assert rules.sight_of(WorkspaceSettings(), NOBODY) == rules.Sight(True, False)


def test_a_member_stands_beside_other_memberships() -> None:
    member = rules.Member("w", "u", MemberStatus.ACTIVE, 5, None, "u@example.com", "u")
    found = rules.membership_of(member, "EUR")
    assert (found.user_id, found.target_id, found.type) == ("u", "w", rules.MembershipType.WORKSPACE)
    assert (found.hourly_rate_minor, found.cost_rate_minor, found.currency) == (5, None, "EUR")
