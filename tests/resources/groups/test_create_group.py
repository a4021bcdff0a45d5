"""POST .../user-groups."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/user-groups", {"name": "Design"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/user-groups", {"name": "Design"}).refusal == DENIED


def test_only_admins_make_groups(office: Office) -> None:
    assert office.member.post("/user-groups", {"name": "Design"}).refusal == DENIED
    assert office.manager.post("/user-groups", {"name": "Design"}).refusal == DENIED
    assert office.admin.post("/user-groups", {"name": "Design"}).status == 201


def test_a_new_group_is_empty(office: Office) -> None:
    made = office.owner.post("/user-groups", {"name": " Design "})
    assert made.status == 201
    assert made.body == {
        "id": made.body["id"],
        "name": "Design",
        "workspaceId": office.workspace_id,
        "userIds": [],
        "teamManagers": [],
    }
    assert office.member.get("/user-groups").body == [made.body]


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": " "}, {"name": "x" * 101}])
def test_a_name_has_1_to_100_characters(office: Office, body: dict[str, object]) -> None:
    assert office.owner.post("/user-groups", body).refusal == REFUSED


def test_a_name_is_used_once(office: Office) -> None:
    office.owner.post("/user-groups", {"name": "Design"})
    answer = office.owner.post("/user-groups", {"name": "Design"})
    assert answer.refusal == REFUSED
    assert answer.message == "User group with name already exists"


def test_a_body_is_needed(office: Office) -> None:
    assert office.owner.post("/user-groups").refusal == UNREADABLE
