"""Floods of sign-ins: failures are counted by account, address and both, and after some of them one has to wait."""

import pytest

from tests import sign_ins
from tests.harness import Office, Person
from tests.sign_ins import PASSWORD, Browser, signed_in

WRONG = (401, 1009)
WAIT = (429, 1010)
ELSEWHERE = "192.0.2.7"


def fail(person: Person, times: int, *, address: str | None = None) -> None:
    """Fails so often, waiting whenever it is asked for."""
    browser = Browser(person, address)
    for _ in range(times):
        answer = browser.sign_in("not the password")
        if answer.status == 429:
            person.server.clock.move(int(answer.headers["retry-after"]))
            answer = browser.sign_in("not the password")
        assert answer.refusal == WRONG, answer


def test_five_mistakes_are_free_and_then_one_has_to_wait(member: Person) -> None:
    fail(member, 5)
    answer = Browser(member).sign_in("not the password")
    assert answer.refusal == WAIT
    assert answer.headers["retry-after"] == "2"
    assert answer.message == "Too many attempts. Try again in 2 seconds"


def test_a_right_password_waits_too(office: Office, member: Person) -> None:
    fail(member, 5)
    assert Browser(member).sign_in().refusal == WAIT
    office.clock.move(2)
    assert Browser(member).sign_in().status == 200


def test_the_wait_doubles_with_each_failure_up_to_a_quarter_of_an_hour(member: Person) -> None:
    waits: list[int] = []
    for _ in range(15):
        fail(member, 1)
        answer = Browser(member).sign_in("not the password") if len(waits) > 3 else None
        waits.append(0 if answer is None else int(answer.headers["retry-after"]))
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_try_during_the_wait_does_not_make_it_longer(office: Office, member: Person) -> None:
    fail(member, 6)
    for _ in range(20):
        assert Browser(member).sign_in("not the password").refusal == WAIT
    office.clock.move(4)
    assert Browser(member).sign_in().status == 200


def test_a_sign_in_forgets_the_mistakes_before_it(member: Person) -> None:
    fail(member, 4)
    assert Browser(member).sign_in().status == 200
    fail(member, 4)
    assert Browser(member).sign_in().status == 200


def test_an_account_that_does_not_exist_makes_one_wait_in_the_same_way(member: Person) -> None:
    nobody = Browser(member)
    answers = [nobody.sign_in(email="nobody@example.com") for _ in range(7)]
    assert [answer.status for answer in answers] == [401] * 5 + [429] * 2
    assert answers[-1].refusal == WAIT


def test_many_accounts_tried_from_one_address_make_it_wait(office: Office) -> None:
    browser = Browser(office.member, ELSEWHERE)
    statuses = [browser.sign_in(email=f"guess{number}@example.com").status for number in range(52)]
    assert statuses == [401] * 50 + [429] * 2


def test_one_network_of_the_new_internet_is_one_address(office: Office) -> None:
    """A connection has more addresses of its own than the old internet has in all."""
    statuses = [
        Browser(office.member, f"2001:db8:{office.owner.id[-4:]}::{number:x}").sign_in(email=f"v6{number}@example.com")
        for number in range(1, 53)
    ]
    assert [answer.status for answer in statuses] == [401] * 50 + [429] * 2


def test_one_account_tried_from_many_addresses_waits_for_those_who_never_signed_in_there(
    office: Office, member: Person
) -> None:
    """Nobody locks a person out from elsewhere: where they have signed in before, they go on doing so."""
    home = signed_in(member, address="198.51.100.4")
    for number in range(20):
        fail(member, 1, address=f"203.0.113.{number}")
    assert Browser(member, "203.0.113.77").sign_in().refusal == WAIT
    assert Browser(member, "192.0.2.99").sign_in().refusal == WAIT
    assert home.sign_in().status == 200
    fail(member, 3, address="198.51.100.4")
    assert home.sign_in().status == 200


def test_whoever_is_at_a_new_address_meanwhile_waits_a_quarter_of_an_hour_at_most(
    office: Office, member: Person
) -> None:
    for number in range(40):
        fail(member, 1, address=f"203.0.113.{number}")
    answer = Browser(member, ELSEWHERE).sign_in()
    assert answer.refusal == WAIT
    assert int(answer.headers["retry-after"]) <= 900
    office.clock.move(900)
    assert Browser(member, ELSEWHERE).sign_in().status == 200


def test_a_new_password_by_link_ends_the_wait_of_the_account(office: Office, member: Person) -> None:
    for number in range(25):
        fail(member, 1, address=f"203.0.113.{number}")
    new = {"token": sign_ins.reset_token(member), "password": sign_ins.NEW_PASSWORD}
    assert Browser(member, ELSEWHERE).sign_in().refusal == WAIT
    assert Browser(member, ELSEWHERE).ask("POST", "/password-resets", new).status == 204
    assert Browser(member, ELSEWHERE).sign_in(sign_ins.NEW_PASSWORD).status == 200


def test_what_many_ask_at_once_is_counted_one_after_the_other(member: Person) -> None:
    """Passwords are proved side by side, but no more of them count than if they had come in a row."""
    browser = Browser(member)
    wrong = {"email": member.email, "password": "not the password"}
    right = {"email": member.email, "password": PASSWORD}
    asked = [browser.prepared("POST", "/sign-in", wrong) for _ in range(12)]
    asked.append(browser.prepared("POST", "/sign-in", right))
    answers = member.server.ask_all(asked)
    assert [answer.status for answer in answers[:12]].count(401) == 5
    assert answers[12].status == 429
    assert "set-cookie" not in answers[12].headers


def test_a_flood_is_told_to_come_back_and_holds_nothing_else_up(office: Office, member: Person) -> None:
    browser = Browser(member)
    wrong = {"email": "nobody@example.com", "password": "not the password"}
    asked = [browser.prepared("POST", "/sign-in", wrong) for _ in range(100)]
    asked.append(office.owner.prepared("GET", f"/api/v1/workspaces/{office.workspace_id}/tags"))
    answers = member.server.ask_all(asked)
    assert answers[-1].status == 200
    assert {answer.status for answer in answers[:-1]} <= {401, 429, 503}
    assert [answer.status for answer in answers].count(503) == 84
    assert all("retry-after" in answer.headers for answer in answers if answer.status in (429, 503))


@pytest.mark.parametrize("address", ["", "unix", "not an address"])
def test_an_odd_address_is_an_address_too(member: Person, address: str) -> None:
    browser = Browser(member, address or "-")
    assert browser.sign_in().status == 200


def test_failures_are_kept_as_digests_alone(office: Office, member: Person) -> None:
    import sqlalchemy as sa

    from hourbook.db.statement import Statement
    from hourbook.db.tables.access import sign_in_failures

    fail(member, 1)
    rows = office.read(lambda tx: tx.rows(Statement(sa.select(sign_in_failures))))
    assert member.email not in repr(rows)
    assert all(len(row[0]) == 32 for row in rows)
