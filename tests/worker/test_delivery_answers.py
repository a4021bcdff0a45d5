"""Odd answers of receivers, and results that cannot be kept: each is an affair of its own delivery."""

import asyncio
from typing import Any

from hourbook.worker.deliveries import SETTLE
from hourbook.worker.verbs import VerbFailed
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver, Say


def test_no_cookie_is_kept_of_a_receiver(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(headers={"Set-Cookie": "who=you; Path=/"})
    webhook = hooks.make(f"http://localhost:{receiver.port}/hook")
    # More than go out at once, so that some come after an answer.
    hooks.test(webhook, 30)
    hooks.deliver()
    assert len(receiver.got) == 30
    assert all("cookie" not in got.headers for got in receiver.got)


def test_an_answer_is_not_unpacked(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(body=b"no such thing", headers={"Content-Encoding": "gzip"})
    webhook = hooks.make(receiver.url)
    hooks.test(webhook)
    hooks.deliver()
    assert [(one["status_code"], one["answer"]) for one in hooks.tries(webhook)] == [(200, "no such thing")]


class Refusing:
    """Verbs of which one, settling, is refused whenever a certain delivery is among the rest."""

    def __init__(self, verbs: Any, delivery_id: str) -> None:
        self._verbs, self._id = verbs, delivery_id

    async def call(self, name: str, result: Any, arguments: Any = None, *, workspace_id: str = "") -> Any:
        if name == SETTLE and any(one.delivery.id == self._id for one in arguments["outcomes"]):
            raise VerbFailed("it cannot be kept")
        return await self._verbs.call(name, result, arguments, workspace_id=workspace_id)


def test_a_result_that_cannot_be_kept_takes_no_other_with_it(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    hooks.test(webhook, 5)
    odd = hooks.deliveries(webhook)[2]["id"]

    async def work() -> None:
        deliverer = hooks.deliverer(Refusing(hooks.verbs, odd))
        while await deliverer.work() or deliverer.is_busy:
            await asyncio.sleep(0.002)
        await deliverer.close()

    hooks.server.loop.run_until_complete(asyncio.wait_for(work(), 60))
    states = {one["id"]: one["state"] for one in hooks.deliveries(webhook)}
    assert states.pop(odd) == "WAITING"
    assert set(states.values()) == {"SUCCEEDED"}
