"""PUT .../user-groups/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def group_id(office: Office) -> str:
    return str(office.owner.post("/user-groups", {"name": "Design"}).body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office, group_id: str) -> None:
    assert office.anonymous.put(f"/user-groups/{group_id}", {"name": "x"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, group_id: str) -> None:
    assert office.outsider.put(f"/user-groups/{group_id}", {"name": "x"}).refusal == DENIED


def test_a_member_changes_no_group(office: Office, group_id: str) -> None:
    assert office.member.put(f"/user-groups/{group_id}", {"name": "x"}).refusal == DENIED


def test_a_group_is_renamed_and_keeps_its_people(office: Office, group_id: str) -> None:
    office.owner.post(f"/user-groups/{group_id}/users", {"userId": office.member.id})
    answer = office.admin.put(f"/user-groups/{group_id}", {"name": "Makers"})
    assert answer.status == 200
    assert (answer.body["name"], answer.body["userIds"]) == ("Makers", [office.member.id])


def test_user_ids_replace_the_people(office: Office, group_id: str) -> None:
    office.owner.post(f"/user-groups/{group_id}/users", {"userId": office.member.id})
    answer = office.owner.put(f"/user-groups/{group_id}", {"name": "Design", "userIds": [office.admin.id] * 2})
    assert answer.body["userIds"] == [office.admin.id]
    assert office.owner.put(f"/user-groups/{group_id}", {"name": "Design", "userIds": []}).body["userIds"] == []


def test_its_own_name_again_is_accepted(office: Office, group_id: str) -> None:
    assert office.owner.put(f"/user-groups/{group_id}", {"name": "Design"}).status == 200


def test_the_name_of_another_group_is_refused(office: Office, group_id: str) -> None:
    office.owner.post("/user-groups", {"name": "Sales"})
    assert office.owner.put(f"/user-groups/{group_id}", {"name": "Sales"}).refusal == REFUSED
    assert office.owner.put(f"/user-groups/{group_id}", {}).refusal == REFUSED


def test_strangers_cannot_be_put_into_it(office: Office, group_id: str) -> None:
    answer = office.owner.put(f"/user-groups/{group_id}", {"name": "Design", "userIds": [office.outsider.id]})
    assert (answer.refusal, answer.message) == (REFUSED, "User doesn't belong to Workspace")


@pytest.mark.parametrize("unknown", ["0" * 24, "f" * 24, "nothing"])
def test_an_unknown_group_is_no_group_of_the_workspace(office: Office, unknown: str) -> None:
    answer = office.owner.put(f"/user-groups/{unknown}", {"name": "x"})
    assert (answer.refusal, answer.message) == (REFUSED, "User group doesn't belong to Workspace")
