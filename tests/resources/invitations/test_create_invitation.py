"""POST .../invitations, GET .../invitations, resend, revoke; and the invitations of POST .../users."""

from collections.abc import Callable
from typing import Any

import pytest

from hourbook.journal.journal import read_since
from hourbook.resources.mail.rules import decode_values
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

OWN = "/api/hourbook/v1"
DAY = 86_400
Outbox = Callable[[str], list[Any]]


def fresh(office: Office) -> str:
    """An address nobody else in the suite uses."""
    return f"guest.{office.server.ids.new_id()}@guests.example"


def ask(person: Person, method: str, path: str = "", body: Any = None, **query: Any) -> Answer:
    answer = person.raw(method, f"{OWN}/workspaces/{person.workspace_id}/invitations{path}", body, query)
    if isinstance(answer.body, dict) and answer.body.get("link"):
        person.server.secrets.append(token_of(answer))
    return answer


def token_of(answer: Answer) -> str:
    return str(answer.body["link"].rpartition("/")[2])


def at_link(office: Office, token: str, method: str = "GET", path: str = "", body: Any = None) -> Answer:
    return office.anonymous.raw(method, f"{OWN}/invitations/{token}{path}", body)


def member_status(office: Office, email: str) -> str:
    found = office.owner.get("/users", email=email, memberships="WORKSPACE").body[0]
    return str(found["memberships"][0]["membershipStatus"])


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous, "POST", "", {"email": fresh(office)}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider, "POST", "", {"email": fresh(office)}).refusal == DENIED


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("POST", "/{id}/resend"), ("DELETE", "/{id}")])
def test_only_owner_and_admins_invite(office: Office, method: str, path: str) -> None:
    made = ask(office.owner, "POST", "", {"email": fresh(office)}).body
    for role in ("member", "manager"):
        answer = ask(office.everybody[role], method, path.replace("{id}", made["id"]), {"email": fresh(office)})
        assert answer.refusal == DENIED, role
    assert ask(office.admin, method, path.replace("{id}", made["id"]), {"email": fresh(office)}).status < 300


def test_the_link_is_shown_where_no_mail_is_sent(office: Office) -> None:
    email = fresh(office)
    answer = ask(office.owner, "POST", "", {"email": email})
    assert answer.status == 201
    assert answer.body["email"] == email
    assert answer.body["expiresAt"] == "2026-06-03T14:00:00Z"
    assert "/#/invitations/" + office.workspace_id in answer.body["link"]
    assert at_link(office, token_of(answer)).status == 200
    assert member_status(office, email) == "PENDING"


def test_the_link_is_mailed_where_mail_is_sent_and_not_shown_to_whoever_invites(office: Office, outbox: Outbox) -> None:
    email = fresh(office)
    answer = ask(office.owner, "POST", "", {"email": email})
    assert answer.body["link"] is None
    (mail,) = outbox(email)
    assert mail.template == "invitation"
    values = decode_values(mail.details)
    assert (values["workspace"], values["inviter"]) == ("Olivia Owner's office", "Olivia Owner")
    token = values["link"].rpartition("/")[2]
    assert at_link(office, token).body["email"] == email


def test_whoever_invites_may_hand_over_the_link_themselves(office: Office, outbox: Outbox) -> None:
    email, other = fresh(office), fresh(office)
    assert ask(office.owner, "POST", "", {"email": email}, send_email=False).body["link"] is not None
    office.owner.post("/users", {"email": other}, send_email="false")
    assert outbox(email) == outbox(other) == []


def test_an_invitation_over_the_contract_is_mailed_too(office: Office, outbox: Outbox) -> None:
    email = fresh(office)
    assert office.owner.post("/users", {"email": email}).status == 200
    assert [mail.template for mail in outbox(email)] == ["invitation"]
    assert [one["email"] for one in ask(office.owner, "GET").body] == [email]


def test_a_guest_gets_role_groups_and_projects_at_once(office: Office) -> None:
    email = fresh(office)
    group = office.owner.post("/user-groups", {"name": "Group"}).body["id"]
    project = office.owner.post("/projects", {"name": "Project", "isPublic": False}).body["id"]
    body = {"email": email, "role": "WORKSPACE_ADMIN", "groups": [group], "projects": [project, project]}
    assert ask(office.owner, "POST", "", body).status == 201
    guest = office.owner.get("/users", email=email, include_roles=True, memberships="ALL").body[0]
    assert [role["role"] for role in guest["roles"]] == ["WORKSPACE_ADMIN"]
    assert {one["targetId"] for one in guest["memberships"]} == {office.workspace_id, group, project}


def test_groups_and_projects_of_others_are_unknown_and_nobody_is_invited(office: Office) -> None:
    other = Office(office.server)
    group = other.owner.post("/user-groups", {"name": "Group"}).body["id"]
    project = other.owner.post("/projects", {"name": "Project"}).body["id"]
    for part in ({"groups": [group]}, {"projects": [project]}, {"groups": ["nonsense"]}):
        email = fresh(office)
        assert ask(office.owner, "POST", "", {"email": email, **part}).refusal == REFUSED
        assert office.owner.get("/users", email=email).body == []


@pytest.mark.parametrize("role", ["OWNER", "PROJECT_MANAGER", "TEAM_MANAGER"])
def test_an_invitation_gives_no_other_role(office: Office, role: str) -> None:
    assert ask(office.owner, "POST", "", {"email": fresh(office), "role": role}).refusal == REFUSED


def test_a_role_of_another_kind_is_unreadable(office: Office) -> None:
    assert ask(office.owner, "POST", "", {"email": fresh(office), "role": "KING"}).refusal == UNREADABLE


def test_a_newer_invitation_takes_the_place_of_an_older_one(office: Office) -> None:
    email = fresh(office)
    first = token_of(ask(office.owner, "POST", "", {"email": email}))
    second = token_of(ask(office.owner, "POST", "", {"email": email.upper()}))
    assert at_link(office, first).refusal == REFUSED
    assert at_link(office, second).status == 200
    assert len(ask(office.owner, "GET").body) == 1


def test_a_link_is_sent_again_as_another_one(office: Office) -> None:
    made = ask(office.owner, "POST", "", {"email": fresh(office)})
    office.clock.move(20 * DAY)
    assert at_link(office, token_of(made)).refusal == REFUSED
    again = ask(office.admin, "POST", f"/{made.body['id']}/resend")
    assert again.status == 200
    assert at_link(office, token_of(made)).refusal == REFUSED
    assert at_link(office, token_of(again)).status == 200
    assert ask(office.owner, "POST", f"/{made.body['id']}/resend").refusal == REFUSED


def test_an_invitation_is_taken_back_with_all_that_was_given(office: Office) -> None:
    email = fresh(office)
    made = ask(office.owner, "POST", "", {"email": email, "role": "WORKSPACE_ADMIN"})
    assert ask(office.owner, "DELETE", f"/{made.body['id']}").status == 204
    assert at_link(office, token_of(made)).refusal == REFUSED
    assert ask(office.owner, "GET").body == []
    assert ask(office.owner, "DELETE", f"/{made.body['id']}").refusal == REFUSED
    assert member_status(office, email) == "DECLINED"
    assert ask(office.owner, "POST", "", {"email": email}).status == 201
    guest = office.owner.get("/users", email=email, include_roles=True).body[0]
    assert guest["roles"] == []


def test_who_is_a_member_is_not_invited_again(office: Office) -> None:
    office.owner.put(f"/users/{office.manager.id}", {"status": "INACTIVE"})
    for email in (office.owner.email, office.member.email.upper(), office.manager.email):
        assert ask(office.owner, "POST", "", {"email": email}).refusal == REFUSED, email


@pytest.mark.parametrize("email", [None, "", "guest", "a@b@c", "a b@c.example"])
def test_an_address_has_the_shape_of_one(office: Office, email: str | None) -> None:
    assert ask(office.owner, "POST", "", {"email": email}).refusal == REFUSED


def test_whether_an_address_has_an_account_makes_no_difference_to_the_answer(office: Office) -> None:
    """One is that of somebody who works elsewhere, one is new."""
    known = ask(office.owner, "POST", "", {"email": office.outsider.email})
    new = ask(office.owner, "POST", "", {"email": fresh(office)})
    assert known.status == new.status == 201
    assert known.body.keys() == new.body.keys()
    shown = [at_link(office, token_of(answer)).body for answer in (known, new)]
    assert shown[0].keys() == shown[1].keys()
    assert "Otto" not in repr(shown[0])
    listed = ask(office.owner, "GET").body
    assert listed[0].keys() == listed[1].keys()
    assert "Otto" not in repr(listed)


def test_people_who_have_not_accepted_are_an_address_and_nothing_else(office: Office) -> None:
    new = fresh(office)
    for email in (office.outsider.email, new):
        ask(office.owner, "POST", "", {"email": email})
    known, other = (office.owner.get("/users", email=email).body[0] for email in (office.outsider.email, new))
    for name in ("name", "status", "settings", "profilePicture"):
        assert known[name] == other[name], name
    assert (known["name"], known["status"]) == ("", "NOT_REGISTERED")
    token = token_of(ask(office.owner, "POST", "", {"email": office.outsider.email}))
    office.outsider.raw("POST", f"{OWN}/invitations/{token}/join")
    assert office.owner.get("/users", email=office.outsider.email).body[0]["name"] == "Otto Outsider"


def test_open_invitations_are_listed_in_pages(office: Office) -> None:
    emails = [fresh(office) for _ in range(3)]
    for email in emails:
        ask(office.admin, "POST", "", {"email": email})
    first = ask(office.owner, "GET", page_size=2)
    assert [one["email"] for one in first.body] == emails[:2]
    assert first.headers["Last-Page"] == "false"
    assert {one["inviter"] for one in first.body} == {"Adam Admin"}
    assert [one["email"] for one in ask(office.owner, "GET", page=2, page_size=2).body] == emails[2:]


def test_invitations_of_other_workspaces_are_unknown(office: Office) -> None:
    other = Office(office.server)
    made = ask(other.owner, "POST", "", {"email": fresh(office)}).body["id"]
    for unknown in (made, "f" * 24, "nonsense"):
        assert ask(office.owner, "DELETE", f"/{unknown}").refusal == REFUSED
        assert ask(office.owner, "POST", f"/{unknown}/resend").refusal == REFUSED
    assert len(ask(other.owner, "GET").body) == 1


def test_no_link_stands_in_the_database_or_its_journal(office: Office) -> None:
    token = token_of(ask(office.owner, "POST", "", {"email": fresh(office)}))
    rows = office.read(lambda tx: read_since(tx, 0))
    made = [row for row in rows if row.kind == "INVITATION"]
    assert len(made) == 1
    assert "token_hash" not in made[0].after
    assert token not in repr(rows)
