"""Handing a workspace over, taking somebody out of it, leaving it."""

from typing import Any

import pytest

from hourbook.core.types import Role
from hourbook.journal.journal import iterate_since
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.journal.state import check_everything
from tests.own_surface import own

START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"


def roles(office: Office, person: Person) -> list[str]:
    people = office.owner.get("/users", include_roles=True).body
    return [role["role"] for one in people if one["id"] == person.id for role in one["roles"]]


def hand_over(asker: Person, to: Person | str | None) -> Answer:
    return own(asker, "PUT", "/owner", {"userId": to.id if isinstance(to, Person) else to})


def take_out(asker: Person, person: Person) -> Answer:
    return own(asker, "DELETE", f"/members/{person.id}")


# --- handing over ------------------------------------------------------------------------------


def test_only_the_owner_hands_the_workspace_over(office: Office) -> None:
    assert hand_over(office.anonymous, office.member).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager, office.admin):
        assert hand_over(person, person).refusal == DENIED
    assert roles(office, office.owner) == ["OWNER"]


@pytest.mark.parametrize("to", ["member", "admin"])
def test_the_new_owner_owns_and_the_old_one_is_an_admin(office: Office, to: str) -> None:
    new = office.everybody[to]
    answer = hand_over(office.owner, new)
    assert (answer.status, answer.content) == (204, b"")
    assert roles(office, new) == ["OWNER"]
    assert roles(office, office.owner) == ["WORKSPACE_ADMIN"]
    assert hand_over(office.owner, office.owner).refusal == DENIED
    assert own(new, "POST", "/deletion", {"name": "wrong"}).refusal == REFUSED
    check_everything(office)
    assert hand_over(new, office.owner).status == 204
    assert roles(office, office.owner) == ["OWNER"]


@pytest.mark.parametrize("to", ["owner", "outsider", None, "", "f" * 24, "nonsense"])
def test_nobody_else_can_become_the_owner(office: Office, to: str | None) -> None:
    target = office.everybody.get(to or "", to)
    assert hand_over(office.owner, target).refusal == REFUSED
    assert roles(office, office.owner) == ["OWNER"]


def test_who_is_inactive_invited_or_limited_cannot_become_the_owner(office: Office) -> None:
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    assert hand_over(office.owner, office.member).refusal == REFUSED
    office.owner.post("/users", {"email": "invited@example.com"})
    invited = next(one for one in office.owner.get("/users").body if one["email"] == "invited@example.com")
    assert hand_over(office.owner, invited["id"]).refusal == REFUSED
    assert hand_over(office.owner, office.limited).refusal == REFUSED
    assert roles(office, office.owner) == ["OWNER"]


def test_two_at_once_leave_exactly_one_owner(office: Office) -> None:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/owner"
    asked = [office.owner.prepared("PUT", path, {"userId": one.id}) for one in (office.member, office.manager)]
    answers = office.server.ask_all(asked)
    assert sorted(answer.status for answer in answers) == [204, 403]
    owners = [one for one in (office.owner, office.member, office.manager) if "OWNER" in roles(office, one)]
    assert len(owners) == 1


# --- taking somebody out -----------------------------------------------------------------------


def test_admins_take_people_out_and_nobody_else_does(office: Office) -> None:
    other = office.hire("Otto Other")
    assert take_out(office.anonymous, other).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager):
        assert take_out(person, other).refusal == DENIED
    assert take_out(office.admin, other).status == 204
    assert take_out(office.admin, other).refusal == REFUSED
    assert take_out(office.admin, office.outsider).refusal == REFUSED


def test_nobody_takes_out_the_owner_and_only_the_owner_an_admin(office: Office) -> None:
    second = office.hire("Ada Admin")
    office.grant(second, Role.WORKSPACE_ADMIN, office.workspace_id)
    assert take_out(office.admin, office.owner).refusal == REFUSED
    assert take_out(office.admin, second).refusal == DENIED
    assert take_out(office.owner, second).status == 204
    assert take_out(office.owner, office.owner).refusal == REFUSED


def test_who_was_taken_out_is_gone_from_everything_but_what_they_tracked(office: Office) -> None:
    gone = office.hire("Gina Gone")
    owner = office.owner
    group = owner.post("/user-groups", {"name": "Group"}).body["id"]
    assert owner.post(f"/user-groups/{group}/users", {"userId": gone.id}).status == 200
    project = owner.post("/projects", {"name": "Project", "isPublic": False, "memberships": [{"userId": gone.id}]}).body
    task = owner.post(f"/projects/{project['id']}/tasks", {"name": "task", "assigneeIds": [gone.id]}).body["id"]
    office.grant(gone, Role.PROJECT_MANAGER, project["id"])
    office.grant(gone, Role.TEAM_MANAGER, office.member.id)
    office.grant(office.manager, Role.TEAM_MANAGER, gone.id)
    entry = gone.post("/time-entries", {"start": START, "end": END, "projectId": project["id"]}).body["id"]
    timer = gone.post("/time-entries", {"start": "2026-05-20T13:00:00Z", "projectId": project["id"]}).body["id"]
    office.set(force_description=True)
    assert take_out(office.admin, gone).status == 204
    assert gone.get("/tags").refusal == DENIED
    assert gone.id not in [one["id"] for one in owner.get("/users").body]
    assert owner.get("/user-groups").body[0]["userIds"] == []
    shown = owner.get(f"/projects/{project['id']}").body
    assert gone.id not in [one["userId"] for one in shown["memberships"]]
    assert owner.get(f"/projects/{project['id']}/tasks/{task}").body["assigneeIds"] == []
    assert roles(office, office.manager) == []
    kept = owner.get(f"/time-entries/{entry}").body
    assert (kept["userId"], kept["projectId"]) == (gone.id, project["id"])
    ended = owner.get(f"/time-entries/{timer}").body["timeInterval"]
    assert ended["end"] == "2026-05-20T14:00:00Z"
    check_everything(office)


def test_who_comes_back_has_none_of_the_old_rights(office: Office) -> None:
    gone = office.hire("Gina Gone")
    project = office.owner.post("/projects", {"name": "Project", "isPublic": False}).body["id"]
    office.grant(gone, Role.PROJECT_MANAGER, project)
    office.grant(gone, Role.WORKSPACE_ADMIN, office.workspace_id)
    assert office.owner.put(f"/users/{gone.id}/hourly-rate", {"amount": 5000}).status == 200
    field = office.owner.post("/custom-fields", {"name": "Desk", "type": "TXT", "entityType": "USER"}).body["id"]
    assert office.owner.put(f"/users/{gone.id}/custom-field/{field}/value", {"value": "4b"}).status == 201
    assert take_out(office.owner, gone).status == 204
    assert office.owner.post("/users", {"email": gone.email}).status == 200
    back = next(one for one in office.owner.get("/users", memberships="WORKSPACE").body if one["id"] == gone.id)
    assert roles(office, gone) == []
    (membership,) = back["memberships"]
    assert (membership["membershipStatus"], membership["hourlyRate"]) == ("PENDING", None)
    assert [value["value"] for value in back["customFields"]] == [None]
    assert office.owner.put(f"/users/{gone.id}", {"status": "ACTIVE"}).status == 200
    entry = gone.post("/time-entries", {"start": START, "end": END}).body["id"]
    assert office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 0
    check_everything(office)


def test_it_is_journaled_as_what_it_is(office: Office) -> None:
    gone = office.hire("Gina Gone")
    take_out(office.admin, gone)
    rows = office.read(lambda tx: list(iterate_since(tx, 0)))
    (row,) = (one for one in rows if one.event == "USER_DELETED_FROM_WORKSPACE")
    assert (row.kind, row.verb, row.entity_id, row.actor_id) == ("MEMBER", "delete", gone.id, office.admin.id)


# --- leaving -----------------------------------------------------------------------------------


def test_one_leaves_oneself_alone(office: Office) -> None:
    assert own(office.anonymous, "POST", "/leave").refusal == NO_CREDENTIAL
    assert own(office.outsider, "POST", "/leave").refusal == DENIED
    for person in (office.member, office.admin):
        answer = own(person, "POST", "/leave")
        assert (answer.status, answer.content) == (204, b"")
        assert person.get("/tags").refusal == DENIED
    assert take_out(office.owner, office.member).refusal == REFUSED


def test_the_owner_hands_over_first(office: Office) -> None:
    answer = own(office.owner, "POST", "/leave")
    assert answer.refusal == REFUSED
    assert "Hand it over" in answer.message
    assert hand_over(office.owner, office.member).status == 204
    assert own(office.owner, "POST", "/leave").status == 204


def test_the_owner_cannot_leave_while_handing_over(office: Office) -> None:
    """Whoever becomes the owner in one request does not leave in another one at the same time."""
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}"
    asked: list[Any] = [
        office.owner.prepared("PUT", f"{path}/owner", {"userId": office.member.id}),
        office.member.prepared("POST", f"{path}/leave"),
    ]
    assert sorted(answer.status for answer in office.server.ask_all(asked)) == [204, 400]
    owners = [one for one in (office.owner, office.member) if "OWNER" in roles(office, one)]
    assert len(owners) == 1
