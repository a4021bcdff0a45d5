"""PUT .../projects/{id}/tasks/{taskId}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office


@pytest.fixture
def path(tasks: str, task_id: str) -> str:
    return f"{tasks}/{task_id}"


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.put(path, {"name": "x"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.put(path, {"name": "x"}).refusal == DENIED


def test_the_workspace_says_who_may_change_tasks(office: Office, path: str, project_id: str) -> None:
    office.set(who_can_create_tasks="ADMINS")
    assert office.member.put(path, {"name": "x"}).refusal == DENIED
    office.grant(office.manager, "PROJECT_MANAGER", project_id)
    assert office.manager.put(path, {"name": "x"}).status == 200


def test_what_is_not_said_is_reset(office: Office, path: str) -> None:
    full = {"name": "Paint", "status": "DONE", "assigneeIds": [office.member.id], "estimate": "PT2H", "billable": True}
    changed = office.member.put(path, full).body
    assert {name: changed[name] for name in full} == full
    bare = office.member.put(path, {"name": "Paint"}).body
    reset = {"name": "Paint", "status": "ACTIVE", "assigneeIds": [], "estimate": "PT0S", "billable": False}
    assert {name: bare[name] for name in full} == reset
    assert office.member.get(path).body == bare


def test_rates_survive_an_update(office: Office) -> None:
    task = {"name": "Draw", "costRate": {"amount": 3000}}
    project_id = office.owner.post("/projects", {"name": "Website", "tasks": [task]}).body["id"]
    task_id = office.owner.get(f"/projects/{project_id}/tasks").body[0]["id"]
    changed = office.owner.put(f"/projects/{project_id}/tasks/{task_id}", {"name": "Paint"}).body
    assert changed["costRate"] == {"amount": 3000, "currency": "USD"}


def test_a_name_is_needed_and_not_that_of_another_task(office: Office, tasks: str, path: str) -> None:
    office.owner.post(tasks, {"name": "Paint"})
    assert office.owner.put(path, {"status": "DONE"}).refusal == REFUSED
    answer = office.owner.put(path, {"name": "Paint"})
    assert (answer.refusal, answer.message) == (REFUSED, "Task with name 'Paint' already exists")
    assert office.owner.put(path, {"name": "Draw"}).status == 200


def test_what_breaks_a_rule_is_refused(office: Office, path: str) -> None:
    assert office.owner.put(path, {"name": "Draw", "assigneeIds": [office.outsider.id]}).refusal == REFUSED
    assert office.owner.put(path, {"name": "Draw", "status": "ALL"}).refusal == UNREADABLE
    assert office.owner.put(path, {"name": "Draw"}, membership_status="NOBODY").refusal == REFUSED
    assert office.owner.put(path, {"name": "Draw"}, membership_status="ALL").status == 200


def test_an_unknown_task_is_refused(office: Office, tasks: str, hidden_id: str, task_id: str) -> None:
    assert office.owner.put(f"{tasks}/nothing", {"name": "x"}).refusal == REFUSED
    assert office.owner.put(f"/projects/{hidden_id}/tasks/{task_id}", {"name": "x"}).refusal == REFUSED
    assert office.member.put(f"/projects/{hidden_id}/tasks/{task_id}", {"name": "x"}).refusal == REFUSED
