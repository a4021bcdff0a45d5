"""DELETE .../user-groups/{id}/users/{userId}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def path(office: Office) -> str:
    group_id = office.owner.post("/user-groups", {"name": "Design"}).body["id"]
    office.owner.put(f"/user-groups/{group_id}", {"name": "Design", "userIds": [office.member.id, office.admin.id]})
    return f"/user-groups/{group_id}/users"


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.delete(f"{path}/{office.member.id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.delete(f"{path}/{office.member.id}").refusal == DENIED


def test_a_member_takes_nobody_out(office: Office, path: str) -> None:
    assert office.member.delete(f"{path}/{office.member.id}").refusal == DENIED


def test_the_group_without_the_person_is_the_answer(office: Office, path: str) -> None:
    for _ in range(2):
        answer = office.owner.delete(f"{path}/{office.member.id}")
        assert (answer.status, answer.body["userIds"]) == (200, [office.admin.id])


def test_somebody_unknown_is_refused(office: Office, path: str) -> None:
    assert office.owner.delete(f"{path}/{office.outsider.id}").refusal == REFUSED
    assert office.owner.delete(f"/user-groups/nothing/users/{office.member.id}").refusal == REFUSED
