"""PUT .../projects/{id}."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.put(path, {"name": "New"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.put(path, {"name": "New"}).refusal == DENIED


def test_admins_and_managers_of_the_project_change_it(office: Office, path: str, project_id: str) -> None:
    assert office.member.put(path, {"name": "New"}).refusal == DENIED
    office.manager.post("/projects", {"name": "Own"})
    assert office.manager.put(path, {"name": "New"}).refusal == DENIED
    office.grant(office.manager, "PROJECT_MANAGER", project_id)
    assert office.manager.put(path, {"name": "New"}).body["name"] == "New"
    assert office.admin.put(path, {"name": "Newer"}).body["name"] == "Newer"


def test_an_unseen_project_is_an_unknown_one(office: Office, hidden: str) -> None:
    office.manager.post("/projects", {"name": "Own"})
    for unknown in (hidden, "/projects/nothing"):
        answer = office.manager.put(unknown, {"name": "New"})
        assert (answer.refusal, answer.message) == (REFUSED, "Project doesn't belong to Workspace")


def test_what_is_not_said_is_kept_but_public_and_billable_fall_back(office: Office, path: str, client_id: str) -> None:
    full = {
        "name": "New",
        "clientId": client_id,
        "color": "#FF5722",
        "note": "m",
        "isPublic": True,
        "billable": True,
        "archived": True,
        "hourlyRate": {"amount": 5000},
        "costRate": {"amount": 3000},
    }
    changed = office.owner.put(path, full).body
    assert (changed["public"], changed["billable"], changed["archived"]) == (True, True, True)
    assert (changed["clientName"], changed["color"], changed["note"]) == ("Acme", "#FF5722", "m")
    assert changed["hourlyRate"] == {"amount": 5000, "currency": "USD"}
    assert changed["costRate"] == {"amount": 3000, "currency": "USD"}
    assert office.owner.put(path, {"public": True}).body == {**changed, "public": False, "billable": False}
    assert office.owner.put(path, {"clientId": "", "color": ""}).body["clientId"] == client_id


def test_a_rate_of_0_is_none_of_its_own(office: Office, path: str) -> None:
    office.owner.put(path, {"hourlyRate": {"amount": 5000}, "costRate": {"amount": 3000}})
    changed = office.owner.put(path, {"hourlyRate": {"amount": 0}, "costRate": {"amount": 0}}).body
    assert (changed["hourlyRate"], changed["costRate"]) == ({"amount": 0, "currency": "USD"}, None)


def test_a_manager_sets_billable_rates_while_they_are_visible_and_no_cost_rates(office: Office) -> None:
    path = f"/projects/{office.member.post('/projects', {'name': 'Mine'}).body['id']}"
    assert office.member.put(path, {"hourlyRate": {"amount": 5000}}).status == 200
    assert office.member.put(path, {"costRate": {"amount": 1}}).refusal == DENIED
    office.set(only_admins_see_billable_rates=True)
    assert office.member.put(path, {"hourlyRate": {"amount": 6000}}).refusal == DENIED
    assert office.member.put(path, {"hourlyRate": {"amount": 5000}, "name": "Same rate"}).status == 200


@pytest.mark.parametrize(
    "wrong", [{"name": "x"}, {"name": ""}, {"color": "red"}, {"note": "x" * 16385}, {"hourlyRate": {"amount": -1}}]
)
def test_what_breaks_a_rule_is_refused(office: Office, path: str, wrong: dict[str, Any]) -> None:
    before = office.owner.get(path).body
    assert office.owner.put(path, wrong).refusal == REFUSED
    assert office.owner.get(path).body == before


def test_a_name_is_used_once_per_client(office: Office, path: str, client_id: str) -> None:
    office.owner.post("/projects", {"name": "Other"})
    office.owner.post("/projects", {"name": "Website", "clientId": client_id})
    assert office.owner.put(path, {"name": "Other"}).refusal == REFUSED
    assert office.owner.put(path, {"clientId": client_id}).refusal == REFUSED
    assert office.owner.put(path, {"name": "Website"}).status == 200


@pytest.mark.parametrize("unknown", ["0" * 24, "nothing"])
def test_the_client_has_to_exist(office: Office, path: str, unknown: str) -> None:
    assert office.owner.put(path, {"clientId": unknown}).message == "Client doesn't belong to Workspace"


def test_an_archived_client_of_the_project_does_not_matter(office: Office, client_id: str) -> None:
    project_id = office.owner.post("/projects", {"name": "Website", "clientId": client_id}).body["id"]
    office.owner.put(f"/clients/{client_id}", {"name": "Acme", "archived": True})
    assert office.owner.put(f"/projects/{project_id}", {"name": "New"}).body["clientId"] == client_id
