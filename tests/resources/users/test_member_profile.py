"""GET and PATCH .../member-profile/{userId}."""

from typing import Any

import pytest

from hourbook.journal import journal
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person
from tests.journal.state import check_everything

WEEK = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def read(asker: Person, person: Person) -> Answer:
    return asker.get(f"/member-profile/{person.id}")


def patch(asker: Person, person: Person, **body: Any) -> Answer:
    return asker.patch(f"/member-profile/{person.id}", body)


def field_of_people(office: Office, name: str, **more: Any) -> str:
    answer = office.owner.post("/custom-fields", {"name": name, "type": "TXT", "entityType": "USER", **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


# --- reading -----------------------------------------------------------------------------------


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert read(office.anonymous, office.member).refusal == NO_CREDENTIAL
    assert patch(office.anonymous, office.member, weekStart="SUNDAY").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert read(office.outsider, office.outsider).refusal == DENIED
    assert patch(office.outsider, office.member, weekStart="SUNDAY").refusal == DENIED


def test_members_and_managers_read_and_edit_their_own_alone(office: Office) -> None:
    for person in (office.member, office.lead):
        assert read(person, person).status == 200
        assert patch(person, person, weekStart="SUNDAY").body["weekStart"] == "SUNDAY"
        assert read(person, office.manager).refusal == DENIED
        assert patch(person, office.manager, weekStart="SUNDAY").refusal == DENIED
    assert read(office.lead, office.member).refusal == DENIED
    assert read(office.owner, office.manager).body["weekStart"] == "MONDAY"


def test_a_profile_begins_with_what_account_and_workspace_say(office: Office) -> None:
    office.set(working_days=["MONDAY", "SATURDAY"])
    answer = read(office.admin, office.member)
    assert answer.status == 200
    assert answer.body == {
        "email": office.member.email,
        "name": office.member.name,
        "imageUrl": "",
        "hasPassword": False,
        "hasPendingApprovalRequest": False,
        "weekStart": "MONDAY",
        "workCapacity": "PT8H",
        "workingDays": ["MONDAY", "SATURDAY"],
        "workspaceNumber": 1,
        "userCustomFieldValues": [],
    }


def test_the_workspaces_somebody_is_in_are_counted(office: Office) -> None:
    made = office.member.raw("POST", "/api/v1/workspaces", {"name": "Another"})
    assert made.status == 201
    assert read(office.member, office.member).body["workspaceNumber"] == 2


def test_of_somebody_who_did_not_come_only_the_address_is_known(office: Office) -> None:
    office.owner.post("/users", {"email": office.outsider.email})
    body = read(office.owner, office.outsider).body
    assert (body["email"], body["name"], body["hasPassword"]) == (office.outsider.email, "", False)
    assert body["workspaceNumber"] == 0


def test_every_field_of_people_is_there_whole(office: Office) -> None:
    field = field_of_people(office, "Badge")
    office.owner.put(f"/users/{office.member.id}/custom-field/{field}/value", {"value": "A7"})
    (value,) = read(office.member, office.member).body["userCustomFieldValues"]
    assert value["customFieldId"] == value["customField"]["id"] == field
    assert (value["name"], value["type"], value["value"]) == ("Badge", "TXT", "A7")
    assert (value["sourceType"], value["userId"]) == ("USER", office.member.id)


def test_somebody_unknown_is_refused(office: Office) -> None:
    for asker in (office.owner, office.member):
        for user_id in ("f" * 24, "nonsense", office.outsider.id):
            assert asker.get(f"/member-profile/{user_id}").refusal == REFUSED
            assert asker.patch(f"/member-profile/{user_id}", {"weekStart": "SUNDAY"}).refusal == REFUSED


def test_put_is_no_verb_of_a_profile(office: Office) -> None:
    answer = office.owner.put(f"/member-profile/{office.member.id}", {})
    assert (answer.refusal, answer.headers["Allow"]) == ((405, 3000), "GET, PATCH")


# --- editing -----------------------------------------------------------------------------------


def test_an_admin_edits_anybodys(office: Office) -> None:
    days = ["SUNDAY", "MONDAY", "MONDAY"]
    answer = patch(office.admin, office.member, weekStart="SATURDAY", workCapacity="PT6H30M", workingDays=days)
    assert answer.status == 200
    assert answer.body == read(office.member, office.member).body
    assert (answer.body["weekStart"], answer.body["workCapacity"]) == ("SATURDAY", "PT6H30M")
    assert answer.body["workingDays"] == ["MONDAY", "SUNDAY"]


def test_what_is_not_said_is_kept(office: Office) -> None:
    patch(office.member, office.member, weekStart="SUNDAY", workCapacity="PT4H", workingDays=["FRIDAY"])
    assert patch(office.member, office.member, weekStart=None).body["weekStart"] == "SUNDAY"
    body = patch(office.member, office.member, workCapacity="PT5H").body
    assert (body["weekStart"], body["workCapacity"], body["workingDays"]) == ("SUNDAY", "PT5H", ["FRIDAY"])


def test_a_profile_belongs_to_one_workspace(office: Office) -> None:
    there = office.member.at(office.member.raw("POST", "/api/v1/workspaces", {"name": "Another"}).body["id"])
    patch(office.member, office.member, weekStart="SUNDAY", workCapacity="PT4H", workingDays=["FRIDAY"])
    body = read(there, there).body
    assert (body["weekStart"], body["workCapacity"], body["workingDays"]) == ("MONDAY", "PT8H", WEEK)


def test_a_change_leaves_its_event_and_repeating_it_nothing(office: Office) -> None:
    before = office.read(journal.current_revision)
    patch(office.member, office.member, weekStart="SUNDAY")
    patch(office.member, office.member, weekStart="SUNDAY")
    rows = office.read(lambda tx: list(journal.iterate_since(tx, before)))
    assert [(row.kind, row.event, row.subject_user_id) for row in rows] == [
        ("MEMBER", "USER_UPDATED", office.member.id)
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"workCapacity": "PT0S"},
        {"workCapacity": "PT24H1S"},
        {"workingDays": []},
    ],
)
def test_what_no_profile_can_hold_is_refused(office: Office, body: dict[str, Any]) -> None:
    assert patch(office.owner, office.member, **body).refusal == REFUSED


@pytest.mark.parametrize(
    "body",
    [{"weekStart": "Monday"}, {"workingDays": ["SOMEDAY"]}, {"workCapacity": "eight hours"}, {"workCapacity": 8}],
)
def test_what_cannot_be_read_is_refused(office: Office, body: dict[str, Any]) -> None:
    assert patch(office.owner, office.member, **body).refusal == UNREADABLE


def test_name_and_picture_of_somebody_who_signs_in_stay(office: Office) -> None:
    same = {"name": office.member.name, "imageUrl": "", "removeProfileImage": False, "weekStart": "SUNDAY"}
    assert patch(office.owner, office.member, **same).body["weekStart"] == "SUNDAY"
    for body in ({"name": "Somebody"}, {"imageUrl": "https://files.example.com/a.png"}):
        assert patch(office.owner, office.member, **body).refusal == REFUSED
    assert read(office.owner, office.member).body["name"] == office.member.name


def test_name_and_picture_of_a_limited_user_change(office: Office) -> None:
    picture = "https://files.example.com/a.png"
    body = patch(office.admin, office.limited, name=" Leo ", imageUrl=picture).body
    check_everything(office)
    assert (body["name"], body["imageUrl"], body["email"]) == ("Leo", picture, "")
    listed = office.owner.get("/users", account_statuses="LIMITED", name="leo").body
    assert [(one["name"], one["profilePicture"]) for one in listed] == [("Leo", picture)]
    assert patch(office.admin, office.limited, removeProfileImage=True).body["imageUrl"] == ""


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_limited_user_has_a_name_of_some_length(office: Office, name: str) -> None:
    assert patch(office.owner, office.limited, name=name).refusal == REFUSED


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:image/png;base64,AA", "//x y", "https://a/" + "x" * 2000]
)
def test_a_picture_is_at_an_address_a_browser_may_follow(office: Office, address: str) -> None:
    assert patch(office.owner, office.limited, imageUrl=address).refusal == REFUSED


def test_fields_of_people_are_set_together(office: Office) -> None:
    badge, desk = field_of_people(office, "Badge"), field_of_people(office, "Desk")

    def values() -> dict[str, Any]:
        found = read(office.member, office.member).body["userCustomFieldValues"]
        return {one["customFieldId"]: one["value"] for one in found}

    said = [{"customFieldId": badge, "value": "A7"}, {"customFieldId": desk, "value": "12"}]
    assert patch(office.member, office.member, userCustomFields=said).status == 200
    assert values() == {badge: "A7", desk: "12"}
    less: list[dict[str, Any]] = [{"customFieldId": badge, "value": "B8"}, {"customFieldId": desk, "value": None}]
    assert patch(office.member, office.member, userCustomFields=less).status == 200
    assert values() == {badge: "B8", desk: None}


def test_a_field_for_admins_is_theirs(office: Office) -> None:
    grade = field_of_people(office, "Grade", onlyAdminCanEdit=True)
    said = [{"customFieldId": grade, "value": "9"}]
    answer = patch(office.member, office.member, weekStart="SUNDAY", userCustomFields=said)
    assert answer.refusal == DENIED
    assert read(office.member, office.member).body["weekStart"] == "MONDAY"
    assert patch(office.admin, office.member, userCustomFields=said).status == 200


def test_a_field_that_people_do_not_have_is_refused(office: Office) -> None:
    of_entries = office.owner.post("/custom-fields", {"name": "Of entries", "type": "TXT"}).body["id"]
    for field in (of_entries, "f" * 24, "nonsense"):
        said = [{"customFieldId": field, "value": "x"}]
        answer = patch(office.owner, office.member, weekStart="SUNDAY", userCustomFields=said)
        assert answer.status == 404, answer
    assert patch(office.owner, office.member, userCustomFields=[{"value": "x"}]).refusal == REFUSED
    assert read(office.owner, office.member).body["weekStart"] == "MONDAY"
