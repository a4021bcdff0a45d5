"""POST .../custom-fields."""

from typing import Any

import pytest

from hourbook.core.types import Deployment
from hourbook.journal.journal import iterate_since
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office
from tests.resources.custom_fields.conftest import Make

BODY = {"name": "Ticket", "type": "TXT"}


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/custom-fields", BODY).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/custom-fields", BODY).refusal == DENIED


@pytest.mark.parametrize("role", ["member", "manager"])
def test_only_admins_make_fields(office: Office, role: str, project_id: str) -> None:
    assert office.everybody[role].post("/custom-fields", BODY).refusal == DENIED
    assert office.owner.get("/custom-fields").body == []


def test_a_field_of_time_entries_that_everybody_sees_is_the_default(office: Office) -> None:
    answer = office.admin.post("/custom-fields", {"name": " Ticket ", "type": "TXT"})
    assert answer.status == 201
    assert answer.body == {
        "id": answer.body["id"],
        "name": "Ticket",
        "workspaceId": office.workspace_id,
        "entityType": "TIMEENTRY",
        "type": "TXT",
        "status": "VISIBLE",
        "required": False,
        "onlyAdminCanEdit": False,
        "allowedValues": [],
        "description": None,
        "placeholder": None,
        "workspaceDefaultValue": None,
        "projectDefaultValues": [],
    }
    assert office.member.get("/custom-fields").body == [answer.body]


def test_everything_that_is_said_is_kept(office: Office) -> None:
    said = {
        "name": "Stage",
        "type": "DROPDOWN_MULTIPLE",
        "entityType": "USER",
        "status": "INACTIVE",
        "required": True,
        "onlyAdminCanEdit": True,
        "allowedValues": ["Open", "Done"],
        "description": "Where it stands",
        "placeholder": "",
        "workspaceDefaultValue": ["Done"],
    }
    found = office.owner.post("/custom-fields", said).body
    assert {name: found[name] for name in said} == said


def test_a_type_that_does_not_exist_is_refused_with_those_that_do(office: Office) -> None:
    answer = office.owner.post("/custom-fields", {"name": "Ticket", "type": "TEXT"})
    assert answer.refusal == UNREADABLE
    for word in ("TXT", "NUMBER", "DROPDOWN_SINGLE", "DROPDOWN_MULTIPLE", "CHECKBOX", "LINK"):
        assert word in answer.message


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": " x "},
        {"name": "x" * 251},
        {"type": None},
        {"description": "x" * 3001},
        {"placeholder": "x" * 3001},
        {"type": "DROPDOWN_SINGLE", "allowedValues": ["a", " "]},
        {"type": "DROPDOWN_SINGLE", "allowedValues": ["a", "a"]},
        {"type": "DROPDOWN_SINGLE", "allowedValues": ["x" * 251]},
        {"type": "DROPDOWN_SINGLE", "allowedValues": [str(number) for number in range(501)]},
        {"type": "DROPDOWN_SINGLE", "allowedValues": ["a"], "workspaceDefaultValue": "b"},
        {"workspaceDefaultValue": 1},
    ],
)
def test_what_a_field_cannot_be_is_refused(office: Office, changes: dict[str, Any]) -> None:
    assert office.owner.post("/custom-fields", {**BODY, **changes}).refusal == REFUSED
    assert office.owner.get("/custom-fields").body == []


def test_words_of_a_field_that_is_no_dropdown_are_dropped(office: Office) -> None:
    assert office.owner.post("/custom-fields", {**BODY, "allowedValues": ["a"]}).body["allowedValues"] == []


def test_a_name_is_taken_once_among_fields_of_time_entries_and_once_among_those_of_people(office: Office) -> None:
    assert office.owner.post("/custom-fields", BODY).status == 201
    answer = office.owner.post("/custom-fields", BODY)
    assert answer.refusal == REFUSED
    assert answer.message == "Custom field with name 'Ticket' already exists"
    assert office.owner.post("/custom-fields", {**BODY, "entityType": "USER"}).status == 201


def test_fifty_fields_are_the_limit_and_a_deleted_one_does_not_count(office: Office, field: Make) -> None:
    ids = [field() for _ in range(50)]
    answer = office.owner.post("/custom-fields", BODY)
    assert (answer.status, answer.code) == (400, 4033)
    assert answer.message == "You reached the limit of 50 custom fields"
    office.owner.delete(f"/custom-fields/{ids[0]}")
    assert office.owner.post("/custom-fields", BODY).status == 201


def test_the_limit_is_the_operators(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.server.runtime.pipeline, "deployment", Deployment(custom_fields_limit=1))
    assert office.owner.post("/custom-fields", BODY).status == 201
    assert office.owner.post("/custom-fields", {**BODY, "name": "Another"}).message.endswith("limit of 1 custom fields")


def test_a_field_leaves_a_journal_row(office: Office) -> None:
    field_id = office.owner.post("/custom-fields", BODY).body["id"]
    last = office.read(lambda tx: list(iterate_since(tx, 0)))[-1]
    assert (last.kind, last.verb, last.entity_id) == ("CUSTOM_FIELD", "insert", field_id)
