"""POST .../clients."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/clients", {"name": "Acme"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/clients", {"name": "Acme"}).refusal == DENIED


def test_the_workspace_says_who_may_create_clients(office: Office) -> None:
    office.set(who_can_create_projects_and_clients="ADMINS")
    assert office.member.post("/clients", {"name": "Acme"}).refusal == DENIED
    assert office.admin.post("/clients", {"name": "Acme"}).status == 201
    office.set(who_can_create_projects_and_clients="EVERYONE")
    assert office.member.post("/clients", {"name": "Other"}).status == 201


def test_a_client_is_created_in_the_currency_of_the_workspace(office: Office) -> None:
    answer = office.member.post("/clients", {"name": " Acme "})
    assert answer.status == 201
    made = answer.body
    assert len(made["currencyId"]) == 24
    assert made == {
        "id": made["id"],
        "name": "Acme",
        "email": None,
        "workspaceId": office.workspace_id,
        "archived": False,
        "address": None,
        "note": None,
        "ccEmails": None,
        "currencyId": made["currencyId"],
        "currencyCode": "USD",
    }
    assert office.member.get(f"/clients/{made['id']}").body == made


def test_contact_fields_are_kept_and_money_and_copies_are_dropped(office: Office) -> None:
    default = office.owner.post("/clients", {"name": "Plain"}).body["currencyId"]
    made = office.owner.post(
        "/clients",
        {
            "name": "Acme",
            "email": "a@example.com",
            "address": "Street 1",
            "note": "kept",
            "archived": True,
            "ccEmails": ["cc@example.com"],
            "currencyId": "f" * 24,
            "currencyCode": "GBP",
        },
    ).body
    assert (made["email"], made["address"], made["note"]) == ("a@example.com", "Street 1", "kept")
    assert (made["archived"], made["ccEmails"], made["currencyId"]) == (False, None, default)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": " "},
        {"name": "x" * 101},
        {"email": "nothing"},
        {"email": "a b@example.com"},
        {"email": "@example.com"},
        {"email": "x" * 320 + "@example.com"},
        {"address": "x" * 3001},
        {"note": "x" * 3001},
    ],
)
def test_what_breaks_a_rule_is_refused(office: Office, wrong: dict[str, object]) -> None:
    assert office.owner.post("/clients", {"name": "Acme", **wrong}).refusal == REFUSED
    assert office.owner.get("/clients").body == []


def test_an_empty_email_is_none(office: Office) -> None:
    assert office.owner.post("/clients", {"name": "Acme", "email": ""}).body["email"] is None


def test_a_name_is_taken_by_active_and_archived_clients_alike(office: Office) -> None:
    client_id = office.owner.post("/clients", {"name": "Acme"}).body["id"]
    answer = office.owner.post("/clients", {"name": "Acme"})
    assert (answer.refusal, answer.message) == (REFUSED, "Client with name 'Acme' already exists")
    office.owner.put(f"/clients/{client_id}", {"name": "Acme", "archived": True})
    assert office.owner.post("/clients", {"name": "Acme"}).refusal == REFUSED
    assert office.owner.post("/clients", {"name": "ACME"}).status == 201
    office.owner.delete(f"/clients/{client_id}")
    assert office.owner.post("/clients", {"name": "Acme"}).status == 201


def test_a_body_is_needed(office: Office) -> None:
    assert office.owner.post("/clients").refusal == UNREADABLE
    assert office.owner.post("/clients", {"name": 5}).refusal == UNREADABLE
