"""GET /invitations/{token}, accept, join, decline."""

from typing import Any

import pytest

from hourbook.core.types import Role
from tests.contract.world import invite
from tests.harness import NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.resources.invitations.test_create_invitation import DAY, OWN, ask, at_link, fresh, member_status

PASSWORD = "correct horse battery"
NEW = {"name": "Gus Guest", "password": PASSWORD, "timeZone": "Europe/Berlin"}


def accept(office: Office, token: str, **body: Any) -> Answer:
    answer = at_link(office, token, "POST", "/accept", {**NEW, **body})
    office.server.secrets.extend(answer.cookies.values())
    return answer


def session_of(office: Office, answer: Answer) -> dict[str, str]:
    return {
        "Cookie": f"hourbook_session={answer.cookies['hourbook_session']}",
        "X-CSRF-Token": answer.body["csrfToken"],
    }


def join(person: Person, token: str) -> Answer:
    return person.raw("POST", f"{OWN}/invitations/{token}/join")


def test_whoever_holds_the_link_sees_what_it_is_for(office: Office) -> None:
    email = fresh(office)
    token = invite(office.admin, email)["token"]
    assert at_link(office, token).body == {
        "workspaceName": "Olivia Owner's office",
        "inviter": "Adam Admin",
        "email": email,
        "expiresAt": "2026-06-03T14:00:00Z",
    }


@pytest.mark.parametrize("path", ["", "/accept", "/decline", "/join"])
@pytest.mark.parametrize("token", ["x", "f" * 24, "f" * 67, "g" * 67, "f" * 300, "%00", "\u00e9" * 40])
def test_a_link_that_leads_nowhere_is_refused_alike(office: Office, path: str, token: str) -> None:
    method = "POST" if path else "GET"
    answer = office.owner.raw(method, f"{OWN}/invitations/{token}{path}", NEW if path == "/accept" else None)
    assert answer.refusal == REFUSED
    assert answer.message == "This invitation is not valid, or not any more. Ask for a new one."


def test_a_new_person_gets_an_account_is_a_member_and_signed_in(office: Office) -> None:
    email = fresh(office)
    token = invite(office.owner, email)["token"]
    answer = accept(office, token)
    assert answer.status == 201
    assert answer.body["workspaceId"] == office.workspace_id
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    session = session_of(office, answer)
    assert office.anonymous.raw("POST", path, {"name": "Tag"}, None, session).status == 201
    me = office.anonymous.raw("GET", "/api/v1/user", None, None, session).body
    assert (me["id"], me["name"], me["email"]) == (answer.body["userId"], "Gus Guest", email)
    assert (me["status"], me["settings"]["timeZone"]) == ("ACTIVE", "Europe/Berlin")
    assert me["activeWorkspace"] == office.workspace_id
    assert member_status(office, email) == "ACTIVE"


def test_the_new_password_signs_in(office: Office) -> None:
    email = fresh(office)
    accept(office, invite(office.owner, email)["token"])
    answer = office.anonymous.raw("POST", f"{OWN}/sign-in", {"email": email, "password": PASSWORD})
    office.server.secrets.extend(answer.cookies.values())
    assert answer.status == 200


def test_a_role_that_was_given_counts_once_the_invitation_is_accepted(office: Office) -> None:
    token = invite(office.owner, fresh(office), role="WORKSPACE_ADMIN")["token"]
    session = session_of(office, accept(office, token))
    path = f"/api/v1/workspaces/{office.workspace_id}/user-groups"
    assert office.anonymous.raw("POST", path, {"name": "Group"}, None, session).status == 201


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_a_link_works_once(office: Office, answer: str) -> None:
    token = invite(office.owner, fresh(office))["token"]
    first = accept(office, token) if answer == "accept" else at_link(office, token, "POST", "/decline")
    assert first.status in (201, 204)
    for path in ("", "/accept", "/decline"):
        assert at_link(office, token, "POST" if path else "GET", path, NEW if path == "/accept" else None).status == 400


def test_a_link_works_for_two_weeks(office: Office) -> None:
    token = invite(office.owner, fresh(office))["token"]
    office.clock.move(14 * DAY - 1)
    assert at_link(office, token).status == 200
    office.clock.move(1)
    assert at_link(office, token).refusal == REFUSED
    assert accept(office, token).refusal == REFUSED


def test_somebody_with_an_account_signs_in_to_accept(office: Office) -> None:
    token = invite(office.owner, office.outsider.email)["token"]
    refused = accept(office, token)
    assert refused.refusal == REFUSED
    assert refused.message == "This address has an account. Sign in with it, then accept the invitation."
    assert join(office.anonymous, token).refusal == NO_CREDENTIAL
    assert join(office.outsider, token).body == {"workspaceId": office.workspace_id}
    assert office.outsider.get("/tags").status == 200
    assert join(office.outsider, token).refusal == REFUSED


def test_an_account_does_not_lose_its_password_to_a_link(office: Office) -> None:
    """Whoever invites may see the link; it must not open an account that is there already."""
    token = invite(office.owner, office.outsider.email)["token"]
    accept(office, token)
    body = {"email": office.outsider.email, "password": PASSWORD}
    assert office.anonymous.raw("POST", f"{OWN}/sign-in", body).status == 401
    assert office.outsider.raw("GET", "/api/v1/user").body["name"] == "Otto Outsider"


def test_an_invitation_is_for_its_address_alone(office: Office) -> None:
    other = Office(office.server)
    token = invite(office.owner, office.outsider.email)["token"]
    assert join(other.owner, token).refusal == REFUSED
    assert other.owner.at(office.workspace_id).get("/tags").status == 403
    assert at_link(office, token).status == 200


def test_who_declines_is_no_member_and_can_be_asked_again(office: Office) -> None:
    token = invite(office.owner, office.outsider.email, role="WORKSPACE_ADMIN")["token"]
    assert at_link(office, token, "POST", "/decline").status == 204
    assert member_status(office, office.outsider.email) == "DECLINED"
    assert ask(office.owner, "GET").body == []
    assert office.owner.post("/users", {"email": office.outsider.email}).status == 200
    assert member_status(office, office.outsider.email) == "PENDING"
    found = office.owner.get("/users", email=office.outsider.email, include_roles=True).body[0]
    assert found["roles"] == []


def test_somebody_whom_an_admin_let_in_meanwhile_still_makes_their_account(office: Office) -> None:
    email = fresh(office)
    made = invite(office.owner, email)
    assert office.owner.put(f"/users/{made['userId']}", {"status": "ACTIVE"}).status == 200
    assert accept(office, made["token"]).status == 201


def test_somebody_deactivated_meanwhile_does_not_get_in_by_an_old_link(office: Office) -> None:
    made = invite(office.owner, fresh(office))
    for status in ("ACTIVE", "INACTIVE"):
        assert office.owner.put(f"/users/{made['userId']}", {"status": status}).status == 200
    answer = accept(office, made["token"])
    assert answer.refusal == REFUSED
    assert answer.message == "This invitation can't be accepted any more"


@pytest.mark.parametrize(
    "bad",
    [
        {"password": "short"},
        {"password": "x" * 300},
        {"password": "aaaaaaaaaaaa"},
        {"name": ""},
        {"name": None},
        {"name": "x" * 300},
        {"timeZone": "Mars/Olympus"},
    ],
)
def test_a_bad_account_is_refused_and_the_link_still_works(office: Office, bad: dict[str, Any]) -> None:
    token = invite(office.owner, fresh(office))["token"]
    assert accept(office, token, **bad).refusal == REFUSED
    assert accept(office, token).status == 201


def test_nobody_is_told_of_an_account_that_only_was_invited(office: Office) -> None:
    """An address invited elsewhere and never used there answers like a new one."""
    other = Office(office.server)
    email = fresh(office)
    invite(other.owner, email)
    token = invite(office.owner, email)["token"]
    assert accept(office, token).status == 201
    assert ask(other.owner, "GET").body[0]["email"] == email


def test_an_admin_who_was_demoted_meanwhile_left_links_that_work(office: Office) -> None:
    token = invite(office.admin, fresh(office))["token"]
    office.write(lambda tx: _demote(tx, office.admin.id))
    assert accept(office, token).status == 201


def _demote(tx: Any, user_id: str) -> None:
    from hourbook.resources.workspaces import actions

    actions.revoke_role(tx, user_id, Role.WORKSPACE_ADMIN, entity_id=tx.workspace_id)
