"""The currencies of a workspace: list, add, remove, make another one the default."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.own_surface import own

START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"


def add(office: Office, code: str) -> str:
    answer = own(office.admin, "POST", "/currencies", {"code": code})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def codes(office: Office) -> list[tuple[str, bool]]:
    return [(one["code"], one["isDefault"]) for one in own(office.member, "GET", "/currencies").body]


def default_id(office: Office) -> str:
    return next(one["id"] for one in own(office.member, "GET", "/currencies").body if one["isDefault"])


def test_members_read_and_admins_write(office: Office) -> None:
    jpy = add(office, "JPY")
    requests: list[tuple[str, str, Any]] = [
        ("POST", "/currencies", {"code": "EUR"}),
        ("PUT", f"/currencies/{jpy}/default", None),
        ("DELETE", f"/currencies/{jpy}", None),
    ]
    assert own(office.anonymous, "GET", "/currencies").refusal == NO_CREDENTIAL
    assert own(office.outsider, "GET", "/currencies").refusal == DENIED
    for method, path, body in requests:
        assert own(office.anonymous, method, path, body).refusal == NO_CREDENTIAL
        for person in (office.outsider, office.member, office.manager):
            assert own(person, method, path, body).refusal == DENIED
    assert codes(office) == [("JPY", False), ("USD", True)]


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_is_added_with_its_digits_and_shown_by_the_contract(office: Office, code: str, digits: int) -> None:
    body = own(office.admin, "POST", "/currencies", {"code": code}).body
    assert body == {"id": body["id"], "code": code, "isDefault": False, "digits": digits}
    assert body["id"] in [one["id"] for one in office.member.get("").body["currencies"]]
    client = office.owner.post("/clients", {"name": "Client"}).body
    changed = office.owner.put(f"/clients/{client['id']}", {"name": "Client", "currencyId": body["id"]}).body
    assert changed["currencyCode"] == code


@pytest.mark.parametrize("code", ["USD", "usd", "ABC", "XXX", "", None, "EURO"])
def test_what_is_no_currency_or_there_already_is_refused(office: Office, code: str | None) -> None:
    assert own(office.owner, "POST", "/currencies", {"code": code}).refusal == REFUSED
    assert codes(office) == [("USD", True)]


def test_a_currency_that_nothing_is_in_is_removed(office: Office) -> None:
    jpy = add(office, "JPY")
    answer = own(office.owner, "DELETE", f"/currencies/{jpy}")
    assert (answer.status, answer.content) == (204, b"")
    assert own(office.owner, "DELETE", f"/currencies/{jpy}").refusal == REFUSED
    assert codes(office) == [("USD", True)]


def test_the_default_currency_is_not_removed(office: Office) -> None:
    answer = own(office.owner, "DELETE", f"/currencies/{default_id(office)}")
    assert answer.refusal == REFUSED
    assert "default" in answer.message


def test_a_currency_of_a_client_or_of_tracked_time_is_not_removed(office: Office) -> None:
    eur = add(office, "EUR")
    client = office.owner.post("/clients", {"name": "Client"}).body["id"]
    assert office.owner.put(f"/clients/{client}", {"name": "Client", "currencyId": eur}).status == 200
    assert own(office.owner, "DELETE", f"/currencies/{eur}").refusal == REFUSED
    project = office.owner.post("/projects", {"name": "Project", "clientId": client}).body["id"]
    entry = office.owner.post("/time-entries", {"start": START, "end": END, "projectId": project}).body["id"]
    usd = default_id(office)
    assert office.owner.put(f"/clients/{client}", {"name": "Client", "currencyId": usd}).status == 200
    answer = own(office.owner, "DELETE", f"/currencies/{eur}")
    if office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["currency"] == "EUR":
        assert answer.refusal == REFUSED
        assert office.owner.delete(f"/time-entries/{entry}").status == 204
        answer = own(office.owner, "DELETE", f"/currencies/{eur}")
    assert answer.status == 204


def test_another_default_holds_for_what_comes_and_not_for_what_was_tracked(office: Office) -> None:
    entry = office.owner.post("/time-entries", {"start": START, "end": END}).body["id"]
    client = office.owner.post("/clients", {"name": "Client"}).body["id"]
    eur = add(office, "EUR")
    assert own(office.owner, "PUT", f"/currencies/{eur}/default").body["isDefault"] is True
    assert codes(office) == [("EUR", True), ("USD", False)]
    assert office.owner.get("").body["hourlyRate"]["currency"] == "EUR"
    assert own(office.member, "GET").body["currency"] == "EUR"
    assert office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["currency"] == "USD"
    assert office.owner.get(f"/clients/{client}").body["currencyCode"] == "USD"
    later = office.owner.post("/time-entries", {"start": START, "end": END}).body["id"]
    assert office.owner.get(f"/time-entries/{later}").body["hourlyRate"]["currency"] == "EUR"
    assert own(office.owner, "PUT", f"/currencies/{eur}/default").status == 200
    assert own(office.owner, "PUT", "/currencies/" + "f" * 24 + "/default").refusal == REFUSED


def _workspace_rate(office: Office) -> None:
    assert office.owner.put("/hourly-rate", {"amount": 5000}).status == 200


def _member_rate(office: Office) -> None:
    assert office.owner.put(f"/users/{office.member.id}/cost-rate", {"amount": 5000}).status == 200


def _project_rate(office: Office) -> None:
    assert office.owner.post("/projects", {"name": "Project", "hourlyRate": {"amount": 5000}}).status == 201


def _task_rate(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Project"}).body["id"]
    task = office.owner.post(f"/projects/{project}/tasks", {"name": "task"}).body["id"]
    answer = office.owner.put(f"/projects/{project}/tasks/{task}/hourly-rate", {"amount": 5000})
    assert answer.status == 200, answer


@pytest.mark.parametrize("set_rate", [_workspace_rate, _member_rate, _project_rate, _task_rate])
def test_the_default_stays_while_a_rate_would_become_other_money(office: Office, set_rate: Any) -> None:
    set_rate(office)
    jpy = add(office, "JPY")
    answer = own(office.owner, "PUT", f"/currencies/{jpy}/default")
    assert answer.refusal == REFUSED
    assert "USD" in answer.message
    assert "JPY" in answer.message
    assert codes(office) == [("JPY", False), ("USD", True)]


def test_rates_of_clients_with_a_currency_of_their_own_are_in_nobodys_way(office: Office) -> None:
    client = office.owner.post("/clients", {"name": "Client"}).body["id"]
    body = {"name": "Project", "clientId": client, "hourlyRate": {"amount": 5000}}
    project = office.owner.post("/projects", body).body["id"]
    jpy = add(office, "JPY")
    assert own(office.owner, "PUT", f"/currencies/{jpy}/default").status == 200
    assert office.owner.get(f"/projects/{project}").body["hourlyRate"] == {"amount": 5000, "currency": "USD"}
