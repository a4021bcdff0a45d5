"""DELETE .../projects/{id}."""

from typing import Any

from hourbook.resources.workspaces import actions as workspaces
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


def archive(office: Office, path: str) -> None:
    assert office.owner.put(path, {"archived": True, "isPublic": True}).status == 200


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.delete(path).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.delete(path).refusal == DENIED


def test_admins_and_managers_of_the_project_delete_it(office: Office, path: str, project_id: str) -> None:
    archive(office, path)
    assert office.member.delete(path).refusal == DENIED
    office.grant(office.manager, "PROJECT_MANAGER", project_id)
    assert office.manager.delete(path).status == 200


def test_an_unseen_project_is_an_unknown_one(office: Office, hidden: str) -> None:
    office.manager.post("/projects", {"name": "Own"})
    assert office.manager.delete(hidden).message == "Project doesn't belong to Workspace"


def test_an_active_project_cannot_be_deleted(office: Office, path: str) -> None:
    answer = office.owner.delete(path)
    assert (answer.refusal, answer.message) == (REFUSED, "Cannot delete an active project")


def test_the_deleted_project_is_the_answer_and_its_name_is_free(office: Office, path: str) -> None:
    archive(office, path)
    before = office.owner.get(path).body
    answer = office.owner.delete(path)
    assert (answer.status, answer.body) == (200, before)
    assert office.owner.delete(path).refusal == REFUSED
    assert office.owner.post("/projects", {"name": "Website"}).status == 201


def test_tasks_people_and_roles_go_with_it(office: Office, path: str, project_id: str) -> None:
    office.owner.post(f"{path}/memberships", {"userIds": [office.member.id]})
    office.owner.post(f"{path}/tasks", {"name": "Draw"})
    archive(office, path)
    assert len(office.owner.delete(path).body["memberships"]) == 2
    assert office.read(lambda tx: workspaces.grants_for(tx, project_id)) == []
    assert office.owner.get(f"{path}/tasks").refusal == REFUSED


def test_entries_keep_their_time_and_lose_the_project(office: Office, path: str, project_id: str) -> None:
    task_id = office.owner.post(f"{path}/tasks", {"name": "Draw"}).body["id"]
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "projectId": project_id, "taskId": task_id}
    entry = office.member.post("/time-entries", body).body
    archive(office, path)
    assert office.owner.delete(path).body["duration"] == "PT1H"
    kept = office.member.get(f"/time-entries/{entry['id']}").body
    assert (kept["projectId"], kept["taskId"], kept["timeInterval"]) == (None, None, entry["timeInterval"])


def test_a_hundred_tasks_take_no_more_statements_than_one(office: Office, statement_count: Any) -> None:
    def delete(name: str, count: int) -> int:
        tasks = [{"name": f"Task {number}"} for number in range(count)]
        path = f"/projects/{office.owner.post('/projects', {'name': name, 'tasks': tasks}).body['id']}"
        archive(office, path)
        return int(statement_count(lambda: office.owner.delete(path)))

    assert delete("Many", 100) == delete("Few", 1)
