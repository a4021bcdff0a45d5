"""What a wrong sign-in takes says nothing about whether there is such an account; and what a hash costs."""

import random
import statistics
import time

import pytest

from hourbook.access import passwords
from tests import sign_ins
from tests.harness import Office, Person
from tests.sign_ins import Browser
from tests.watching import StatementLog

TRIES = 120
# The suite shares its machine; the bench (group sign-in) measures 1,000 tries against 5%.
ALLOWED = 0.2
ROUNDS = 4


def test_known_and_unknown_accounts_run_the_same_statements_and_one_hash_each(
    office: Office, member: Person, statements: StatementLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str | None] = []
    is_password = passwords.is_password

    def counting(password: str, stored: str | None) -> bool:
        hashed.append(stored)
        return is_password(password, stored)

    monkeypatch.setattr(passwords, "is_password", counting)
    ran = []
    for number, email in enumerate((member.email, f"x{member.email}", office.admin.email)):
        browser = Browser(member, f"198.51.100.{number}")
        with statements.listening() as executed:
            assert browser.sign_in("not the password", email=email).status == 401
        ran.append([one.compiled.text for one in executed])
    assert len(hashed) == 3
    known, unknown, without_password = ran
    assert known == unknown == without_password


def medians(member: Person) -> tuple[float, float]:
    """What wrong passwords of a known account and of unknown ones need of a processor: others may want it, too."""
    order = random.Random(1)
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(TRIES):
        is_known = order.random() < 0.5
        browser = Browser(member, f"10.200.{number}.1")
        email = member.email if is_known else f"nobody{number}@example.com"
        started = time.process_time()
        answer = browser.sign_in("not the password", email=email)
        took[is_known].append(time.process_time() - started)
        assert answer.status in (401, 429)
        if answer.status == 429:
            took[is_known].pop()
            member.server.clock.move(900)
        else:
            member.server.clock.move(86_400)
    return statistics.median(took[True]), statistics.median(took[False])


def test_the_medians_are_close(member: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", passwords.Cost(passes=1, kibibytes=8192, lanes=1))
    sign_ins.set_password(member)
    found = []
    for _ in range(ROUNDS):  # what tells accounts apart does so each time
        known, unknown = medians(member)
        if abs(known / unknown - 1) < ALLOWED:
            return
        found.append((known, unknown))
    raise AssertionError(found)


def test_a_hash_costs_what_it_should() -> None:
    """At the cost a server has, which the tests around this one do not have."""
    cost = passwords.Cost()
    assert (cost.passes, cost.kibibytes, cost.lanes) == (2, 47_104, 1)
    took = []
    stored = passwords._hasher(cost).hash(b"a password for tests")
    for _ in range(3):
        started = time.process_time()
        passwords._hasher(cost).verify(stored, b"a password for tests")
        took.append(time.process_time() - started)
    assert min(took) > 0.02


def test_the_dummy_is_as_dear_as_a_real_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", passwords.Cost(passes=3, kibibytes=32, lanes=1))
    assert "m=32,t=3,p=1" in passwords._nobodys_hash(passwords.COST)
    assert not passwords.is_password("", None)
    assert passwords.is_password("x", passwords.hash_password("x"))
    assert not passwords.is_password("x", "no hash at all")
