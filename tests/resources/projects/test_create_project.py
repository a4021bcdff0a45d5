"""POST .../projects."""

from typing import Any

import pytest

from hourbook.resources.projects.rules import PALETTE
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/projects", {"name": "Website"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/projects", {"name": "Website"}).refusal == DENIED


def test_the_workspace_says_who_may_create_projects(office: Office) -> None:
    office.set(who_can_create_projects_and_clients="ADMINS")
    assert office.member.post("/projects", {"name": "Website"}).refusal == DENIED
    assert office.admin.post("/projects", {"name": "Website"}).status == 201
    office.set(who_can_create_projects_and_clients="EVERYONE")
    assert office.member.post("/projects", {"name": "Other"}).status == 201


def test_a_new_project_is_as_recorded(office: Office) -> None:
    answer = office.owner.post("/projects", {"billable": False, "color": "#D36F5F", "isPublic": True, "name": " New "})
    assert answer.status == 201
    project_id = answer.body["id"]
    assert answer.body == {
        "archived": False,
        "billable": False,
        "budgetEstimate": None,
        "clientId": "",
        "clientName": "",
        "color": "#D36F5F",
        "costRate": None,
        "duration": "PT0S",
        "estimate": {"estimate": "PT0S", "type": "AUTO"},
        "estimateReset": None,
        "hourlyRate": {"amount": 0, "currency": "USD"},
        "id": project_id,
        "memberships": [
            {
                "costRate": None,
                "hourlyRate": None,
                "membershipStatus": "ACTIVE",
                "membershipType": "PROJECT",
                "targetId": project_id,
                "userId": office.owner.id,
            }
        ],
        "name": "New",
        "note": "",
        "public": True,
        "template": False,
        "timeEstimate": {
            "active": False,
            "estimate": "PT0S",
            "includeNonBillable": True,
            "resetOption": None,
            "type": "AUTO",
        },
        "workspaceId": office.workspace_id,
    }
    assert office.owner.get(f"/projects/{project_id}").body == answer.body


@pytest.mark.parametrize("flag", [True, False])
def test_what_is_not_said_is_as_the_workspace_has_it(office: Office, flag: bool) -> None:
    office.set(default_billable_projects=flag, is_project_public_by_default=flag)
    made = office.owner.post("/projects", {"name": "Website", "public": not flag}).body
    assert (made["billable"], made["public"]) == (flag, flag)
    assert made["color"] in PALETTE


def test_the_creator_manages_the_project(office: Office) -> None:
    path = f"/projects/{office.member.post('/projects', {'name': 'Mine'}).body['id']}"
    assert office.member.put(path, {"name": "Still mine"}).body["name"] == "Still mine"
    assert office.manager.get(path).refusal == REFUSED


def test_a_project_has_the_name_and_currency_of_its_client(office: Office, client_id: str) -> None:
    made = office.owner.post("/projects", {"name": "Website", "clientId": client_id, "note": "n"}).body
    assert (made["clientId"], made["clientName"], made["note"]) == (client_id, "Acme", "n")
    assert office.owner.post("/projects", {"name": "Website", "clientId": ""}).body["clientId"] == ""


@pytest.mark.parametrize("unknown", ["0" * 24, "f" * 24, "nothing"])
def test_the_client_has_to_exist(office: Office, unknown: str) -> None:
    answer = office.owner.post("/projects", {"name": "Website", "clientId": unknown})
    assert (answer.refusal, answer.message) == (REFUSED, "Client doesn't belong to Workspace")


def test_a_name_is_used_once_per_client(office: Office, client_id: str) -> None:
    for client in (None, client_id):
        body = {"name": "Website", "clientId": client}
        assert office.owner.post("/projects", body).status == 201
        assert office.owner.post("/projects", body).refusal == REFUSED
    assert office.owner.post("/projects", {"name": "Website"}).message == "Project with this name already exists"
    with_client = office.owner.post("/projects", {"name": "Website", "clientId": client_id})
    assert with_client.message == "Website project for client Acme already exists."


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": "x"},
        {"name": " x "},
        {"name": "x" * 251},
        {"color": "red"},
        {"color": "#12345"},
        {"note": "x" * 16385},
        {"hourlyRate": {"amount": -1}},
        {"hourlyRate": {}},
        {"costRate": {"amount": (1 << 53) + 1}},
        {"memberships": [{}]},
        {"memberships": [{"userId": "nobody"}]},
        {"tasks": [{}]},
        {"tasks": [{"name": "a"}, {"name": "a"}]},
        {"tasks": [{"name": "a", "assigneeIds": ["nobody"]}]},
    ],
)
def test_what_breaks_a_rule_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    assert office.owner.post("/projects", {"name": "Website", **wrong}).refusal == REFUSED
    assert office.owner.get("/projects").body == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"estimate": "10h"},
        {"estimate": {"estimate": "10h"}},
        {"estimate": {"type": "SOME"}},
        {"memberships": [{"userId": "x", "membershipStatus": "ALL"}]},
    ],
)
def test_what_cannot_be_read_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    assert office.owner.post("/projects", {"name": "Website", **wrong}).refusal == UNREADABLE


@pytest.mark.parametrize("estimate", ["PT10H", {"estimate": "PT10H", "type": "MANUAL"}])
def test_a_manual_estimate_may_be_a_bare_duration(office: Office, estimate: Any) -> None:
    made = office.owner.post("/projects", {"name": "Website", "estimate": estimate}).body
    assert made["estimate"] == {"estimate": "PT10H", "type": "MANUAL"}
    assert (made["timeEstimate"]["active"], made["timeEstimate"]["estimate"]) == (True, "PT10H")


def test_an_automatic_estimate_switches_nothing_on(office: Office) -> None:
    made = office.owner.post("/projects", {"name": "Website", "estimate": {"estimate": "PT1H"}}).body
    assert made["estimate"] == {"estimate": "PT1H", "type": "AUTO"}
    assert made["timeEstimate"]["active"] is False


def test_people_come_with_their_rates(office: Office) -> None:
    people = [
        {"userId": office.member.id, "hourlyRate": {"amount": 4000}, "membershipType": "PROJECT"},
        {"userId": office.manager.id, "hourlyRate": {"amount": 0}, "membershipStatus": "INACTIVE"},
        {"userId": office.owner.id, "costRate": {"amount": 7}, "membershipStatus": "PENDING"},
    ]
    made = office.owner.post("/projects", {"name": "Website", "memberships": people}).body
    found = {m["userId"]: m for m in made["memberships"]}
    assert found[office.member.id]["hourlyRate"] == {"amount": 4000, "currency": "USD"}
    assert found[office.manager.id]["hourlyRate"] is None
    assert found[office.manager.id]["membershipStatus"] == "INACTIVE"
    assert found[office.owner.id]["costRate"] == {"amount": 7, "currency": "USD"}
    assert found[office.owner.id]["membershipStatus"] == "ACTIVE"


def test_first_tasks_come_with_the_project(office: Office) -> None:
    tasks = [{"name": "Draw", "estimate": "PT1H"}, {"name": "Paint", "hourlyRate": {"amount": 9}}]
    made = office.owner.post("/projects", {"name": "Website", "billable": False, "tasks": tasks}).body
    found = office.owner.get(f"/projects/{made['id']}/tasks").body
    assert [(task["name"], task["estimate"], task["billable"]) for task in found] == [
        ("Draw", "PT1H", False),
        ("Paint", "PT0S", False),
    ]
    assert found[1]["hourlyRate"] == {"amount": 9, "currency": "USD"}


@pytest.mark.parametrize(
    "rates",
    [
        {"costRate": {"amount": 1}},
        {"memberships": [{"userId": "OWNER", "costRate": {"amount": 1}}]},
        {"tasks": [{"name": "a", "costRate": {"amount": 1}}]},
    ],
)
def test_cost_rates_are_for_admins(office: Office, rates: dict[str, Any]) -> None:
    for membership in rates.get("memberships", ()):
        membership["userId"] = office.owner.id
    assert office.member.post("/projects", {"name": "Website", **rates}).refusal == DENIED
    assert office.admin.post("/projects", {"name": "Website", **rates}).status == 201


def test_billable_rates_are_for_those_who_see_them(office: Office) -> None:
    body = {"name": "Website", "hourlyRate": {"amount": 5000}}
    office.set(only_admins_see_billable_rates=True)
    assert office.member.post("/projects", body).refusal == DENIED
    office.set(only_admins_see_billable_rates=False)
    assert office.member.post("/projects", body).body["hourlyRate"] == {"amount": 5000, "currency": "USD"}


def test_a_hundred_tasks_and_people_take_no_more_statements_than_two(office: Office, statement_count: Any) -> None:
    def create(name: str, count: int) -> int:
        tasks = [{"name": f"Task {number}"} for number in range(count)]
        return int(statement_count(lambda: office.owner.post("/projects", {"name": name, "tasks": tasks})))

    create("First", 2)
    assert create("Many", 100) == create("Few", 2)
