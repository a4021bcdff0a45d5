"""How the deliveries' worker takes and settles: together, without writing for nothing, at once where nobody waits."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hourbook.resources.webhooks import actions_deliveries
from hourbook.resources.webhooks.rules_deliveries import Outcome
from hourbook.worker import deliveries
from hourbook.worker.deliveries import Deliverer
from hourbook.worker.fanout import Fanout
from hourbook.worker.verbs import VerbFailed
from tests.harness import Office, Server
from tests.watching import AppLog
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Got, Receiver, Say, wait_for_crowd

SETTLE, LEASE, STORE = "webhooks.deliveries.settle", "webhooks.deliveries.lease_due", "webhooks.fanout.store_messages"


class Watched:
    """Verbs that are counted; `refuses` says which are refused for good."""

    def __init__(self, hooks: Hooks, refuses: Callable[[str, Any], bool] = lambda name, arguments: False) -> None:
        self.hooks, self.refuses = hooks, refuses
        self.names: list[str] = []

    async def call(self, name: str, result: Any, arguments: Any = None, *, workspace_id: str = "") -> Any:
        self.names.append(name)
        if self.refuses(name, arguments):
            raise VerbFailed(name)
        return await self.hooks.verbs.call(name, result, arguments, workspace_id=workspace_id)

    async def close(self) -> None:
        """Nothing of its own."""


async def work_until(deliverer: Deliverer, is_done: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < until
        await deliverer.work()
        await asyncio.sleep(0.002)


def run(hooks: Hooks, work: Any) -> Any:
    return hooks.server.loop.run_until_complete(asyncio.wait_for(work, 90))


# --- settling -------------------------------------------------------------------------------------------


def test_what_cannot_be_kept_takes_no_other_result_with_it(
    hooks: Hooks, receiver: Receiver, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook, 6)
    bad = sorted(one["revision"] for one in hooks.deliveries(webhook))[2]

    def refuses(name: str, arguments: Any) -> bool:
        outcomes: list[Outcome] = arguments["outcomes"] if name == SETTLE else []
        return any(one.delivery.revision == bad for one in outcomes)

    deliverer = hooks.deliverer(Watched(hooks, refuses))
    run(hooks, work_until(deliverer, lambda: len(receiver.got) == 6 and not deliverer.is_busy))
    run(hooks, deliverer.close())
    states = {one["revision"]: one["state"] for one in hooks.deliveries(webhook)}
    assert states.pop(bad) == "WAITING"
    assert set(states.values()) == {"SUCCEEDED"}
    lost = [line for line in whole_log.lines if line["event"] == "what became of a delivery was lost"]
    assert [line["revision"] for line in lost if line["webhook"] == webhook["id"]] == [bad]


def test_what_was_posted_in_one_moment_is_settled_together(hooks: Hooks, receiver: Receiver) -> None:
    def together(got: Got) -> Say:
        wait_for_crowd(receiver, 10)
        return Say()

    receiver.answer = together
    for _ in range(10):
        hooks.test(hooks.make(receiver.url))
    verbs, woken = Watched(hooks), asyncio.Event()
    runtime = hooks.server.runtime
    deliverer = Deliverer(hooks.settings, verbs, secrets=lambda: runtime.secrets, clock=hooks.server.clock, woken=woken)

    async def as_the_process_does() -> None:
        while len(receiver.got) < 10 or deliverer.is_busy:
            woken.clear()
            if not await deliverer.work() and deliverer.is_busy:
                await asyncio.wait_for(woken.wait(), 60)
        await deliverer.close()

    run(hooks, as_the_process_does())
    assert verbs.names.count(LEASE) <= 3
    assert verbs.names.count(SETTLE) <= 4


# --- taking ---------------------------------------------------------------------------------------------


def test_nothing_is_written_while_some_are_in_hand_and_nothing_more_is_due(hooks: Hooks, receiver: Receiver) -> None:
    goes_on = asyncio.Event()

    def slow(got: Got) -> Say:
        while not goes_on.is_set():
            time.sleep(0.002)
        return Say()

    receiver.answer = slow
    webhook = hooks.make(receiver.url)
    # More than it may have at once: they are due, and not for now.
    hooks.test(webhook, 12)
    verbs = Watched(hooks)
    deliverer = hooks.deliverer(verbs)
    run(hooks, work_until(deliverer, lambda: len(receiver.got) == 8))
    leases = verbs.names.count(LEASE)
    for _ in range(10):
        assert run(hooks, deliverer.work()) is False
    assert verbs.names.count(LEASE) <= leases + 1
    goes_on.set()
    run(hooks, work_until(deliverer, lambda: len(receiver.got) == 12 and not deliverer.is_busy))
    run(hooks, deliverer.close())


@pytest.mark.parametrize("limit", [1, 3])
def test_the_number_of_tries_at_once_is_a_setting(home: Server, receiver: Receiver, limit: int) -> None:
    home.clock.reset()
    hooks = Hooks(Office(home), HOURBOOK_WEBHOOK_TRIES_AT_ONCE=str(limit))

    def slow(got: Got) -> Say:
        wait_for_crowd(receiver, limit)
        time.sleep(0.02)
        return Say()

    receiver.answer = slow
    hooks.test(hooks.make(receiver.url), 4 * limit)
    hooks.deliver()
    assert len(receiver.got) == 4 * limit
    assert receiver.most_at_once == limit
    hooks.forget()


def test_the_first_failures_of_a_webhook_do_not_let_its_others_wait(hooks: Hooks, receiver: Receiver) -> None:
    """What is due when it is known that the webhook fails is taken at once, and not with the next look."""
    receiver.answer = lambda got: Say(500)
    hooks.test(hooks.make(receiver.url), 12)
    woken = asyncio.Event()
    runtime = hooks.server.runtime
    deliverer = Deliverer(
        hooks.settings, hooks.verbs, secrets=lambda: runtime.secrets, clock=hooks.server.clock, woken=woken
    )

    async def as_the_process_does() -> None:
        while len(receiver.got) < 12:
            woken.clear()
            if not await deliverer.work():
                await asyncio.wait_for(woken.wait(), 60)
        await deliverer.finish()
        await deliverer.close()

    run(hooks, as_the_process_does())


# --- stopping -------------------------------------------------------------------------------------------


class Held(Watched):
    """Verbs of which one waits until it is let go, when its work is done already."""

    def __init__(self, hooks: Hooks, held: str) -> None:
        super().__init__(hooks)
        self._held = held
        self.is_reached, self.goes_on = asyncio.Event(), asyncio.Event()

    async def call(self, name: str, result: Any, arguments: Any = None, *, workspace_id: str = "") -> Any:
        found = await super().call(name, result, arguments, workspace_id=workspace_id)
        if name == self._held:
            self.is_reached.set()
            await self.goes_on.wait()
        return found


def test_a_worker_that_stops_sends_and_settles_what_it_is_just_taking(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    verbs = Held(hooks, LEASE)
    deliverer = hooks.deliverer(verbs)

    async def stop_meanwhile() -> None:
        working = asyncio.create_task(deliverer.work())
        await verbs.is_reached.wait()
        finishing = asyncio.create_task(deliverer.finish())
        await asyncio.sleep(0.05)
        verbs.goes_on.set()
        await asyncio.gather(working, finishing)
        await deliverer.close()

    run(hooks, stop_meanwhile())
    assert [one["state"] for one in hooks.deliveries(webhook)] == ["SUCCEEDED"]


def test_a_worker_that_stops_is_brought_nothing_that_it_would_not_settle(
    hooks: Hooks, receiver: Receiver, direct: "Direct"
) -> None:
    webhook = hooks.make(receiver.url)
    run(hooks, direct.deliverer.finish())
    with direct.deliverer.offered() as room:  # nor is it waited for, whatever others go on keeping
        run(hooks, direct.deliverer.finish())
    assert room is None
    direct.tag("x")
    direct.tell()
    assert (receiver.got, direct.told_count) == ([], 1)
    assert [one["state"] for one in hooks.deliveries(webhook)] == ["WAITING"]


# --- what need not wait ----------------------------------------------------------------------------------


class Direct:
    """A fan-out that brings what it keeps to a deliverer."""

    def __init__(self, hooks: Hooks, *, is_begun: bool = True) -> None:
        self.hooks, self.verbs = hooks, Watched(hooks)
        self.deliverer = hooks.deliverer(self.verbs)
        self.told_count = 0
        runtime = hooks.server.runtime
        self.fanout = Fanout(self.verbs, lambda: runtime, told=self.told, deliverer=self.deliverer)
        if is_begun:
            run(hooks, self.deliverer.work())

    def told(self) -> None:
        self.told_count += 1

    def tell(self) -> None:
        async def work() -> None:
            while await self.fanout.work():
                pass

        run(self.hooks, work())

    def tag(self, name: str) -> None:
        assert self.hooks.office.owner.post("/tags", {"name": name}).status == 201

    def close(self) -> None:
        run(self.hooks, self.fanout.close())
        run(self.hooks, self.deliverer.finish())
        run(self.hooks, self.deliverer.close())


@pytest.fixture
def direct(hooks: Hooks) -> Iterator[Direct]:
    found = Direct(hooks)
    yield found
    found.close()


def test_an_event_that_nothing_waits_before_is_sent_without_another_transaction(
    hooks: Hooks, receiver: Receiver, direct: Direct
) -> None:
    webhooks = [hooks.make(receiver.url) for _ in range(3)]
    direct.tag("x")
    direct.tell()
    run(hooks, direct.deliverer.finish())
    assert [got.json()["name"] for got in receiver.got] == ["x"] * 3
    assert (direct.verbs.names.count(LEASE), direct.told_count) == (0, 0)
    assert direct.verbs.names.count(STORE) == 1
    for webhook in webhooks:
        assert [one["state"] for one in hooks.deliveries(webhook)] == ["SUCCEEDED"]
    run(hooks, direct.deliverer.work())
    assert len(receiver.got) == 3


def test_what_waits_comes_first(hooks: Hooks, receiver: Receiver, direct: Direct) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    direct.tag("x")
    direct.tell()
    assert (receiver.got, direct.told_count) == ([], 1)
    run(hooks, work_until(direct.deliverer, lambda: len(receiver.got) == 2))
    names = [one.json()["name"] for one in receiver.got]
    assert sorted(names) == ["Test of a webhook", "x"]


def test_a_receiver_that_fails_or_rests_is_not_sent_to_at_once(
    hooks: Hooks, receiver: Receiver, direct: Direct
) -> None:
    receiver.answer = lambda got: Say(500)
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    run(hooks, work_until(direct.deliverer, lambda: len(hooks.tries(webhook)) == 1))
    direct.tag("x")
    direct.tell()
    assert (len(receiver.got), direct.told_count) == (1, 1)
    assert sorted(one["state"] for one in hooks.deliveries(webhook)) == ["RETRYING", "WAITING"]


def test_no_more_than_a_webhook_may_have_is_sent_at_once(hooks: Hooks, receiver: Receiver, direct: Direct) -> None:
    webhook = hooks.make(receiver.url)
    for number in range(11):
        direct.tag(f"tag {number:02}")
    direct.tell()
    run(hooks, direct.deliverer.finish())
    assert sorted(got.json()["name"] for got in receiver.got) == [f"tag {number:02}" for number in range(8)]
    run(hooks, work_until(direct.deliverer, lambda: len(receiver.got) == 11))
    run(hooks, direct.deliverer.finish())
    assert len(hooks.tries(webhook)) == 11


def test_a_worker_without_places_or_that_has_not_begun_takes_nothing(
    hooks: Hooks, receiver: Receiver, direct: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hooks.make(receiver.url)
    monkeypatch.setattr(deliveries, "IN_HAND", 0)
    direct.tag("x")
    direct.tell()
    monkeypatch.undo()
    new = Direct(hooks, is_begun=False)
    new.tag("y")
    new.tell()
    assert (receiver.got, len(hooks.deliveries(webhook))) == ([], 2)
    run(hooks, work_until(new.deliverer, lambda: len(receiver.got) == 2))
    new.close()


def test_a_worker_that_dies_before_it_posts_what_it_was_given_sends_it_when_it_comes_again(
    hooks: Hooks, receiver: Receiver, direct: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hooks.make(receiver.url)

    async def die(leased: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(direct.deliverer, "begin", die)
    direct.tag("x")
    with pytest.raises(asyncio.CancelledError):
        direct.tell()
    monkeypatch.undo()
    (waiting,) = hooks.deliveries(webhook)
    assert (waiting["state"], waiting["attempts"], waiting["holder"]) == ("WAITING", 1, "here")
    run(hooks, direct.deliverer.work())
    assert receiver.got == []
    assert hooks.office.write(lambda tx: actions_deliveries.release(tx, "here")) == 1
    run(hooks, work_until(direct.deliverer, lambda: len(receiver.got) == 1))
