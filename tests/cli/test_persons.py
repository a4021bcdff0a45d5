"""`hourbook admin tell-person` and `erase-person`."""

from typing import Any

import pytest

from tests.cli.conftest import Run

EMAIL = "quackenbush@example.com"


@pytest.fixture
def filled(run: Run, own_url: str) -> str:
    """A workspace with an owner and a member."""
    assert run("admin", "create-owner", "--email", "owner@example.com", "--database", own_url).status == 0
    member = ("--email", EMAIL, "--name", "Zeb Quackenbush")
    assert run("admin", "create-user", *member, "--database", own_url).status == 0
    return own_url


def tell(run: Run, url: str, email: str = EMAIL) -> Any:
    return run("admin", "tell-person", email, "--database", url)


def test_everything_about_a_person_is_printed_as_json(run: Run, filled: str) -> None:
    told = tell(run, filled).json
    assert (told["account"]["email"], told["account"]["name"]) == (EMAIL, "Zeb Quackenbush")
    assert len(told["memberships"]) == 1


def test_a_person_is_erased_once_it_is_confirmed(run: Run, filled: str) -> None:
    for confirm in ((), ("--confirm", "yes")):
        ended = run("admin", "erase-person", EMAIL, *confirm, "--database", filled)
        assert ended.status == 1
        assert "can't be undone" in ended.err
    ended = run("admin", "erase-person", EMAIL, "--confirm", EMAIL, "--database", filled)
    assert ended.status == 0
    assert "is nobody's now" in ended.out
    assert tell(run, filled).status == 1
    assert run("doctor", "--database", filled).status == 0


def test_an_owner_is_not_erased(run: Run, filled: str) -> None:
    ended = run("admin", "erase-person", "owner@example.com", "--confirm", "owner@example.com", "--database", filled)
    assert ended.status == 1
    assert "Hand them over" in ended.err


def test_somebody_unknown_is_told(run: Run, filled: str) -> None:
    ended = run("admin", "erase-person", "nobody@example.com", "--confirm", "x", "--database", filled)
    assert ended.status == 1
    assert "no account" in ended.err
