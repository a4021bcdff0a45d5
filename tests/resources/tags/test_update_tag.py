"""PUT .../tags/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office


@pytest.fixture
def tag_id(office: Office) -> str:
    return str(office.owner.post("/tags", {"name": "Urgent"}).body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office, tag_id: str) -> None:
    assert office.anonymous.put(f"/tags/{tag_id}", {"name": "New"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, tag_id: str) -> None:
    assert office.outsider.put(f"/tags/{tag_id}", {"name": "New"}).refusal == DENIED


def test_who_may_not_create_tags_may_not_change_them(office: Office, tag_id: str) -> None:
    office.set(who_can_create_tags="ADMINS")
    assert office.member.put(f"/tags/{tag_id}", {"name": "New"}).refusal == DENIED
    assert office.owner.get(f"/tags/{tag_id}").body["name"] == "Urgent"


def test_name_and_archived_flag_are_replaced(office: Office, tag_id: str) -> None:
    answer = office.member.put(f"/tags/{tag_id}", {"name": "Later", "archived": True})
    assert answer.status == 200
    assert answer.body == {"id": tag_id, "name": "Later", "workspaceId": office.workspace_id, "archived": True}
    assert office.member.get(f"/tags/{tag_id}").body == answer.body


def test_leaving_archived_out_unarchives(office: Office, tag_id: str) -> None:
    office.owner.put(f"/tags/{tag_id}", {"name": "Urgent", "archived": True})
    assert office.owner.put(f"/tags/{tag_id}", {"name": "Urgent"}).body["archived"] is False


@pytest.mark.parametrize("body", [{}, {"archived": True}, {"name": " "}, {"name": "x" * 101}])
def test_a_name_has_1_to_100_characters(office: Office, tag_id: str, body: dict[str, object]) -> None:
    assert office.owner.put(f"/tags/{tag_id}", body).refusal == REFUSED


def test_the_name_of_another_tag_is_refused(office: Office, tag_id: str) -> None:
    office.owner.post("/tags", {"name": "Later"})
    answer = office.owner.put(f"/tags/{tag_id}", {"name": "Later"})
    assert answer.refusal == REFUSED
    assert answer.message == "Tag with name Later already exists"


def test_a_tag_may_keep_its_own_name(office: Office, tag_id: str) -> None:
    assert office.owner.put(f"/tags/{tag_id}", {"name": "Urgent"}).status == 200


def test_a_body_is_needed(office: Office, tag_id: str) -> None:
    assert office.owner.put(f"/tags/{tag_id}").refusal == UNREADABLE


@pytest.mark.parametrize("made_up", ["0123456789abcdef01234567", "not-an-id"])
def test_an_unknown_id_and_one_that_is_none_get_the_same_answer(office: Office, made_up: str) -> None:
    answer = office.owner.put(f"/tags/{made_up}", {"name": "New"})
    assert answer.refusal == REFUSED
    assert answer.message == "Tag doesn't belong to Workspace"


def test_a_tag_of_another_workspace_is_an_unknown_id(office: Office, tag_id: str) -> None:
    at_home = office.outsider.at(office.outsider_workspace_id)
    assert at_home.put(f"/tags/{tag_id}", {"name": "Mine now"}).message == "Tag doesn't belong to Workspace"
    assert office.owner.get(f"/tags/{tag_id}").body["name"] == "Urgent"


def test_there_is_no_patch(office: Office, tag_id: str) -> None:
    answer = office.owner.patch(f"/tags/{tag_id}", {"name": "New"})
    assert answer.refusal == (405, 3000)
    assert answer.headers["Allow"] == "DELETE, GET, PUT"
