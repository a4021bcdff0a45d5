"""PUT .../users/{id}/custom-field/{id}/value, and how lists of people show it."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.resources.custom_fields.conftest import Make


@pytest.fixture
def size(field: Make) -> str:
    return field(name="Shoe size", entityType="USER")


def put(person: Person, user: Person, field_id: str, value: Any = "44") -> Answer:
    return person.put(f"/users/{user.id}/custom-field/{field_id}/value", {"value": value})


def shown(office: Office, user: Person) -> list[dict[str, Any]]:
    """What lists say of somebody; they all say the same."""
    query = {"email": user.email}
    (listed,) = office.member.get("/users", **query).body
    (found,) = office.member.post("/users/info", query).body
    assert listed["customFields"] == found["customFields"]
    return list(listed["customFields"])


def test_anonymous_is_asked_for_a_credential(office: Office, size: str) -> None:
    assert put(office.anonymous, office.member, size).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, size: str) -> None:
    assert put(office.outsider, office.member, size).refusal == DENIED


def test_only_admins_speak_for_others(office: Office, size: str) -> None:
    assert put(office.member, office.manager, size).refusal == DENIED
    assert put(office.member, office.owner, size).refusal == DENIED
    assert put(office.admin, office.owner, size).status == 201


def test_everybody_speaks_for_themselves(office: Office, size: str) -> None:
    answer = put(office.member, office.member, size)
    assert answer.status == 201
    assert answer.body == {
        "customFieldId": size,
        "customFieldName": "Shoe size",
        "customFieldType": "TXT",
        "userId": office.member.id,
        "value": "44",
    }
    assert shown(office, office.member) == [answer.body]


def test_a_field_of_admins_is_theirs_alone(office: Office, field: Make) -> None:
    grade = field(entityType="USER", onlyAdminCanEdit=True)
    assert put(office.member, office.member, grade).refusal == DENIED
    assert put(office.owner, office.member, grade).status == 201
    assert shown(office, office.member)[0]["value"] == "44"


def test_lists_show_every_field_of_people_and_null_for_what_is_not_said(office: Office, size: str, field: Make) -> None:
    field(name="of entries")
    other = field(name="Keys", entityType="USER", status="INACTIVE")
    put(office.owner, office.member, size)
    assert [(row["customFieldId"], row["value"]) for row in shown(office, office.member)] == [
        (size, "44"),
        (other, None),
    ]
    assert [row["value"] for row in shown(office, office.manager)] == [None, None]


def test_a_value_is_changed_and_taken_away(office: Office, size: str) -> None:
    for value, found in (
        ("44", "44"),
        ("45", "45"),
        ("45", "45"),
        ("", None),
        (None, None),
        ("46", "46"),
        (None, None),
    ):
        assert put(office.member, office.member, size, value).body["value"] == found
        assert shown(office, office.member)[0]["value"] == found


def test_a_default_stands_in_until_somebody_says_otherwise(office: Office, field: Make) -> None:
    team = field(entityType="USER", workspaceDefaultValue="Red")
    assert shown(office, office.member)[0]["value"] == "Red"
    assert put(office.member, office.member, team, "Blue").body["value"] == "Blue"
    assert put(office.member, office.member, team, None).body["value"] == "Red"
    assert shown(office, office.member)[0]["value"] == "Red"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("TXT", "text", [1, True, ["a"], {"a": 1}, "x" * 3001]),
        ("LINK", "https://example.com", ["javascript:alert(1)", " data:text/html,x", 1]),
        ("NUMBER", 42.5, ["42", True, [1]]),
        ("CHECKBOX", False, ["true", 1, 0]),
        ("DROPDOWN_SINGLE", "a", ["c", 1, ["a"]]),
        ("DROPDOWN_MULTIPLE", ["a", "b"], ["a", ["c"], [1], ["a", "c"]]),
    ],
)
def test_a_value_is_of_the_type_of_its_field(office: Office, field: Make, kind: str, good: Any, bad: list[Any]) -> None:
    field_id = field(kind, name="Thing", entityType="USER", allowedValues=["a", "b"])
    assert put(office.member, office.member, field_id, good).body["value"] == good
    for value in bad:
        answer = put(office.member, office.member, field_id, value)
        assert answer.refusal == REFUSED, value
        assert answer.message.startswith("The value of Thing ")
    assert shown(office, office.member)[0]["value"] == good


def test_what_is_no_field_of_people_is_the_one_404(office: Office, field: Make) -> None:
    for wrong in (field(), "0123456789abcdef01234567", "not-an-id"):
        answer = put(office.owner, office.member, wrong)
        assert answer.refusal == (404, 501)


@pytest.mark.parametrize("made_up", ["0123456789abcdef01234567", "not-an-id"])
def test_somebody_unknown_is_refused(office: Office, size: str, made_up: str) -> None:
    answer = office.owner.put(f"/users/{made_up}/custom-field/{size}/value", {"value": "44"})
    assert answer.refusal == REFUSED
    assert answer.message == "User doesn't belong to Workspace"


def test_hydrated_entries_show_what_the_fields_say_of_their_person(office: Office, size: str) -> None:
    put(office.member, office.member, size)
    office.member.post("/time-entries", {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"})
    (entry,) = office.member.get(f"/user/{office.member.id}/time-entries", hydrated=True).body
    assert entry["user"]["customFields"][0]["value"] == "44"
