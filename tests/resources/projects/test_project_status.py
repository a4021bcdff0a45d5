"""Who is told how much time a project took (settings 19 and 8), and its budget (setting 3)."""

import pytest

from tests.harness import DENIED, Office, Person

ENTRY = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:30:00Z"}
HIDING = [{"who_can_see_project_status": "ADMINS"}, {"admin_only_pages": ["PROJECT"]}]


@pytest.fixture
def projects(office: Office) -> list[str]:
    """Two public projects, the second with an hour and a half, managed by the manager; the first with nothing."""
    made = []
    for name in ("Alpha", "Beta"):
        made.append(str(office.owner.post("/projects", {"name": name, "isPublic": True}).body["id"]))
    task = office.owner.post(f"/projects/{made[1]}/tasks", {"name": "Task", "estimate": "PT3H"}).body["id"]
    answer = office.owner.post("/time-entries", {**ENTRY, "projectId": made[1], "taskId": task})
    assert answer.status == 201
    office.grant(office.manager, "PROJECT_MANAGER", made[1])
    return made


def durations(person: Person, project: str) -> set[str]:
    """The tracked time wherever it stands."""
    single = person.get(f"/projects/{project}", hydrated=True).body
    listed = [one for one in person.get("/projects").body if one["id"] == project]
    tasks = person.get(f"/projects/{project}/tasks").body
    task = person.get(f"/projects/{project}/tasks/{tasks[0]['id']}").body
    return {one["duration"] for one in (single, *single["tasks"], *listed, *tasks, task)}


@pytest.mark.parametrize("role", ["member", "manager", "admin", "owner"])
def test_everybody_is_told_when_nothing_hides_it(office: Office, projects: list[str], role: str) -> None:
    assert durations(office.everybody[role], projects[1]) == {"PT1H30M"}


@pytest.mark.parametrize("hiding", HIDING, ids=str)
def test_hidden_it_is_told_to_admins_and_managers_of_the_project(
    office: Office, projects: list[str], hiding: dict[str, object]
) -> None:
    office.set(**hiding)
    for person in (office.owner, office.admin, office.manager):
        assert durations(person, projects[1]) == {"PT1H30M"}
    for person in (office.member, office.lead):
        assert durations(person, projects[1]) == {"PT0S"}


def test_managing_one_project_tells_nothing_of_another(office: Office, projects: list[str]) -> None:
    office.set(who_can_see_project_status="ADMINS")
    office.owner.post("/time-entries", {**ENTRY, "projectId": projects[0]})
    assert office.manager.get(f"/projects/{projects[0]}").body["duration"] == "PT0S"


def test_changing_a_task_does_not_tell_its_time(office: Office, projects: list[str]) -> None:
    office.set(who_can_see_project_status="ADMINS")
    path = f"/projects/{projects[1]}/tasks"
    task = office.member.get(path).body[0]["id"]
    answer = office.member.put(f"{path}/{task}", {"name": "Renamed"})
    assert (answer.status, answer.body["duration"]) == (200, "PT0S")


@pytest.mark.parametrize("column", ["DURATION", "PROGRESS"])
def test_no_order_tells_it(office: Office, projects: list[str], column: str) -> None:
    estimate = {"timeEstimate": {"active": True, "estimate": "PT9H", "type": "MANUAL"}}
    for project in projects:
        assert office.owner.patch(f"/projects/{project}/estimate", estimate).status == 200

    def order(person: Person) -> list[str]:
        return [one["id"] for one in person.get("/projects", sort_column=column, sort_order="DESCENDING").body]

    assert order(office.member) == [projects[1], projects[0]]
    office.owner.put(f"/projects/{projects[0]}", {"name": "Zeta", "isPublic": True})
    office.set(who_can_see_project_status="ADMINS")
    assert order(office.admin) == [projects[1], projects[0]]
    assert order(office.member) == projects


def test_budgets_are_amounts_like_rates(office: Office, projects: list[str]) -> None:
    for project, amount in zip(projects, (200, 987_654), strict=True):
        budget = {"budgetEstimate": {"active": True, "estimate": amount}}
        assert office.owner.patch(f"/projects/{project}/estimate", budget).status == 200
    path, query = "/projects", {"sort_column": "BUDGET", "sort_order": "ASCENDING"}
    assert [one["budgetEstimate"]["estimate"] for one in office.member.get(path, **query).body] == [200, 987_654]
    office.owner.put(f"/projects/{projects[0]}", {"name": "Zeta", "isPublic": True})
    office.set(only_admins_see_billable_rates=True)
    answer = office.member.get(path, **query)
    assert [one["budgetEstimate"] for one in answer.body] == [None, None]
    assert b"987654" not in answer.content
    assert [one["id"] for one in answer.body] == [projects[1], projects[0]]
    assert office.admin.get(path, **query).body[1]["budgetEstimate"]["estimate"] == 987_654


# --- pages (setting 8) -------------------------------------------------------------------------


def test_a_hidden_team_page_is_for_managers_and_admins(office: Office, projects: list[str]) -> None:
    lists = ("/users", "/user-groups", f"/users/{office.member.id}/managers")
    for path in lists:
        assert office.member.get(path).status == 200, path
    office.set(admin_only_pages=["TEAM"])
    for path in lists:
        assert office.member.get(path).refusal == DENIED, path
        for person in (office.owner, office.admin, office.manager, office.lead):
            assert person.get(path).status == 200, path
    assert office.member.post("/users/info", {}).refusal == DENIED
    assert office.lead.post("/users/info", {}).status == 200


def test_hidden_pages_leave_what_tracking_needs(office: Office, projects: list[str]) -> None:
    office.set(admin_only_pages=["PROJECT", "TEAM", "REPORTS"])
    assert {one["id"] for one in office.member.get("/projects").body} == set(projects)
    assert office.member.get(f"/projects/{projects[1]}/tasks").status == 200
    assert office.member.post("/time-entries", {**ENTRY, "projectId": projects[1]}).status == 201
