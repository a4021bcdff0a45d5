"""GET /user."""

from typing import Any

from tests.harness import NO_CREDENTIAL, Office, Person

PATH = "/api/v1/user"


def me(person: Person, **query: Any) -> dict[str, Any]:
    answer = person.raw("GET", PATH, query=query)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.raw("GET", PATH).refusal == NO_CREDENTIAL


def test_everybody_reads_their_own_account(office: Office) -> None:
    for role in ("owner", "admin", "manager", "member", "outsider"):
        person = office.everybody[role]
        body = me(person)
        assert (body["id"], body["name"], body["email"]) == (person.id, person.name, person.email)
        assert body["status"] == "ACTIVE"
        assert body["customFields"] == []
        assert "roles" not in body


def test_settings_are_full_and_carry_the_profile_zone(office: Office) -> None:
    settings = me(office.hire("Bea", zone="Europe/Belgrade"))["settings"]
    assert len(settings) == 30
    assert settings["timeZone"] == "Europe/Belgrade"
    assert settings["dateFormat"]
    assert settings["timeFormat"] in ("HOUR12", "HOUR24")
    assert settings["summaryReportSettings"] == {"group": "Project", "subgroup": "Time Entry"}
    assert settings["projectListCollapse"] is None


def test_memberships_are_shown_only_when_asked_for(office: Office) -> None:
    assert me(office.member)["memberships"] == []
    assert me(office.member, include_memberships=True)["memberships"] == [
        {
            "userId": office.member.id,
            "targetId": office.workspace_id,
            "membershipType": "WORKSPACE",
            "membershipStatus": "ACTIVE",
            "hourlyRate": None,
            "costRate": None,
        }
    ]


def test_memberships_span_workspaces_projects_and_groups(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Bridge"}).body["id"]
    office.owner.patch(f"/projects/{project}/memberships", {"memberships": [{"userId": office.member.id}]})
    group = office.owner.post("/user-groups", {"name": "Builders"}).body["id"]
    office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
    mine = office.member.raw("POST", "/api/v1/workspaces", {"name": "Mine"}).body["id"]
    found = {(m["membershipType"], m["targetId"]) for m in me(office.member, include_memberships=1)["memberships"]}
    assert found == {
        ("WORKSPACE", office.workspace_id),
        ("WORKSPACE", mine),
        ("PROJECT", project),
        ("USERGROUP", group),
    }


def test_the_flag_is_read_as_every_boolean(office: Office) -> None:
    answer = office.member.raw("GET", PATH, query={"include_memberships": "maybe"})
    assert answer.refusal == (400, 3000)
    assert "'include-memberships'" in answer.message


def test_active_and_default_workspace_can_be_opened(office: Office) -> None:
    body = me(office.member)
    assert body["activeWorkspace"] == body["defaultWorkspace"] == office.workspace_id


def test_who_loses_a_workspace_is_shown_another_one(office: Office) -> None:
    mine = office.member.raw("POST", "/api/v1/workspaces", {"name": "Mine"}).body["id"]
    office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    body = me(office.member)
    assert body["activeWorkspace"] == body["defaultWorkspace"] == mine
    assert office.member.at(mine).get("").status == 200
    office.owner.put(f"/users/{office.member.id}", {"status": "ACTIVE"})
    assert me(office.member)["activeWorkspace"] == office.workspace_id


def test_who_has_no_workspace_left_is_shown_none(office: Office) -> None:
    office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    body = me(office.member, include_memberships=True)
    assert body["activeWorkspace"] == body["defaultWorkspace"] == ""
    assert body["memberships"] == []


def test_own_rates_are_hidden_where_the_workspace_hides_them(office: Office) -> None:
    office.write(lambda tx: give_rates(tx, office.member.id))
    shown = me(office.member, include_memberships=True)["memberships"][0]
    assert shown["hourlyRate"] == {"amount": 8000, "currency": "USD"}
    assert shown["costRate"] is None
    office.set(only_admins_see_billable_rates=True)
    assert me(office.member, include_memberships=True)["memberships"][0]["hourlyRate"] is None


def give_rates(tx: Any, user_id: str) -> None:
    """Rates of one's own."""
    from hourbook.core.money import NewRate, RateKind
    from hourbook.resources.workspaces.actions_rates import set_member_rate

    for kind, amount in ((RateKind.HOURLY, 8000), (RateKind.COST, 3000)):
        set_member_rate(tx, user_id, kind, rate=NewRate(amount))
