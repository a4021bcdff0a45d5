"""DELETE .../projects/{id}/custom-fields/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.resources.custom_fields.conftest import Make


@pytest.fixture
def place(office: Office, field: Make, project_id: str) -> str:
    """The path of a field that the project shows and the workspace does not."""
    found = f"/projects/{project_id}/custom-fields/{field(name='Ticket', status='INVISIBLE')}"
    assert office.owner.patch(found, {"status": "VISIBLE", "defaultValue": "here"}).status == 200
    return found


def test_anonymous_is_asked_for_a_credential(office: Office, place: str) -> None:
    assert office.anonymous.delete(place).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, place: str) -> None:
    assert office.outsider.delete(place).refusal == DENIED


def test_a_member_may_not(office: Office, place: str) -> None:
    assert office.member.delete(place).refusal == DENIED
    assert len(office.owner.get("/custom-fields").body[0]["projectDefaultValues"]) == 1


@pytest.mark.parametrize("role", ["owner", "admin", "manager"])
def test_the_project_makes_nothing_of_the_field_any_more(office: Office, place: str, role: str) -> None:
    answer = office.everybody[role].delete(place)
    assert answer.status == 200
    assert answer.body["projectDefaultValues"] == []
    assert office.owner.get("/custom-fields").body == [answer.body]


def test_twice_is_as_once(office: Office, place: str) -> None:
    assert office.owner.delete(place).body == office.owner.delete(place).body


def test_what_a_project_makes_of_a_visible_field_stays(office: Office, field: Make, project_id: str) -> None:
    path = f"/projects/{project_id}/custom-fields/{field(status='VISIBLE')}"
    office.owner.patch(path, {"defaultValue": "here"})
    answer = office.owner.delete(path)
    assert answer.refusal == REFUSED
    assert answer.message == "Can't delete workspace visible custom field"
    assert office.owner.get("/custom-fields").body[0]["projectDefaultValues"][0]["value"] == "here"


@pytest.mark.parametrize("made_up", ["0123456789abcdef01234567", "not-an-id"])
def test_unknown_ids_are_refused(office: Office, place: str, project_id: str, made_up: str) -> None:
    field_id = place.rpartition("/")[2]
    assert office.owner.delete(f"/projects/{made_up}/custom-fields/{field_id}").refusal == REFUSED
    assert office.owner.delete(f"/projects/{project_id}/custom-fields/{made_up}").refusal == REFUSED
