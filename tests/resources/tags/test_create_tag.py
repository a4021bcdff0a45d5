"""POST .../tags."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office

ANY_NAME = {"name": "Urgent"}


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/tags", ANY_NAME).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/tags", ANY_NAME).refusal == DENIED
    assert office.owner.get("/tags").body == []


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [("ADMINS", {"owner", "admin"}), ("EVERYONE", {"owner", "admin", "manager", "member"})],
)
def test_the_workspace_says_who_may_create_tags(office: Office, setting: str, allowed: set[str]) -> None:
    office.set(who_can_create_tags=setting)
    for role in ("owner", "admin", "manager", "member"):
        answer = office.everybody[role].post("/tags", {"name": role})
        assert answer.status == (201 if role in allowed else 403), role


def test_project_managers_may_create_tags_when_the_setting_names_them(office: Office) -> None:
    office.set(who_can_create_tags="ADMINS_AND_PROJECT_MANAGERS")
    assert office.manager.post("/tags", ANY_NAME).refusal == DENIED
    office.grant(office.manager, "PROJECT_MANAGER", office.server.ids.new_id())
    assert office.manager.post("/tags", ANY_NAME).status == 201
    assert office.member.post("/tags", {"name": "Other"}).refusal == DENIED


def test_a_member_creates_a_tag(office: Office) -> None:
    answer = office.member.post("/tags", {"name": "Urgent"})
    assert answer.status == 201
    made = answer.body
    assert made == {"id": made["id"], "name": "Urgent", "workspaceId": office.workspace_id, "archived": False}
    assert len(made["id"]) == 24
    assert office.member.get(f"/tags/{made['id']}").body == made


def test_blanks_around_the_name_are_cut_off(office: Office) -> None:
    assert office.member.post("/tags", {"name": "  Urgent\t"}).body["name"] == "Urgent"


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": ""}, {"name": " "}, {"name": "x" * 101}])
def test_a_name_has_1_to_100_characters(office: Office, body: dict[str, object]) -> None:
    assert office.owner.post("/tags", body).refusal == REFUSED


def test_100_characters_are_accepted_however_many_bytes_they_are(office: Office) -> None:
    assert office.owner.post("/tags", {"name": "ж" * 100}).status == 201


def test_a_name_is_used_once(office: Office) -> None:
    office.owner.post("/tags", ANY_NAME)
    answer = office.owner.post("/tags", ANY_NAME)
    assert answer.refusal == REFUSED
    assert answer.message == "Tag with name Urgent already exists"


def test_an_archived_tag_keeps_its_name(office: Office) -> None:
    tag_id = office.owner.post("/tags", ANY_NAME).body["id"]
    office.owner.put(f"/tags/{tag_id}", {"name": "Urgent", "archived": True})
    assert office.owner.post("/tags", ANY_NAME).refusal == REFUSED


def test_names_that_differ_in_case_are_two_names(office: Office) -> None:
    office.owner.post("/tags", {"name": "urgent"})
    assert office.owner.post("/tags", {"name": "URGENT"}).status == 201


def test_another_workspace_may_use_the_same_name(office: Office) -> None:
    office.owner.post("/tags", ANY_NAME)
    assert office.outsider.at(office.outsider_workspace_id).post("/tags", ANY_NAME).status == 201


def test_a_body_is_needed(office: Office) -> None:
    assert office.owner.post("/tags").refusal == UNREADABLE


def test_keys_a_tag_does_not_have_are_ignored(office: Office) -> None:
    answer = office.owner.post("/tags", {"name": "Urgent", "archived": True, "workspaceId": "elsewhere", "color": 1})
    assert answer.body["archived"] is False
    assert answer.body["workspaceId"] == office.workspace_id
