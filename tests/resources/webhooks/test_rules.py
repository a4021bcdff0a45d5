"""What the rules of webhooks say, without a server."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as Library
from standardwebhooks.webhooks import WebhookVerificationError

from hourbook.core.errors import InvalidValue, LimitReached
from hourbook.resources.webhooks import rules, rules_deliveries
from hourbook.resources.webhooks.rules import EVENTS, Source, Wanted
from hourbook.resources.webhooks.rules_deliveries import (
    PAUSES_S,
    SECOND_US,
    Candidate,
    Content,
    Due,
    LoggedTry,
    Outcome,
    Signing,
    Standing,
    State,
)

HOME = "a" * 24
NOW_US = 1_779_285_600_000_000
DUE = Due(HOME, "b" * 24, 7, 0, "c" * 24, 1, 0)


def outcome(code: int, *, failures: int = 0, retry_after_s: int | None = None, id_: str = "c" * 24) -> Outcome:
    return Outcome(Due(HOME, "b" * 24, 7, 0, id_, 1, failures), code, "", retry_after_s)


def test_there_are_51_events() -> None:
    assert len(EVENTS) == 51


def test_an_event_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue):
        rules.check_wanted(Wanted(None, "https://x.example", "NOTHING", Source.WORKSPACE_ID, ()), HOME)


def test_a_webhook_has_a_bounded_number_of_sources() -> None:
    ids = tuple(f"{number:024x}" for number in range(rules.SOURCES_LIMIT + 1))
    wanted = Wanted("name", "https://x.example", "NEW_PROJECT", Source.PROJECT_ID, ids)
    with pytest.raises(InvalidValue):
        rules.check_wanted(wanted, HOME)
    kept = Wanted("name", "https://x.example", "NEW_PROJECT", Source.PROJECT_ID, ids[1:] + ids[1:])
    assert rules.check_wanted(kept, HOME).source_ids == ids[1:]


@pytest.mark.parametrize(("own", "count"), [(2, 2), (0, 5)])
def test_room_ends(own: int, count: int) -> None:
    with pytest.raises(LimitReached):
        rules.check_room(own_count=own, own_limit=2, count=count, limit=5)
    rules.check_room(own_count=1, own_limit=2, count=4, limit=5)


def test_made_up_names_fit() -> None:
    for event in EVENTS:
        assert rules.check_name(rules.made_up_name(event)) == rules.made_up_name(event)


@pytest.mark.parametrize(("page", "size", "first"), [(0, 50, 0), (3, 10, 30), (10**17, 200, (1 << 31) - 1)])
def test_the_first_page_is_0(page: int, size: int, first: int) -> None:
    assert rules.check_first_row(page, size, most=200) == first


# --- deliveries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [200, 201, 204, 299])
def test_any_2xx_is_success(code: int) -> None:
    found = rules_deliveries.settled(outcome(code, failures=3), NOW_US)
    assert (found.state, found.failures) == (State.SUCCEEDED, 3)


@pytest.mark.parametrize("code", [0, 100, 199, 300, 302, 400, 500, 599])
def test_everything_else_is_tried_again(code: int) -> None:
    assert rules_deliveries.settled(outcome(code), NOW_US).state is State.RETRYING


def test_pauses_follow_the_schedule_with_a_little_chance_that_is_always_the_same() -> None:
    pauses = set()
    for failures, pause_s in enumerate(PAUSES_S[1:]):
        for number in range(50):
            found = rules_deliveries.settled(outcome(500, failures=failures, id_=f"{number:024x}"), NOW_US)
            again = rules_deliveries.settled(outcome(500, failures=failures, id_=f"{number:024x}"), NOW_US)
            assert found == again
            assert pause_s * SECOND_US <= found.next_try_at_us - NOW_US <= pause_s * 1.1 * SECOND_US + 1
            pauses.add(found.next_try_at_us)
    assert len(pauses) > 400
    assert rules_deliveries.settled(outcome(500, failures=9), NOW_US).state is State.FAILED


def test_a_receiver_that_is_gone_is_not_tried_again() -> None:
    assert rules_deliveries.settled(outcome(410), NOW_US).state is State.FAILED


@pytest.mark.parametrize(
    ("code", "asked", "patience_s"),
    [(429, 60, 60), (503, 10**9, 86_400), (503, -5, 0), (503, None, 0), (500, 60, 0), (404, 60, 0)],
)
def test_patience_is_asked_for_by_two_answers_and_has_an_end(code: int, asked: int | None, patience_s: int) -> None:
    found = outcome(code, retry_after_s=asked)
    assert rules_deliveries.patience_us(found, NOW_US) == patience_s * SECOND_US
    next_us = rules_deliveries.settled(found, NOW_US).next_try_at_us - NOW_US
    assert next_us >= max(patience_s, PAUSES_S[1]) * SECOND_US


@pytest.mark.parametrize(("days", "is_patient"), [(4, False), (30, True), (0, True)])
def test_all_tries_come_before_a_delivery_is_cleared_away_however_much_patience_is_asked_for(
    days: int, is_patient: bool
) -> None:
    kept_us = rules_deliveries.kept_us(days)
    made_id = f"{NOW_US // SECOND_US:08x}" + "c" * 16
    now_us, waited = NOW_US, []
    for failures in range(len(PAUSES_S) - 1):
        found = outcome(429, failures=failures, retry_after_s=86_400, id_=made_id)
        next_us = rules_deliveries.settled(found, now_us, kept_us=kept_us).next_try_at_us
        assert next_us - now_us >= PAUSES_S[failures + 1] * SECOND_US
        waited.append(next_us - now_us >= 86_400 * SECOND_US)
        now_us = next_us
    assert all(waited) == is_patient
    if kept_us is not None:
        assert now_us < NOW_US + kept_us


def test_one_that_is_sent_again_shortly_before_it_is_cleared_away_goes_by_the_schedule() -> None:
    found = outcome(503, retry_after_s=86_400, id_=f"{NOW_US // SECOND_US - 30 * 86_400:08x}" + "c" * 16)
    assert rules_deliveries.patience_us(found, NOW_US, kept_us=rules_deliveries.kept_us(30)) == 0


def test_a_failing_receiver_rests_longer_the_longer_it_fails() -> None:
    rests = [rules_deliveries.rest_us(seconds * SECOND_US) // SECOND_US for seconds in (0, 9, 10, 100, 600, 10**6)]
    assert rests == [0, 0, 1, 10, 60, 60]


def test_five_days_are_enough() -> None:
    five_days = 5 * 86_400 * SECOND_US
    assert rules_deliveries.is_given_up(NOW_US - five_days, NOW_US)
    assert not rules_deliveries.is_given_up(NOW_US - five_days + 1, NOW_US)


def test_an_id_is_the_same_on_every_try() -> None:
    assert rules_deliveries.message_id(HOME, 7, 0) == f"{HOME}.7"
    assert rules_deliveries.message_id(HOME, 7, 3) == f"{HOME}.7.3"


@pytest.mark.parametrize(
    ("text", "revision"),
    [
        (f"{HOME}.7", 7),
        (f"{HOME}.7.3", 7),
        (" 12 ", 12),
        ("0", 0),
        *((text, None) for text in ("", "x", f"{'b' * 24}.7", f"{HOME}.7.3.1", "1.x", "-1", "9" * 19, "٣")),
    ],
)
def test_an_id_tells_its_revision(text: str, revision: int | None) -> None:
    assert rules_deliveries.revision_of(text, HOME) == revision


def test_an_addon_gets_its_token_in_one_header_and_a_person_in_two() -> None:
    content = Content(HOME, 7, 0, "NEW_TAG", '{"name":"ж"}')
    secret = rules_deliveries.new_secret(b"x" * 32)

    def names(*, is_addon: bool) -> list[str]:
        found = rules_deliveries.headers(Signing("token", (secret,), is_addon), content, now_us=NOW_US)
        return [name for name, value in found if value == "token"]

    assert names(is_addon=True) == ["Clockify-Signature"]
    assert names(is_addon=False) == ["Clockify-Signature", "Clockify-Signature-Token"]


def standing(state: str, failures: int) -> Standing:
    return Standing("d" * 24, state, failures, LoggedTry("t" * 24, "b" * 24, "d" * 24, 500, "", NOW_US, b""))


@pytest.mark.parametrize(
    ("state", "failures", "shown", "retries"),
    [
        ("WAITING", 0, "RETRYING", 0),
        ("RETRYING", 1, "RETRYING", 0),
        ("RETRYING", 3, "RETRYING", 2),
        ("FAILED", 10, "FAILED", 9),
        ("SUCCEEDED", 0, "SUCCEEDED", 0),
        ("SUCCEEDED", 2, "SUCCEEDED", 2),
    ],
)
def test_how_a_delivery_stands_is_shown_in_the_contracts_words(
    state: str, failures: int, shown: str, retries: int
) -> None:
    found = standing(state, failures)
    assert (found.shown_state, found.retries) == (shown, retries)


def candidate(webhook: str, revision: int, size: int = 10) -> Candidate:
    return Candidate(Due(HOME, webhook * 24, revision, 0, f"{revision:024x}", 0, 0), size)


def test_webhooks_take_turns() -> None:
    waiting = [*(candidate("a", number) for number in range(5)), *(candidate("b", number) for number in range(5, 7))]
    found = [one.revision for one in rules_deliveries.chosen(waiting, 10, 3)]
    assert found == [0, 5, 1, 6, 2]
    assert [one.revision for one in rules_deliveries.chosen(waiting, 3, 3)] == [0, 5, 1]
    assert rules_deliveries.chosen(waiting, 0, 3) == []


def test_a_lease_has_a_bounded_size_and_is_never_empty() -> None:
    large = rules_deliveries.BODIES_LIMIT_BYTES
    waiting = [candidate("a", 0, 2 * large), candidate("b", 1, 1)]
    assert [one.revision for one in rules_deliveries.chosen(waiting, 10, 3)] == [0]
    waiting = [candidate("a", 0, large), candidate("b", 1, 1)]
    assert [one.revision for one in rules_deliveries.chosen(waiting, 10, 3)] == [0]
    waiting = [candidate("a", 0, large - 1), candidate("b", 1, 1)]
    assert [one.revision for one in rules_deliveries.chosen(waiting, 10, 3)] == [0, 1]


# --- what is refused -----------------------------------------------------------------------------------


def wanted(event: str, source: Source, *ids: str, name: str | None = None) -> Wanted:
    return Wanted(name, "https://x.example", event, source, ids)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (wanted("NEW_CLIENT", Source.PROJECT_ID, "p"), "Trigger source type of NEW_CLIENT must be one of WORKSPACE_ID"),
        (wanted("USER_UPDATED", Source.WORKSPACE_ID), "Trigger source type of USER_UPDATED must be one of USER_ID"),
        (wanted("NEW_TAG", Source.TAG_ID), "Trigger source type TAG_ID needs at least one id as trigger source"),
        (wanted("NEW_TAG", Source.WORKSPACE_ID, "b" * 24), "must be the id of this workspace"),
        (wanted("NEW_TAG", Source.WORKSPACE_ID, HOME, "b" * 24), "must be the id of this workspace"),
        (wanted("NEW_TAG", Source.WORKSPACE_ID, name=" x "), "length must be between 2 and 30"),
        (wanted("NEW_TAG", Source.WORKSPACE_ID, name="x" * 31), "length must be between 2 and 30"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(asked: Wanted, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        rules.check_wanted(asked, HOME)


def test_names_are_trimmed_and_the_workspace_may_be_its_own_source() -> None:
    for ids in ((), (HOME,), (HOME, HOME)):
        found = rules.check_wanted(wanted("NEW_TAG", Source.WORKSPACE_ID, *ids, name="  Tags  "), HOME)
        assert (found.name, found.source_ids) == ("Tags", ids[:1])


def webhook(addon_id: str | None) -> rules.Webhook:
    return rules.Webhook(
        workspace_id=HOME,
        id="b" * 24,
        user_id="c" * 24,
        addon_id=addon_id,
        name="Tags",
        url="https://x.example",
        event="NEW_TAG",
        source_type="TAG_ID",
        source_ids=rules.encode_sources(("d" * 24, "e" * 24)),
        enabled=True,
        delivery_enabled=True,
        auth_token=b"",
        signing_secret=b"",
    )


def test_what_an_addon_brought_along_is_nobodys_to_change() -> None:
    rules.check_nobodys(webhook(None))
    with pytest.raises(InvalidValue, match="belongs to an add-on"):
        rules.check_nobodys(webhook("f" * 24))


def test_sources_are_kept_as_they_were_named() -> None:
    assert webhook(None).sources == ("d" * 24, "e" * 24)


@pytest.mark.parametrize(
    ("page", "size", "words"), [(-1, 50, "Page number"), (0, 0, "between 1 and 200"), (0, 201, "between 1 and 200")]
)
def test_pages_that_are_none_are_refused(page: int, size: int, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        rules.check_first_row(page, size, most=200)


# --- addresses that are left -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "url", "known", "is_elsewhere"),
    [
        (500, "https://old.example", "https://new.example", True),
        (410, "https://old.example", "https://new.example", True),
        (0, "https://old.example", "https://new.example", True),
        (204, "https://old.example", "https://new.example", False),
        (410, "https://new.example", "https://new.example", False),
        (410, "", "https://new.example", False),
        (410, "https://old.example", None, False),
    ],
)
def test_only_a_failure_at_an_address_that_was_left_counts_for_nothing(
    code: int, url: str, known: str | None, is_elsewhere: bool
) -> None:
    found = Outcome(DUE, code, "", None, url)
    standing = None if known is None else rules_deliveries.Known(known, None, None)
    assert rules_deliveries.is_elsewhere(found, standing) is is_elsewhere


def test_what_failed_elsewhere_is_due_at_once_with_all_its_tries() -> None:
    found = rules_deliveries.settled_elsewhere(outcome(410, failures=4), NOW_US)
    assert (found.state, found.failures, found.next_try_at_us) == (State.RETRYING, 4, NOW_US)


def test_a_lease_is_longer_than_a_try_and_its_wait_for_a_place() -> None:
    """A worker has up to 256 deliveries in hand, 8 of a webhook at a time, 15 seconds each."""
    assert rules_deliveries.lease_until_us(NOW_US) - NOW_US == rules_deliveries.LEASE_SECONDS * SECOND_US
    assert rules_deliveries.LEASE_SECONDS >= 8 * 15


# --- signatures ----------------------------------------------------------------------------------------


def test_a_signature_is_the_one_of_the_specification() -> None:
    """The reference vector of the specification's own libraries."""
    secret, id_, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert rules_deliveries.signature(secret, id_, timestamp, body=body) == expected


@pytest.mark.parametrize("secret_bytes", [b"\x00" * 24, bytes(range(32)), b"\xff" * 64])
@pytest.mark.parametrize("body", ["", "{}", '{"name":"Žluťoučký kůň 🐎"}', "x" * 100_000, '{"a":"b.c"}\n'])
def test_signatures_are_those_that_the_public_library_makes(secret_bytes: bytes, body: str) -> None:
    secret = rules_deliveries.new_secret(secret_bytes)
    at = datetime.fromtimestamp(NOW_US // SECOND_US, tz=UTC)
    theirs = Library(secret).sign(f"{HOME}.7.3", at, body)
    assert rules_deliveries.signature(secret, f"{HOME}.7.3", NOW_US // SECOND_US, body=body.encode()) == theirs


@pytest.mark.parametrize("count", [1, 2])
def test_each_secret_of_an_overlap_verifies_the_headers_and_no_other_does(count: int) -> None:
    now_us = int(datetime.now(tz=UTC).timestamp()) * SECOND_US  # the library looks at the clock
    secrets = [rules_deliveries.new_secret(bytes([number]) * 32) for number in range(3)]
    content = Content(HOME, 7, 0, "NEW_TAG", '{"name":"ж"}')
    found = dict(
        rules_deliveries.headers(Signing("token", tuple(secrets[:count]), is_addon=False), content, now_us=now_us)
    )
    for secret in secrets[:count]:
        assert Library(secret).verify(content.body, found) == {"name": "ж"}
    for secret in secrets[count:]:
        with pytest.raises(WebhookVerificationError):
            Library(secret).verify(content.body, found)
    late = {**found, "webhook-timestamp": str(now_us // SECOND_US - 600)}
    with pytest.raises(WebhookVerificationError):
        Library(secrets[0]).verify(content.body, late)


# --- earlier secrets ------------------------------------------------------------------------------------


def test_each_earlier_secret_has_a_day_of_its_own() -> None:
    kept = rules.with_earlier("", "first", now_us=0)
    assert rules.earlier_secrets(kept, now_us=rules.OVERLAP_US - 1) == ("first",)
    assert rules.earlier_secrets(kept, now_us=rules.OVERLAP_US) == ()
    kept = rules.with_earlier(kept, "second", now_us=1)
    assert rules.earlier_secrets(kept, now_us=1) == ("second", "first")
    assert rules.earlier_secrets(kept, now_us=rules.OVERLAP_US) == ("second",)


def test_what_is_over_is_forgotten_and_only_so_many_are_kept() -> None:
    kept = rules.with_earlier("", "first", now_us=0)
    assert "first" not in rules.with_earlier(kept, "second", now_us=rules.OVERLAP_US)
    for number in range(10):
        kept = rules.with_earlier(kept, f"later-{number}", now_us=number)
    assert rules.earlier_secrets(kept, now_us=9) == ("later-9", "later-8", "later-7", "later-6")
    assert rules.earlier_secrets("", now_us=0) == ()
