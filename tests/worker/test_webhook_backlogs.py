"""Long backlogs of webhooks: given up and sent again a portion at a time, and what is seen and sent meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hourbook.db.tx import Tx
from hourbook.resources.jobs import actions as jobs
from hourbook.resources.jobs.rules import decode
from hourbook.resources.webhooks import actions, actions_addons, actions_backlog
from hourbook.resources.webhooks.rules_deliveries import BACKLOG_JOB, Again
from hourbook.resources.webhooks.store import WEBHOOK
from hourbook.settings import load_settings
from hourbook.worker import webhook_backlogs
from hourbook.worker.handlers import HANDLERS
from hourbook.worker.runner import Runner
from tests.harness import Office, Server
from tests.own_surface import own
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver, Say

MANY = 12
PORTION = 5


@pytest.fixture
def hooks(home: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    """More than three is a long backlog here."""
    monkeypatch.setattr(actions_backlog, "AT_ONCE", 3)
    monkeypatch.setattr(webhook_backlogs, "PORTION", PORTION)
    home.clock.reset()
    found = Hooks(Office(home))
    yield found
    found.forget()
    work_off(found)


def queue(hooks: Hooks, webhook: dict[str, Any], times: int) -> list[str]:
    """Test events, each a moment after the one before."""
    ids = []
    for _ in range(times):
        hooks.server.clock.move(0.001)
        ids += hooks.test(webhook)
    return ids


def states(hooks: Hooks, webhook: dict[str, Any]) -> Counter[str]:
    return Counter(row["state"] for row in hooks.deliveries(webhook))


def shown(hooks: Hooks, webhook: dict[str, Any], **query: Any) -> Counter[str]:
    answer = hooks.office.owner.get(f"/webhooks/{webhook['id']}/statuses", **query)
    assert answer.status == 200
    return Counter(row["status"] for row in answer.body)


def waiting_jobs(hooks: Hooks) -> int:
    found = hooks.office.read(lambda tx: jobs.list_recent(tx, 1000))
    return sum(job.kind == BACKLOG_JOB and job.state == "QUEUED" for job in found)


def wish(hooks: Hooks) -> dict[str, Any]:
    """What the job is about that sends again."""
    found = hooks.office.read(lambda tx: jobs.list_recent(tx, 1000))
    payloads = [decode(job.payload) for job in found if job.kind == BACKLOG_JOB and job.state == "QUEUED"]
    (payload,) = [one for one in payloads if "again" in one]
    return dict(payload)


def work_off(hooks: Hooks) -> None:
    runner = Runner(load_settings({}, {}), hooks.verbs, HANDLERS)

    async def all_of_it() -> None:
        while await runner.work():
            pass

    hooks.server.loop.run_until_complete(asyncio.wait_for(all_of_it(), 60))
    assert waiting_jobs(hooks) == 0


def given_up(hooks: Hooks, receiver: Receiver, webhook: dict[str, Any] | None = None) -> dict[str, Any]:
    """A webhook whose receiver said that it is gone while many events waited for it, each tried once."""
    receiver.answer = lambda got: Say(500)
    webhook = webhook or hooks.make(receiver.url)
    queue(hooks, webhook, MANY)
    hooks.deliver()
    receiver.answer = lambda got: Say(410)
    queue(hooks, webhook, 1)
    hooks.deliver()
    assert hooks.office.owner.get(f"/webhooks/{webhook['id']}").body["deliveryEnabled"] is False
    receiver.got.clear()
    receiver.answer = lambda got: Say()
    return webhook


def save(hooks: Hooks, webhook: dict[str, Any], url: str) -> None:
    body = {"url": url, "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    assert hooks.office.owner.put(f"/webhooks/{webhook['id']}", body).body["deliveryEnabled"] is True


# --- giving up --------------------------------------------------------------------------------------------


def test_a_long_backlog_is_given_up_in_portions_and_shown_as_failed_from_the_first_moment(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = given_up(hooks, receiver)
    assert states(hooks, webhook) == {"FAILED": 1, "RETRYING": MANY}
    assert shown(hooks, webhook) == shown(hooks, webhook, statuses="FAILED") == {"FAILED": MANY + 1}
    assert shown(hooks, webhook, statuses="RETRYING") == {}
    assert hooks.health(webhook)["given_up_to"] is not None
    left = []
    for _ in range(3):
        is_more = hooks.office.write(lambda tx: actions_backlog.give_up_portion(tx, webhook["id"], PORTION))
        left.append((is_more, states(hooks, webhook)["RETRYING"]))
    assert left == [(True, 7), (True, 2), (False, 0)]
    assert hooks.health(webhook)["given_up_to"] is None
    assert not hooks.office.write(lambda tx: actions_backlog.give_up_portion(tx, webhook["id"], PORTION))


def test_a_short_backlog_is_given_up_at_once(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda got: Say(410)
    webhook = hooks.make(receiver.url)
    queue(hooks, webhook, 3)
    hooks.deliver()
    assert states(hooks, webhook) == {"FAILED": 3}
    assert (hooks.health(webhook)["given_up_to"], waiting_jobs(hooks)) == (None, 0)


def test_nothing_of_it_is_sent_though_the_webhook_is_switched_on_again_before_it_is_done(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = given_up(hooks, receiver)
    save(hooks, webhook, receiver.url)
    (new,) = queue(hooks, webhook, 1)
    hooks.server.clock.move(86_400)
    hooks.deliver()
    assert receiver.got == []
    assert shown(hooks, webhook) == {"FAILED": MANY + 1}
    work_off(hooks)
    hooks.deliver()
    assert receiver.ids == [new]
    assert states(hooks, webhook) == {"FAILED": MANY + 1, "SUCCEEDED": 1}


def test_a_job_that_was_lost_is_made_again_when_the_webhook_is_saved(hooks: Hooks, receiver: Receiver) -> None:
    webhook = given_up(hooks, receiver)
    hooks.office.write(lambda tx: [jobs.settle_done(tx, job) for job in jobs.lease_due(tx, 10)])
    assert waiting_jobs(hooks) == 0
    save(hooks, webhook, receiver.url)
    work_off(hooks)
    assert states(hooks, webhook) == {"FAILED": MANY + 1}
    assert hooks.health(webhook)["given_up_to"] is None


def test_the_same_when_an_addon_is_switched_on_again(hooks: Hooks, receiver: Receiver) -> None:
    webhook = given_up(hooks, receiver)
    addon_id = hooks.server.ids.new_id()

    def belong_to_addon(tx: Tx) -> None:
        before = tx.get(WEBHOOK, webhook["id"])
        tx.update(WEBHOOK, before, msgspec.structs.replace(before, addon_id=addon_id))

    hooks.office.write(lambda tx: [jobs.settle_done(tx, job) for job in jobs.lease_due(tx, 10)])
    hooks.office.write(belong_to_addon)
    for is_on in (False, True):
        hooks.office.write(lambda tx, is_on=is_on: actions_addons.set_enabled(tx, addon_id, enabled=is_on))
        assert waiting_jobs(hooks) == is_on
    work_off(hooks)
    assert states(hooks, webhook) == {"FAILED": MANY + 1}
    hooks.office.write(lambda tx: actions.delete_of_addon(tx, addon_id))


def test_the_backlog_of_a_deleted_webhook_is_given_up_in_portions_too(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(receiver.url)
    queue(hooks, webhook, MANY)
    assert hooks.office.owner.delete(f"/webhooks/{webhook['id']}").status == 200
    assert states(hooks, webhook) == {"WAITING": MANY}
    hooks.deliver()
    assert receiver.got == []
    work_off(hooks)
    assert states(hooks, webhook) == {"FAILED": MANY}


# --- sending again ----------------------------------------------------------------------------------------


def delivered(hooks: Hooks, receiver: Receiver) -> dict[str, Any]:
    """A webhook with many events that arrived."""
    webhook = hooks.make(receiver.url)
    queue(hooks, webhook, MANY)
    hooks.deliver()
    assert states(hooks, webhook) == {"SUCCEEDED": MANY}
    return webhook


def resend(hooks: Hooks, webhook: dict[str, Any], **body: Any) -> int:
    answer = own(hooks.office.owner, "POST", f"/webhooks/{webhook['id']}/resend", body)
    assert answer.status == 202, answer
    found: int = answer.body["deliveries"]
    return found


def test_many_are_sent_again_by_a_job_each_once_and_their_number_is_told_at_once(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = delivered(hooks, receiver)
    first = sorted(receiver.ids, key=lambda id_: int(id_.split(".")[1]))
    hooks.server.clock.move(60)
    assert resend(hooks, webhook, after=first[1]) == MANY - 2
    assert states(hooks, webhook) == {"SUCCEEDED": MANY}
    hooks.server.clock.move(1)
    work_off(hooks)
    assert states(hooks, webhook) == {"SUCCEEDED": 2, "WAITING": MANY - 2}
    hooks.deliver()
    assert sorted(receiver.ids) == sorted(first + first[2:])


def test_a_job_that_is_done_a_second_time_sends_nothing_a_second_time(hooks: Hooks, receiver: Receiver) -> None:
    """A worker was killed after its last portion, and the receiver has it all."""
    webhook = delivered(hooks, receiver)
    hooks.server.clock.move(60)
    resend(hooks, webhook, after="0")
    payload = wish(hooks)
    hooks.server.clock.move(1)
    work_off(hooks)
    hooks.deliver()
    assert len(receiver.got) == 2 * MANY
    hooks.server.clock.move(3600)
    hooks.office.write(lambda tx: jobs.queue(tx, BACKLOG_JOB, payload))
    work_off(hooks)
    hooks.deliver()
    assert len(receiver.got) == 2 * MANY


def test_what_is_asked_for_while_a_backlog_is_given_up_is_sent_after_that(hooks: Hooks, receiver: Receiver) -> None:
    """Switched on and asked for all in one breath, as programs do it."""
    webhook = given_up(hooks, receiver)
    save(hooks, webhook, receiver.url)
    hooks.server.clock.move(60)
    assert resend(hooks, webhook, after="0", onlyFailed=True) == MANY + 1
    hooks.deliver()
    assert receiver.got == []
    work_off(hooks)
    hooks.deliver()
    assert len(set(receiver.ids)) == len(receiver.got) == MANY + 1


def test_one_that_is_asked_for_while_a_backlog_is_given_up_is_sent_after_that(hooks: Hooks, receiver: Receiver) -> None:
    webhook = given_up(hooks, receiver)
    save(hooks, webhook, receiver.url)
    delivery = hooks.deliveries(webhook)[4]
    answer = own(hooks.office.owner, "POST", f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/resend")
    assert answer.status == 202
    work_off(hooks)
    hooks.deliver()
    assert receiver.ids == [answer.body["eventId"]]


@pytest.mark.parametrize("is_saved", [False, True])
def test_a_webhook_that_is_given_up_meanwhile_gets_no_more_of_what_was_asked_for(
    hooks: Hooks, receiver: Receiver, is_saved: bool
) -> None:
    """Also when it was switched on again: what waited and what was to wait was given up."""
    webhook = delivered(hooks, receiver)
    hooks.server.clock.move(60)
    resend(hooks, webhook, after="0")
    given_up(hooks, receiver, webhook)
    if is_saved:
        save(hooks, webhook, receiver.url)
        again = msgspec.convert(wish(hooks)["again"], Again)
        hooks.office.write(lambda tx: actions_backlog.send_portion_again(tx, webhook["id"], again, limit=PORTION))
    else:
        work_off(hooks)
    hooks.deliver()
    assert receiver.got == []
    assert "WAITING" not in states(hooks, webhook)
