"""POST .../users/info."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [person["name"] for person in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/users/info", {}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/users/info", {}).refusal == DENIED


def test_an_empty_search_finds_everybody(office: Office) -> None:
    for role in ("owner", "admin", "manager", "member"):
        answer = office.everybody[role].post("/users/info", {})
        assert names_in(answer) == ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"], role
        assert answer.body == office.everybody[role].get("/users").body


def test_the_body_searches_as_the_query_does(office: Office) -> None:
    body = {
        "accountStatuses": ["ACTIVE", "LIMITED"],
        "email": "@EXAMPLE",
        "name": "m",
        "status": "ACTIVE",
        "memberships": "WORKSPACE",
        "includeRoles": True,
        "sortColumn": "NAME",
        "sortOrder": "DESCENDING",
        "page": 1,
        "pageSize": 2,
    }
    answer = office.owner.post("/users/info", body)
    assert names_in(answer) == ["Mia Manager", "Max Member"]
    assert answer.headers["Last-Page"] == "false"
    assert answer.body[0]["roles"] == []
    assert answer.body[0]["memberships"][0]["targetId"] == office.workspace_id


def test_null_is_the_same_as_absent(office: Office) -> None:
    keys = ("accountStatuses", "email", "includeRoles", "memberships", "name", "page", "pageSize", "projectId")
    body = dict.fromkeys((*keys, "roles", "sortColumn", "sortOrder", "status", "userGroups"))
    assert office.owner.post("/users/info", body).body == office.owner.post("/users/info", {}).body


def test_memberships_are_left_out_unless_asked_for(office: Office) -> None:
    assert all(person["memberships"] == [] for person in office.owner.post("/users/info", {}).body)


def test_owners_count_as_admins(office: Office) -> None:
    assert names_in(office.owner.post("/users/info", {"roles": ["WORKSPACE_ADMIN"]})) == ["Adam Admin", "Olivia Owner"]
    assert names_in(office.owner.post("/users/info", {"roles": ["OWNER"]})) == ["Olivia Owner"]
    office.grant(office.manager, "TEAM_MANAGER", office.member.id)
    found = office.owner.post("/users/info", {"roles": ["TEAM_MANAGER", "OWNER"]})
    assert names_in(found) == ["Mia Manager", "Olivia Owner"]


def test_user_groups_keep_their_members(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Builders"}).body["id"]
    office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
    assert names_in(office.owner.post("/users/info", {"userGroups": [group]})) == ["Max Member"]
    assert names_in(office.owner.post("/users/info", {"userGroups": ["0" * 24, "nonsense"]})) == []


def test_a_project_keeps_those_who_have_access(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge"}).body["id"]
    office.owner.patch(f"/projects/{project}/memberships", {"memberships": [{"userId": office.member.id}]})
    assert "Max Member" in names_in(office.owner.post("/users/info", {"projectId": project}))
    assert office.owner.post("/users/info", {"projectId": "nonsense"}).refusal == REFUSED


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"[",
        [],
        {"roles": ["BOSS"]},
        {"status": "GONE"},
        {"memberships": "SOME"},
        {"sortColumn": "SHOE_SIZE"},
        {"accountStatuses": ["ODD"]},
        {"pageSize": "many"},
        {"userGroups": "x"},
    ],
)
def test_a_body_of_another_shape_is_refused(office: Office, body: object) -> None:
    assert office.owner.post("/users/info", body).refusal == UNREADABLE


def test_an_unknown_word_is_refused_with_the_known_ones(office: Office) -> None:
    assert "WORKSPACE_ADMIN" in office.owner.post("/users/info", {"roles": ["BOSS"]}).message


@pytest.mark.parametrize("body", [{"page": 0}, {"page": -1}, {"pageSize": 0}, {"pageSize": 5001}])
def test_a_page_outside_of_the_limits_is_refused(office: Office, body: dict[str, int]) -> None:
    assert office.owner.post("/users/info", body).refusal == REFUSED


def test_a_page_far_beyond_the_end_is_empty(office: Office) -> None:
    answer = office.owner.post("/users/info", {"page": (1 << 63) - 1, "pageSize": 5000})
    assert (answer.body, answer.headers["Last-Page"]) == ([], "true")
