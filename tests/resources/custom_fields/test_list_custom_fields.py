"""GET .../custom-fields."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.resources.custom_fields.conftest import Make


def names(office: Office, **query: object) -> list[str]:
    answer = office.member.get("/custom-fields", **query)
    assert answer.status == 200
    return [row["name"] for row in answer.body]


@pytest.fixture
def some_fields(field: Make) -> None:
    field(name="Ticket", status="VISIBLE")
    field(name="Customer ticket", status="INVISIBLE")
    field(name="Shoe size", entityType="USER", status="INACTIVE")


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("/custom-fields").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get("/custom-fields").refusal == DENIED


def test_a_new_workspace_has_none(office: Office) -> None:
    assert names(office) == []


def test_every_member_sees_all_of_them_oldest_first(office: Office, some_fields: None) -> None:
    assert names(office) == ["Ticket", "Customer ticket", "Shoe size"]


def test_the_list_is_never_paged(office: Office, some_fields: None) -> None:
    answer = office.member.get("/custom-fields", page=2, page_size=1)
    assert len(answer.body) == 3
    assert "Last-Page" not in answer.headers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "TICKET"}, ["Ticket", "Customer ticket"]),
        ({"name": "nothing"}, []),
        ({"status": "INVISIBLE"}, ["Customer ticket"]),
        ({"status": "INACTIVE"}, ["Shoe size"]),
        ({"entity_type": "USER"}, ["Shoe size"]),
        ({"entity_type": ["TIMEENTRY", "USER"]}, ["Ticket", "Customer ticket", "Shoe size"]),
        ({"entity_type": "TIMEENTRY", "status": "VISIBLE", "name": "tick"}, ["Ticket"]),
    ],
)
def test_the_filters_narrow_the_list(
    office: Office, some_fields: None, query: dict[str, object], found: list[str]
) -> None:
    assert names(office, **query) == found


def test_there_is_no_read_of_one_field(office: Office, field: Make) -> None:
    answer = office.owner.get(f"/custom-fields/{field()}")
    assert (answer.status, answer.code) == (405, 3000)
    assert answer.headers["Allow"] == "DELETE, PUT"


@pytest.mark.parametrize("query", [{"status": "ACTIVE"}, {"entity_type": "PROJECT"}])
def test_an_unknown_word_is_refused_with_the_known_ones(office: Office, query: dict[str, str]) -> None:
    answer = office.member.get("/custom-fields", **query)
    assert answer.refusal == REFUSED
    assert "must be from the following set" in answer.message


def test_only_what_projects_one_may_see_make_of_a_field_is_shown(
    office: Office, field: Make, project_id: str, hidden_project_id: str
) -> None:
    field_id = field(status="INVISIBLE")
    for one in (project_id, hidden_project_id):
        assert office.owner.patch(f"/projects/{one}/custom-fields/{field_id}", {"status": "VISIBLE"}).status == 200
    shown = {
        person: [
            row["projectId"] for row in getattr(office, person).get("/custom-fields").body[0]["projectDefaultValues"]
        ]
        for person in ("owner", "member")
    }
    assert shown == {"owner": sorted([project_id, hidden_project_id]), "member": [project_id]}
