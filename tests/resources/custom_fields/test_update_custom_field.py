"""PUT .../custom-fields/{id}."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.resources.custom_fields.conftest import Make

BODY = {"name": "New name", "type": "TXT"}


def test_anonymous_is_asked_for_a_credential(office: Office, field: Make) -> None:
    assert office.anonymous.put(f"/custom-fields/{field()}", BODY).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, field: Make) -> None:
    assert office.outsider.put(f"/custom-fields/{field()}", BODY).refusal == DENIED


@pytest.mark.parametrize("role", ["member", "manager"])
def test_only_admins_change_fields(office: Office, field: Make, role: str, project_id: str) -> None:
    assert office.everybody[role].put(f"/custom-fields/{field()}", BODY).refusal == DENIED


def test_a_field_is_replaced_and_only_its_status_stays(office: Office, field: Make) -> None:
    field_id = field(
        required=True, onlyAdminCanEdit=True, placeholder="p", status="INVISIBLE", workspaceDefaultValue="d"
    )
    answer = office.admin.put(f"/custom-fields/{field_id}", BODY)
    assert answer.status == 200
    assert answer.body == office.owner.get("/custom-fields").body[0]
    kept = {"id": field_id, "status": "INVISIBLE", "entityType": "TIMEENTRY"}
    replaced = {"required": False, "onlyAdminCanEdit": False, "placeholder": None, "workspaceDefaultValue": None}
    assert {name: answer.body[name] for name in (kept | replaced)} == kept | replaced


def test_whose_field_it_is_does_not_change(office: Office, field: Make) -> None:
    answer = office.owner.put(f"/custom-fields/{field(entityType='USER')}", {**BODY, "entityType": "TIMEENTRY"})
    assert answer.body["entityType"] == "USER"


@pytest.mark.parametrize("changes", [{"type": "NUMBER"}, {"type": None}, {"name": ""}, {"workspaceDefaultValue": 3}])
def test_what_a_field_cannot_become_is_refused(office: Office, field: Make, changes: dict[str, Any]) -> None:
    field_id = field(name="Ticket")
    assert office.owner.put(f"/custom-fields/{field_id}", {**BODY, **changes}).refusal == REFUSED
    assert office.owner.get("/custom-fields").body[0]["name"] == "Ticket"


def test_the_name_of_another_field_is_refused_and_ones_own_is_not(office: Office, field: Make) -> None:
    field(name="Taken")
    field_id = field(name="Mine")
    assert office.owner.put(f"/custom-fields/{field_id}", {**BODY, "name": "Taken"}).refusal == REFUSED
    assert office.owner.put(f"/custom-fields/{field_id}", {**BODY, "name": "Mine"}).status == 200


@pytest.mark.parametrize("made_up", ["0123456789abcdef01234567", "not-an-id"])
def test_an_unknown_id_and_one_that_is_none_get_the_same_answer(office: Office, made_up: str) -> None:
    answer = office.owner.put(f"/custom-fields/{made_up}", BODY)
    assert answer.refusal == REFUSED
    assert answer.message == "Custom field doesn't belong to Workspace"


def test_what_projects_make_of_it_stays(office: Office, field: Make, project_id: str) -> None:
    field_id = field(status="INVISIBLE")
    office.owner.patch(f"/projects/{project_id}/custom-fields/{field_id}", {"defaultValue": "here"})
    shown = office.owner.put(f"/custom-fields/{field_id}", BODY).body["projectDefaultValues"]
    assert shown == [{"projectId": project_id, "status": "INVISIBLE", "value": "here"}]
