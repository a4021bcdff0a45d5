"""Workers of several servers that look for deliveries at the same moment: none is taken by two of them."""

import asyncio
import time
from typing import Any

import pytest

from hourbook.resources.webhooks import actions_resending, store_deliveries
from hourbook.resources.webhooks.rules_deliveries import Leased, Room
from tests.durability.test_races import Racers
from tests.fanouts import verbs_of
from tests.harness import Office

HOOK = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
}
LEASE = "webhooks.deliveries.lease_due"
WORKERS = 3
ROOM = Room(limit=64, each=4, failing_limit=64)


def test_no_delivery_is_taken_by_two_workers(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = store_deliveries.candidates

    def slowly(tx: Any, **more: Any) -> Any:
        found = candidates(tx, **more)
        time.sleep(0.3 if found else 0)
        return found

    racers = Racers(office)
    for hook in [racers.made("/webhooks", HOOK) for _ in range(3)]:
        for _ in range(6):
            office.write(lambda tx, hook=hook: actions_resending.send_test(tx, hook))
    monkeypatch.setattr(store_deliveries, "candidates", slowly)

    async def together() -> list[Leased]:
        verbs = verbs_of(office.server)
        work = [verbs.call(LEASE, Leased, {"room": ROOM, "holder": f"worker {n}"}) for n in range(WORKERS)]
        return list(await asyncio.gather(*work))

    found = office.server.loop.run_until_complete(asyncio.wait_for(together(), 60))
    taken = [one.id for leased in found for one in leased.deliveries]
    assert len(taken) >= 12
    assert len(taken) == len(set(taken))
