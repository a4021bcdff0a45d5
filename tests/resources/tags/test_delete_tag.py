"""DELETE .../tags/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def tag_id(office: Office) -> str:
    return str(office.owner.post("/tags", {"name": "Urgent"}).body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office, tag_id: str) -> None:
    assert office.anonymous.delete(f"/tags/{tag_id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, tag_id: str) -> None:
    assert office.outsider.delete(f"/tags/{tag_id}").refusal == DENIED


def test_who_may_not_create_tags_may_not_delete_them(office: Office, tag_id: str) -> None:
    office.set(who_can_create_tags="ADMINS")
    assert office.member.delete(f"/tags/{tag_id}").refusal == DENIED
    assert office.owner.get(f"/tags/{tag_id}").status == 200


def test_the_deleted_tag_is_the_answer_and_is_gone(office: Office, tag_id: str) -> None:
    before = office.owner.get(f"/tags/{tag_id}").body
    answer = office.member.delete(f"/tags/{tag_id}")
    assert (answer.status, answer.body) == (200, before)
    assert office.owner.get("/tags").body == []


def test_an_archived_tag_may_go_too(office: Office, tag_id: str) -> None:
    office.owner.put(f"/tags/{tag_id}", {"name": "Urgent", "archived": True})
    assert office.owner.delete(f"/tags/{tag_id}").body["archived"] is True


def test_its_name_is_free_again(office: Office, tag_id: str) -> None:
    office.owner.delete(f"/tags/{tag_id}")
    assert office.owner.post("/tags", {"name": "Urgent"}).status == 201


def test_entries_lose_the_tag(office: Office, tag_id: str) -> None:
    other_id = office.owner.post("/tags", {"name": "Other"}).body["id"]
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "tagIds": [tag_id, other_id]}
    entry_id = office.member.post("/time-entries", body).body["id"]
    office.owner.delete(f"/tags/{tag_id}")
    assert office.member.get(f"/time-entries/{entry_id}").body["tagIds"] == [other_id]


def test_a_tag_is_deleted_once(office: Office, tag_id: str) -> None:
    office.owner.delete(f"/tags/{tag_id}")
    answer = office.owner.delete(f"/tags/{tag_id}")
    assert answer.refusal == REFUSED
    assert answer.message == "Tag doesn't belong to Workspace"


def test_a_tag_of_another_workspace_is_an_unknown_id(office: Office, tag_id: str) -> None:
    at_home = office.outsider.at(office.outsider_workspace_id)
    assert at_home.delete(f"/tags/{tag_id}").message == "Tag doesn't belong to Workspace"
    assert office.owner.get(f"/tags/{tag_id}").status == 200


def test_a_body_is_accepted_and_ignored(office: Office, tag_id: str) -> None:
    assert office.owner.delete(f"/tags/{tag_id}", {"name": "x"}).status == 200
