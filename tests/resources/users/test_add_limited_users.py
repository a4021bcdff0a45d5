"""POST .../limited-users, and what limited users are."""

from typing import Any

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.journal import journal
from hourbook.resources.users import actions_keys
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

ENTRY = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}


def add(person: Person, *users: dict[str, Any]) -> Answer:
    return person.post("/limited-users", {"users": list(users)})


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert add(office.anonymous, {"name": "Lee"}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert add(office.outsider, {"name": "Lee"}).refusal == DENIED


def test_members_and_managers_add_nobody(office: Office) -> None:
    for person in (office.member, office.manager, office.lead):
        assert add(person, {"name": "Lee"}).refusal == DENIED


def test_an_admin_adds_people_without_a_sign_in(office: Office) -> None:
    answer = add(office.admin, {"name": " Lee Limited "}, {"name": "Lou Limited"})
    assert answer.status == 200
    assert list(answer.body) == ["users"]
    first, second = answer.body["users"]
    assert [one["name"] for one in (first, second)] == ["Lee Limited", "Lou Limited"]
    assert (first["status"], first["email"], first["settings"]) == ("LIMITED", "", None)
    assert first["activeWorkspace"] == first["defaultWorkspace"] == office.workspace_id
    assert (first["memberships"], first["customFields"]) == ([], [])


def test_lists_leave_them_out_unless_asked(office: Office) -> None:
    limited = office.limited
    assert limited.id not in {one["id"] for one in office.owner.get("/users").body}
    assert [one["id"] for one in office.owner.get("/users", account_statuses="LIMITED").body] == [limited.id]
    both = office.owner.post("/users/info", {"accountStatuses": ["LIMITED", "ACTIVE"]}).body
    assert {limited.id, office.owner.id} <= {one["id"] for one in both}
    assert office.owner.get("/users", account_statuses="LIMITED", email=limited.id[:6]).body == []


def test_they_begin_with_profile_rates_groups_and_fields(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Workshop"}).body["id"]
    field = office.owner.post("/custom-fields", {"name": "Badge", "type": "TXT", "entityType": "USER"}).body["id"]
    person = {
        "name": "Lee",
        "weekStart": "SUNDAY",
        "workCapacity": "PT6H",
        "workingDays": ["MONDAY"],
        "userGroups": [group, group],
        "hourlyRate": 4500,
        "costRate": 2500,
        "userCustomFields": [{"customFieldId": field, "value": "A7"}],
    }
    made = add(office.owner, person).body["users"][0]
    assert [one["value"] for one in made["customFields"]] == ["A7"]
    profile = office.owner.get(f"/member-profile/{made['id']}").body
    assert (profile["weekStart"], profile["workCapacity"], profile["workingDays"]) == ("SUNDAY", "PT6H", ["MONDAY"])
    assert office.owner.get("/user-groups").body[0]["userIds"] == [made["id"]]
    (membership,) = office.owner.get("/users", account_statuses="LIMITED", memberships="WORKSPACE").body[0][
        "memberships"
    ]
    assert membership["hourlyRate"] == {"amount": 4500, "currency": "USD"}
    assert membership["costRate"] == {"amount": 2500, "currency": "USD"}
    assert membership["membershipStatus"] == "ACTIVE"


def test_their_rates_are_those_of_their_time(office: Office) -> None:
    made = add(office.owner, {"name": "Lee", "hourlyRate": 4500, "costRate": 2500}).body["users"][0]
    entry = office.owner.post(f"/user/{made['id']}/time-entries", {**ENTRY, "billable": True}).body["id"]
    body = office.owner.get(f"/time-entries/{entry}").body
    assert (body["hourlyRate"]["amount"], body["costRate"]["amount"]) == (4500, 2500)


def test_admins_keep_their_time(office: Office) -> None:
    limited = office.limited
    made = office.admin.post(f"/user/{limited.id}/time-entries", ENTRY)
    assert (made.status, made.body["userId"]) == (201, limited.id)
    assert [one["id"] for one in office.admin.get(f"/user/{limited.id}/time-entries").body] == [made.body["id"]]
    assert office.member.post(f"/user/{limited.id}/time-entries", ENTRY).refusal == DENIED


def test_each_leaves_its_event(office: Office) -> None:
    before = office.read(journal.current_revision)
    add(office.owner, {"name": "Lee"}, {"name": "Lou"})
    rows = office.read(lambda tx: list(journal.iterate_since(tx, before)))
    found = [(row.kind, row.event) for row in rows]
    assert found == [("USER", None)] * 2 + [("MEMBER", "LIMITED_USERS_ADDED_TO_WORKSPACE")] * 2


def test_250_at_once_and_no_more(office: Office) -> None:
    people = [{"name": f"Person {number}"} for number in range(251)]
    assert add(office.owner, *people).refusal == REFUSED
    answer = add(office.owner, *people[:250])
    assert answer.status == 200
    assert [one["name"] for one in answer.body["users"]] == [one["name"] for one in people[:250]]


@pytest.mark.parametrize("body", [{}, {"users": []}, {"users": None}])
def test_somebody_must_be_named(office: Office, body: dict[str, Any]) -> None:
    assert office.owner.post("/limited-users", body).refusal == REFUSED


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "Lee", "hourlyRate": -1},
        {"name": "Lee", "costRate": 2**62},
        {"name": "Lee", "workCapacity": "PT25H"},
        {"name": "Lee", "userGroups": ["f" * 24]},
        {"name": "Lee", "userGroups": ["nonsense"]},
        {"name": "Lee", "userGroups": [""]},
    ],
)
def test_one_wrong_person_refuses_all(office: Office, person: dict[str, Any]) -> None:
    assert add(office.owner, {"name": "Lou"}, person).refusal == REFUSED
    assert office.owner.get("/users", account_statuses="LIMITED").body == []


@pytest.mark.parametrize(
    "person", [{"name": 1}, {"name": "Lee", "hourlyRate": {"amount": 1}}, {"weekStart": "x"}, "Lee"]
)
def test_what_cannot_be_read_is_refused(office: Office, person: Any) -> None:
    assert add(office.owner, person).refusal == UNREADABLE


def test_groups_of_another_workspace_are_unknown(office: Office) -> None:
    group = office.outsider.at(office.outsider_workspace_id).post("/user-groups", {"name": "Theirs"}).body["id"]
    assert add(office.owner, {"name": "Lee", "userGroups": [group]}).refusal == REFUSED


def test_nobody_acts_as_a_limited_user(office: Office) -> None:
    limited = office.limited
    with pytest.raises(InvalidValue):
        office.write(lambda tx: actions_keys.create_api_key(tx, limited.id, "key"))


def test_an_address_that_looks_like_their_key_finds_nobody(office: Office) -> None:
    assert office.owner.post("/users", {"email": office.limited.id}).refusal == REFUSED
    assert office.owner.post("/users", {"email": ""}).refusal == REFUSED
