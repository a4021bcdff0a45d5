"""GET .../projects."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office


def make(office: Office, name: str, **fields: Any) -> str:
    answer = office.owner.post("/projects", {"name": name, "isPublic": True, **fields})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def track(office: Office, project_id: str, hours: int) -> None:
    body = {"projectId": project_id, "start": "2026-05-20T00:00:00Z", "end": f"2026-05-20T{hours:02}:00:00Z"}
    assert office.owner.post("/time-entries", body).status == 201


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [project["name"] for project in answer.body]


def names(office: Office, **query: Any) -> list[str]:
    return names_in(office.owner.get("/projects", **query))


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("/projects").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get("/projects").refusal == DENIED


def test_private_projects_are_for_their_people_managers_and_admins(office: Office) -> None:
    make(office, "Open")
    hidden = make(office, "Hidden", isPublic=False, memberships=[{"userId": office.member.id}])
    assert names_in(office.admin.get("/projects")) == ["Hidden", "Open"]
    assert names_in(office.member.get("/projects")) == ["Hidden", "Open"]
    assert names_in(office.manager.get("/projects")) == ["Open"]
    office.grant(office.manager, "PROJECT_MANAGER", hidden)
    assert names_in(office.manager.get("/projects")) == ["Hidden", "Open"]


def test_projects_come_by_name_and_in_pages(office: Office) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        make(office, name)
    assert names(office) == ["Alpha", "beta", "Gamma"]
    first, second, third = (office.owner.get("/projects", page=page, page_size=2) for page in (1, 2, 3))
    assert (names_in(first), first.headers["Last-Page"]) == (["Alpha", "beta"], "false")
    assert (names_in(second), second.headers["Last-Page"]) == (["Gamma"], "true")
    assert (third.body, third.headers["Last-Page"]) == ([], "true")


def test_every_sort_column_sorts(office: Office, client_id: str) -> None:
    first, second = make(office, "B one", clientId=client_id), make(office, "A two")
    third = make(office, "C three", estimate="PT10H")
    track(office, first, 3)
    track(office, third, 1)
    budget = {"budgetEstimate": {"estimate": 500, "active": True}}
    assert office.owner.patch(f"/projects/{second}/estimate", budget).status == 200
    orders = {
        "ID": ["B one", "A two", "C three"],
        "NAME": ["A two", "B one", "C three"],
        "CLIENT_NAME": ["A two", "C three", "B one"],
        "DURATION": ["A two", "C three", "B one"],
        "BUDGET": ["B one", "C three", "A two"],
        "PROGRESS": ["B one", "A two", "C three"],
    }
    for column, order in orders.items():
        assert names(office, sort_column=column) == order, column
        assert names(office, sort_column=column, sort_order="DESCENDING") == order[::-1], column
    assert office.owner.get("/projects", sort_column="SIZE").refusal == REFUSED


def test_progress_against_the_tasks_estimates(office: Office) -> None:
    automatic = make(office, "Automatic", tasks=[{"name": "Draw", "estimate": "PT2H"}])
    manual = make(office, "Manual", estimate="PT10H")
    switch_on = {"timeEstimate": {"active": True, "type": "AUTO"}}
    shown = office.owner.patch(f"/projects/{automatic}/estimate", switch_on).body
    assert shown["timeEstimate"]["estimate"] == "PT2H"
    track(office, automatic, 1)
    track(office, manual, 2)
    assert names(office, sort_column="PROGRESS", sort_order="DESCENDING") == ["Automatic", "Manual"]


def test_names_are_searched_by_part_or_exactly(office: Office) -> None:
    make(office, "Website")
    make(office, "Website two")
    assert names(office, name="TWO") == ["Website two"]
    assert names(office, name="Website", strict_name_search=True) == ["Website"]
    assert names(office, name="website", strict_name_search=True) == []


def test_flags_filter_only_when_they_are_said(office: Office) -> None:
    make(office, "Plain", billable=False)
    old = make(office, "Old", billable=True)
    make(office, "Private", isPublic=False, billable=False)
    office.owner.put(f"/projects/{old}", {"archived": True, "billable": True, "isPublic": True})
    office.owner.patch(f"/projects/{old}/template", {"isTemplate": True})
    assert names(office) == ["Old", "Plain", "Private"]
    assert names(office, archived=True) == ["Old"]
    assert names(office, archived=False) == ["Plain", "Private"]
    assert names(office, billable=True) == ["Old"]
    assert names(office, is_template=True) == ["Old"]
    assert names(office, is_template=False) == ["Plain", "Private"]
    assert names(office, access="PRIVATE") == ["Private"]
    assert names(office, access="PUBLIC", archived=False) == ["Plain"]


def test_clients_filter_by_id_and_state(office: Office, client_id: str) -> None:
    other = office.owner.post("/clients", {"name": "Other"}).body["id"]
    make(office, "Acme's", clientId=client_id)
    make(office, "Other's", clientId=other)
    make(office, "Nobody's")
    office.owner.put(f"/clients/{other}", {"name": "Other", "archived": True})
    assert names(office, clients=client_id) == ["Acme's"]
    assert names(office, clients=f"{client_id},{other}") == ["Acme's", "Other's"]
    assert names(office, clients=[client_id, other], client_status="ARCHIVED") == ["Other's"]
    assert names(office, clients=client_id, contains_client=False) == ["Nobody's", "Other's"]
    assert names(office, client_status="ACTIVE") == ["Acme's"]
    assert names(office, client_status="ALL") == ["Acme's", "Nobody's", "Other's"]
    for unknown in ("0" * 24, "nothing"):
        assert names(office, clients=unknown) == []


def test_people_filter_by_id_and_state(office: Office) -> None:
    active = [{"userId": office.member.id}]
    asleep = [{"userId": office.member.id, "membershipStatus": "INACTIVE"}]
    make(office, "Active", memberships=active)
    make(office, "Asleep", memberships=asleep)
    make(office, "Without")
    assert names(office, users=office.member.id) == ["Active", "Asleep"]
    assert names(office, users=office.member.id, user_status="ACTIVE") == ["Active"]
    assert names(office, users=office.member.id, contains_user=False) == ["Without"]
    assert names(office, users=office.member.id, contains_users=False) == ["Without"]
    assert names(office, user_status="INACTIVE") == ["Asleep"]


def test_groups_filter_by_id(office: Office, group_id: str) -> None:
    path = f"/projects/{make(office, 'With')}/memberships"
    make(office, "Without")
    assert office.owner.post(path, {"userGroups": {"ids": [group_id]}}).status == 200
    assert names(office, userGroups=group_id) == ["With"]
    assert names(office, userGroups=group_id, contains_group=False) == ["Without"]


def test_expense_parameters_are_read_and_ignored(office: Office) -> None:
    make(office, "Website")
    assert names(office, expense_limit=5, expense_date="2026-05-20") == ["Website"]
    assert office.owner.get("/projects", expense_limit="x").refusal == (400, 3000)
    for wrong in ({"access": "SOME"}, {"client_status": "SOME"}, {"user_status": "SOME"}):
        assert office.owner.get("/projects", **wrong).refusal == REFUSED


def test_hydrated_projects_have_client_and_tasks(office: Office, client_id: str) -> None:
    project_id = make(office, "Website", clientId=client_id, tasks=[{"name": "Draw"}])
    make(office, "Zero")
    plain = office.owner.get("/projects").body
    first, second = office.owner.get("/projects", hydrated=1).body
    added = {"client", "tasks", "customFields", "currency", "favorite"}
    assert first.keys() - plain[0].keys() == added
    assert {name: value for name, value in first.items() if name not in added} == plain[0]
    assert first["client"] == {
        "id": client_id,
        "name": "Acme",
        "email": None,
        "workspaceId": office.workspace_id,
        "archived": False,
        "address": None,
        "note": None,
    }
    assert (first["customFields"], first["favorite"], first["currency"]["code"]) == ([], False, "USD")
    task = office.owner.get(f"/projects/{project_id}/tasks").body[0]
    assert first["tasks"] == [{**task, "favorite": False}]
    assert (second["client"], second["tasks"]) == (None, [])


def test_rates_are_for_those_who_may_see_them(office: Office) -> None:
    rates = {"hourlyRate": {"amount": 5000}, "costRate": {"amount": 3000}}
    make(office, "Website", memberships=[{"userId": office.member.id, **rates}], **rates)

    def seen_by_member() -> list[Any]:
        project = office.member.get("/projects").body[0]
        membership = next(m for m in project["memberships"] if m["userId"] == office.member.id)
        return [thing[name] for thing in (project, membership) for name in rates]

    usd = {"amount": 5000, "currency": "USD"}
    assert seen_by_member() == [usd, None, usd, None]
    office.set(only_admins_see_billable_rates=True)
    assert seen_by_member() == [None] * 4
    assert office.admin.get("/projects").body[0]["costRate"] == {"amount": 3000, "currency": "USD"}


@pytest.mark.parametrize("hydrated", [False, True])
def test_a_page_takes_at_most_12_statements(
    office: Office, statement_count: Any, hydrated: bool, client_id: str
) -> None:
    for number in range(15):
        make(office, f"Project {number}", clientId=client_id, tasks=[{"name": "Draw"}, {"name": "Paint"}])
    for person in (office.owner, office.member):
        assert statement_count(lambda who=person: who.get("/projects", hydrated=hydrated)) <= 12
