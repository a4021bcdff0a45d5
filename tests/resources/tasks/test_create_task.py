"""POST .../projects/{id}/tasks."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office


def test_anonymous_is_asked_for_a_credential(office: Office, tasks: str) -> None:
    assert office.anonymous.post(tasks, {"name": "Draw"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, tasks: str) -> None:
    assert office.outsider.post(tasks, {"name": "Draw"}).refusal == DENIED


def test_the_workspace_says_who_may_create_tasks(office: Office, tasks: str) -> None:
    office.set(who_can_create_tasks="ADMINS")
    assert office.member.post(tasks, {"name": "a"}).refusal == DENIED
    assert office.admin.post(tasks, {"name": "b"}).status == 201
    office.set(who_can_create_tasks="EVERYONE")
    assert office.member.post(tasks, {"name": "c"}).status == 201


def test_a_project_manager_creates_tasks_in_managed_projects_alone(office: Office, tasks: str, project_id: str) -> None:
    office.set(who_can_create_tasks="ADMINS")
    office.grant(office.manager, "PROJECT_MANAGER", project_id)
    other = office.owner.post("/projects", {"name": "Other", "isPublic": True}).body["id"]
    assert office.manager.post(tasks, {"name": "a"}).status == 201
    assert office.manager.post(f"/projects/{other}/tasks", {"name": "a"}).refusal == DENIED


def test_a_task_begins_active_and_as_billable_as_its_project(office: Office, tasks: str, project_id: str) -> None:
    answer = office.member.post(tasks, {"name": " Draw ", "id": "mine", "projectId": "other", "assigneeId": "x"})
    assert answer.status == 201
    assert answer.body == {
        "id": answer.body["id"],
        "name": "Draw",
        "projectId": project_id,
        "status": "ACTIVE",
        "assigneeIds": [],
        "assigneeId": None,
        "userGroupIds": [],
        "estimate": "PT0S",
        "budgetEstimate": 0,
        "duration": "PT0S",
        "billable": True,
        "hourlyRate": None,
        "costRate": None,
    }
    assert office.member.get(f"{tasks}/{answer.body['id']}").body == answer.body
    body = {"name": "Plain", "billable": False}
    plain = office.owner.post("/projects", body).body["id"]
    assert office.owner.post(f"/projects/{plain}/tasks", {"name": "Draw"}).body["billable"] is False


def test_everything_said_is_kept(office: Office, tasks: str) -> None:
    group_id = office.owner.post("/user-groups", {"name": "Design"}).body["id"]
    body = {
        "name": "Draw",
        "status": "DONE",
        "assigneeIds": [office.member.id, office.member.id],
        "userGroupIds": [group_id],
        "estimate": "P1DT30M",
        "budgetEstimate": 5000,
        "billable": False,
    }
    made = office.owner.post(tasks, body).body
    assert {name: made[name] for name in body} == {**body, "assigneeIds": [office.member.id], "estimate": "PT24H30M"}


def test_without_contains_assignee_nobody_is_assigned(office: Office, tasks: str) -> None:
    body = {"name": "Draw", "assigneeIds": [office.member.id]}
    assert office.owner.post(tasks, body, contains_assignee=False).body["assigneeIds"] == []


@pytest.mark.parametrize("name", [None, "", " ", "x" * 1001])
def test_a_name_has_1_to_1000_characters(office: Office, tasks: str, name: str | None) -> None:
    answer = office.owner.post(tasks, {"name": name})
    assert (answer.refusal, answer.message) == (
        REFUSED,
        "Task name has to be between 1 and 1000 characters long",
    )
    assert office.owner.post(tasks, {"name": "x" * 1000}).status == 201


def test_a_name_is_used_once_in_a_project(office: Office, tasks: str, task_id: str, hidden_id: str) -> None:
    answer = office.owner.post(tasks, {"name": "Draw"})
    assert (answer.refusal, answer.message) == (REFUSED, "Task with name 'Draw' already exists")
    assert office.owner.post(f"/projects/{hidden_id}/tasks", {"name": "Draw"}).status == 201


def test_all_is_no_state_of_a_task(office: Office, tasks: str) -> None:
    answer = office.owner.post(tasks, {"name": "Draw", "status": "ALL"})
    assert answer.refusal == UNREADABLE
    assert "ACTIVE, DONE" in answer.message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"assigneeIds": ["nobody"]}, "User doesn't belong to Workspace"),
        ({"userGroupIds": ["nothing"]}, "User group doesn't belong to Workspace"),
        ({"budgetEstimate": -1}, "Budget estimate must be between 0 and 9007199254740992"),
    ],
)
def test_what_breaks_a_rule_is_refused(office: Office, tasks: str, wrong: dict[str, Any], message: str) -> None:
    answer = office.owner.post(tasks, {"name": "Draw", **wrong})
    assert (answer.refusal, answer.message) == (REFUSED, message)


def test_an_estimate_is_a_duration(office: Office, tasks: str) -> None:
    for estimate in ("2h", "P1M", "-PT1H", "PT"):
        assert office.owner.post(tasks, {"name": "Draw", "estimate": estimate}).refusal == UNREADABLE


def test_an_unknown_and_an_unseen_project_are_one_answer(office: Office, hidden_id: str) -> None:
    for project_id in (hidden_id, "f" * 24, "nothing"):
        answer = office.member.post(f"/projects/{project_id}/tasks", {"name": "Draw"})
        assert (answer.refusal, answer.message) == (
            REFUSED,
            f"Task doesn't belong to PROJECT with id {project_id}",
        )
