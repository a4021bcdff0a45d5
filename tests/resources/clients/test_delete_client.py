"""DELETE .../clients/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def client_id(office: Office) -> str:
    return str(office.owner.post("/clients", {"name": "Acme"}).body["id"])


def archive(office: Office, client_id: str) -> None:
    assert office.owner.put(f"/clients/{client_id}", {"name": "Acme", "archived": True}).status == 200


def test_anonymous_is_asked_for_a_credential(office: Office, client_id: str) -> None:
    assert office.anonymous.delete(f"/clients/{client_id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, client_id: str) -> None:
    assert office.outsider.delete(f"/clients/{client_id}").refusal == DENIED


def test_who_may_not_create_clients_deletes_none(office: Office, client_id: str) -> None:
    office.set(who_can_create_projects_and_clients="ADMINS")
    assert office.member.delete(f"/clients/{client_id}").refusal == DENIED


def test_an_active_client_cannot_be_deleted(office: Office, client_id: str) -> None:
    answer = office.owner.delete(f"/clients/{client_id}")
    assert (answer.refusal, answer.message) == (REFUSED, "Cannot delete an active client")


def test_the_deleted_client_is_the_answer(office: Office, client_id: str) -> None:
    archive(office, client_id)
    answer = office.member.delete(f"/clients/{client_id}")
    assert (answer.status, answer.body["id"], answer.body["archived"]) == (200, client_id, True)
    assert office.owner.get(f"/clients/{client_id}").refusal == REFUSED
    assert office.owner.delete(f"/clients/{client_id}").refusal == REFUSED


def test_projects_stay_and_lose_the_client(office: Office, client_id: str) -> None:
    project_id = office.owner.post("/projects", {"name": "Website", "clientId": client_id}).body["id"]
    archive(office, client_id)
    assert office.owner.delete(f"/clients/{client_id}").status == 200
    project = office.owner.get(f"/projects/{project_id}").body
    assert (project["clientId"], project["clientName"], project["archived"]) == ("", "", False)


def test_a_project_name_that_would_be_there_twice_keeps_the_client(office: Office, client_id: str) -> None:
    office.owner.post("/projects", {"name": "Website", "clientId": client_id})
    office.owner.post("/projects", {"name": "Website"})
    archive(office, client_id)
    answer = office.owner.delete(f"/clients/{client_id}")
    assert (answer.refusal, answer.message) == (REFUSED, "Project with this name already exists")
    assert office.owner.get(f"/clients/{client_id}").status == 200
