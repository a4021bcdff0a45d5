"""POST .../user-groups/{id}/users."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def path(office: Office) -> str:
    return f"/user-groups/{office.owner.post('/user-groups', {'name': 'Design'}).body['id']}/users"


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.post(path, {"userId": office.member.id}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.post(path, {"userId": office.member.id}).refusal == DENIED


def test_a_member_puts_nobody_into_a_group(office: Office, path: str) -> None:
    assert office.member.post(path, {"userId": office.member.id}).refusal == DENIED


def test_somebody_is_in_the_group_once_however_often_they_are_added(office: Office, path: str) -> None:
    for _ in range(2):
        answer = office.admin.post(path, {"userId": office.member.id})
        assert (answer.status, answer.body["userIds"]) == (200, [office.member.id])
    assert office.owner.get("/user-groups").body[0]["userIds"] == [office.member.id]


def test_only_members_of_the_workspace_fit(office: Office, path: str) -> None:
    for user_id in (office.outsider.id, "nobody", "", None):
        answer = office.owner.post(path, {"userId": user_id})
        assert (answer.refusal, answer.message) == (REFUSED, "User doesn't belong to Workspace")


def test_an_unknown_group_is_refused(office: Office) -> None:
    answer = office.owner.post("/user-groups/nothing/users", {"userId": office.member.id})
    assert (answer.refusal, answer.message) == (REFUSED, "User group doesn't belong to Workspace")
