"""Where much is kept, an erased person is taken out of it in portions; nothing of it is sent or shown meanwhile."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hourbook.resources.jobs import rules
from hourbook.resources.privacy import actions as privacy
from hourbook.resources.privacy.rules import Confirmed
from hourbook.resources.webhooks import actions_erasing, store_erasing
from hourbook.settings import load_settings
from hourbook.worker import runner, webhook_erasures
from hourbook.worker.handlers import GIVEN_UP, HANDLERS
from hourbook.worker.runner import Runner
from tests.fanouts import sent, tell
from tests.harness import Office, Server
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver

ENTRY = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}


@pytest.fixture
def hooks(home: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    """More than three of a kind is much here."""
    monkeypatch.setattr(actions_erasing, "AT_ONCE", 3)
    monkeypatch.setattr(webhook_erasures, "PORTION", 2)
    home.clock.reset()
    found = Hooks(Office(home))
    yield found
    work_off(found)
    found.forget()


def work_off(hooks: Hooks) -> None:
    jobs = Runner(load_settings({}, {}), hooks.verbs, HANDLERS, given_up=GIVEN_UP)

    async def all_of_it() -> None:
        while await jobs.work():
            pass

    hooks.server.loop.run_until_complete(asyncio.wait_for(all_of_it(), 60))


def track(hooks: Hooks, times: int) -> None:
    for _ in range(times):
        assert hooks.office.member.post("/time-entries", ENTRY).status == 201
    tell(hooks.office)


def erase(hooks: Hooks) -> None:
    member = hooks.office.member
    hooks.office.write(lambda tx: privacy.erase(tx, Confirmed(member.id, member.email)))


def test_what_waits_is_held_until_the_person_is_out_of_it_and_no_log_is_shown(hooks: Hooks, receiver: Receiver) -> None:
    entries, tags = hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY"), hooks.make(receiver.url)
    track(hooks, 5)
    hooks.deliver()
    assert len(receiver.got) == len(hooks.tries(entries)) == 5
    receiver.got.clear()
    track(hooks, 3)
    waiting = hooks.test(tags, 4)
    erase(hooks)
    path = f"/webhooks/{entries['id']}"
    hooks.deliver()
    assert (receiver.got, len(sent(hooks.office, entries["id"]))) == ([], 8)
    assert hooks.office.owner.get(f"{path}/statuses").body == []
    assert hooks.office.owner.post(f"{path}/logs", {}).body == []
    work_off(hooks)
    assert (sent(hooks.office, entries["id"]), hooks.tries(entries)) == ([], [])
    hooks.deliver()
    assert sorted(receiver.ids) == sorted(waiting)
    assert len(hooks.office.owner.get(f"/webhooks/{tags['id']}/statuses").body) == 4


def test_a_little_is_gone_at_once(hooks: Hooks, receiver: Receiver) -> None:
    entries = hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY")
    track(hooks, 2)
    erase(hooks)
    assert sent(hooks.office, entries["id"]) == []
    assert not hooks.office.read(actions_erasing.is_under_way)


def test_what_fails_again_and_again_is_never_given_up_for_what_is_still_there_would_be_sent(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("a row that cannot be looked at")

    for module in (runner, rules):
        monkeypatch.setattr(module, "TRIES", 1)
    entries = hooks.make(receiver.url, webhookEvent="NEW_TIME_ENTRY")
    track(hooks, 5)
    erase(hooks)
    with monkeypatch.context() as patch:
        patch.setattr(store_erasing, "forget_portion", broken)
        work_off(hooks)
    hooks.deliver()
    assert receiver.got == []
    assert hooks.office.read(actions_erasing.is_under_way)
    hooks.office.clock.move(3601)
    work_off(hooks)
    assert sent(hooks.office, entries["id"]) == []
    assert not hooks.office.read(actions_erasing.is_under_way)
