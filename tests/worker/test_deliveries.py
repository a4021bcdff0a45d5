"""What becomes of deliveries: signed, sent under one id, tried again by the schedule, given up; over real sockets."""

import asyncio
import base64
import hashlib
import hmac
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from hourbook.resources.mail import actions as mails
from hourbook.resources.webhooks import actions_deliveries, rules_deliveries
from hourbook.resources.webhooks.rules_deliveries import PAUSES_S, Leased, Room
from hourbook.resources.workspaces import actions_ownership
from hourbook.worker import posting
from tests.watching import AppLog
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Got, Receiver, Say, running_receiver, silent_listener, wait_for_crowd

ROOM = Room(limit=64, each=8, failing_limit=64)


def verify(secret: str, got: Got) -> Any:
    """With the public library; it looks at the machine's clock, so the time is told apart."""
    verifier = Verifier(secret)
    verifier._Webhook__verify_timestamp = lambda text: datetime.fromtimestamp(float(text), tz=UTC)  # type: ignore[attr-defined]
    return verifier.verify(got.body, got.headers)


# --- what is sent ---------------------------------------------------------------------------------------


def test_an_event_arrives_with_all_its_headers(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url + "?a=1")
    event_id = hooks.test(webhook)[0]
    hooks.deliver()
    (got,) = receiver.got
    assert got.path == "/hook?a=1"
    assert got.json()["workspaceId"] == hooks.office.workspace_id
    assert got.headers["content-type"] == "application/json"
    assert got.headers["clockify-signature"] == webhook["authToken"]
    assert got.headers["clockify-signature-token"] == webhook["authToken"]
    assert got.headers["clockify-webhook-event-type"] == "NEW_TAG"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.event_id == event_id
    assert event_id.startswith(hooks.office.workspace_id + ".")
    assert got.headers["webhook-timestamp"] == str(hooks.server.clock.now_s)
    assert verify(webhook["signingSecret"], got)["name"] == "Test of a webhook"


def test_a_changed_body_or_a_wrong_secret_does_not_verify(hooks: Hooks, receiver: Receiver) -> None:
    webhook, other = hooks.make(receiver.url), hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    (got,) = receiver.got
    with pytest.raises(WebhookVerificationError):
        verify(other["signingSecret"], got)
    with pytest.raises(WebhookVerificationError):
        verify(webhook["signingSecret"], Got(got.path, got.headers, got.body + b" "))


def test_after_a_rotation_both_secrets_sign_for_a_day_and_the_token_is_new_at_once(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = hooks.make(receiver.url)
    rotated = hooks.office.owner.patch(f"/webhooks/{webhook['id']}/token").body
    hooks.server.secrets += [rotated["authToken"], rotated["signingSecret"]]
    hooks.test(webhook)
    hooks.deliver()
    hooks.server.clock.move(86_400)
    hooks.test(webhook)
    hooks.deliver()
    both, one = receiver.got
    assert both.headers["clockify-signature"] == rotated["authToken"] != webhook["authToken"]
    assert [len(got.headers["webhook-signature"].split()) for got in (both, one)] == [2, 1]
    for secret in (webhook["signingSecret"], rotated["signingSecret"]):
        assert verify(secret, both)
    assert verify(rotated["signingSecret"], one)
    with pytest.raises(WebhookVerificationError):
        verify(webhook["signingSecret"], one)


# --- what becomes of it ---------------------------------------------------------------------------------


def test_a_try_is_logged_with_its_answer_and_stands_in_the_statuses(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(201, b"thanks \xff\x00")
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    owner, path = hooks.office.owner, f"/webhooks/{webhook['id']}"
    (log,) = owner.post(path + "/logs").body
    assert log["statusCode"] == 201
    assert log["responseBody"] == "thanks \ufffd\ufffd"
    assert log["requestBody"] == receiver.got[0].body.decode()
    (status,) = owner.get(path + "/statuses").body
    assert (status["status"], status["retryCount"], status["statusCode"]) == ("SUCCEEDED", 0, 201)
    assert status["webhookLogId"] == log["id"]
    assert status["id"] == log["webhookEventStatusId"]


def test_what_fails_is_tried_again_by_the_schedule_under_the_same_id(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(500, b"no")
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    pauses = []
    for _ in range(len(PAUSES_S)):
        hooks.deliver()
        (delivery,) = hooks.deliveries(webhook)
        pauses.append((delivery["next_try_at_us"] - hooks.server.clock.now_us()) / 1_000_000)
        hooks.server.clock.move(pauses[-1] - 0.01)
        before = len(receiver.got)
        hooks.deliver()
        assert len(receiver.got) == before
        hooks.server.clock.move(0.02)
    assert len(receiver.got) == len(PAUSES_S) == 10
    assert len(set(receiver.ids)) == 1
    assert delivery["state"] == "FAILED"
    for found, wanted in zip(pauses, PAUSES_S[1:], strict=False):
        assert wanted <= found <= wanted * 1.1
    hooks.server.clock.move(86_400)
    hooks.deliver()
    assert len(receiver.got) == 10
    (status,) = hooks.office.owner.get(f"/webhooks/{webhook['id']}/statuses", statuses="FAILED").body
    assert status["retryCount"] == 9


@pytest.mark.parametrize("status", [301, 302, 304, 400, 404, 500])
def test_only_success_is_success_and_no_redirect_is_followed(hooks: Hooks, receiver: Receiver, status: int) -> None:
    with running_receiver() as elsewhere:
        receiver.answer = lambda got: Say(status, b"", {"Location": elsewhere.url})
        webhook = hooks.make(receiver.url)
        hooks.test(webhook)
        hooks.deliver()
        assert elsewhere.connections == 0
    assert hooks.deliveries(webhook)[0]["state"] == "RETRYING"


@pytest.mark.parametrize("status", [429, 503])
def test_an_answer_may_ask_for_patience_and_gets_it_for_all_that_waits(
    hooks: Hooks, receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda got: Say(status, b"", {"Retry-After": "600"})
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    receiver.answer = lambda got: Say()
    hooks.test(webhook)
    hooks.server.clock.move(599)
    hooks.deliver()
    assert len(receiver.got) == 1
    hooks.server.clock.move(1)
    hooks.deliver()
    assert len(receiver.got) == 3
    assert [one["state"] for one in hooks.deliveries(webhook)] == ["SUCCEEDED"] * 2


def test_a_receiver_that_says_it_is_gone_is_given_up_and_its_maker_told(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(410, b"gone")
    webhook = hooks.make(receiver.url)
    hooks.test(webhook, 3)
    hooks.deliver()
    owner = hooks.office.owner
    assert owner.get(f"/webhooks/{webhook['id']}").body["deliveryEnabled"] is False
    assert {one["state"] for one in hooks.deliveries(webhook)} == {"FAILED"}
    sent = [one for one in hooks.office.read(lambda tx: mails.list_recent(tx, 100)) if one.recipient == owner.email]
    assert [one.template for one in sent] == ["webhook_disabled"]
    assert "WEBHOOK_GONE" in sent[0].details
    path = f"/api/hourbook/v1/workspaces/{hooks.office.workspace_id}/webhooks/{webhook['id']}/test"
    assert owner.raw("POST", path).status == 400


def test_five_days_of_nothing_but_failures_are_enough(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(500)
    webhook = hooks.make(receiver.url)
    path = f"/webhooks/{webhook['id']}"
    for _ in range(5):
        hooks.test(webhook)
        hooks.deliver()
        assert hooks.office.owner.get(path).body["deliveryEnabled"] is True
        hooks.server.clock.move(86_400 - 1)
    hooks.server.clock.move(5)
    hooks.deliver()
    assert hooks.office.owner.get(path).body["deliveryEnabled"] is False
    # Saving switches it on again, and it has five days more.
    receiver.answer = lambda got: Say()
    body = {"url": receiver.url, "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    assert hooks.office.owner.put(path, body).body["deliveryEnabled"] is True
    assert hooks.health(webhook)["failing_since_us"] is None
    hooks.test(webhook)
    hooks.deliver()
    assert hooks.deliveries(webhook)[-1]["state"] == "SUCCEEDED"


def test_one_success_in_five_days_keeps_a_webhook(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(500)
    webhook = hooks.make(receiver.url)
    for day in range(8):
        receiver.answer = lambda got, day=day: Say(200 if day == 3 else 500)  # type: ignore[misc]  # bound here
        hooks.test(webhook)
        hooks.deliver()
        hooks.server.clock.move(86_400)
    assert hooks.office.owner.get(f"/webhooks/{webhook['id']}").body["deliveryEnabled"] is True


def test_at_most_20_kilobytes_of_an_answer_are_read(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(200, b"x" * 5_000_000)
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    (row,) = hooks.tries(webhook)
    assert row["answer"] == "x" * 20_480


# --- crashes and crowds ---------------------------------------------------------------------------------


def test_a_worker_that_dies_before_it_settles_sends_again_under_the_same_id(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    ids = hooks.test(webhook, 3)

    class Dies:
        """Nothing that it says of results arrives any more."""

        async def call(self, name: str, result: Any, arguments: Any = None, *, workspace_id: str = "") -> Any:
            if name == "webhooks.deliveries.settle":
                await asyncio.Event().wait()
            return await hooks.verbs.call(name, result, arguments, workspace_id=workspace_id)

    async def until_it_dies() -> None:
        deliverer = hooks.deliverer(Dies())
        working = asyncio.create_task(deliverer.work())
        while len(receiver.got) < 3:
            await asyncio.sleep(0.01)
            if working.done():
                working = asyncio.create_task(deliverer.work())
        working.cancel()
        await deliverer.close()

    hooks.server.loop.run_until_complete(asyncio.wait_for(until_it_dies(), 60))
    assert sorted(receiver.ids) == sorted(ids)
    hooks.deliver()
    assert len(receiver.got) == 3
    # The next worker of the same server need not wait for the leases to end.
    assert hooks.office.write(lambda tx: actions_deliveries.release(tx, "here")) == 3
    hooks.deliver()
    assert sorted(receiver.ids) == sorted(ids * 2)
    assert [one["state"] for one in hooks.deliveries(webhook)] == ["SUCCEEDED"] * 3


def test_a_lease_ends_by_itself_and_only_the_newest_says_what_became(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)

    def lease() -> Leased:
        found: Leased = hooks.office.write(lambda tx: actions_deliveries.lease_due(tx, ROOM))
        return found

    first = lease()
    assert len(first.deliveries) == 1
    assert not lease().deliveries
    hooks.server.clock.move(rules_deliveries.LEASE_SECONDS)
    second = lease()
    assert second.deliveries[0].attempts == first.deliveries[0].attempts + 1
    for leased, state in ((first, "WAITING"), (second, "SUCCEEDED"), (second, "SUCCEEDED")):
        outcome = rules_deliveries.Outcome(leased.deliveries[0], 200, "")
        hooks.office.write(lambda tx, outcome=outcome: actions_deliveries.settle(tx, [outcome]))
        assert hooks.deliveries(webhook)[0]["state"] == state


def test_a_webhook_has_so_many_tries_at_once(hooks: Hooks, receiver: Receiver) -> None:
    def slow(got: Got) -> Say:
        wait_for_crowd(receiver, 2)
        time.sleep(0.05)
        return Say()

    receiver.answer = slow
    webhook = hooks.make(receiver.url)
    hooks.test(webhook, 30)
    hooks.deliver()
    assert len(receiver.got) == 30
    assert 2 <= receiver.most_at_once <= 8


def test_dead_receivers_do_not_hold_others(hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """One takes connections and never answers, one refuses; hundreds wait for each."""
    # Nobody may wait until a single try at the silent one ends.
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 300.0)
    silent = silent_listener()
    try:
        dead = [hooks.make(f"http://127.0.0.1:{silent.getsockname()[1]}/"), hooks.make("http://127.0.0.1:2/")]
        for webhook in dead:
            hooks.test(webhook, 60)
        good = hooks.make(receiver.url)
        hooks.test(good, 20)
        done = threading.Event()

        def count(got: Got) -> Say:
            if len(receiver.got) >= 20:
                done.set()
            return Say()

        receiver.answer = count

        async def until_done() -> None:
            deliverer = hooks.deliverer()
            while not done.is_set():
                await deliverer.work()
                await asyncio.sleep(0.002)
            await deliverer.close()

        hooks.server.loop.run_until_complete(asyncio.wait_for(until_done(), 60))
    finally:
        silent.close()


def test_a_receiver_that_answers_nothing_is_left_after_15_seconds(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (posting.CONNECT_SECONDS, posting.WHOLE_SECONDS) == (5, 15)
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 0.2)
    silent = silent_listener()
    try:
        webhook = hooks.make(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        hooks.test(webhook)
        hooks.deliver()
    finally:
        silent.close()
    (row,) = hooks.tries(webhook)
    assert (row["status_code"], row["answer"]) == (0, "No answer within 0 seconds")


def test_a_deleted_webhook_gets_nothing_that_waited(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook, 3)
    assert hooks.office.owner.delete(f"/webhooks/{webhook['id']}").status == 200
    hooks.deliver()
    assert receiver.got == []


def test_nothing_is_sent_of_a_workspace_that_is_deleted(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.office.write(actions_ownership.close_now)
    hooks.deliver()
    assert receiver.got == []


def test_secrets_of_webhooks_stand_in_no_log(hooks: Hooks, receiver: Receiver, whole_log: AppLog) -> None:
    receiver.answer = lambda got: Say(410)
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    logged = repr(whole_log.lines)
    assert webhook["signingSecret"] not in logged
    assert webhook["authToken"] not in logged


def test_a_digest_by_hand_is_the_same(hooks: Hooks, receiver: Receiver) -> None:
    """As a receiver without a library would do it."""
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    (got,) = receiver.got
    key = base64.b64decode(webhook["signingSecret"].removeprefix("whsec_"))
    signed = f"{got.event_id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{digest}"
