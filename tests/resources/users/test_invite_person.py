"""POST .../users."""

import pytest

from hourbook.core.types import Role
from hourbook.resources.users import actions
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office

GUEST = {"email": "Guest@guests.example"}


def fresh(office: Office) -> dict[str, str]:
    """An address nobody else in the suite uses."""
    return {"email": f"Guest.{office.server.ids.new_id()}@guests.example"}


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/users", GUEST).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/users", GUEST).refusal == DENIED


def test_only_owner_and_admins_invite(office: Office) -> None:
    for role in ("member", "manager"):
        assert office.everybody[role].post("/users", fresh(office)).refusal == DENIED, role
    for role in ("admin", "owner"):
        assert office.everybody[role].post("/users", fresh(office)).status == 200, role


def test_an_invitation_is_a_pending_membership_of_a_new_account(office: Office) -> None:
    body = fresh(office)
    answer = office.owner.post("/users", body, send_email="false")
    assert answer.status == 200
    assert answer.body == office.owner.get("").body
    assert answer.body["memberships"][-1]["membershipStatus"] == "PENDING"
    guest = office.owner.get("/users", email=body["email"], memberships="WORKSPACE").body[0]
    assert guest["email"] == body["email"]
    assert (guest["status"], guest["settings"], guest["name"]) == ("NOT_REGISTERED", None, "")
    assert guest["memberships"][0]["membershipStatus"] == "PENDING"


def test_an_account_that_exists_is_invited_as_it_is(office: Office) -> None:
    assert office.owner.post("/users", {"email": office.outsider.email.upper()}).status == 200
    found = office.owner.get("/users", status="PENDING").body
    assert [person["id"] for person in found] == [office.outsider.id]
    assert office.outsider.get("/tags").refusal == DENIED


def test_an_activated_guest_may_enter(office: Office) -> None:
    office.owner.post("/users", {"email": office.outsider.email})
    assert office.owner.put(f"/users/{office.outsider.id}", {"status": "ACTIVE"}).status == 200
    assert office.outsider.get("/tags").status == 200


def test_who_is_a_member_already_is_not_invited_again(office: Office) -> None:
    body = fresh(office)
    office.owner.post("/users", body)
    office.owner.put(f"/users/{office.manager.id}", {"status": "INACTIVE"})
    for address in (body["email"], body["email"].lower(), office.member.email, office.manager.email):
        answer = office.owner.post("/users", {"email": address})
        assert answer.refusal == REFUSED
        assert answer.message == "User is already a member of the workspace"


@pytest.mark.parametrize(
    "email", [None, "", " ", "guest", "@guests.example", "a@b@c", "a b@c.example", "a@-b.example", "a@" + "x" * 253]
)
def test_an_address_has_the_shape_of_one(office: Office, email: str | None) -> None:
    answer = office.owner.post("/users", {"email": email})
    assert answer.refusal == REFUSED
    assert "Email" in answer.message


@pytest.mark.parametrize("body", [None, b"{", [], {"email": 5}])
def test_a_body_of_another_shape_is_refused(office: Office, body: object) -> None:
    assert office.owner.post("/users", body).refusal == UNREADABLE


def test_an_operator_registers_an_invited_account(office: Office) -> None:
    body = fresh(office)
    office.owner.post("/users", body)
    office.write(lambda tx: actions.create_member(tx, body["email"], name="Gus Guest", role=Role.WORKSPACE_ADMIN))
    guest = office.owner.get("/users", name="gus", include_roles=True, memberships="WORKSPACE").body[0]
    assert (guest["status"], guest["name"], guest["email"]) == ("ACTIVE", "Gus Guest", body["email"])
    assert guest["settings"]["timeZone"] == "UTC"
    assert guest["memberships"][0]["membershipStatus"] == "ACTIVE"
    assert [role["role"] for role in guest["roles"]] == ["WORKSPACE_ADMIN"]
