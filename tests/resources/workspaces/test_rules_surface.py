"""The rules of a workspace's own surface, by themselves."""

from typing import Any

import pytest

from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.types import Role
from hourbook.resources.workspaces import rules, rules_ownership, rules_settings
from hourbook.resources.workspaces.rules import MemberStatus, Workspace, WorkspaceSettings

OWNER, ADMIN = frozenset({Role.OWNER}), frozenset({Role.WORKSPACE_ADMIN})
NOBODY: frozenset[Role] = frozenset()


def workspace(deletes_at_us: int | None = None, networks: tuple[str, ...] = ()) -> Workspace:
    settings = rules.encode_settings(WorkspaceSettings(allowed_networks=networks))
    return Workspace("w", "Acme", "", 0, None, "USD", settings, deletes_at_us)


@pytest.mark.parametrize(
    "changes",
    [
        {"allowed_networks": ["10.0.0.0/8"] * 101},
        {"allowed_networks": ["nowhere"]},
        {"round": {"minutes": "0"}},
        {"round": {"minutes": "1000"}},
        {"round": {"minutes": "-5"}},
        {"round": {"minutes": ""}},
        {"time_zone": "Mars/Olympus"},
        {"project_label": "  "},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        rules.changed_settings(WorkspaceSettings(), changes)


def test_lists_are_kept_in_one_form() -> None:
    changes = {
        "allowed_networks": ["10.0.0.1/32", "10.0.0.1", "::1"],
        "working_days": ["SUNDAY", "MONDAY", "SUNDAY"],
        "admin_only_pages": ["TEAM", "PROJECT"],
    }
    after = rules.changed_settings(WorkspaceSettings(), changes)
    assert after.allowed_networks == ("10.0.0.1", "::1")
    assert after.working_days == ("MONDAY", "SUNDAY")
    assert after.admin_only_pages == ("PROJECT", "TEAM")


def test_nobody_locks_themselves_out() -> None:
    rules_settings.check_still_reached(WorkspaceSettings(), "192.0.2.1")
    closed = WorkspaceSettings(allowed_networks=("10.0.0.0/8",))
    rules_settings.check_still_reached(closed, "10.9.9.9")
    with pytest.raises(InvalidValue):
        rules_settings.check_still_reached(closed, "192.0.2.1")


@pytest.mark.parametrize(
    ("found", "address", "gets_in"),
    [
        (workspace(), "192.0.2.1", True),
        (workspace(networks=("10.0.0.0/8",)), "192.0.2.1", False),
        (workspace(networks=("10.0.0.0/8",)), "10.0.0.1", True),
        (workspace(deletes_at_us=101), "192.0.2.1", True),
        (workspace(deletes_at_us=100), "192.0.2.1", False),
    ],
)
def test_a_workspace_is_entered_from_its_networks_until_it_goes(found: Workspace, address: str, gets_in: bool) -> None:
    assert rules.can_be_entered(found, address, now_us=100) is gets_in


def test_a_logo_is_no_novel() -> None:
    assert rules.check_logo("") == ""
    with pytest.raises(InvalidValue):
        rules.check_logo("x" * (rules.LOGO_LIMIT + 1))


# --- owners ------------------------------------------------------------------------------------


def test_only_an_active_member_with_an_account_becomes_the_owner() -> None:
    rules_ownership.check_new_owner(MemberStatus.ACTIVE, "ACTIVE", is_owner=False)
    for status, account, is_owner in (
        (MemberStatus.ACTIVE, "ACTIVE", True),
        (MemberStatus.INACTIVE, "ACTIVE", False),
        (MemberStatus.PENDING, "ACTIVE", False),
        (MemberStatus.ACTIVE, "LIMITED", False),
        (MemberStatus.ACTIVE, "", False),
    ):
        with pytest.raises(InvalidValue):
            rules_ownership.check_new_owner(status, account, is_owner=is_owner)


def test_nobody_removes_the_owner_and_only_the_owner_an_admin() -> None:
    rules_ownership.check_removal(NOBODY, by_owner=False)
    rules_ownership.check_removal(ADMIN, by_owner=True)
    with pytest.raises(AccessDenied):
        rules_ownership.check_removal(ADMIN, by_owner=False)
    for by_owner in (True, False):
        with pytest.raises(InvalidValue):
            rules_ownership.check_removal(OWNER, by_owner=by_owner)


def test_everybody_but_the_owner_may_leave() -> None:
    rules_ownership.check_leaving(NOBODY)
    rules_ownership.check_leaving(ADMIN)
    with pytest.raises(InvalidValue):
        rules_ownership.check_leaving(OWNER)


def test_a_deletion_is_wished_once_and_by_name() -> None:
    rules_ownership.check_deletion(workspace(), "Acme")
    for found, name in ((workspace(), "acme"), (workspace(), None), (workspace(deletes_at_us=5), "Acme")):
        with pytest.raises(InvalidValue):
            rules_ownership.check_deletion(found, name)
    assert rules_ownership.deletes_at_us(7, 2) == 7 + 2 * 86_400_000_000
    assert rules_ownership.deletes_at_us(7, 0) == 7


def test_who_declined_may_be_asked_again_and_who_waits_only_on_purpose() -> None:
    assert rules.may_be_invited(MemberStatus.DECLINED, may_be_pending=False)
    assert rules.may_be_invited(MemberStatus.PENDING, may_be_pending=True)
    assert not rules.may_be_invited(MemberStatus.PENDING, may_be_pending=False)
    assert not rules.may_be_invited(MemberStatus.ACTIVE, may_be_pending=True)
    assert rules.may_accept(MemberStatus.PENDING)
    assert rules.may_accept(MemberStatus.ACTIVE)
    assert not rules.may_accept(MemberStatus.INACTIVE)
