"""GET .../users/{userId}/managers."""

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.resources.users.test_grant_role import grant, make


def names(office: Office, **query: object) -> list[str]:
    answer = office.member.get(f"/users/{office.member.id}/managers", **query)
    assert answer.status == 200, answer
    return [one["name"] for one in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get(f"/users/{office.member.id}/managers").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get(f"/users/{office.outsider.id}/managers").refusal == DENIED


def test_nobody_is_managed_by_nobody(office: Office) -> None:
    answer = office.member.get(f"/users/{office.member.id}/managers")
    assert (answer.status, answer.body, answer.headers["Last-Page"]) == (200, [], "true")


def test_managers_of_the_person_and_of_their_groups_are_listed_once(office: Office) -> None:
    lead = office.lead
    group = make(office.owner, "/user-groups", name="Team")
    office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
    for person in (lead, office.manager):
        grant(office.owner, person, "TEAM_MANAGER", group, sourceType="USER_GROUP")
    # Managing somebody else, a project or another group is not managing this one.
    grant(office.owner, office.admin, "TEAM_MANAGER", office.manager.id)
    grant(office.owner, office.admin, "PROJECT_MANAGER", make(office.owner, "/projects", name="Project", isPublic=True))
    grant(
        office.owner,
        office.admin,
        "TEAM_MANAGER",
        make(office.owner, "/user-groups", name="Others"),
        sourceType="USER_GROUP",
    )
    assert names(office, sort_column="NAME") == ["Lea Lead", "Mia Manager"]
    assert names(office, sort_column="NAME", sort_order="DESCENDING") == ["Mia Manager", "Lea Lead"]
    answer = office.member.get(f"/users/{office.member.id}/managers", sort_column="NAME", page_size=1)
    assert ([one["name"] for one in answer.body], answer.headers["Last-Page"]) == (["Lea Lead"], "false")
    assert "roles" not in answer.body[0]


def test_whoever_is_inactive_manages_nobody(office: Office) -> None:
    lead = office.lead
    office.owner.put(f"/users/{lead.id}", {"status": "INACTIVE"})
    assert names(office) == []


def test_somebody_unknown_is_refused(office: Office) -> None:
    for user_id in ("f" * 24, "nonsense", office.outsider.id):
        assert office.owner.get(f"/users/{user_id}/managers").refusal == REFUSED
