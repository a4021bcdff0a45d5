"""Who joins a group is put on its projects; who leaves it leaves them."""

from typing import Any

import pytest

from tests.harness import Office, Person
from tests.journal.state import check_everything


class Team:
    """A group with the member in it, on a closed project."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.group = self.made("/user-groups", {"name": "Team"})
        self.join(office.member)
        self.project = self.made("/projects", {"name": "Closed"})
        self.put_on(self.project)

    def made(self, path: str, body: dict[str, Any]) -> str:
        answer = self.office.owner.post(path, body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def put_on(self, project: str, group: str | None = None) -> None:
        body = {"userIds": [], "userGroups": {"ids": [group or self.group]}}
        assert self.office.owner.post(f"/projects/{project}/memberships", body).status == 200

    def join(self, person: Person, group: str | None = None) -> None:
        body = {"userId": person.id}
        assert self.office.owner.post(f"/user-groups/{group or self.group}/users", body).status == 200

    def leave(self, person: Person) -> None:
        assert self.office.owner.delete(f"/user-groups/{self.group}/users/{person.id}").status == 200

    def sees(self, person: Person, project: str | None = None) -> bool:
        return person.get(f"/projects/{project or self.project}").status == 200


@pytest.fixture
def team(office: Office) -> Team:
    return Team(office)


def test_who_joins_is_put_on_the_groups_projects(office: Office, team: Team) -> None:
    second = team.made("/projects", {"name": "Second"})
    elsewhere = team.made("/projects", {"name": "Elsewhere"})
    team.put_on(second)
    assert not team.sees(office.manager)
    team.join(office.manager)
    assert team.sees(office.manager)
    assert team.sees(office.manager, second)
    assert not team.sees(office.manager, elsewhere)
    memberships = office.owner.get(f"/projects/{team.project}").body["memberships"]
    assert [m["membershipStatus"] for m in memberships if m["userId"] == office.manager.id] == ["ACTIVE"]
    check_everything(office)


def test_who_leaves_leaves_the_groups_projects(office: Office, team: Team) -> None:
    assert team.sees(office.member)
    team.leave(office.member)
    assert not team.sees(office.member)
    assert team.sees(office.owner)
    check_everything(office)


def test_replacing_the_people_does_both(office: Office, team: Team) -> None:
    body = {"name": "Team", "userIds": [office.manager.id]}
    assert office.owner.put(f"/user-groups/{team.group}", body).status == 200
    assert (team.sees(office.member), team.sees(office.manager)) == (False, True)


def test_renaming_moves_nobody(office: Office, team: Team) -> None:
    assert office.owner.put(f"/user-groups/{team.group}", {"name": "Crew"}).status == 200
    assert team.sees(office.member)


def test_a_deleted_group_takes_its_people_off(office: Office, team: Team) -> None:
    assert office.owner.delete(f"/user-groups/{team.group}").status == 200
    assert not team.sees(office.member)
    check_everything(office)


def test_who_was_named_stays(office: Office, team: Team) -> None:
    office.owner.post(f"/projects/{team.project}/memberships", {"userIds": [office.member.id]})
    team.leave(office.member)
    assert team.sees(office.member)


def test_who_was_there_before_the_group_stays(office: Office, team: Team) -> None:
    project = team.made("/projects", {"name": "Named", "memberships": [{"userId": office.member.id}]})
    team.put_on(project)
    team.leave(office.member)
    assert team.sees(office.member, project)


def test_another_group_on_the_project_keeps_its_people(office: Office, team: Team) -> None:
    other = team.made("/user-groups", {"name": "Other"})
    team.join(office.member, other)
    team.put_on(team.project, other)
    team.leave(office.member)
    assert team.sees(office.member)
    assert office.owner.delete(f"/user-groups/{other}").status == 200
    assert not team.sees(office.member)


def test_repeating_everybody_is_not_naming_them(office: Office, team: Team) -> None:
    people = [{"userId": m["userId"]} for m in office.owner.get(f"/projects/{team.project}").body["memberships"]]
    assert office.owner.patch(f"/projects/{team.project}/memberships", {"memberships": people}).status == 200
    team.leave(office.member)
    assert not team.sees(office.member)


def test_setting_members_by_group_is_followed_too(office: Office, team: Team) -> None:
    project = team.made("/projects", {"name": "Set"})
    body = {"memberships": [], "userGroups": {"ids": [team.group], "contains": "CONTAINS"}}
    assert office.owner.patch(f"/projects/{project}/memberships", body).status == 200
    assert team.sees(office.member, project)
    team.leave(office.member)
    assert not team.sees(office.member, project)


def test_whose_role_is_manager_still_sees_the_project(office: Office, team: Team) -> None:
    office.grant(office.member, "PROJECT_MANAGER", team.project)
    team.leave(office.member)
    assert team.sees(office.member)


def test_new_limited_users_are_put_on_the_projects_of_their_groups(office: Office, team: Team) -> None:
    answer = office.owner.post("/limited-users", {"users": [{"name": "Lee", "userGroups": [team.group]}]})
    lee = answer.body["users"][0]["id"]
    memberships = office.owner.get(f"/projects/{team.project}").body["memberships"]
    assert lee in {m["userId"] for m in memberships}
    check_everything(office)


def test_a_copy_of_a_template_keeps_who_came_by_group(office: Office, team: Team) -> None:
    assert office.owner.patch(f"/projects/{team.project}/template", {"isTemplate": True}).status == 200
    made = office.owner.post("/projects/from-template", {"name": "Copy", "templateProjectId": team.project})
    assert team.sees(office.member, made.body["id"])
    team.leave(office.member)
    assert not team.sees(office.member, made.body["id"])
