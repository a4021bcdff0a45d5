"""Which mails there are, whom they can go to, and when one that failed is tried again."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.mail import rules
from hourbook.resources.mail.rules import Mail, MailState

NOW_US = 1_000_000_000


def refused(attempts: int, *, is_final: bool = False, reason: str = "busy") -> rules.Settled:
    return rules.settled_as_refused(reason, attempts=attempts, is_final=is_final, now_us=NOW_US)


def test_a_mail_has_the_values_of_its_template_and_no_others() -> None:
    rules.check_mail(Mail(to="a@example.org", template="test", values={}))
    for template, values in (("advertisement", {}), ("test", {"link": "x"}), ("password_reset", {"link": "x"})):
        with pytest.raises(LookupError, match=template):
            rules.check_mail(Mail(to="a@example.org", template=template, values=dict(values)))


@pytest.mark.parametrize("address", ["a@b", "söhne@example.org", "a+b@example.org", '"a"@example.org'])
def test_addresses_that_can_be_tried(address: str) -> None:
    assert rules.check_address(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "a", "@b", "a@", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "a\0@b", "x" * 320 + "@b"],
)
def test_addresses_that_cannot(address: str) -> None:
    with pytest.raises(InvalidValue):
        rules.check_address(address)


def test_values_travel_as_json() -> None:
    assert rules.decode_values(rules.encode_values({"a": "ü", "b_at_us": 5})) == {"a": "ü", "b_at_us": 5}


def test_a_lease_lasts_two_minutes() -> None:
    assert rules.lease_until_us(NOW_US) == NOW_US + 120_000_000


def test_a_sent_mail_is_over() -> None:
    assert rules.settled_as_sent(NOW_US) == rules.Settled(MailState.SENT, NOW_US, "")


def test_pauses_double_up_to_four_hours() -> None:
    pauses = [(refused(attempts).next_try_at_us - NOW_US) // 1_000_000 for attempts in range(1, rules.TRIES)]
    assert pauses[:4] == [30, 60, 120, 240]
    assert max(pauses) == 4 * 3600
    assert sum(pauses) > 86_400 / 2  # a mail server that is down overnight loses no mail


def test_the_last_try_and_a_final_refusal_give_up() -> None:
    assert refused(rules.TRIES - 1).state is MailState.QUEUED
    assert refused(rules.TRIES).state is MailState.FAILED
    assert refused(1, is_final=True).state is MailState.FAILED


def test_a_reason_is_one_line_of_bounded_length() -> None:
    assert refused(1, reason="two\r\n lines").reason == "two lines"
    assert len(refused(1, reason="x" * 1000).reason) == rules.REASON_LIMIT
