"""A failure of the server's own, like keys that are gone, counts against no webhook, and the event arrives later."""

import pytest

from hourbook.access.secrets import Keyring, SecretBox
from hourbook.resources.mail import actions as mails
from hourbook.resources.webhooks.rules_deliveries import (
    OURS_PAUSE_S,
    PAUSES_S,
    TRIES,
    Due,
    Outcome,
    State,
    settled_ours,
)
from tests.harness import SECRET_KEY
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver, Say

DAY_S = 86_400
OTHER_KEY = "another-long-text-that-nothing-was-encrypted-with"


def use_key(hooks: Hooks, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr(hooks.server.runtime, "secrets", SecretBox(Keyring(key)))


def test_what_cannot_be_signed_waits_and_arrives_when_the_keys_are_back(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hooks.make(receiver.url)
    (event_id,) = hooks.test(webhook)
    before = hooks.health(webhook)
    use_key(hooks, monkeypatch, OTHER_KEY)
    started_us = hooks.server.clock.now_us()
    hooks.deliver()
    (row,) = hooks.deliveries(webhook)
    assert (row["state"], row["failures"]) == ("RETRYING", 0)
    # No hot loop: it is due after a pause.
    assert PAUSES_S[1] <= (row["next_try_at_us"] - started_us) / 1_000_000 <= PAUSES_S[1] * 1.1
    (said,) = hooks.tries(webhook)
    assert said["status_code"] == 0
    assert said["answer"].startswith("This server could not sign the event")
    assert hooks.health(webhook) == before
    use_key(hooks, monkeypatch, SECRET_KEY)
    hooks.server.clock.move(PAUSES_S[1] * 1.1)
    hooks.deliver()
    assert receiver.ids == [event_id]
    assert [one["state"] for one in hooks.deliveries(webhook)] == ["SUCCEEDED"]


def test_days_without_keys_give_up_no_webhook_and_no_event(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    use_key(hooks, monkeypatch, OTHER_KEY)
    mails_before = len(hooks.office.read(lambda tx: mails.list_recent(tx, 1000)))
    for _ in range(2 * TRIES):
        hooks.deliver()
        hooks.server.clock.move(DAY_S)
    assert hooks.office.owner.get(f"/webhooks/{webhook['id']}").body["deliveryEnabled"] is True
    assert len(hooks.office.read(lambda tx: mails.list_recent(tx, 1000))) == mails_before
    assert len(hooks.tries(webhook)) == 2 * TRIES
    use_key(hooks, monkeypatch, SECRET_KEY)
    hooks.deliver()
    assert len(receiver.got) == 1


def test_what_is_ours_says_nothing_of_a_receiver_that_fails(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer = lambda got: Say(500)
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    health = hooks.health(webhook)
    assert health["failing_since_us"] is not None
    use_key(hooks, monkeypatch, OTHER_KEY)
    hooks.server.clock.move(PAUSES_S[1] * 1.1)
    hooks.deliver()
    assert len(hooks.tries(webhook)) == 2
    assert hooks.health(webhook) == health
    assert [one["failures"] for one in hooks.deliveries(webhook)] == [1]


@pytest.mark.parametrize("attempts", [1, 2, 3, TRIES, 10_000])
def test_pauses_grow_to_half_an_hour(attempts: int) -> None:
    due = Due(workspace_id="w", webhook_id="h", revision=1, part=0, id="d", attempts=attempts, failures=4)
    found = settled_ours(Outcome(due, 0, "", is_ours=True), 0)
    pause_s = min(PAUSES_S[min(attempts, TRIES - 1)], OURS_PAUSE_S)
    assert (found.state, found.failures) == (State.RETRYING, 4)
    assert pause_s <= found.next_try_at_us / 1_000_000 <= pause_s * 1.1
