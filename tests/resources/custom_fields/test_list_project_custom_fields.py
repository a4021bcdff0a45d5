"""GET .../projects/{id}/custom-fields, and the same fields on hydrated projects."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.resources.custom_fields.conftest import Make


def test_anonymous_is_asked_for_a_credential(office: Office, project_id: str) -> None:
    assert office.anonymous.get(f"/projects/{project_id}/custom-fields").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, project_id: str) -> None:
    assert office.outsider.get(f"/projects/{project_id}/custom-fields").refusal == DENIED


def test_a_project_one_may_not_see_is_an_unknown_one(office: Office, hidden_project_id: str) -> None:
    answers = [
        office.member.get(f"/projects/{one}/custom-fields")
        for one in (hidden_project_id, "0123456789abcdef01234567", "not-an-id")
    ]
    assert {answer.refusal for answer in answers} == {REFUSED}
    assert {answer.message for answer in answers} == {"Project doesn't belong to Workspace"}


@pytest.fixture
def fields(office: Office, field: Make, project_id: str, hidden_project_id: str) -> dict[str, str]:
    """One that everybody sees, one that only the project shows, one switched off, one of people."""
    made = {
        "seen": field(status="VISIBLE"),
        "hidden": field(status="INVISIBLE"),
        "off": field(status="INACTIVE"),
        "people": field(entityType="USER"),
    }
    shown = {"status": "VISIBLE", "defaultValue": "here"}
    for name in ("hidden", "off"):
        for project in (project_id, hidden_project_id):
            assert office.owner.patch(f"/projects/{project}/custom-fields/{made[name]}", shown).status == 200
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["seen", "hidden", "off"]),
        ({"entity_type": "USER"}, ["people"]),
        ({"entity_type": "TIMEENTRY,USER"}, ["seen", "hidden", "off", "people"]),
        # The status is the one a field has in this project.
        ({"status": "VISIBLE"}, ["seen", "hidden"]),
        ({"status": "INVISIBLE"}, []),
        ({"status": "INACTIVE"}, ["off"]),
        ({"page": 2, "page_size": 1}, ["seen", "hidden", "off"]),
    ],
)
def test_the_fields_and_what_this_project_makes_of_them(
    office: Office, fields: dict[str, str], project_id: str, query: dict[str, object], found: list[str]
) -> None:
    answer = office.member.get(f"/projects/{project_id}/custom-fields", **query)
    assert answer.status == 200
    assert "Last-Page" not in answer.headers
    assert [row["id"] for row in answer.body] == [fields[name] for name in found]
    own = {"projectId": project_id, "status": "VISIBLE", "value": "here"}
    for row in answer.body:
        assert row["projectDefaultValues"] == ([own] if row["id"] in (fields["hidden"], fields["off"]) else [])


def test_a_status_that_does_not_exist_is_refused_with_those_that_do(office: Office, project_id: str) -> None:
    answer = office.member.get(f"/projects/{project_id}/custom-fields", status="ACTIVE")
    assert answer.refusal == REFUSED
    assert answer.message.endswith("INACTIVE, VISIBLE, INVISIBLE.")


def test_hydrated_projects_show_the_fields_of_their_time_entries(
    office: Office, fields: dict[str, str], project_id: str
) -> None:
    alone = office.member.get(f"/projects/{project_id}/custom-fields").body
    (listed,) = office.member.get("/projects", hydrated=True).body
    single = office.member.get(f"/projects/{project_id}", hydrated=True).body
    assert listed["customFields"] == single["customFields"] == alone
    assert [row["id"] for row in alone] == [fields["seen"], fields["hidden"], fields["off"]]


def test_a_hydrated_project_shows_fields_of_the_kind_that_is_asked_for(
    office: Office, fields: dict[str, str], project_id: str
) -> None:
    query = {"hydrated": True, "custom_field_entity_type": "USER"}
    shown = office.member.get(f"/projects/{project_id}", **query).body["customFields"]
    assert [row["id"] for row in shown] == [fields["people"]]
    refused = office.member.get(f"/projects/{project_id}", custom_field_entity_type="PROJECT")
    assert refused.refusal == REFUSED
