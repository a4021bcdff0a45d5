"""For tests of fan-out: webhooks made without the API, the worker's fan-out run here, and what came of it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.webhooks import webhook_cursors, webhook_deliveries, webhook_messages
from hourbook.resources.webhooks import actions
from hourbook.resources.webhooks.rules import Source, Webhook, encode_sources
from hourbook.resources.webhooks.rules_fanout import Due
from hourbook.worker.fanout import Fanout
from hourbook.worker.running import DirectVerbs, VerbRunner
from tests.harness import Office, Server

_m, _d, _c = webhook_messages.c, webhook_deliveries.c, webhook_cursors.c
MESSAGES = Statement(
    sa.select(_m.revision, _m.part, _m.event, _m.body, _d.webhook_id, _d.state)
    .join(
        webhook_deliveries,
        sa.and_(_d.workspace_id == _m.workspace_id, _d.revision == _m.revision, _d.part == _m.part),
    )
    .where(_m.workspace_id == bind("workspace_id"), AnyOf(_d.webhook_id, "ids"))
    .order_by(_m.revision, _m.part, _d.webhook_id)
)
CURSOR = Statement(sa.select(_c.revision, _c.erasures).where(_c.workspace_id == bind("workspace_id")))


@dataclass(frozen=True)
class Sent:
    """A delivery as fan-out made it."""

    revision: int
    part: int
    event: str
    body: Any
    webhook_id: str
    state: str


def verbs_of(server: Server) -> DirectVerbs:
    runtime = server.runtime
    return DirectVerbs(VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=runtime.pipeline.deployment))


def fanout_of(server: Server) -> Fanout:
    return Fanout(verbs_of(server), lambda: server.runtime)


def tell(office: Office, fanout: Fanout | None = None) -> None:
    """Runs the fan-out until there is nothing to tell."""

    async def work() -> None:
        found = fanout or fanout_of(office.server)
        while await found.work():
            pass

    office.server.loop.run_until_complete(asyncio.wait_for(work(), 60))


def hook(
    office: Office,
    event: str,
    source: Source = Source.WORKSPACE_ID,
    *ids: str,
    by: str | None = None,
    addon_id: str | None = None,
) -> str:
    """A webhook of the owner's, or of somebody's; its id."""
    webhook = Webhook(
        workspace_id=office.workspace_id,
        id=office.server.ids.new_id(),
        user_id=by or office.owner.id,
        addon_id=addon_id,
        name="Test",
        url="https://example.com/hook",
        event=event,
        source_type=source.value,
        source_ids=encode_sources(ids),
        enabled=True,
        delivery_enabled=True,
        auth_token=b"",
        signing_secret=b"",
    )
    office.write(lambda tx: actions.add(tx, webhook, after_revision=tx.hold_revision()))
    return webhook.id


def sent(office: Office, *webhook_ids: str) -> list[Sent]:
    """What these webhooks are going to get, in order."""
    rows = office.read(lambda tx: tx.rows(MESSAGES, ids=list(webhook_ids)))
    return [
        Sent(revision, part, event, msgspec.json.decode(body), webhook_id, state)
        for revision, part, event, body, webhook_id, state in rows
    ]


def told(office: Office, *webhook_ids: str) -> list[Sent]:
    """The same, after everything was told."""
    tell(office)
    return sent(office, *webhook_ids)


def cursor(office: Office) -> int | None:
    found = office.read(lambda tx: tx.one(CURSOR))
    return found[0] if found else None


def due(office: Office) -> Due:
    """Where fan-out is in this workspace."""
    at, erasures = office.read(lambda tx: tx.one(CURSOR))
    return Due(office.workspace_id, at, at, erasures)
