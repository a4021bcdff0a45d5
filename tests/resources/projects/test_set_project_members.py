"""PATCH .../projects/{id}/memberships."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office


@pytest.fixture
def memberships(path: str) -> str:
    return f"{path}/memberships"


def people_in(answer: Answer) -> set[str]:
    assert answer.status == 200, answer
    return {membership["userId"] for membership in answer.body["memberships"]}


def test_anonymous_is_asked_for_a_credential(office: Office, memberships: str) -> None:
    assert office.anonymous.patch(memberships, {"memberships": []}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, memberships: str) -> None:
    assert office.outsider.patch(memberships, {"memberships": []}).refusal == DENIED


def test_a_member_puts_nobody_on_a_project(office: Office, memberships: str) -> None:
    assert office.member.patch(memberships, {"memberships": [{"userId": office.member.id}]}).refusal == DENIED


def test_the_list_replaces_everybody(office: Office, memberships: str) -> None:
    answer = office.owner.patch(memberships, {"memberships": [{"userId": office.member.id}]})
    assert people_in(answer) == {office.member.id}
    assert answer.body["name"] == "Website"
    assert people_in(office.owner.patch(memberships, {"memberships": []})) == set()


def test_rates_are_set_kept_and_taken_away(office: Office, memberships: str) -> None:
    def rates_after(**said: Any) -> tuple[Any, Any]:
        body = {"memberships": [{"userId": office.member.id, "membershipType": "PROJECT", **said}]}
        membership = office.owner.patch(memberships, body).body["memberships"][0]
        return membership["hourlyRate"], membership["costRate"]

    usd = {"amount": 4000, "currency": "USD"}
    assert rates_after() == (None, None)
    assert rates_after(hourlyRate={"amount": 4000}, costRate={"amount": 4000}) == (usd, usd)
    assert rates_after() == (usd, usd)
    assert rates_after(hourlyRate={"amount": 0}) == (None, usd)


def test_a_manager_sets_billable_rates_while_they_are_visible_and_no_cost_rates(office: Office) -> None:
    path = f"/projects/{office.member.post('/projects', {'name': 'Mine'}).body['id']}/memberships"

    def put(**said: Any) -> Answer:
        return office.member.patch(path, {"memberships": [{"userId": office.member.id, **said}]})

    assert put(hourlyRate={"amount": 5}).status == 200
    assert put(costRate={"amount": 5}).refusal == DENIED
    office.set(only_admins_see_billable_rates=True)
    assert put(hourlyRate={"amount": 6}).refusal == DENIED
    assert put(hourlyRate={"amount": 5}).status == 200


def test_groups_bring_their_people(office: Office, memberships: str, group_id: str) -> None:
    body = {"memberships": [{"userId": office.admin.id}], "userGroups": {"ids": [group_id], "contains": "CONTAINS"}}
    found = people_in(office.owner.patch(memberships, body))
    assert found == {office.admin.id, office.member.id, office.manager.id}


def test_groups_can_be_chosen_by_leaving_some_out(office: Office, memberships: str, group_id: str) -> None:
    other = office.owner.post("/user-groups", {"name": "Sales"}).body["id"]
    office.owner.post(f"/user-groups/{other}/users", {"userId": office.admin.id})
    body = {"memberships": [], "userGroups": {"ids": [group_id], "contains": "DOES_NOT_CONTAIN"}}
    assert people_in(office.owner.patch(memberships, body)) == {office.admin.id}


def test_people_of_groups_are_chosen_by_their_state(office: Office, memberships: str, group_id: str) -> None:
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200

    def found(status: str) -> set[str]:
        return people_in(
            office.owner.patch(memberships, {"memberships": [], "userGroups": {"ids": [group_id], "status": status}})
        )

    assert found("ACTIVE") == {office.manager.id}
    assert found("INACTIVE") == {office.member.id}
    assert found("ALL") == {office.member.id, office.manager.id}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "memberships must not be null"),
        ({"memberships": [{}]}, "userId must not be null"),
        ({"memberships": [{"userId": "nobody"}]}, "User doesn't belong to Workspace"),
        ({"memberships": [], "userGroups": {"ids": ["f" * 24]}}, "User group doesn't belong to Workspace"),
    ],
)
def test_what_breaks_a_rule_changes_nothing(office: Office, memberships: str, body: Any, message: str) -> None:
    answer = office.owner.patch(memberships, body)
    assert (answer.refusal, answer.message) == (REFUSED, message)
    assert len(office.owner.get("/projects").body[0]["memberships"]) == 1


def test_unknown_words_are_refused(office: Office, memberships: str) -> None:
    for groups in ({"contains": "SOME"}, {"status": "PENDING"}):
        assert office.owner.patch(memberships, {"memberships": [], "userGroups": groups}).refusal == UNREADABLE


def test_put_is_no_way_to_it(office: Office, memberships: str) -> None:
    assert office.owner.put(memberships, {"memberships": []}).refusal == (405, 3000)


def test_an_unknown_project_is_refused(office: Office) -> None:
    assert office.owner.patch("/projects/nothing/memberships", {"memberships": []}).refusal == REFUSED
