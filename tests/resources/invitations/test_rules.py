"""The rules of invitations, without a server."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Role
from hourbook.resources.invitations import rules
from hourbook.resources.invitations.rules import Invitation, InvitationStatus, Wanted

HOME = "0123456789abcdef01234567"


def invitation(status: InvitationStatus = InvitationStatus.PENDING) -> Invitation:
    return Invitation(HOME, "a" * 24, "b" * 24, None, status, b"", 100)


@pytest.mark.parametrize("role", [None, Role.WORKSPACE_ADMIN])
def test_an_invitation_gives_the_role_of_an_admin_or_none(role: Role | None) -> None:
    wanted = Wanted(email="a@example.com", role=role)
    assert rules.check_wanted(wanted) is wanted


@pytest.mark.parametrize("role", [Role.OWNER, Role.PROJECT_MANAGER, Role.TEAM_MANAGER])
def test_it_gives_no_other_role(role: Role) -> None:
    with pytest.raises(InvalidValue):
        rules.check_wanted(Wanted(email="a@example.com", role=role))


def test_it_names_a_bounded_number_of_groups_and_projects() -> None:
    many = tuple(str(number) for number in range(rules.PARTS_LIMIT + 1))
    most = Wanted(email=None, group_ids=many[1:], project_ids=many[1:])
    assert rules.check_wanted(most) is most
    for wanted in (Wanted(email=None, group_ids=many), Wanted(email=None, project_ids=many)):
        with pytest.raises(InvalidValue):
            rules.check_wanted(wanted)


def test_a_token_leads_to_its_workspace() -> None:
    assert rules.workspace_of(HOME + "x") == HOME


@pytest.mark.parametrize("token", ["", HOME, "x" + HOME, HOME.upper() + "x", HOME + "x" * 200])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidValue, match="not valid"):
        rules.workspace_of(token)


def test_a_link_works_while_nobody_answered_and_its_time_is_not_over() -> None:
    assert rules.is_open(invitation(), 99)
    assert not rules.is_open(invitation(), 100)
    for status in set(InvitationStatus) - {InvitationStatus.PENDING}:
        assert not rules.is_open(invitation(status), 99)


def test_the_time_of_a_link_is_days() -> None:
    assert rules.expires_at_us(7, 2) == 7 + 2 * 86_400 * 1_000_000


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_new_account_has_a_name(name: str | None) -> None:
    assert rules.check_person_name(" Ann ") == " Ann "
    with pytest.raises(InvalidValue):
        rules.check_person_name(name)


def test_the_token_of_a_link_reaches_no_server_log() -> None:
    assert rules.link_address("https://time.example.org", "token") == "https://time.example.org/#/invitations/token"
