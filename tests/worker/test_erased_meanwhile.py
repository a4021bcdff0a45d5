"""What a worker has in hand when a person is erased: it is not sent, and nothing of it is logged."""

import asyncio
from typing import Any

import pytest

from hourbook.resources.privacy import actions as privacy
from hourbook.resources.privacy.rules import Confirmed
from hourbook.resources.webhooks import actions_erasing
from hourbook.resources.webhooks.rules_deliveries import Leased, Outcome, Room
from hourbook.worker import deliveries
from hourbook.worker.deliveries import IS_HELD, LEASE, Deliverer
from tests.fanouts import tell
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver
from tests.worker.test_delivery_turns import Watched

ENTRY = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
ROOM = Room(limit=64, each=8, failing_limit=64)
LONG_AGO_SECONDS, SOON_SECONDS = -1.0, 3600.0


@pytest.fixture(autouse=True)
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken waits for its turn for long."""
    monkeypatch.setattr(deliveries, "FRESH_SECONDS", LONG_AGO_SECONDS)


def run(hooks: Hooks, work: Any) -> Any:
    return hooks.server.loop.run_until_complete(asyncio.wait_for(work, 90))


def taken(hooks: Hooks) -> Leased:
    """An entry of the member's and a tag of nobody's, under a lease."""
    assert hooks.office.member.post("/time-entries", ENTRY).status == 201
    assert hooks.office.owner.post("/tags", {"name": "urgent"}).status == 201
    tell(hooks.office)
    found: Leased = run(hooks, hooks.verbs.call(LEASE, Leased, {"room": ROOM, "holder": "here"}))
    assert len(found.deliveries) == 2
    return found


def erase(hooks: Hooks) -> None:
    member = hooks.office.member
    hooks.office.write(lambda tx: privacy.erase(tx, Confirmed(member.id, member.email)))


def send(hooks: Hooks, leased: Leased, deliverer: Deliverer | None = None) -> None:
    """What was taken, to the end."""

    async def all_of_it() -> None:
        made = deliverer or hooks.deliverer()
        await made.begin(leased)
        while made.is_busy:
            await made._settle()
            await asyncio.sleep(0.002)
        await made.close()

    run(hooks, all_of_it())


def test_what_waits_for_its_turn_is_not_sent_and_others_are(hooks: Hooks, receiver: Receiver) -> None:
    entries, tags = hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY"), hooks.make(receiver.url)
    leased = taken(hooks)
    erase(hooks)
    send(hooks, leased)
    assert [got.json()["name"] for got in receiver.got] == ["urgent"]
    assert (hooks.tries(entries), len(hooks.tries(tags))) == ([], 1)


def test_nothing_is_sent_while_a_person_is_being_taken_out_of_much(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_erasing, "AT_ONCE", 0)
    hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY")
    hooks.make(receiver.url)
    leased = taken(hooks)
    erase(hooks)
    send(hooks, leased)
    assert receiver.got == []


def test_what_nobody_can_say_anything_of_is_not_sent(hooks: Hooks, receiver: Receiver) -> None:
    def refuses(name: str, arguments: Any) -> bool:
        return name == IS_HELD

    hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY")
    tags = hooks.make(receiver.url)
    send(hooks, taken(hooks), hooks.deliverer(Watched(hooks, refuses)))
    assert receiver.got == []
    assert hooks.tries(tags) == []


def test_what_is_sent_at_once_costs_no_question(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "FRESH_SECONDS", SOON_SECONDS)
    hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY")
    hooks.make(receiver.url)
    verbs = Watched(hooks)
    send(hooks, taken(hooks), hooks.deliverer(verbs))
    assert (len(receiver.got), verbs.names.count(IS_HELD)) == (2, 0)


def test_an_answer_that_comes_after_a_person_was_erased_is_not_logged(hooks: Hooks, receiver: Receiver) -> None:
    """It may repeat what was sent. The try of another delivery is logged as ever."""
    entries, tags = hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY"), hooks.make(receiver.url)
    leased = taken(hooks)
    erase(hooks)
    outcomes = [Outcome(one, 500, hooks.office.member.name) for one in leased.deliveries]
    run(hooks, hooks.verbs.call("webhooks.deliveries.settle", list[Any], {"outcomes": outcomes}))
    assert hooks.tries(entries) == []
    (logged,) = hooks.tries(tags)
    (delivery,) = hooks.deliveries(tags)
    assert (logged["status_code"], logged["delivery_id"]) == (500, delivery["id"])
    assert (delivery["state"], delivery["last_try_id"]) == ("RETRYING", logged["id"])
