"""GET .../users."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office
from tests.resources.users.test_get_current_user import give_rates


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [person["name"] for person in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("/users").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get("/users").refusal == DENIED


def test_every_member_sees_the_people_of_the_workspace_and_nobody_else(office: Office) -> None:
    for role in ("owner", "admin", "manager", "member"):
        answer = office.everybody[role].get("/users")
        assert names_in(answer) == ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"], role
        assert answer.headers["Last-Page"] == "true"


def test_a_person_has_every_key_clients_know(office: Office) -> None:
    person = office.owner.get("/users", email=office.member.email).body[0]
    assert person["id"] == office.member.id
    assert person["profilePicture"] == ""
    assert person["status"] == "ACTIVE"
    assert person["settings"]["timeZone"] == "UTC"
    assert person["memberships"] == person["customFields"] == []
    assert "roles" not in person


def test_which_other_workspaces_somebody_is_in_is_not_shown(office: Office) -> None:
    stranger = office.outsider
    office.owner.post("/users", {"email": stranger.email})
    shown = office.owner.get("/users", email=stranger.email).body[0]
    assert shown["activeWorkspace"] == shown["defaultWorkspace"] == office.workspace_id
    shown = office.owner.get("/users", email=stranger.email, memberships="ALL").body[0]
    assert [m["targetId"] for m in shown["memberships"]] == [office.workspace_id]


def test_email_and_name_contain_what_was_asked_without_case(office: Office) -> None:
    assert names_in(office.owner.get("/users", email="OLIVIA.")) == ["Olivia Owner"]
    assert names_in(office.owner.get("/users", name="M")) == ["Adam Admin", "Max Member", "Mia Manager"]
    assert names_in(office.owner.get("/users", name="m", email="mia.")) == ["Mia Manager"]
    assert names_in(office.owner.get("/users", name="%")) == []


def test_status_is_the_memberships(office: Office) -> None:
    office.owner.post("/users", {"email": "guest@guests.example"})
    office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    assert [p["email"] for p in office.owner.get("/users", status="PENDING").body] == ["guest@guests.example"]
    assert names_in(office.owner.get("/users", status="INACTIVE")) == ["Max Member"]
    assert names_in(office.owner.get("/users", status="ACTIVE")) == ["Adam Admin", "Mia Manager", "Olivia Owner"]
    assert names_in(office.owner.get("/users", status="DECLINED")) == []
    assert len(office.owner.get("/users", status="ALL").body) == len(office.owner.get("/users").body) == 5


def test_account_statuses_are_repeated_or_comma_joined(office: Office) -> None:
    office.owner.post("/users", {"email": "guest@guests.example"})
    assert len(office.owner.get("/users", account_statuses="ACTIVE").body) == 4
    assert len(office.owner.get("/users", account_statuses="NOT_REGISTERED").body) == 1
    assert len(office.owner.get("/users", account_statuses="ACTIVE,NOT_REGISTERED").body) == 5
    assert len(office.owner.get("/users", account_statuses=["ACTIVE", "LIMITED"]).body) == 4
    assert office.owner.get("/users", account_statuses="DELETED").body == []


def test_who_never_signed_in_has_neither_settings_nor_name(office: Office) -> None:
    office.owner.post("/users", {"email": "guest@guests.example"})
    guest = office.owner.get("/users", email="guest@").body[0]
    assert (guest["settings"], guest["name"], guest["status"]) == (None, "", "NOT_REGISTERED")


@pytest.mark.parametrize("name", ["status", "account_statuses", "memberships", "sort_column", "sort_order"])
def test_an_unknown_word_is_refused_with_the_known_ones(office: Office, name: str) -> None:
    answer = office.owner.get("/users", **{name: "NONSENSE"})
    assert answer.refusal == REFUSED
    wire = name.replace("_", "-")
    assert answer.message.startswith(f"You entered invalid value for field: [{wire}].")
    assert "must be from the following set: " in answer.message


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("ID", ["Olivia Owner", "Adam Admin", "Mia Manager", "Max Member"]),
        ("EMAIL", ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"]),
        ("NAME", ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"]),
        ("NAME_LOWERCASE", ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"]),
        ("ACCESS", ["Olivia Owner", "Adam Admin", "Mia Manager", "Max Member"]),
        ("HOURLYRATE", ["Olivia Owner", "Adam Admin", "Max Member", "Mia Manager"]),
        ("COSTRATE", ["Olivia Owner", "Adam Admin", "Max Member", "Mia Manager"]),
    ],
)
def test_every_order_is_total_and_turns_around(office: Office, column: str, names: list[str]) -> None:
    office.write(lambda tx: give_rates(tx, office.manager.id))
    assert names_in(office.owner.get("/users", sort_column=column)) == names
    assert names_in(office.owner.get("/users", sort_column=column, sort_order="DESCENDING")) == names[::-1]


def test_an_order_by_rates_one_may_not_see_tells_nothing(office: Office) -> None:
    office.write(lambda tx: give_rates(tx, office.admin.id))
    by_id = names_in(office.member.get("/users", sort_column="ID"))
    assert names_in(office.member.get("/users", sort_column="COSTRATE")) == by_id
    assert names_in(office.member.get("/users", sort_column="HOURLYRATE")) != by_id
    office.set(only_admins_see_billable_rates=True)
    assert names_in(office.member.get("/users", sort_column="HOURLYRATE")) == by_id


def test_pages_are_full_until_the_last(office: Office) -> None:
    first = office.owner.get("/users", page_size=3)
    assert (len(first.body), first.headers["Last-Page"]) == (3, "false")
    second = office.owner.get("/users", page_size=3, page=2)
    assert (len(second.body), second.headers["Last-Page"]) == (1, "true")
    beyond = office.owner.get("/users", page_size=3, page=9)
    assert (beyond.body, beyond.headers["Last-Page"]) == ([], "true")


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 0}, {"page_size": 5001}])
def test_a_page_outside_of_the_limits_is_refused(office: Office, query: dict[str, int]) -> None:
    assert office.owner.get("/users", **query).refusal == REFUSED


def test_memberships_are_of_the_kind_asked_for(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge"}).body["id"]
    office.owner.patch(f"/projects/{project}/memberships", {"memberships": [{"userId": office.member.id}]})
    group = office.owner.post("/user-groups", {"name": "Builders"}).body["id"]
    office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
    targets = {}
    for kind in ("NONE", "WORKSPACE", "PROJECT", "USERGROUP", "ALL"):
        person = office.owner.get("/users", email=office.member.email, memberships=kind).body[0]
        targets[kind] = [m["targetId"] for m in person["memberships"]]
        assert kind == "ALL" or all(m["membershipType"] == kind for m in person["memberships"])
    assert targets == {
        "NONE": [],
        "WORKSPACE": [office.workspace_id],
        "PROJECT": [project],
        "USERGROUP": [group],
        "ALL": [office.workspace_id, project, group],
    }


def test_a_private_project_is_not_betrayed_by_memberships_or_roles(office: Office) -> None:
    project = office.admin.post("/projects", {"name": "Secret"}).body["id"]
    query = {"email": office.admin.email, "memberships": "PROJECT", "include_roles": True}
    seen = office.owner.get("/users", **query).body[0]
    assert project in str(seen["roles"])
    hidden = office.member.get("/users", **query).body[0]
    assert hidden["memberships"] == []
    assert [role["role"] for role in hidden["roles"]] == ["WORKSPACE_ADMIN"]


def test_rates_of_a_membership_are_for_those_who_may_see_them(office: Office) -> None:
    office.write(lambda tx: give_rates(tx, office.manager.id))
    query = {"email": office.manager.email, "memberships": "WORKSPACE"}
    seen = office.owner.get("/users", **query).body[0]["memberships"][0]
    assert seen["hourlyRate"] == {"amount": 8000, "currency": "USD"}
    assert seen["costRate"] == {"amount": 3000, "currency": "USD"}
    seen = office.member.get("/users", **query).body[0]["memberships"][0]
    assert (seen["hourlyRate"], seen["costRate"]) == ({"amount": 8000, "currency": "USD"}, None)
    office.set(only_admins_see_billable_rates=True)
    seen = office.member.get("/users", **query).body[0]["memberships"][0]
    assert (seen["hourlyRate"], seen["costRate"]) == (None, None)


def test_roles_say_what_they_are_held_for(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge"}).body["id"]
    group = office.owner.post("/user-groups", {"name": "Builders"}).body["id"]
    office.grant(office.manager, "PROJECT_MANAGER", project)
    office.grant(office.manager, "TEAM_MANAGER", office.member.id)
    office.grant(office.manager, "TEAM_MANAGER", group)
    roles = office.owner.get("/users", email=office.manager.email, include_roles=1).body[0]["roles"]
    assert roles == [
        {
            "role": "PROJECT_MANAGER",
            "formatterRoleName": "Project manager",
            "entities": [{"id": project, "name": "Bridge", "source": None}],
        },
        {
            "role": "TEAM_MANAGER",
            "formatterRoleName": "Team manager",
            "entities": [
                {"id": office.member.id, "name": "Max Member", "source": None},
                {"id": group, "name": "Builders", "source": {"id": group, "type": "USER_GROUP"}},
            ],
        },
    ]
    assert office.owner.get("/users", email=office.member.email, include_roles=1).body[0]["roles"] == []


def test_a_private_project_keeps_those_on_it_directly_or_by_group(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge"}).body["id"]
    before = names_in(office.owner.get("/users", project_id=project))
    office.owner.patch(f"/projects/{project}/memberships", {"memberships": [{"userId": office.member.id}]})
    after = names_in(office.owner.get("/users", project_id=project))
    assert "Max Member" not in before
    assert "Max Member" in after
    assert "Adam Admin" not in after


def test_everybody_has_access_to_a_public_project(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge", "isPublic": True}).body["id"]
    assert len(office.member.get("/users", project_id=project).body) == 4


def test_a_project_one_may_not_see_answers_as_one_that_is_not_there(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge"}).body["id"]
    for project_id in (project, "0" * 24, "nonsense"):
        answer = office.member.get("/users", project_id=project_id)
        assert answer.refusal == REFUSED
        assert answer.message == "Project doesn't belong to Workspace"


def test_more_people_take_no_more_statements(
    office: Office, statement_count: Callable[[Callable[[], Any]], int]
) -> None:
    def call() -> Answer:
        return office.owner.get("/users", memberships="ALL", include_roles=True)

    call()
    few = statement_count(call)
    for number in range(10):
        office.grant(office.hire(f"Number {number}"), "PROJECT_MANAGER", office.server.ids.new_id())
    call()
    assert statement_count(call) <= few + 3 <= 12
