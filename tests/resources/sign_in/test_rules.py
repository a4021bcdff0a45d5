"""The rules of sign-in: how long sessions last, what one address is, how failures are counted."""

import msgspec
import pytest

from hourbook.core.errors import InvalidValue, TooManyAttempts
from hourbook.resources.sign_in import rules, rules_attempts, rules_second_factor
from hourbook.resources.sign_in.rules import Lifetimes, PasswordReset
from hourbook.resources.sign_in.rules_attempts import ACCOUNT, ADDRESS, PAIR, Count
from hourbook.resources.sign_in.rules_second_factor import SecondFactor

S = 1_000_000
FACTOR = SecondFactor("u" * 24, b"secret", 1, 100, '["a","b"]')


@pytest.mark.parametrize(
    ("started", "seen", "end"),
    [(0, 0, 10), (0, 15, 25), (0, 95, 100), (0, 100, 100), (7, 95, 105)],
)
def test_a_session_ends_so_long_after_it_began_or_was_last_used(started: int, seen: int, end: int) -> None:
    assert rules.session_end_us(started * S, seen * S, Lifetimes(100, 10)) == end * S


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert rules.network_of(address) == network


def test_a_link_is_good_once_and_for_its_time() -> None:
    reset = PasswordReset("r", "u", b"", 10, None)
    assert rules.is_reset_usable(reset, 9)
    assert not rules.is_reset_usable(reset, 10)
    assert not rules.is_reset_usable(msgspec.structs.replace(reset, used_at_us=1), 9)
    assert not rules.is_reset_usable(None, 9)


def test_a_link_leads_to_a_page_that_no_server_sees_the_token_of() -> None:
    assert rules.reset_address("https://t.example/x", "token") == "https://t.example/x/#/set-password/token"


@pytest.mark.parametrize("password", [None, "", "x" * 1025])
def test_a_typed_password_has_a_length(password: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_typed("a@example.com", password)


@pytest.mark.parametrize("email", [None, "", "  ", "x" * 255])
def test_a_typed_address_has_a_length(email: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_typed(email, "x")
    assert rules.check_typed(" a@example.com ", "x") == ("a@example.com", "x")


def test_some_tries_are_free_and_then_the_wait_doubles_to_its_limit() -> None:
    assert [rules_attempts.wait_seconds(PAIR, failed) for failed in (1, 4, 5, 6, 7, 13, 14, 1000)] == [
        0, 0, 2, 4, 8, 512, 900, 900,
    ]  # fmt: skip


def test_a_failure_counts_until_it_is_forgotten() -> None:
    first = rules_attempts.after_failure(PAIR, Count(), 10_000 * S)
    assert first == Count(1, 10_000 * S, 10_000 * S)
    second = rules_attempts.after_failure(PAIR, first, 13_599 * S)
    assert second.failed_count == 2
    assert rules_attempts.after_failure(PAIR, second, (13_599 + 3600) * S).failed_count == 1


def test_counting_goes_on_longer_than_the_longest_wait() -> None:
    """Or the count would begin anew whenever a wait is over."""
    for limit in (PAIR, ADDRESS, ACCOUNT, rules_attempts.RESET_ACCOUNT, rules_attempts.RESET_ADDRESS):
        assert limit.forgotten_seconds > rules_attempts.LONGEST_WAIT_SECONDS


def test_the_longest_of_the_waits_counts_in_whole_seconds() -> None:
    rules_attempts.check_open([], 5)
    rules_attempts.check_open([Count(9, 0, 5)], 5)
    with pytest.raises(TooManyAttempts) as caught:
        rules_attempts.check_open([Count(9, 0, 3 * S + 1), Count(9, 0, 1 * S)], 1 * S)
    assert caught.value.retry_after_seconds == 3


def test_a_known_place_is_not_counted_for_the_account_alone() -> None:
    at_home = rules_attempts.keys_of_sign_in("a@example.com", "192.0.2.1", is_known_place=True)
    elsewhere = rules_attempts.keys_of_sign_in("a@example.com", "192.0.2.1", is_known_place=False)
    assert [key.limit for key in at_home] == [PAIR, ADDRESS]
    assert [key.limit for key in elsewhere] == [PAIR, ADDRESS, ACCOUNT]
    assert len({key.digest for key in elsewhere}) == 3


def test_whether_one_count_asks_for_a_wait() -> None:
    key = rules_attempts.key_of(PAIR, "a")
    assert rules_attempts.is_open({}, key, 1)
    assert rules_attempts.is_open({key.digest: Count(1, 0, 1)}, key, 1)
    assert not rules_attempts.is_open({key.digest: Count(1, 0, 2)}, key, 1)


@pytest.mark.parametrize(("step", "last"), [(None, None), (99, None), (100, None), (101, 101)])
def test_a_step_is_used_once_and_those_before_it_are_over(step: int | None, last: int | None) -> None:
    after = rules_second_factor.use_step(FACTOR, step)
    assert (None if after is None else after.last_step) == last


def test_a_recovery_code_goes_out_of_the_list() -> None:
    after = rules_second_factor.use_recovery(FACTOR, "a")
    assert after is not None
    assert after.recovery_left == ("b",)
    assert rules_second_factor.use_recovery(after, "a") is None


def test_a_factor_counts_from_its_confirmation_on() -> None:
    assert FACTOR.is_on
    assert not msgspec.structs.replace(FACTOR, confirmed_at_us=None).is_on


def test_a_wait_that_a_wrong_clock_noted_holds_nobody():
    far = (rules_attempts.LONGEST_WAIT_SECONDS + 1) * S
    rules_attempts.check_open([Count(9, 0, far)], 0)
    with pytest.raises(TooManyAttempts):
        rules_attempts.check_open([Count(9, 0, far)], S)
