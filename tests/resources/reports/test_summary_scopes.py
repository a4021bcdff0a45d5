"""POST .../reports/summary: whose time is in it, for every role and setting."""

from typing import Any

import pytest

from tests.harness import Office, Person
from tests.resources.reports.reporting import ask, found, make, rate, summary, track


class Team:
    """Everybody tracked an hour on a public, a private and no project; the manager manages both projects."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.public = make(office, "/projects", name="Open", isPublic=True)
        self.private = make(office, "/projects", name="Secret", isPublic=False)
        self.task = make(office, f"/projects/{self.private}/tasks", name="Secret task")
        self.people = {
            "owner": office.owner,
            "admin": office.admin,
            "manager": office.manager,
            "lead": office.lead,
            "member": office.member,
        }
        office.grant(office.manager, "PROJECT_MANAGER", self.private)
        office.grant(office.manager, "PROJECT_MANAGER", self.public)
        users = [person.id for person in self.people.values()]
        assert office.owner.post(f"/projects/{self.private}/memberships", {"userIds": users}).status == 200
        rate(office, 1000)
        for name, person in self.people.items():
            for place, project in (("open", self.public), ("secret", self.private), ("none", None)):
                more = {} if project is None else {"projectId": project}
                track(person, description=f"{name} {place}", **more)

    def of(self, *names: str) -> set[str]:
        return {f"{name} {place}" for name in names for place in ("open", "secret", "none")}

    def all_in(self, *places: str) -> set[str]:
        return {f"{name} {place}" for name in self.people for place in places}


@pytest.fixture
def team(office: Office) -> Team:
    return Team(office)


def test_everybody_sees_the_time_they_may_see(team: Team) -> None:
    everything = team.all_in("open", "secret", "none")
    expected = {
        "owner": everything,
        "admin": everything,
        "manager": team.of("manager") | team.all_in("open", "secret"),
        "lead": team.of("lead", "member"),
        "member": team.of("member"),
    }
    for name, person in team.people.items():
        assert found(person) == expected[name], name
        # Asking for somebody or something by name shows no more.
        for asked in ({"users": {"ids": [team.office.owner.id]}}, {"projects": {"ids": [team.private]}}):
            assert found(person, **asked) <= expected[name], (name, asked)
    assert found(team.office.member, users={"ids": [team.office.owner.id]}) == set()


def test_all_time_may_be_open_to_everybody(team: Team) -> None:
    team.office.set(only_admins_see_all_time_entries=False)
    for name, person in team.people.items():
        assert found(person) == team.all_in("open", "secret", "none"), name


def test_time_of_public_projects_may_be_open_to_everybody(team: Team) -> None:
    team.office.set(only_admins_see_public_projects_entries=False)
    assert found(team.office.member) == team.of("member") | team.all_in("open")
    assert found(team.office.lead) == team.of("lead", "member") | team.all_in("open")
    # A project that is made private takes its time along.
    body = {"name": "Open", "isPublic": False}
    assert team.office.owner.put(f"/projects/{team.public}", body).status == 200
    assert found(team.office.member) == team.of("member")


def test_sums_rows_and_totals_are_of_the_time_one_may_see(team: Team) -> None:
    for name, hours in (("member", 3), ("lead", 6), ("manager", 11), ("admin", 15)):
        for groups in (["USER", "PROJECT"], ["PROJECT", "TASK", "USER"], ["DATE"], ["TAG"], ["USER_GROUP"]):
            body = summary(team.people[name], groups)
            total = body["totals"][0]
            assert (total["totalTime"], total["totalAmount"], total["entriesCount"]) == (
                hours * 3600,
                hours * 1000,
                hours,
            )
            assert sum(row["duration"] for row in body["groupOne"]) == hours * 3600


def test_names_of_what_one_may_not_see_are_in_no_answer(team: Team) -> None:
    outside = team.office.hire("Uma Unrelated")
    track(outside, projectId=team.public)
    for groups in (["USER", "PROJECT", "TASK"], ["PROJECT", "USER"], ["TASK", "CLIENT"], ["USER_GROUP", "TIMEENTRY"]):
        content = ask(outside, groups).content
        for secret in ("Secret", team.private, team.task, "Max Member", "Olivia", team.office.member.id, "secret"):
            assert secret.encode() not in content, (groups, secret)


def test_a_manager_who_is_none_any_more_sees_no_more(team: Team) -> None:
    office = team.office
    assert len(found(office.manager)) == 11
    answer = office.owner.raw(
        "DELETE",
        f"/api/v1/workspaces/{office.workspace_id}/users/{office.manager.id}/roles",
        {"entityId": team.private, "role": "PROJECT_MANAGER"},
    )
    assert answer.status in (200, 204), answer
    assert found(office.manager) == team.of("manager") | team.all_in("open")


@pytest.mark.parametrize("group", ["USER", "PROJECT", "USER_GROUP"])
def test_a_group_of_people_managed_through_a_group_counts(office: Office, group: str) -> None:
    crew = make(office, "/user-groups", name="Crew")
    assert office.owner.post(f"/user-groups/{crew}/users", {"userId": office.member.id}).status == 200
    boss = office.hire("Bea Boss")
    role = {"entityId": crew, "role": "TEAM_MANAGER", "sourceType": "USER_GROUP"}
    assert office.owner.post(f"/users/{boss.id}/roles", role).status == 201
    track(office.member, minutes=10)
    track(office.admin, minutes=20)
    assert [row["duration"] for row in summary(boss, [group])["groupOne"]] == [600]


def test_ids_of_another_workspace_mean_nothing(office: Office) -> None:
    outsider = office.outsider.at(office.outsider_workspace_id)
    project = outsider.post("/projects", {"name": "Theirs", "isPublic": True}).body["id"]
    tag = outsider.post("/tags", {"name": "theirs"}).body["id"]
    field = outsider.post("/custom-fields", {"name": "Theirs", "type": "TXT"}).body["id"]
    track(outsider, projectId=project, tagIds=[tag], description="theirs")
    track(office.owner, description="mine")

    def answers(id_: str) -> list[Any]:
        filters: list[dict[str, Any]] = [
            {name: {"ids": [id_], "contains": how}}
            for name in ("projects", "tags", "users", "userGroups", "clients", "tasks", "currency")
            for how in ("CONTAINS", "DOES_NOT_CONTAIN", "CONTAINS_ONLY")
        ]
        filters += [{name: [{"id": id_, "isEmpty": True}]} for name in ("customFields", "userCustomFields")]
        return [summary(office.owner, ["TIMEENTRY"], **one) for one in filters]

    unknown = answers("0123456789abcdef01234567")
    for theirs in (project, tag, field, outsider.id):
        assert answers(theirs) == unknown


def test_a_key_that_may_only_look_may_ask(office: Office) -> None:
    answer = office.owner.raw("POST", "/api/hourbook/v1/api-keys", {"name": "Looks", "readOnly": True})
    office.server.secrets.append(answer.body["apiKey"])
    looks = Person(office.server, office.workspace_id, office.owner.id, answer.body["apiKey"])
    track(office.owner)
    assert summary(looks) == summary(office.owner)
