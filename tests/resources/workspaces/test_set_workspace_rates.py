"""PUT /hourly-rate and /cost-rate of a workspace and of its members."""

from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

MAY, JUNE = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"
KINDS = ("hourly", "cost")


def paths(office: Office, kind: str) -> list[str]:
    return [f"/{kind}-rate", f"/users/{office.member.id}/{kind}-rate"]


def shown(answer: Answer, office: Office, path: str, kind: str) -> Any:
    """The rate in a workspace's answer that belongs to the path."""
    if "/users/" not in path:
        return answer.body[f"{kind}Rate"]
    return next(row for row in answer.body["memberships"] if row["userId"] == office.member.id)[f"{kind}Rate"]


@pytest.mark.parametrize("kind", KINDS)
def test_rates_are_for_owner_and_admins(office: Office, kind: str) -> None:
    for path in paths(office, kind):
        assert office.anonymous.put(path, {"amount": 1}).refusal == NO_CREDENTIAL
        for person in (office.outsider, office.member, office.manager):
            assert person.put(path, {"amount": 1}).refusal == DENIED
        assert office.admin.put(path, {"amount": 1}).status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_the_amount_alone_is_enough_and_the_answer_is_the_workspace(office: Office, kind: str) -> None:
    for path in paths(office, kind):
        answer = office.owner.put(path, {"amount": 8800})
        assert (answer.status, answer.body["id"]) == (200, office.workspace_id)
        assert shown(answer, office, path, kind) == {"amount": 8800, "currency": "USD"}
        assert shown(office.owner.get(""), office, path, kind) == {"amount": 8800, "currency": "USD"}
        assert shown(office.owner.put(path, {"amount": 0}), office, path, kind) == {"amount": 0, "currency": "USD"}


def test_a_currency_beside_the_amount_means_nothing(office: Office) -> None:
    answer = office.owner.put("/hourly-rate", {"amount": 5, "currency": "EUR", "since": ""})
    assert answer.body["hourlyRate"] == {"amount": 5, "currency": "USD"}


@pytest.mark.parametrize("amount", [None, -1, (1 << 53) + 1])
def test_a_rate_needs_an_amount_that_is_money(office: Office, amount: Any) -> None:
    for path in (*paths(office, "hourly"), *paths(office, "cost")):
        assert office.owner.put(path, {"amount": amount}).refusal == REFUSED
        assert office.owner.put(path, {"amount": 1.5}).refusal == UNREADABLE
        assert office.owner.put(path, {"amount": 5, "since": "yesterday"}).refusal == UNREADABLE
        assert office.owner.put(path).status == 400


def test_somebody_unknown_has_no_rate(office: Office) -> None:
    for user_id in ("f" * 24, "nobody", office.outsider.id):
        assert office.owner.put(f"/users/{user_id}/hourly-rate", {"amount": 1}).refusal == REFUSED


def test_a_rate_of_the_past_is_not_shown_when_a_newer_one_is_in_force(office: Office) -> None:
    for path in paths(office, "cost"):
        office.owner.put(path, {"amount": 300})
        answer = office.owner.put(path, {"amount": 200, "since": MAY})
        assert shown(answer, office, path, "cost")["amount"] == 300


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_of_the_future_is_shown_when_its_moment_comes(office: Office, kind: str) -> None:
    for path in paths(office, kind):
        office.owner.put(path, {"amount": 100})
        since = format_instant(office.clock.now_s + 60)
        answer = office.owner.put(path, {"amount": 200, "since": since})
        assert shown(answer, office, path, kind)["amount"] == 100
        office.clock.move(59)
        assert shown(office.owner.get(""), office, path, kind)["amount"] == 100
        office.clock.move(1)
        assert shown(office.owner.get(""), office, path, kind)["amount"] == 200
        listed = office.owner.raw("GET", "/api/v1/workspaces").body
        mine = next(row for row in listed if row["id"] == office.workspace_id)
        assert shown(Answer(200, mine, answer.headers), office, path, kind)["amount"] == 200
        assert shown(office.owner.put(path, {"amount": 300}), office, path, kind)["amount"] == 300


def memberships_of(person: Person, office: Office) -> list[Any]:
    found = person.raw("GET", "/api/v1/user", query={"include-memberships": "true"}).body["memberships"]
    return [row for row in found if row["targetId"] == office.workspace_id]


def test_a_planned_rate_is_shown_with_memberships_and_sorts_people(office: Office) -> None:
    path = f"/users/{office.member.id}/hourly-rate"
    office.owner.put(f"/users/{office.admin.id}/hourly-rate", {"amount": 150})
    office.owner.put(path, {"amount": 100})
    office.owner.put(path, {"amount": 200, "since": format_instant(office.clock.now_s + 60)})
    office.clock.move(60)
    assert [row["hourlyRate"]["amount"] for row in memberships_of(office.member, office)] == [200]
    people = office.owner.get("/users", memberships="WORKSPACE", sort_column="HOURLYRATE", sort_order="DESCENDING").body
    rates = [(row["id"], row["memberships"][0]["hourlyRate"]) for row in people]
    assert dict(rates)[office.member.id]["amount"] == 200


def test_no_digit_of_a_rate_reaches_who_may_not_see_it(office: Office) -> None:
    office.owner.put("/hourly-rate", {"amount": 918273})
    office.owner.put(f"/users/{office.member.id}/hourly-rate", {"amount": 918274})
    office.owner.put(f"/users/{office.member.id}/cost-rate", {"amount": 918275})
    assert b"918275" not in office.member.get("").content
    assert b"918274" in office.member.get("").content
    office.set(only_admins_see_billable_rates=True)
    assert b"91827" not in office.member.get("").content
    assert b"91827" not in office.member.raw("GET", "/api/v1/workspaces").content


def test_a_change_is_journaled_with_its_event_also_when_nothing_else_changes(office: Office) -> None:
    from hourbook.journal.journal import iterate_since

    office.owner.put("/hourly-rate", {"amount": 5})
    office.owner.put(f"/users/{office.member.id}/cost-rate", {"amount": 6, "since": JUNE})
    rows = office.read(lambda tx: [row for row in iterate_since(tx, 0) if row.kind == "RATE"])
    assert [(row.event, row.subject_user_id, row.after["amount_minor"]) for row in rows] == [
        ("BILLABLE_RATE_UPDATED", None, 5),
        ("COST_RATE_UPDATED", office.member.id, 6),
    ]


def test_somebody_who_comes_back_begins_without_a_rate(office: Office) -> None:
    path = f"/users/{office.member.id}"
    office.owner.put(f"{path}/hourly-rate", {"amount": 500})
    office.owner.put(f"{path}/hourly-rate", {"amount": 900, "since": JUNE})
    taken_out = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{office.member.id}"
    assert office.owner.raw("DELETE", taken_out).status in (200, 204)
    office.write(lambda tx: _come_back(tx, office.member.id))
    for _ in range(2):
        row = next(row for row in office.owner.get("").body["memberships"] if row["userId"] == office.member.id)
        assert row["hourlyRate"] is None
        office.clock.move(86_400 * 30)


def _come_back(tx: Any, user_id: str) -> None:
    from hourbook.resources.workspaces import actions

    actions.add_member(tx, user_id)
