"""Webhooks that are made, changed, handed over and deleted at once, while fan-out works."""

import asyncio
import time
from typing import Any

import pytest

from hourbook.core.types import Deployment
from hourbook.resources.webhooks import actions_deliveries, actions_resending, store_deliveries, store_fanout
from hourbook.resources.webhooks.rules_deliveries import Due as Leased
from hourbook.resources.webhooks.rules_deliveries import Outcome
from hourbook.resources.webhooks.rules_fanout import Due, Message
from tests.durability.test_races import FEW_ROUNDS, Racers
from tests.fanouts import cursor, due, sent, told, verbs_of
from tests.harness import Answer, Asked, Office
from tests.webhook_deliveries import deliveries, health

HOOK = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
}
AT_ONCE = 8
SETTLE = "webhooks.deliveries.settle"
# Longer than deleting a webhook takes.
SLOW_SECONDS = 0.5


@pytest.fixture
def racers(office: Office) -> Racers:
    return Racers(office)


def test_the_limit_holds_however_many_are_made_at_once(
    racers: Racers, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.server.runtime.pipeline, "deployment", Deployment(webhooks_per_user=3))

    def one_round(number: int) -> list[Asked]:
        return [racers.ask("POST", "/webhooks", HOOK) for _ in range(AT_ONCE)]

    (answers,) = racers.run(one_round, {201, 400}, rounds=1)
    assert sum(answer.status == 201 for answer in answers) == 3
    assert len(office.owner.get("/webhooks").body["webhooks"]) == 3


def test_a_webhook_that_is_made_while_the_last_other_one_goes_gets_its_events(racers: Racers, office: Office) -> None:
    last = [racers.made("/webhooks", HOOK)]

    def one_round(number: int) -> list[Asked]:
        return [racers.ask("DELETE", f"/webhooks/{last[0]}"), racers.ask("POST", "/webhooks", HOOK)]

    for number in range(2 * AT_ONCE):
        ((_, made),) = racers.run(one_round, {200, 201, 204}, rounds=1)
        last[0] = made.body["id"]
        assert cursor(office) is not None
        racers.made("/tags", {"name": f"T{number}"})
        assert [one.event for one in told(office, last[0])] == ["NEW_TAG"]


def test_a_token_that_is_changed_while_its_webhook_is_handed_over_stays_changed(racers: Racers, office: Office) -> None:
    for number in range(FEW_ROUNDS):
        leaving = office.hire(f"Person {number}")
        office.grant(leaving, "WORKSPACE_ADMIN", office.workspace_id)
        ids = [leaving.post("/webhooks", HOOK).body["id"] for _ in range(4)]

        def one_round(_: int, ids: list[str] = ids, user_id: str = leaving.id) -> list[Asked]:
            asked = [racers.ask("PATCH", f"/webhooks/{id_}/token") for id_ in ids]
            path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{user_id}"
            return [*asked[:2], office.owner.prepared("DELETE", path), *asked[2:]]

        ((*answers,),) = racers.run(one_round, {200, 204}, rounds=1)
        tokens = {answer.body["id"]: answer.body["authToken"] for answer in answers if answer.status == 200}
        now = [office.owner.get(f"/webhooks/{id_}").body for id_ in ids]
        assert {one["id"]: one["authToken"] for one in now} == tokens
        assert {one["userId"] for one in now} == {office.owner.id}
        for id_ in ids:
            assert office.owner.delete(f"/webhooks/{id_}").status == 200


def test_nothing_waits_for_a_webhook_that_goes_while_messages_are_kept(
    racers: Racers, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive_among = store_fanout.alive_among

    def slowly(tx: Any, webhook_ids: set[str]) -> set[str]:
        found = alive_among(tx, webhook_ids)
        time.sleep(SLOW_SECONDS)
        return found

    monkeypatch.setattr(store_fanout, "alive_among", slowly)
    for number in range(2):
        staying, going = (racers.made("/webhooks", HOOK) for _ in range(2))
        racers.made("/tags", {"name": f"T{number}"})
        at = due(office)
        message = Message(at.cursor + 1, 0, "NEW_TAG", b"{}", (staying, going))
        _, gone = _at_once(office, racers.ask("DELETE", f"/webhooks/{going}"), at, message)
        assert gone.status == 200
        assert {one.state for one in sent(office, going)} <= {"FAILED"}
        assert [one.state for one in sent(office, staying)] == ["WAITING"]
        assert office.owner.delete(f"/webhooks/{staying}").status == 200


def test_a_good_answer_is_not_forgotten_while_a_bad_one_is_noted(
    racers: Racers, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = store_deliveries.known

    def slowly(tx: Any, webhook_ids: set[str]) -> dict[str, Any]:
        found = known(tx, webhook_ids)
        time.sleep(SLOW_SECONDS if found else 0)
        return found

    hook = racers.made("/webhooks", HOOK)
    bad, good, other = (_outcome(office, hook, status) for status in (500, 200, 500))
    office.write(lambda tx: actions_deliveries.settle(tx, [bad]))
    first_us = office.read(lambda tx: health(tx, hook))["failing_since_us"]
    monkeypatch.setattr(store_deliveries, "known", slowly)
    office.server.clock.move(3600)
    settling = [verbs_of(office.server).call(SETTLE, Any, {"outcomes": [one]}) for one in (other, good)]
    _together(office, *settling)
    assert first_us is not None
    assert office.read(lambda tx: health(tx, hook))["failing_since_us"] != first_us


def _outcome(office: Office, hook: str, status: int) -> Outcome:
    """What became of a test event that is made for it."""
    office.write(lambda tx: actions_resending.send_test(tx, hook))
    row = office.read(lambda tx: deliveries(tx, hook))[-1]
    return Outcome(Leased(**{name: row[name] for name in Leased.__struct_fields__}), status, "")


def _together(office: Office, *works: Any) -> list[Any]:
    async def together() -> list[Any]:
        return list(await asyncio.gather(*works))

    return office.server.loop.run_until_complete(asyncio.wait_for(together(), 60))


def _at_once(office: Office, asked: Asked, at: Due, message: Message) -> tuple[Any, Answer]:
    """Fan-out keeps a message while somebody asks for something."""
    arguments = {"due": at, "up_to": at.cursor + 1, "messages": [message]}
    keeping = verbs_of(office.server).call(
        "webhooks.fanout.store_messages", Any, arguments, workspace_id=office.workspace_id
    )
    kept, answer = _together(office, keeping, office.server.ask_on_loop(*asked))
    return kept, answer
