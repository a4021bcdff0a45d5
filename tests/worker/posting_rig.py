"""A deliverer in this process on a database of its own, and an office with webhooks that lead to this machine."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hourbook.core.types import Deployment
from hourbook.resources.webhooks import actions_resending
from hourbook.resources.webhooks.rules_deliveries import Room
from hourbook.settings import load_settings
from hourbook.worker.deliveries import Deliverer
from hourbook.worker.running import DirectVerbs, VerbRunner
from tests import webhook_deliveries
from tests.databases import fresh_database
from tests.harness import Office, Server
from tests.watching import AppLog

LOCAL = "127.0.0.0/8"


class Hooks:
    """Makes webhooks, asks for test events, and delivers what is due."""

    def __init__(self, office: Office, *, networks: str = LOCAL, **settings: str) -> None:
        self.office = office
        self.server = office.server
        given = {"HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": networks, **settings}
        self.settings = load_settings({}, given)
        pipeline = self.server.runtime.pipeline
        pipeline.deployment = Deployment(
            "https://time.example.org",
            True,
            webhook_networks=(LOCAL,),
            webhooks_per_user=200,
            webhooks_per_workspace=500,
        )
        runtime = self.server.runtime
        runner = VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=pipeline.deployment)
        self.verbs = DirectVerbs(runner)

    def make(self, url: str, **more: Any) -> dict[str, Any]:
        body = {"url": url, "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
        answer = self.office.owner.post("/webhooks", {**body, **more})
        assert answer.status == 201, answer
        made: dict[str, Any] = answer.body
        self.server.secrets += [made["authToken"], made["signingSecret"]]
        return made

    def test(self, webhook: dict[str, Any], times: int = 1) -> list[str]:
        """Queues test events; their ids."""
        return [self.office.write(lambda tx: actions_resending.send_test(tx, webhook["id"])) for _ in range(times)]

    def deliverer(self, verbs: Any = None, clock: Any = None) -> Deliverer:
        runtime = self.server.runtime
        return Deliverer(
            self.settings,
            verbs or self.verbs,
            secrets=lambda: runtime.secrets,
            clock=clock or self.server.clock,
            holder="here",
        )

    def deliver(self) -> None:
        """Everything that is due now, to the end."""

        async def all_of_it() -> None:
            deliverer = self.deliverer()
            while await deliverer.work() or deliverer.is_busy or await self._is_due():
                await asyncio.sleep(0.002)
            await deliverer.close()

        self.server.loop.run_until_complete(asyncio.wait_for(all_of_it(), 60))

    async def _is_due(self) -> bool:
        """A worker looks once a second by itself; here it looks until there is nothing."""
        room = Room(limit=1, each=1, failing_limit=1)
        return await self.verbs.call("webhooks.deliveries.is_due", bool, {"room": room})

    def deliveries(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.office.read(lambda tx: webhook_deliveries.deliveries(tx, webhook["id"]))
        return found

    def tries(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.office.read(lambda tx: webhook_deliveries.tries(tx, webhook["id"]))
        return found

    def health(self, webhook: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.office.read(lambda tx: webhook_deliveries.health(tx, webhook["id"]))
        return found

    def forget(self) -> None:
        """Nothing of this office is due any more."""
        found = self.office.owner.get("/webhooks")
        for webhook in found.body["webhooks"] if found.status == 200 else ():
            assert self.office.owner.delete(f"/webhooks/{webhook['id']}").status == 200


@contextlib.contextmanager
def posting_server(folder: Path, log: AppLog) -> Iterator[Server]:
    """A whole server on a database of its own: a deliverer takes whatever is due, wherever."""
    with fresh_database(folder) as url:
        server = Server(url, log)
        server.open()
        try:
            yield server
        finally:
            server.close()
