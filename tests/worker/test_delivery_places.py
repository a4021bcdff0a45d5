"""Who has the worker's places: neither a slow receiver nor hundreds of dead ones keep others from being told."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hourbook.resources.webhooks.rules_deliveries import LEASE_SECONDS
from hourbook.worker import deliveries, posting
from hourbook.worker.deliveries import Deliverer
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Got, Receiver, Say, running_receiver, wait_for_crowd


class Hanging:
    """A receiver that answers nobody, once it hangs, until it is let go. `good` is another one."""

    def __init__(self, hooks: Hooks, receiver: Receiver, good: Receiver) -> None:
        self.hooks, self.receiver, self.good = hooks, receiver, good
        self.goes_on = threading.Event()

    def hang(self) -> None:
        def answer(got: Got) -> Say:
            self.goes_on.wait(120)
            return Say()

        self.receiver.answer = answer

    def others_hear_meanwhile(self) -> int:
        """How many of three events another webhook hears of, in half a minute, after all places were given away."""
        deliverer = self.hooks.deliverer()
        run = self.hooks.server.loop.run_until_complete
        # As many turns as there are places, so that each may have given one away.
        turns = iter(range(2 * deliveries.IN_HAND))
        run(self._work(deliverer, lambda: next(turns, None) is None))
        self.hooks.test(self.hooks.make(self.good.url), 3)
        run(self._work(deliverer, lambda: len(self.good.got) == 3))
        heard = len(self.good.got)
        self.goes_on.set()
        run(asyncio.wait_for(deliverer.finish(), 60))
        run(deliverer.close())
        return heard

    @staticmethod
    async def _work(deliverer: Deliverer, is_done: Callable[[], bool]) -> None:
        until = time.monotonic() + 30
        while not is_done() and time.monotonic() < until:
            await deliverer.work()
            await asyncio.sleep(0.002)


@pytest.fixture
def hanging(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    # None of those that hang is left for it, however long this takes.
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 300.0)
    with running_receiver() as receiver, running_receiver() as good:
        found = Hanging(hooks, receiver, good)
        yield found
        found.goes_on.set()


def test_a_slow_receiver_with_a_long_list_holds_no_other(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "IN_HAND", 80)
    hanging.hang()
    hanging.hooks.test(hanging.hooks.make(hanging.receiver.url), 100)
    assert hanging.others_hear_meanwhile() == 3


def test_a_receiver_that_answers_now_and_then_never_has_more_than_its_tries_at_once(hanging: Hanging) -> None:
    receiver = hanging.receiver

    def now_and_then(got: Got) -> Say:
        wait_for_crowd(receiver, 4)
        time.sleep(0.02 * (1 + len(receiver.got) % 6))
        return Say()

    receiver.answer = now_and_then
    hanging.hooks.test(hanging.hooks.make(receiver.url), 60)
    hanging.hooks.deliver()
    assert len(receiver.got) == 60
    assert 4 <= receiver.most_at_once <= 8


def test_very_many_failing_receivers_hold_no_other(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "IN_HAND", 80)
    monkeypatch.setattr(deliveries, "OF_FAILING", 8)
    hanging.receiver.answer = lambda got: Say(500)
    for _ in range(90):
        hanging.hooks.test(hanging.hooks.make(hanging.receiver.url))
    while len(hanging.receiver.got) < 90:
        hanging.hooks.deliver()
    hanging.hang()
    hanging.hooks.server.clock.move(6)
    assert hanging.others_hear_meanwhile() == 3


def test_a_lease_outlives_every_wait_for_a_place_and_not_much_more() -> None:
    """Of a webhook the last one in hand waits for a place behind as many as it has, each for as long as a try takes."""
    assert 4 * posting.WHOLE_SECONDS <= LEASE_SECONDS <= 300


def test_places_are_offered_once_and_not_before_what_an_earlier_worker_had_is_free(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "IN_HAND", 100)
    deliverer = hooks.deliverer()
    with deliverer.offered() as room:
        assert room is None
    hooks.server.loop.run_until_complete(deliverer.work())
    for _ in range(2):  # what was not taken is there again
        with deliverer.offered() as first, deliverer.offered() as second, deliverer.offered() as third:
            assert first is not None
            assert second is not None
            assert (first.limit + second.limit, third) == (100, None)
    hooks.server.loop.run_until_complete(deliverer.close())
