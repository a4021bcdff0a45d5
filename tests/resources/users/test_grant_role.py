"""POST .../users/{userId}/roles."""

from typing import Any

import pytest

from hourbook.journal import journal
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

UNKNOWN = "f" * 24


def make(person: Person, path: str, **body: Any) -> str:
    answer = person.post(path, body)
    assert answer.status in (200, 201), answer
    return str(answer.body["id"])


def grant(person: Person, receiver: Person, role: str, entity_id: str, **more: Any) -> Answer:
    return person.post(f"/users/{receiver.id}/roles", {"role": role, "entityId": entity_id, **more})


def roles_of(office: Office, person: Person) -> list[tuple[str, str]]:
    found = office.owner.post("/users/info", {"includeRoles": True, "email": person.email}).body
    return [(role["role"], entity["id"]) for one in found for role in one["roles"] for entity in role["entities"]]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert grant(office.anonymous, office.member, "WORKSPACE_ADMIN", office.workspace_id).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert grant(office.outsider, office.outsider, "WORKSPACE_ADMIN", office.workspace_id).refusal == DENIED


def test_members_give_nobody_anything(office: Office) -> None:
    project = make(office.owner, "/projects", name="Public", isPublic=True)
    for receiver in (office.member, office.manager):
        assert grant(office.member, receiver, "WORKSPACE_ADMIN", office.workspace_id).refusal == DENIED
        assert grant(office.member, receiver, "PROJECT_MANAGER", project).refusal == DENIED
        assert grant(office.member, receiver, "TEAM_MANAGER", office.admin.id).refusal == DENIED
    assert roles_of(office, office.member) == roles_of(office, office.manager) == []


def test_an_admin_makes_an_admin(office: Office) -> None:
    answer = grant(office.admin, office.member, "WORKSPACE_ADMIN", office.workspace_id)
    assert answer.status == 201
    role = {"id": office.workspace_id, "name": "WORKSPACE_ADMIN", "source": None}
    assert answer.body == [{"workspaceId": office.workspace_id, "userId": office.member.id, "role": role}]
    assert office.member.post("/users", {"email": "somebody.else@example.com"}).status == 200


def test_an_admin_makes_a_project_manager(office: Office) -> None:
    project = make(office.owner, "/projects", name="Closed")
    answer = grant(office.admin, office.member, "PROJECT_MANAGER", project)
    assert answer.status == 201
    assert answer.body[0]["role"] == {"id": project, "name": "PROJECT_MANAGER", "source": None}
    assert office.member.put(f"/projects/{project}", {"name": "Renamed"}).status == 200


def test_an_admin_makes_a_team_manager_of_a_person(office: Office) -> None:
    entry = make(office.member, "/time-entries", start="2026-05-20T08:00:00Z", end="2026-05-20T09:00:00Z")
    assert office.manager.get(f"/time-entries/{entry}").refusal == REFUSED
    assert grant(office.admin, office.manager, "TEAM_MANAGER", office.member.id).status == 201
    assert office.manager.get(f"/time-entries/{entry}").status == 200


def test_a_team_manager_of_a_group_manages_whoever_is_in_it_at_the_time(office: Office) -> None:
    group = make(office.owner, "/user-groups", name="Team")
    answer = grant(office.admin, office.manager, "TEAM_MANAGER", group, sourceType="USER_GROUP")
    assert answer.status == 201
    assert answer.body[0]["role"] == {
        "id": group,
        "name": "TEAM_MANAGER",
        "source": {"id": group, "type": "USER_GROUP"},
    }
    entry = make(office.member, "/time-entries", start="2026-05-20T08:00:00Z", end="2026-05-20T09:00:00Z")
    assert office.manager.get(f"/time-entries/{entry}").refusal == REFUSED
    office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
    assert office.manager.get(f"/time-entries/{entry}").status == 200
    office.owner.delete(f"/user-groups/{group}/users/{office.member.id}")
    assert office.manager.get(f"/time-entries/{entry}").refusal == REFUSED


def test_groups_show_their_team_managers_when_asked(office: Office) -> None:
    group = make(office.owner, "/user-groups", name="Team")
    grant(office.admin, office.manager, "TEAM_MANAGER", group, sourceType="USER_GROUP")
    shown = office.owner.get("/user-groups", includeTeamManagers="true").body[0]["teamManagers"]
    assert shown == [{"id": office.manager.id, "name": office.manager.name}]
    assert office.owner.get("/user-groups").body[0]["teamManagers"] == []


def test_a_manager_shares_the_role_of_their_project_and_of_no_other(office: Office) -> None:
    mine = make(office.owner, "/projects", name="Mine")
    seen = make(office.owner, "/projects", name="Seen", isPublic=True)
    unseen = make(office.owner, "/projects", name="Unseen")
    office.grant(office.manager, "PROJECT_MANAGER", mine)
    assert grant(office.manager, office.member, "PROJECT_MANAGER", mine).status == 201
    assert grant(office.manager, office.member, "PROJECT_MANAGER", seen).refusal == DENIED
    assert grant(office.manager, office.manager, "PROJECT_MANAGER", seen).refusal == DENIED
    assert grant(office.manager, office.manager, "PROJECT_MANAGER", unseen).refusal == REFUSED
    assert grant(office.manager, office.manager, "WORKSPACE_ADMIN", office.workspace_id).refusal == DENIED
    assert grant(office.manager, office.manager, "TEAM_MANAGER", office.member.id).refusal == DENIED
    assert roles_of(office, office.manager) == [("PROJECT_MANAGER", mine)]


def test_a_team_manager_gives_nothing(office: Office) -> None:
    other = office.hire("Otto Other")
    assert grant(office.lead, office.lead, "TEAM_MANAGER", other.id).refusal == DENIED
    assert grant(office.lead, other, "TEAM_MANAGER", office.member.id).refusal == DENIED


def test_granting_twice_changes_nothing(office: Office) -> None:
    first = grant(office.admin, office.member, "WORKSPACE_ADMIN", office.workspace_id)
    revision = office.read(journal.current_revision)
    assert grant(office.admin, office.member, "WORKSPACE_ADMIN", office.workspace_id).body == first.body
    assert office.read(journal.current_revision) == revision


def test_a_grant_leaves_a_journal_row(office: Office) -> None:
    before = office.read(journal.current_revision)
    grant(office.admin, office.member, "WORKSPACE_ADMIN", office.workspace_id)
    rows = office.read(lambda tx: list(journal.iterate_since(tx, before)))
    assert [(row.kind, row.verb, row.subject_user_id) for row in rows] == [("ROLE", "insert", office.member.id)]


@pytest.mark.parametrize("role", ["OWNER", "MEMBER", "owner", ""])
def test_the_owners_role_and_unknown_words_are_refused(office: Office, role: str) -> None:
    assert grant(office.owner, office.member, role, office.workspace_id).refusal == UNREADABLE
    assert roles_of(office, office.member) == []


@pytest.mark.parametrize("body", [{}, {"role": "WORKSPACE_ADMIN"}, {"entityId": UNKNOWN}, {"entityId": ""}])
def test_role_and_entity_are_required(office: Office, body: dict[str, str]) -> None:
    assert office.owner.post(f"/users/{office.member.id}/roles", body).refusal == REFUSED


@pytest.mark.parametrize("role", ["WORKSPACE_ADMIN", "PROJECT_MANAGER", "TEAM_MANAGER"])
@pytest.mark.parametrize("entity_id", [UNKNOWN, "nonsense", "0" * 24])
def test_an_unknown_entity_is_refused(office: Office, role: str, entity_id: str) -> None:
    answer = grant(office.owner, office.member, role, entity_id)
    assert answer.refusal == REFUSED
    assert "doesn't belong to" in answer.message


def test_things_of_another_workspace_are_unknown(office: Office) -> None:
    outside = office.outsider.at(office.outsider_workspace_id)
    project = make(outside, "/projects", name="Theirs", isPublic=True)
    group = make(outside, "/user-groups", name="Theirs")
    for role, entity, more in (
        ("WORKSPACE_ADMIN", outside.workspace_id, {}),
        ("PROJECT_MANAGER", project, {}),
        ("TEAM_MANAGER", outside.id, {}),
        ("TEAM_MANAGER", group, {"sourceType": "USER_GROUP"}),
    ):
        assert grant(office.owner, office.member, role, entity, **more).refusal == REFUSED, role
    assert grant(office.owner, outside, "WORKSPACE_ADMIN", office.workspace_id).refusal == REFUSED
    assert roles_of(office, office.member) == []


def test_what_a_role_is_held_for_must_fit_it(office: Office) -> None:
    project = make(office.owner, "/projects", name="Project")
    group = make(office.owner, "/user-groups", name="Team")
    for role, entity, more in (
        ("WORKSPACE_ADMIN", project, {}),
        ("PROJECT_MANAGER", office.workspace_id, {}),
        ("TEAM_MANAGER", project, {}),
        ("TEAM_MANAGER", group, {}),
        ("TEAM_MANAGER", office.admin.id, {"sourceType": "USER_GROUP"}),
        ("PROJECT_MANAGER", project, {"sourceType": "USER_GROUP"}),
    ):
        assert grant(office.owner, office.member, role, entity, **more).refusal == REFUSED, (role, more)


def test_nobody_manages_their_own_team(office: Office) -> None:
    assert grant(office.admin, office.member, "TEAM_MANAGER", office.member.id).refusal == REFUSED


def test_the_owner_needs_no_admin_role(office: Office) -> None:
    assert grant(office.owner, office.owner, "WORKSPACE_ADMIN", office.workspace_id).refusal == REFUSED


def test_somebody_inactive_or_limited_gets_no_role(office: Office) -> None:
    office.admin.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    for receiver in (office.member, office.limited):
        assert grant(office.owner, receiver, "WORKSPACE_ADMIN", office.workspace_id).refusal == REFUSED
        assert grant(office.owner, receiver, "TEAM_MANAGER", office.manager.id).refusal == REFUSED
    assert roles_of(office, office.member) == []


def test_somebody_invited_may_get_a_role_before_they_come(office: Office) -> None:
    office.owner.post("/users", {"email": office.outsider.email})
    assert grant(office.owner, office.outsider, "WORKSPACE_ADMIN", office.workspace_id).status == 201
    assert office.outsider.get("/tags").refusal == DENIED
    office.owner.put(f"/users/{office.outsider.id}", {"status": "ACTIVE"})
    assert office.outsider.post("/user-groups", {"name": "Theirs"}).status == 201


def test_whoever_makes_a_project_manages_it(office: Office) -> None:
    project = make(office.member, "/projects", name="Own")
    assert roles_of(office, office.member) == [("PROJECT_MANAGER", project)]
    assert grant(office.member, office.manager, "PROJECT_MANAGER", project).status == 201
