"""Orders and filters of the list of projects stay right when what they are made from changes."""

from typing import Any

import pytest

from tests.harness import Office
from tests.journal.state import check_everything

ENTRY = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}


def make(office: Office, path: str, **body: Any) -> str:
    answer = office.owner.post(path, body)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def names(office: Office, **query: Any) -> list[str]:
    answer = office.owner.get("/projects", **query)
    assert answer.status == 200, answer
    return [project["name"] for project in answer.body]


def estimate(office: Office, project: str, **time: Any) -> None:
    answer = office.owner.patch(f"/projects/{project}/estimate", {"timeEstimate": time})
    assert answer.status == 200, answer


def test_a_renamed_client_moves_its_projects(office: Office) -> None:
    ours, theirs = make(office, "/clients", name="Alpha"), make(office, "/clients", name="Beta")
    make(office, "/projects", name="First", clientId=ours)
    make(office, "/projects", name="Second", clientId=theirs)
    make(office, "/projects", name="Third")
    assert names(office, sort_column="CLIENT_NAME") == ["Third", "First", "Second"]
    office.owner.put(f"/clients/{ours}", {"name": "Zeta"})
    assert names(office, sort_column="CLIENT_NAME") == ["Third", "Second", "First"]
    check_everything(office)


def test_a_project_that_changes_its_client_moves(office: Office) -> None:
    ours, theirs = make(office, "/clients", name="Alpha"), make(office, "/clients", name="Beta")
    first = make(office, "/projects", name="First", clientId=ours)
    make(office, "/projects", name="Second", clientId=ours)
    office.owner.put(f"/projects/{first}", {"clientId": theirs})
    assert names(office, sort_column="CLIENT_NAME") == ["Second", "First"]
    check_everything(office)


def test_a_deleted_client_leaves_its_projects_without_one(office: Office) -> None:
    ours, theirs = make(office, "/clients", name="Alpha"), make(office, "/clients", name="Beta")
    make(office, "/projects", name="First", clientId=theirs)
    make(office, "/projects", name="Second", clientId=ours)
    office.owner.put(f"/clients/{theirs}", {"name": "Beta", "archived": True})
    assert office.owner.delete(f"/clients/{theirs}").status == 200
    assert names(office, sort_column="CLIENT_NAME") == ["First", "Second"]
    check_everything(office)


def test_progress_follows_time_and_estimates(office: Office) -> None:
    first, second = make(office, "/projects", name="First"), make(office, "/projects", name="Second")
    for project in (first, second):
        office.owner.post("/time-entries", {**ENTRY, "projectId": project})
        estimate(office, project, active=True, estimate="PT4H", type="MANUAL")
    progress = {"sort_column": "PROGRESS", "sort_order": "DESCENDING"}
    assert names(office, **progress) == ["Second", "First"]
    entry = office.owner.post("/time-entries", {**ENTRY, "projectId": first}).body["id"]
    assert names(office, **progress) == ["First", "Second"]
    estimate(office, second, estimate="PT1H")
    assert names(office, **progress) == ["Second", "First"]
    estimate(office, second, active=False)
    assert names(office, **progress) == ["First", "Second"]
    assert office.owner.delete(f"/time-entries/{entry}").status == 204
    check_everything(office)


def test_progress_against_the_sum_of_the_tasks(office: Office) -> None:
    first, second = make(office, "/projects", name="First"), make(office, "/projects", name="Second")
    for project in (first, second):
        office.owner.post("/time-entries", {**ENTRY, "projectId": project})
        estimate(office, project, active=True, type="AUTO")
    progress = {"sort_column": "PROGRESS", "sort_order": "DESCENDING"}
    task = make(office, f"/projects/{first}/tasks", name="Task", estimate="PT2H")
    assert names(office, **progress) == ["First", "Second"]
    make(office, f"/projects/{second}/tasks", name="Task", estimate="PT1H")
    assert names(office, **progress) == ["Second", "First"]
    path = f"/projects/{first}/tasks/{task}"
    office.owner.put(path, {"name": "Task", "estimate": "PT30M"})
    assert names(office, **progress) == ["First", "Second"]
    check_everything(office)
    office.owner.put(path, {"name": "Task", "estimate": "PT30M", "status": "DONE"})
    assert office.owner.delete(path).status == 200
    assert names(office, **progress) == ["Second", "First"]
    check_everything(office)


def test_a_copy_is_measured_against_the_copied_tasks(office: Office) -> None:
    template = make(office, "/projects", name="Template")
    make(office, f"/projects/{template}/tasks", name="Task", estimate="PT2H")
    estimate(office, template, active=True, type="AUTO")
    office.owner.patch(f"/projects/{template}/template", {"isTemplate": True})
    body = {"name": "Copy", "templateProjectId": template}
    assert office.owner.post("/projects/from-template", body).status == 200
    check_everything(office)


# --- filters that find few, and filters that find many -----------------------------------------

MANY = 205


@pytest.fixture(scope="module")
def numbers() -> list[str]:
    return [f"Project {number:03}" for number in range(MANY)]


def test_filters_find_the_same_whether_they_find_few_or_many(office: Office, numbers: list[str]) -> None:
    client = make(office, "/clients", name="Client")
    group = make(office, "/user-groups", name="Group")
    for name in numbers:
        make(office, "/projects", name=name, clientId=client, memberships=[{"userId": office.member.id}])
    few = make(office, "/projects", name="Other", memberships=[{"userId": office.manager.id}])
    office.owner.post(f"/projects/{few}/memberships", {"userIds": [], "userGroups": {"ids": [group]}})
    everything = {"page_size": 1000}
    assert names(office, **everything, users=office.member.id) == numbers
    assert names(office, **everything, users=office.manager.id) == ["Other"]
    assert names(office, **everything, users=office.member.id, contains_user=False) == ["Other"]
    assert names(office, **everything, clients=client) == numbers
    assert names(office, **everything, clients=client, contains_client=False) == ["Other"]
    assert names(office, **everything, client_status="ACTIVE") == numbers
    assert names(office, **everything, client_status="ARCHIVED") == []
    assert names(office, **everything, userGroups=group) == ["Other"]
    assert names(office, **everything, clients=client, users=office.manager.id) == []
    assert names(office, users=office.member.id, sort_column="ID", sort_order="DESCENDING", page_size=2) == [
        numbers[-1],
        numbers[-2],
    ]
    assert names(office, users=office.member.id, page=2, page_size=200) == numbers[200:]
