"""DELETE .../projects/{id}/tasks/{taskId}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def path(tasks: str, task_id: str) -> str:
    return f"{tasks}/{task_id}"


def finish(office: Office, path: str) -> None:
    assert office.owner.put(path, {"name": "Draw", "status": "DONE"}).status == 200


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.delete(path).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.delete(path).refusal == DENIED


def test_only_managers_of_the_project_and_admins_delete_tasks(office: Office, path: str, project_id: str) -> None:
    finish(office, path)
    assert office.member.delete(path).refusal == DENIED
    other = office.manager.post("/projects", {"name": "Other"})
    assert other.status == 201
    assert office.manager.delete(path).refusal == DENIED
    office.grant(office.manager, "PROJECT_MANAGER", project_id)
    assert office.manager.delete(path).status == 200


def test_an_active_task_cannot_be_deleted(office: Office, path: str) -> None:
    answer = office.owner.delete(path)
    assert (answer.refusal, answer.message) == (REFUSED, "Cannot delete an active task")


def test_the_deleted_task_is_the_answer_and_its_name_is_free(office: Office, path: str, tasks: str) -> None:
    finish(office, path)
    answer = office.owner.delete(path)
    assert (answer.status, answer.body["name"], answer.body["status"]) == (200, "Draw", "DONE")
    assert office.owner.delete(path).refusal == REFUSED
    assert office.owner.post(tasks, {"name": "Draw"}).status == 201


def test_entries_keep_their_time_and_lose_the_task(office: Office, path: str, project_id: str, task_id: str) -> None:
    times = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    entry = office.member.post("/time-entries", {**times, "projectId": project_id, "taskId": task_id}).body
    finish(office, path)
    assert office.owner.delete(path).body["duration"] == "PT1H"
    kept = office.member.get(f"/time-entries/{entry['id']}").body
    assert (kept["taskId"], kept["projectId"]) == (None, project_id)
    assert office.owner.get(f"/projects/{project_id}").body["duration"] == "PT1H"
