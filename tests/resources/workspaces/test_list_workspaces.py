"""GET /workspaces."""

from collections.abc import Callable
from typing import Any

from tests.harness import NO_CREDENTIAL, REFUSED, Answer, Office, Person

PATH = "/api/v1/workspaces"


def listed(person: Person, **query: Any) -> Answer:
    return person.raw("GET", PATH, query=query)


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [workspace["name"] for workspace in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert listed(office.anonymous).refusal == NO_CREDENTIAL


def test_everybody_sees_the_workspaces_they_are_in_and_no_other(office: Office) -> None:
    for role in ("owner", "admin", "manager", "member"):
        assert [w["id"] for w in listed(office.everybody[role]).body] == [office.workspace_id], role
    assert [w["id"] for w in listed(office.outsider).body] == [office.outsider_workspace_id]


def test_a_listed_workspace_is_the_one_that_is_read_alone(office: Office) -> None:
    assert listed(office.owner).body == [office.owner.get("").body]


def test_workspaces_come_in_the_order_they_were_made(office: Office) -> None:
    for name in ("B", "A"):
        office.clock.move(1)
        assert office.owner.raw("POST", PATH, {"name": name}).status == 201
    assert names_in(listed(office.owner)) == ["Olivia Owner's office", "B", "A"]


def test_roles_keep_the_workspaces_where_one_holds_them(office: Office) -> None:
    office.member.raw("POST", PATH, {"name": "Mine"})
    assert names_in(listed(office.member, roles="OWNER")) == ["Mine"]
    assert names_in(listed(office.admin, roles="WORKSPACE_ADMIN")) == ["Olivia Owner's office"]
    assert names_in(listed(office.member, roles=["OWNER", "PROJECT_MANAGER"])) == ["Mine"]
    office.grant(office.member, "PROJECT_MANAGER", office.server.ids.new_id())
    assert names_in(listed(office.member, roles="OWNER,PROJECT_MANAGER")) == ["Olivia Owner's office", "Mine"]


def test_an_owner_is_not_counted_as_an_admin(office: Office) -> None:
    assert names_in(listed(office.owner, roles="WORKSPACE_ADMIN")) == []


def test_an_unknown_role_is_refused_with_the_known_ones(office: Office) -> None:
    answer = listed(office.owner, roles="BOSS")
    assert answer.refusal == REFUSED
    assert "[roles]" in answer.message
    assert "OWNER" in answer.message


def test_a_workspace_where_one_is_not_active_is_left_out(office: Office) -> None:
    office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    assert listed(office.member).body == []


def test_the_list_is_never_paged(office: Office) -> None:
    office.owner.raw("POST", PATH, {"name": "Second"})
    answer = listed(office.owner, page=2, page_size=1)
    assert len(answer.body) == 2
    assert "Last-Page" not in answer.headers


def test_each_workspace_hides_its_rates_by_its_own_settings(office: Office) -> None:
    assert office.member.raw("POST", PATH, {"name": "Mine"}).status == 201
    office.set(only_admins_see_billable_rates=True)
    theirs, mine = listed(office.member).body
    assert theirs["hourlyRate"] is None
    assert mine["hourlyRate"] == {"amount": 0, "currency": "USD"}
    assert listed(office.owner).body[0]["hourlyRate"] == {"amount": 0, "currency": "USD"}


def test_more_workspaces_take_no_more_statements(
    office: Office, statement_count: Callable[[Callable[[], Any]], int]
) -> None:
    listed(office.owner)
    few = statement_count(lambda: listed(office.owner))
    for number in range(5):
        office.owner.raw("POST", PATH, {"name": f"Number {number}"})
    listed(office.owner)
    assert statement_count(lambda: listed(office.owner)) == few
