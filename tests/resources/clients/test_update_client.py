"""PUT .../clients/{id}."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def client(office: Office) -> dict[str, Any]:
    body = {"name": "Acme", "email": "a@example.com", "address": "Street 1", "note": "n"}
    made: dict[str, Any] = office.owner.post("/clients", body).body
    return made


def test_anonymous_is_asked_for_a_credential(office: Office, client: dict[str, Any]) -> None:
    assert office.anonymous.put(f"/clients/{client['id']}", {"name": "x"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, client: dict[str, Any]) -> None:
    assert office.outsider.put(f"/clients/{client['id']}", {"name": "x"}).refusal == DENIED


def test_who_may_not_create_clients_changes_none(office: Office, client: dict[str, Any]) -> None:
    office.set(who_can_create_projects_and_clients="ADMINS")
    assert office.member.put(f"/clients/{client['id']}", {"name": "x"}).refusal == DENIED


def test_everything_is_replaced_but_the_currency(office: Office, client: dict[str, Any]) -> None:
    full = {**client, "name": "New", "archived": True, "ccEmails": ["cc@example.com"]}
    answer = office.member.put(f"/clients/{client['id']}", full)
    assert (answer.status, answer.body) == (200, full)
    bare = office.member.put(f"/clients/{client['id']}", {"name": "New"}).body
    assert bare == {
        **full,
        "archived": False,
        "email": None,
        "address": None,
        "note": None,
        "ccEmails": None,
    }


def test_three_copies_are_accepted_and_four_refused(office: Office, client: dict[str, Any]) -> None:
    emails = [f"{letter}@example.com" for letter in "abcd"]
    path = f"/clients/{client['id']}"
    assert office.owner.put(path, {"name": "Acme", "ccEmails": emails[:3]}).body["ccEmails"] == emails[:3]
    answer = office.owner.put(path, {"name": "Acme", "ccEmails": emails})
    assert (answer.refusal, answer.message) == (REFUSED, "Number of additional emails must be less than 3")
    assert office.owner.put(path, {"name": "Acme", "ccEmails": ["nothing"]}).refusal == REFUSED


def test_the_currency_is_one_of_the_workspace(office: Office, client: dict[str, Any]) -> None:
    path = f"/clients/{client['id']}"
    same = office.owner.put(path, {"name": "Acme", "currencyId": client["currencyId"], "currencyCode": "GBP"})
    assert (same.body["currencyId"], same.body["currencyCode"]) == (client["currencyId"], "USD")
    assert office.owner.put(path, {"name": "Acme", "currencyId": "f" * 24}).refusal == REFUSED
    assert office.owner.put(path, {"name": "Acme", "currencyId": ""}).status == 200


def test_a_name_is_needed_and_not_that_of_another_client(office: Office, client: dict[str, Any]) -> None:
    office.owner.post("/clients", {"name": "Other"})
    path = f"/clients/{client['id']}"
    assert office.owner.put(path, {}).refusal == REFUSED
    answer = office.owner.put(path, {"name": "Other"})
    assert (answer.refusal, answer.message) == (REFUSED, "Client with name 'Other' already exists")
    assert office.owner.put(path, {"name": "Acme"}).status == 200


def test_an_unknown_client_is_refused(office: Office) -> None:
    assert office.owner.put("/clients/nothing", {"name": "x"}).refusal == REFUSED


def project_with_task(office: Office, client_id: str, name: str) -> tuple[str, str]:
    project_id = office.owner.post("/projects", {"name": name, "clientId": client_id, "isPublic": True}).body["id"]
    return project_id, f"/projects/{project_id}/tasks/" + office.owner.post(
        f"/projects/{project_id}/tasks", {"name": "Draw"}
    ).body["id"]


def test_archiving_may_archive_projects_and_finish_tasks(office: Office, client: dict[str, Any]) -> None:
    project_id, task = project_with_task(office, client["id"], "Website")
    path = f"/clients/{client['id']}"
    wishes = {"archive_projects": True, "mark_tasks_as_done": True}
    office.owner.put(path, {"name": "Acme"}, **wishes)
    assert office.owner.get(f"/projects/{project_id}").body["archived"] is False
    office.owner.put(path, {"name": "Acme", "archived": True})
    assert office.owner.get(f"/projects/{project_id}").body["archived"] is False
    office.owner.put(path, {"name": "Acme", "archived": True}, **wishes)
    assert office.owner.get(f"/projects/{project_id}").body["archived"] is True
    assert office.owner.get(task).body["status"] == "DONE"


def test_projects_one_may_not_change_stay_as_they_are(office: Office, client: dict[str, Any]) -> None:
    project_id, _ = project_with_task(office, client["id"], "Website")
    mine = office.member.post("/projects", {"name": "Mine", "clientId": client["id"]}).body["id"]
    body = {"name": "Acme", "archived": True}
    assert office.member.put(f"/clients/{client['id']}", body, archive_projects=True).status == 200
    assert office.owner.get(f"/projects/{project_id}").body["archived"] is False
    assert office.owner.get(f"/projects/{mine}").body["archived"] is True
