"""Whom a provider may sign in, without a server."""

from typing import Any

import pytest

from hourbook.core.errors import InvalidValue, SignOnRefused
from hourbook.resources.single_sign_on import rules
from hourbook.resources.single_sign_on.rules import Standing, Verdict, Wanted

HOME = "0123456789abcdef01234567"
EMAIL = "ann@example.org"


def wanted(**more: Any) -> Wanted:
    given: dict[str, Any] = {
        "issuer": "https://login.example.org",
        "client_id": "hourbook",
        "client_secret": "secret",
        "allowed_domains": (),
        "auto_join": False,
        "is_required": False,
    }
    return Wanted(**given | more)


def judged(standing: Standing, *, domains: tuple[str, ...] = (), auto_join: bool = False) -> Verdict | None:
    """None: not let in."""
    try:
        return rules.judge_new(standing, EMAIL, domains=domains, auto_join=auto_join)
    except SignOnRefused:
        return None


def test_a_good_description_stands_with_its_domains_in_one_spelling() -> None:
    assert rules.check_wanted(wanted()) == wanted()
    assert rules.check_wanted(wanted(client_secret=None)).client_secret is None
    found = rules.check_wanted(wanted(allowed_domains=("B.example", " a.example ", "b.example"), auto_join=True))
    assert found.allowed_domains == ("a.example", "b.example")


@pytest.mark.parametrize(
    "bad",
    [
        {"issuer": ""},
        {"issuer": "login.example.org"},
        {"issuer": "https://login.example.org?x"},
        {"issuer": "https://login.example.org#x"},
        {"issuer": "https://l\u00f6gin.example.org"},
        {"client_id": ""},
        {"client_id": "a\nb"},
        {"client_id": "x" * 2049},
        {"client_secret": ""},
        {"client_secret": "x" * 2049},
        {"allowed_domains": tuple(f"d{number}.example" for number in range(101))},
        {"allowed_domains": ("example",)},
        {"allowed_domains": ("x" * 254,)},
        {"auto_join": True},
    ],
)
def test_a_description_that_cannot_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        rules.check_wanted(wanted(**bad))


def test_domains_are_kept_as_text() -> None:
    assert rules.decode_domains(rules.encode_domains(("a.example", "b.example"))) == ("a.example", "b.example")


def test_a_state_leads_to_its_workspace() -> None:
    assert rules.workspace_of(HOME) == rules.workspace_of(HOME + "x") == HOME
    for state in ("", HOME[:-1], HOME.upper(), HOME + "x" * 200):
        with pytest.raises(SignOnRefused):
            rules.workspace_of(state)


def test_an_attempt_lasts_ten_minutes() -> None:
    assert rules.expires_at_us(5) == 5 + 600 * 1_000_000


@pytest.mark.parametrize(("name", "called"), [("Ann", "Ann"), (None, "ann"), ("", "ann"), ("x" * 300, "x" * 250)])
def test_somebody_without_a_name_is_called_by_their_address(name: str | None, called: str) -> None:
    assert rules.name_of(name, EMAIL) == called


def test_an_address_is_of_its_domain_alone() -> None:
    assert rules.is_in_domains("a@EXAMPLE.org", ("example.org",))
    assert not rules.is_in_domains("a@sub.example.org", ("example.org",))
    assert not rules.is_in_domains("example.org", ())


def test_somebody_known_comes_in_while_they_are_here_and_trust_the_provider() -> None:
    here = Standing(is_account=True, here="ACTIVE")
    also = Standing(is_account=True, here="ACTIVE", is_elsewhere=True)
    assert rules.judge_known(here, is_linked_by_person=False) is Verdict.SIGN_IN
    assert rules.judge_known(also, is_linked_by_person=True) is Verdict.SIGN_IN
    for standing in (
        also,
        Standing(is_account=True),
        Standing(here="ACTIVE"),
        Standing(is_account=True, here="PENDING"),
    ):
        with pytest.raises(SignOnRefused):
            rules.judge_known(standing, is_linked_by_person=False)


@pytest.mark.parametrize(
    ("standing", "verdict"),
    [
        (Standing(is_account=True, here="ACTIVE"), Verdict.SIGN_IN),
        (Standing(is_account=True, here="PENDING"), Verdict.ACCEPT),
        (Standing(is_guest=True, here="PENDING"), Verdict.REGISTER),
        (Standing(is_guest=True, here="ACTIVE"), Verdict.REGISTER),
        (Standing(is_account=True, here="INACTIVE"), None),
        (Standing(is_account=True, here="DECLINED"), None),
        (Standing(is_account=True, here="ACTIVE", is_elsewhere=True), None),
        (Standing(is_account=True), None),
        (Standing(is_guest=True), None),
        (Standing(is_closed=True, here="ACTIVE"), None),
        (Standing(), None),
    ],
)
def test_who_comes_for_the_first_time(standing: Standing, verdict: Verdict | None) -> None:
    assert judged(standing) is verdict
    assert judged(standing, domains=("example.org",)) is verdict
    assert judged(standing, domains=("other.example",)) is None


def test_a_new_person_joins_where_that_is_wished() -> None:
    assert judged(Standing(), domains=("example.org",), auto_join=True) is Verdict.JOIN
    assert judged(Standing(), domains=("other.example",), auto_join=True) is None
    for known in (Standing(is_account=True), Standing(is_guest=True), Standing(is_closed=True)):
        assert judged(known, domains=("example.org",), auto_join=True) is None
