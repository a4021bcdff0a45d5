"""POST .../projects/from-template."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office

PATH = "/projects/from-template"


@pytest.fixture
def template_id(office: Office, client_id: str) -> str:
    """A template with people, rates and tasks."""
    body = {
        "name": "Template",
        "clientId": client_id,
        "note": "n",
        "color": "#4C9F70",
        "isPublic": True,
        "billable": False,
        "hourlyRate": {"amount": 5000},
        "estimate": "PT10H",
        "memberships": [{"userId": office.member.id, "hourlyRate": {"amount": 4000}}],
        "tasks": [{"name": "Draw", "status": "DONE", "estimate": "PT1H", "assigneeIds": [office.member.id]}],
    }
    made = office.owner.post("/projects", body).body["id"]
    assert office.owner.patch(f"/projects/{made}/template", {"isTemplate": True}).status == 200
    return str(made)


def test_anonymous_is_asked_for_a_credential(office: Office, template_id: str) -> None:
    assert office.anonymous.post(PATH, {"name": "Copy", "templateProjectId": template_id}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, template_id: str) -> None:
    assert office.outsider.post(PATH, {"name": "Copy", "templateProjectId": template_id}).refusal == DENIED


def test_who_may_not_create_projects_copies_none(office: Office, template_id: str) -> None:
    office.set(who_can_create_projects_and_clients="ADMINS")
    assert office.member.post(PATH, {"name": "Copy", "templateProjectId": template_id}).refusal == DENIED


def test_the_copy_is_like_its_template_without_its_time(office: Office, template_id: str) -> None:
    times = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "projectId": template_id}
    assert office.member.post("/time-entries", times).status == 201
    template = office.owner.get(f"/projects/{template_id}").body
    answer = office.manager.post(PATH, {"name": "Copy", "templateProjectId": template_id})
    assert answer.status == 200
    copy = office.owner.get(f"/projects/{answer.body['id']}").body
    different = {"id", "name", "template", "duration", "memberships"}
    assert {k: v for k, v in copy.items() if k not in different} == {
        k: v for k, v in template.items() if k not in different
    }
    assert (copy["name"], copy["template"], copy["duration"]) == ("Copy", False, "PT0S")
    rates = {m["userId"]: m["hourlyRate"] for m in copy["memberships"]}
    assert rates == {
        office.owner.id: None,
        office.member.id: {"amount": 4000, "currency": "USD"},
        office.manager.id: None,
    }


def test_tasks_are_copied_to_be_done_again(office: Office, template_id: str) -> None:
    copy = office.owner.post(PATH, {"name": "Copy", "templateProjectId": template_id}).body
    (task,) = office.owner.get(f"/projects/{copy['id']}/tasks").body
    assert (task["name"], task["status"], task["estimate"]) == ("Draw", "ACTIVE", "PT1H")
    assert task["assigneeIds"] == [office.member.id]


def test_whoever_copies_manages_the_copy(office: Office, template_id: str) -> None:
    copy = office.manager.post(PATH, {"name": "Copy", "templateProjectId": template_id}).body
    assert office.manager.put(f"/projects/{copy['id']}", {"name": "Mine"}).status == 200


def test_what_is_said_differs(office: Office, template_id: str) -> None:
    other = office.owner.post("/clients", {"name": "Other"}).body["id"]
    body = {"name": "Copy", "templateProjectId": template_id, "color": "#000000", "isPublic": False, "clientId": other}
    copy = office.owner.post(PATH, body).body
    assert (copy["color"], copy["public"], copy["clientName"]) == ("#000000", False, "Other")


def test_only_a_template_one_sees_can_be_copied(office: Office, project_id: str, hidden: str, template_id: str) -> None:
    office.owner.patch(f"{hidden}/template", {"isTemplate": True})
    for unknown in (project_id, hidden.rpartition("/")[2], "f" * 24, "", None):
        answer = office.member.post(PATH, {"name": "Copy", "templateProjectId": unknown})
        assert (answer.refusal, answer.message) == (REFUSED, "Template doesn't belong to Workspace")


def test_what_breaks_a_rule_is_refused(office: Office, template_id: str) -> None:
    for wrong in ({"name": None}, {"name": "Template"}, {"color": "red"}, {"clientId": "nothing"}):
        body = {"name": "Copy", "templateProjectId": template_id, **wrong}
        assert office.owner.post(PATH, body).refusal == REFUSED


def test_reading_the_path_takes_it_for_an_id(office: Office) -> None:
    assert office.owner.get(PATH).refusal == REFUSED
