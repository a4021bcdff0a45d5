"""Answers that come late: from an address the webhook has left, or of an event that was given up meanwhile."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hourbook.resources.webhooks import actions_backlog, actions_deliveries
from hourbook.resources.webhooks.rules_deliveries import Outcome, Room
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver, Say, running_receiver

ROOM = Room(limit=64, each=8, failing_limit=64)
DAY_S = 86_400


@pytest.fixture
def old() -> Iterator[Receiver]:
    with running_receiver() as found:
        yield found


@pytest.fixture
def new() -> Iterator[Receiver]:
    with running_receiver() as found:
        yield found


class Late:
    """The worker's verbs; what it says of results comes later, when `say` is called."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self.outcomes: list[Outcome] = []

    async def call(self, name: str, result: Any, arguments: Any = None, *, workspace_id: str = "") -> Any:
        if name == "webhooks.deliveries.settle":
            self.outcomes += arguments["outcomes"]
            return []
        return await self._hooks.verbs.call(name, result, arguments, workspace_id=workspace_id)

    def say(self) -> None:
        """Settles what came, and gives up what is to be given up, as the worker does."""
        write = self._hooks.office.write
        for one in write(lambda tx: actions_deliveries.settle(tx, self.outcomes)):
            write(lambda tx, one=one: actions_deliveries.disable(tx, one.webhook_id, url=one.url, is_gone=one.is_gone))


def send(hooks: Hooks, count: int = 1) -> Late:
    """Sends what is due; what became of it is not said yet."""
    late = Late(hooks)

    async def all_of_it() -> None:
        deliverer = hooks.deliverer(late)
        while len(late.outcomes) < count:
            await deliverer.work()
            await asyncio.sleep(0.002)
        await deliverer.close()

    hooks.server.loop.run_until_complete(asyncio.wait_for(all_of_it(), 60))
    return late


def save(hooks: Hooks, webhook: dict[str, Any], url: str) -> None:
    body = {"url": url, "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    assert hooks.office.owner.put(f"/webhooks/{webhook['id']}", body).status == 200


def is_on(hooks: Hooks, webhook: dict[str, Any]) -> bool:
    return bool(hooks.office.owner.get(f"/webhooks/{webhook['id']}").body["deliveryEnabled"])


def test_an_old_address_that_says_it_is_gone_does_not_switch_the_new_one_off_and_the_event_goes_there(
    hooks: Hooks, old: Receiver, new: Receiver
) -> None:
    old.answer = lambda got: Say(410)
    webhook = hooks.make(old.url)
    ids = hooks.test(webhook)
    late = send(hooks)
    save(hooks, webhook, new.url)
    late.say()
    assert is_on(hooks, webhook)
    hooks.deliver()
    assert (old.ids, new.ids) == (ids, ids)
    assert [row["state"] for row in hooks.deliveries(webhook)] == ["SUCCEEDED"]
    assert [row["status_code"] for row in hooks.tries(webhook)] == [410, 200]


def test_an_address_that_is_changed_before_the_webhook_is_switched_off_keeps_it_on(
    hooks: Hooks, old: Receiver, new: Receiver
) -> None:
    webhook = hooks.make(old.url)
    hooks.office.write(
        lambda tx: actions_deliveries.disable(tx, webhook["id"], url=new.url, is_gone=True),
    )
    assert is_on(hooks, webhook)
    assert hooks.office.write(lambda tx: actions_deliveries.disable(tx, webhook["id"], url=old.url, is_gone=True))
    assert not is_on(hooks, webhook)


@pytest.mark.parametrize(("status", "header"), [(503, {"Retry-After": "600"}), (500, {})])
def test_a_failure_at_an_old_address_is_none_of_the_new_one(
    hooks: Hooks, old: Receiver, new: Receiver, status: int, header: dict[str, str]
) -> None:
    old.answer = lambda got: Say(status, b"", header)
    webhook = hooks.make(old.url)
    hooks.test(webhook)
    late = send(hooks)
    save(hooks, webhook, new.url)
    late.say()
    health = hooks.health(webhook)
    assert (health["failing_since_us"], health["paused_until_us"]) == (None, None)
    assert hooks.deliveries(webhook)[0]["failures"] == 0
    hooks.deliver()
    assert len(new.got) == 1


def test_five_days_of_failures_at_an_old_address_do_not_switch_the_new_one_off(
    hooks: Hooks, old: Receiver, new: Receiver
) -> None:
    old.answer = lambda got: Say(500)
    webhook = hooks.make(old.url)
    hooks.test(webhook)
    hooks.deliver()
    hooks.server.clock.move(5 * DAY_S)
    late = send(hooks)
    save(hooks, webhook, new.url)
    late.say()
    assert is_on(hooks, webhook)


def test_a_success_at_an_old_address_is_one(hooks: Hooks, old: Receiver, new: Receiver) -> None:
    """It has the event; nobody needs it twice."""
    webhook = hooks.make(old.url)
    hooks.test(webhook)
    late = send(hooks)
    save(hooks, webhook, new.url)
    late.say()
    hooks.deliver()
    assert [row["state"] for row in hooks.deliveries(webhook)] == ["SUCCEEDED"]
    assert new.got == []


@pytest.mark.parametrize("at_once", [500, 0])
def test_an_answer_about_an_event_that_was_given_up_does_not_switch_a_saved_webhook_off(
    hooks: Hooks, old: Receiver, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Two events were on their way: the first said it is gone, somebody saved the webhook, then the second said it.

    The same when the backlog was long, and giving it up is not done yet.
    """
    monkeypatch.setattr(actions_backlog, "AT_ONCE", at_once)
    old.answer = lambda got: Say(410)
    webhook = hooks.make(old.url)
    hooks.test(webhook, 2)
    first, second = Late(hooks), send(hooks, 2)
    first.outcomes, second.outcomes = second.outcomes[:1], second.outcomes[1:]
    first.say()
    assert not is_on(hooks, webhook)
    save(hooks, webhook, old.url)
    second.say()
    assert is_on(hooks, webhook)
    assert [row["state"] for row in hooks.deliveries(webhook)] == ["FAILED"] * 2


def test_what_comes_after_its_lease_ended_switches_nothing_off(hooks: Hooks, old: Receiver) -> None:
    old.answer = lambda got: Say(410)
    webhook = hooks.make(old.url)
    hooks.test(webhook)
    late = send(hooks)
    hooks.server.clock.move(DAY_S)
    (leased,) = hooks.office.write(lambda tx: actions_deliveries.lease_due(tx, ROOM)).deliveries
    late.say()
    assert is_on(hooks, webhook)
    hooks.office.write(lambda tx: actions_deliveries.settle(tx, [Outcome(leased, 200, "")]))
    assert [row["state"] for row in hooks.deliveries(webhook)] == ["SUCCEEDED"]


def test_an_answer_for_a_webhook_that_is_gone_by_now_is_logged_and_no_more(hooks: Hooks, old: Receiver) -> None:
    old.answer = lambda got: Say(410)
    webhook = hooks.make(old.url)
    hooks.test(webhook)
    late = send(hooks)
    assert hooks.office.owner.delete(f"/webhooks/{webhook['id']}").status == 200
    late.say()
    assert [row["status_code"] for row in hooks.tries(webhook)] == [410]
    assert [row["state"] for row in hooks.deliveries(webhook)] == ["FAILED"]
