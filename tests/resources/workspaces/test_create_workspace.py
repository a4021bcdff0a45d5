"""POST /workspaces."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office

PATH = "/api/v1/workspaces"


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.raw("POST", PATH, {"name": "New"}).refusal == NO_CREDENTIAL


def test_any_account_makes_a_workspace_and_owns_it(office: Office) -> None:
    answer = office.member.raw("POST", PATH, {"name": "New", "organizationId": "64a000000000000000000001"})
    assert answer.status == 201
    made = answer.body
    assert made["name"] == "New"
    assert made["currencies"] == [{"id": made["currencies"][0]["id"], "code": "USD", "isDefault": True}]
    assert made["memberships"] == [
        {
            "userId": office.member.id,
            "targetId": made["id"],
            "membershipType": "WORKSPACE",
            "membershipStatus": "ACTIVE",
            "hourlyRate": None,
            "costRate": None,
        }
    ]
    assert office.member.at(made["id"]).get("").body == made
    people = office.member.at(made["id"]).get("/users", include_roles=True).body
    assert [role["role"] for role in people[0]["roles"]] == ["OWNER"]


def test_a_new_workspace_works_at_once_and_is_closed_to_others(office: Office) -> None:
    made = office.owner.raw("POST", PATH, {"name": "New"}).body
    assert office.owner.at(made["id"]).post("/tags", {"name": "First"}).status == 201
    assert office.admin.at(made["id"]).get("/tags").refusal == DENIED


def test_the_active_workspace_stays_what_it_was(office: Office) -> None:
    office.owner.raw("POST", PATH, {"name": "New"})
    assert office.owner.raw("GET", "/api/v1/user").body["activeWorkspace"] == office.workspace_id


def test_two_workspaces_may_have_one_name(office: Office) -> None:
    assert office.owner.raw("POST", PATH, {"name": "New"}).status == 201
    assert office.owner.raw("POST", PATH, {"name": "New"}).status == 201


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": " "}, {"name": "x" * 51}])
def test_a_name_has_1_to_50_characters(office: Office, body: dict[str, object]) -> None:
    assert office.owner.raw("POST", PATH, body).refusal == REFUSED


@pytest.mark.parametrize("body", [None, b"{", [], {"name": 5}, {"name": {}}])
def test_a_body_of_another_shape_is_refused(office: Office, body: object) -> None:
    assert office.owner.raw("POST", PATH, body).refusal == UNREADABLE
