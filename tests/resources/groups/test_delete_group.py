"""DELETE .../user-groups/{id}."""

import pytest

from hourbook.resources.workspaces import actions as workspaces
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def group_id(office: Office) -> str:
    return str(office.owner.post("/user-groups", {"name": "Design"}).body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office, group_id: str) -> None:
    assert office.anonymous.delete(f"/user-groups/{group_id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, group_id: str) -> None:
    assert office.outsider.delete(f"/user-groups/{group_id}").refusal == DENIED


def test_a_member_deletes_no_group(office: Office, group_id: str) -> None:
    assert office.member.delete(f"/user-groups/{group_id}").refusal == DENIED


def test_the_deleted_group_is_the_answer_and_its_name_is_free(office: Office, group_id: str) -> None:
    answer = office.owner.delete(f"/user-groups/{group_id}")
    assert (answer.status, answer.body["name"]) == (200, "Design")
    assert office.owner.get("/user-groups").body == []
    assert office.owner.delete(f"/user-groups/{group_id}").refusal == REFUSED
    assert office.owner.post("/user-groups", {"name": "Design"}).status == 201


def test_projects_and_tasks_lose_the_group(office: Office, group_id: str) -> None:
    project_id = office.owner.post("/projects", {"name": "Website"}).body["id"]
    office.owner.post(f"/projects/{project_id}/memberships", {"userGroups": {"ids": [group_id]}})
    task = office.owner.post(f"/projects/{project_id}/tasks", {"name": "Draw", "userGroupIds": [group_id]}).body
    assert task["userGroupIds"] == [group_id]
    office.owner.delete(f"/user-groups/{group_id}")
    assert office.owner.get(f"/projects/{project_id}/tasks/{task['id']}").body["userGroupIds"] == []
    assert office.owner.get("/projects", userGroups=group_id).body == []


def test_roles_over_the_group_end_with_it(office: Office, group_id: str) -> None:
    office.grant(office.manager, "TEAM_MANAGER", group_id)
    office.owner.delete(f"/user-groups/{group_id}")
    assert office.read(lambda tx: workspaces.grants_for(tx, group_id)) == []
