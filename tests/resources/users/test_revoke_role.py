"""DELETE .../users/{userId}/roles, with a body."""

from typing import Any

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.resources.users.test_grant_role import grant, make, roles_of


def revoke(person: Person, holder: Person, role: str, entity_id: str, **more: Any) -> Answer:
    return person.delete(f"/users/{holder.id}/roles", {"role": role, "entityId": entity_id, **more})


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert revoke(office.anonymous, office.admin, "WORKSPACE_ADMIN", office.workspace_id).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert revoke(office.outsider, office.admin, "WORKSPACE_ADMIN", office.workspace_id).refusal == DENIED


def test_the_owner_alone_removes_an_admin(office: Office) -> None:
    other = office.hire("Anna Admin")
    office.grant(other, "WORKSPACE_ADMIN", office.workspace_id)
    for person in (office.admin, office.member, office.lead):
        assert revoke(person, other, "WORKSPACE_ADMIN", office.workspace_id).refusal == DENIED
    assert revoke(office.admin, office.admin, "WORKSPACE_ADMIN", office.workspace_id).refusal == DENIED
    answer = revoke(office.owner, other, "WORKSPACE_ADMIN", office.workspace_id)
    assert (answer.status, answer.content) == (204, b"")
    assert other.post("/user-groups", {"name": "Mine"}).refusal == DENIED
    assert roles_of(office, other) == []


def test_the_last_admin_may_go_because_the_owner_stays(office: Office) -> None:
    assert revoke(office.owner, office.admin, "WORKSPACE_ADMIN", office.workspace_id).status == 204
    assert revoke(office.owner, office.owner, "WORKSPACE_ADMIN", office.workspace_id).refusal == REFUSED
    assert office.owner.delete(f"/users/{office.owner.id}/roles", {"role": "OWNER"}).status == 400
    assert roles_of(office, office.owner)[0] == ("OWNER", office.workspace_id)


def test_a_manager_takes_the_role_of_their_project_and_of_no_other(office: Office) -> None:
    mine = make(office.owner, "/projects", name="Mine")
    seen = make(office.owner, "/projects", name="Seen", isPublic=True)
    unseen = make(office.owner, "/projects", name="Unseen")
    office.grant(office.manager, "PROJECT_MANAGER", mine)
    for project in (mine, seen, unseen):
        office.grant(office.member, "PROJECT_MANAGER", project)
    assert revoke(office.manager, office.member, "PROJECT_MANAGER", mine).status == 204
    assert revoke(office.manager, office.member, "PROJECT_MANAGER", seen).refusal == DENIED
    assert revoke(office.manager, office.member, "PROJECT_MANAGER", unseen).refusal == REFUSED
    assert {entity for _, entity in roles_of(office, office.member)} == {seen, unseen}


def test_a_role_taken_away_ends_what_it_allowed_at_once(office: Office) -> None:
    entry = make(office.member, "/time-entries", start="2026-05-20T08:00:00Z", end="2026-05-20T09:00:00Z")
    assert office.lead.get(f"/time-entries/{entry}").status == 200
    assert revoke(office.admin, office.lead, "TEAM_MANAGER", office.member.id).status == 204
    assert office.lead.get(f"/time-entries/{entry}").refusal == REFUSED


def test_a_team_manager_of_a_group_is_let_go_with_the_source(office: Office) -> None:
    group = make(office.owner, "/user-groups", name="Team")
    grant(office.owner, office.manager, "TEAM_MANAGER", group, sourceType="USER_GROUP")
    assert revoke(office.admin, office.manager, "TEAM_MANAGER", group, sourceType="USER_GROUP").status == 204
    assert roles_of(office, office.manager) == []


def test_a_group_that_goes_takes_its_managers_along(office: Office) -> None:
    group = make(office.owner, "/user-groups", name="Team")
    grant(office.owner, office.manager, "TEAM_MANAGER", group, sourceType="USER_GROUP")
    assert office.owner.delete(f"/user-groups/{group}").status == 200
    assert roles_of(office, office.manager) == []


def test_a_role_that_is_not_held_is_refused(office: Office) -> None:
    project = make(office.owner, "/projects", name="Mine")
    answer = revoke(office.owner, office.member, "PROJECT_MANAGER", project)
    assert answer.refusal == REFUSED
    assert revoke(office.owner, office.member, "PROJECT_MANAGER", "f" * 24).refusal == REFUSED


def test_roles_of_another_workspace_cannot_be_reached(office: Office) -> None:
    outside = office.outsider.at(office.outsider_workspace_id)
    project = make(outside, "/projects", name="Theirs")
    assert revoke(office.owner, outside, "PROJECT_MANAGER", project).refusal == REFUSED
    assert outside.put(f"/projects/{project}", {"name": "Still theirs"}).status == 200


def test_somebody_inactive_can_lose_a_role(office: Office) -> None:
    office.owner.put(f"/users/{office.admin.id}", {"status": "INACTIVE"})
    assert revoke(office.owner, office.admin, "WORKSPACE_ADMIN", office.workspace_id).status == 204
