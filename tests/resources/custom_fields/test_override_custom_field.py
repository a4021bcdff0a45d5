"""PATCH .../projects/{id}/custom-fields/{id}."""

from typing import Any

import pytest

from hourbook.resources.custom_fields import store
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.resources.custom_fields.conftest import Make

SHOWN = {"status": "VISIBLE", "defaultValue": "here"}


def override(person: Person, project_id: str, field_id: str, body: Any = None) -> Answer:
    return person.patch(f"/projects/{project_id}/custom-fields/{field_id}", SHOWN if body is None else body)


def test_anonymous_is_asked_for_a_credential(office: Office, field: Make, project_id: str) -> None:
    assert override(office.anonymous, project_id, field()).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, field: Make, project_id: str) -> None:
    assert override(office.outsider, project_id, field()).refusal == DENIED


def test_a_member_and_a_manager_of_another_project_may_not(office: Office, field: Make, project_id: str) -> None:
    field_id = field()
    assert override(office.member, project_id, field_id).refusal == DENIED
    other = office.owner.post("/projects", {"name": "Other", "isPublic": True}).body["id"]
    assert override(office.manager, other, field_id).refusal == DENIED
    assert office.owner.get("/custom-fields").body[0]["projectDefaultValues"] == []


@pytest.mark.parametrize("role", ["owner", "admin", "manager"])
def test_who_manages_the_project_says_what_it_makes_of_a_field(
    office: Office, field: Make, project_id: str, role: str
) -> None:
    field_id = field(status="INVISIBLE")
    answer = override(office.everybody[role], project_id, field_id)
    assert answer.status == 200
    assert answer.body["status"] == "INVISIBLE"
    assert answer.body["projectDefaultValues"] == [{"projectId": project_id, "status": "VISIBLE", "value": "here"}]
    assert answer.body == office.owner.get("/custom-fields").body[0]


def test_what_is_not_said_stays_and_null_takes_the_default_away(office: Office, field: Make, project_id: str) -> None:
    field_id = field(status="INVISIBLE")
    override(office.owner, project_id, field_id)
    steps: list[tuple[dict[str, Any], str, str | None]] = [
        ({"status": "INVISIBLE"}, "INVISIBLE", "here"),
        ({"defaultValue": "there"}, "INVISIBLE", "there"),
        ({}, "INVISIBLE", "there"),
        ({"status": None, "defaultValue": None}, "INVISIBLE", None),
    ]
    for body, status, value in steps:
        shown = override(office.owner, project_id, field_id, body).body["projectDefaultValues"]
        assert shown == [{"projectId": project_id, "status": status, "value": value}]


def test_a_default_alone_keeps_the_status_of_the_workspace(office: Office, field: Make, project_id: str) -> None:
    shown = override(office.owner, project_id, field(status="INVISIBLE"), {"defaultValue": "x"})
    assert shown.body["projectDefaultValues"][0]["status"] == "INVISIBLE"


def test_a_default_that_the_field_cannot_have_is_refused(office: Office, field: Make, project_id: str) -> None:
    answer = override(office.owner, project_id, field("NUMBER", name="Cost"), {"defaultValue": "much"})
    assert answer.refusal == REFUSED
    assert answer.message == "The value of Cost has to be a number"


def test_unknown_ids_fields_of_people_and_projects_one_may_not_see(
    office: Office, field: Make, project_id: str, hidden_project_id: str
) -> None:
    field_id = field()
    for wrong in ("0123456789abcdef01234567", "not-an-id", field(entityType="USER")):
        answer = override(office.owner, project_id, wrong)
        assert answer.refusal == REFUSED
        assert answer.message == "Custom field doesn't belong to Workspace"
    for wrong in ("0123456789abcdef01234567", "not-an-id", hidden_project_id):
        answer = override(office.manager, wrong, field_id)
        assert answer.refusal == REFUSED
        assert answer.message == "Project doesn't belong to Workspace"


def test_a_deleted_project_takes_what_it_made_of_fields_with_it(office: Office, field: Make, project_id: str) -> None:
    override(office.owner, project_id, field(status="INVISIBLE"))
    office.owner.put(f"/projects/{project_id}", {"name": "Website", "archived": True})
    assert office.owner.delete(f"/projects/{project_id}").status == 200
    assert office.owner.get("/custom-fields").body[0]["projectDefaultValues"] == []
    assert office.read(lambda tx: store.overrides_of_projects(tx, [project_id])) == []


def test_a_copy_of_a_template_makes_of_fields_what_the_template_does(
    office: Office, field: Make, project_id: str
) -> None:
    override(office.owner, project_id, field(status="INVISIBLE"))
    office.owner.patch(f"/projects/{project_id}/template", {"isTemplate": True})
    body = {"name": "Copy", "templateProjectId": project_id}
    copy = office.manager.post("/projects/from-template", body).body["id"]
    (shown,) = office.owner.get(f"/projects/{copy}/custom-fields").body
    assert shown["projectDefaultValues"] == [{"projectId": copy, "status": "VISIBLE", "value": "here"}]
