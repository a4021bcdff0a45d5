"""POST .../projects/{id}/memberships."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office


@pytest.fixture
def memberships(path: str) -> str:
    return f"{path}/memberships"


def people_in(answer: Answer) -> set[str]:
    assert answer.status == 200, answer
    return {membership["userId"] for membership in answer.body["memberships"]}


def test_anonymous_is_asked_for_a_credential(office: Office, memberships: str) -> None:
    assert office.anonymous.post(memberships, {"userIds": []}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, memberships: str) -> None:
    assert office.outsider.post(memberships, {"userIds": []}).refusal == DENIED


def test_a_member_puts_nobody_on_a_project(office: Office, memberships: str) -> None:
    assert office.member.post(memberships, {"userIds": [office.member.id]}).refusal == DENIED


def test_people_are_added_and_taken_off(office: Office, memberships: str) -> None:
    both = {office.owner.id, office.member.id}
    for _ in range(2):
        assert people_in(office.owner.post(memberships, {"userIds": [office.member.id]})) == both
    for _ in range(2):
        answer = office.owner.post(memberships, {"userIds": [office.member.id], "remove": True})
        assert people_in(answer) == {office.owner.id}


def test_somebody_added_again_keeps_rates(office: Office, memberships: str) -> None:
    office.owner.patch(memberships, {"memberships": [{"userId": office.member.id, "hourlyRate": {"amount": 9}}]})
    answer = office.owner.post(memberships, {"userIds": [office.member.id]})
    assert answer.body["memberships"][0]["hourlyRate"] == {"amount": 9, "currency": "USD"}


def test_groups_bring_and_take_their_people(office: Office, memberships: str, group_id: str) -> None:
    groups = {"ids": [group_id]}
    everybody = {office.owner.id, office.member.id, office.manager.id}
    assert people_in(office.owner.post(memberships, {"userGroups": groups})) == everybody
    removed = office.owner.post(memberships, {"userGroups": groups, "remove": True})
    assert people_in(removed) == {office.owner.id}
    assert office.owner.get("/projects", userGroups=group_id).body == []


def test_who_is_on_a_private_project_sees_it(office: Office, hidden: str) -> None:
    assert office.member.get(hidden).refusal == REFUSED
    office.owner.post(f"{hidden}/memberships", {"userIds": [office.member.id]})
    assert office.member.get(hidden).status == 200
    office.owner.post(f"{hidden}/memberships", {"userIds": [office.member.id], "remove": True})
    assert office.member.get(hidden).refusal == REFUSED


def test_unknown_people_and_groups_are_refused(office: Office, memberships: str) -> None:
    for remove in (False, True):
        answer = office.owner.post(memberships, {"userIds": [office.outsider.id], "remove": remove})
        assert (answer.refusal, answer.message) == (REFUSED, "User doesn't belong to Workspace")
        answer = office.owner.post(memberships, {"userGroups": {"ids": ["nothing"]}, "remove": remove})
        assert (answer.refusal, answer.message) == (REFUSED, "User group doesn't belong to Workspace")


def test_an_unseen_project_is_an_unknown_one(office: Office, hidden: str) -> None:
    office.manager.post("/projects", {"name": "Own"})
    assert office.manager.post(f"{hidden}/memberships", {"userIds": []}).refusal == REFUSED
