"""Turns the journal into messages of webhooks: at once when something was changed, and looking by itself each second.

Reading and rendering happen here, in one snapshot and off the loop; what comes of them is kept by a verb that also
moves the workspace's cursor, so a worker that is killed repeats nothing that was kept. What can be sent at once comes
back under a lease and goes straight to the deliveries. What is told to whom decide the actions of webhooks. Each
workspace is worked on by itself, so that a long list of one holds no other. A server without webhooks is asked one
small question a second.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import structlog

from hourbook.resources.webhooks.rules_deliveries import Content, Leased, Room
from hourbook.resources.webhooks.rules_fanout import WORKSPACES_LIMIT, Due, Kept, Message, Portion, Told
from hourbook.worker.verbs import Verbs

if TYPE_CHECKING:
    from hourbook.db.tx import ReadTx
    from hourbook.journal.bulk import BulkRows
    from hourbook.main import Runtime
    from hourbook.worker.deliveries import Deliverer

T = TypeVar("T")
Made = tuple[Portion, list[Message], list[tuple[Told, Exception]]]
"""What there is to tell, how it reads, and what cannot be told."""
log = structlog.get_logger("hourbook.worker")
REQUEST_ID = "fan-out"
# One verb's worth: well below the limit of a frame, and a short turn of the one writer.
MESSAGES_AT_ONCE = 100
DELIVERIES_AT_ONCE = 300
BYTES_AT_ONCE = 1_000_000
# Workspaces that are worked on at the same time; each has a portion of its messages in memory.
WORKSPACES_AT_ONCE = 16
# Where nothing was told, the stored cursor follows after so many revisions or seconds.
LAG_REVISIONS = 1000
LAG_SECONDS = 30.0
# A backlog is worked off no faster than deliveries are sent anyway, for the processor and the one writer are others'
# as well. What comes after a quiet time is told at once, up to so many seconds' worth.
DELIVERIES_A_SECOND = 500.0
BURST_SECONDS = 0.5


class Fanout:
    """`work` does what there is to do and says whether there was anything. `told`: called when deliveries wait.

    `woken`: set when there may be something to do, so that a long list elsewhere is not waited for. `deliverer`: who
    sends what need not wait; without one everything waits until somebody looks.
    """

    def __init__(
        self,
        verbs: Verbs,
        runtime: "Callable[[], Runtime]",
        *,
        told: Callable[[], None] = lambda: None,
        woken: asyncio.Event | None = None,
        deliverer: "Deliverer | None" = None,
    ) -> None:
        self._verbs = verbs
        self._runtime = runtime
        self._deliverer = deliverer
        self._told = told
        self._woken = woken or asyncio.Event()
        # Read up to here without having to tell anything; lost with the process, and read again then.
        self._silent: dict[str, tuple[int, float]] = {}
        self._loading: asyncio.Task[None] | None = None
        self._built: Runtime | None = None
        self._busy_until = 0.0
        self._at_work: dict[str, asyncio.Task[bool]] = {}
        self._reading = asyncio.Semaphore(1)
        # What was unpacked of rows about many things, until there is nothing more to do, and what went before it by
        # workspace: somebody may have been erased since.
        self._bulks: BulkRows | None = None
        self._erasures: dict[str, int] = {}

    async def work(self) -> bool:
        """Until the first workspace is done or somebody wakes; the others are worked on meanwhile."""
        found = await self._due()
        for due in found[: WORKSPACES_AT_ONCE - len(self._at_work)]:
            self._at_work[due.workspace_id] = asyncio.create_task(self._work_on(due))
        if not self._at_work:
            self._bulks = None
            self._erasures.clear()
            return False
        waking = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait({waking, *self._at_work.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
        done = {one: task for one, task in self._at_work.items() if task.done()}
        for workspace_id in done:
            del self._at_work[workspace_id]
        results = await asyncio.gather(*done.values(), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return any(results) or bool(self._at_work)

    async def close(self) -> None:
        """Drops what is under way: the cursors say what is to be done again."""
        for task in self._at_work.values():
            task.cancel()
        await asyncio.gather(*self._at_work.values(), return_exceptions=True)
        self._at_work.clear()

    async def _due(self) -> list[Due]:
        """Those nobody works on, of all pages of the list: many may have nothing to tell for the moment."""
        found: list[Due] = []
        behind: dict[str, str] = {}
        while page := await self._page(behind):
            found += [due for due in page if due.workspace_id not in self._at_work and not self._is_silent(due)]
            behind = {"behind": page[-1].workspace_id}
            if len(page) < WORKSPACES_LIMIT or len(found) >= WORKSPACES_AT_ONCE:
                break
        return found

    async def _page(self, behind: dict[str, str]) -> list[Due]:
        """Asked where it is written until somebody was told something; from then on it is read here."""
        if self._built is None:
            return await self._verbs.call("webhooks.fanout.list_due", list[Due], behind)
        from hourbook.resources.webhooks import actions_fanout

        return await self._reads("", lambda tx: actions_fanout.list_due(tx, **behind))

    async def _reads(self, workspace_id: str, work: "Callable[[ReadTx], T]") -> T:
        """In one snapshot, off the loop."""
        if self._built is None:
            self._built = await asyncio.to_thread(self._runtime)
        runtime = self._built
        from hourbook.access.actors import SYSTEM
        from hourbook.core.types import Origin
        from hourbook.db.tx import Facts

        facts = Facts(
            SYSTEM, runtime.clock.now_us(), REQUEST_ID, runtime.ids.new_id, Origin.JOB, runtime.pipeline.deployment
        )
        return await runtime.database.read(facts, workspace_id, work, is_long=True)

    def _is_silent(self, due: Due) -> bool:
        """Whether all there is was read, and had nothing to tell."""
        after, since = self._silent.get(due.workspace_id, (due.cursor, time.monotonic()))
        return max(after, due.cursor) >= due.revision and time.monotonic() - since < LAG_SECONDS

    async def listening(self) -> list[str]:
        """The workspaces whose changes somebody may want to hear of. With the first, what is needed is loaded."""
        found = await self._verbs.call("webhooks.fanout.list_listening", list[str])
        if found and self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_load, self._runtime))
        return found

    async def _work_on(self, due: Due) -> bool:
        after, since = self._silent.get(due.workspace_id, (due.cursor, time.monotonic()))
        after = max(after, due.cursor)
        made = await self._read(due, after)
        portion, messages, spoiled = made
        if not portion.has_listeners:
            self._silent.pop(due.workspace_id, None)
            await self._verbs.call("webhooks.fanout.end", bool, {"due": due}, workspace_id=due.workspace_id)
            return False
        is_late = portion.up_to - due.cursor >= LAG_REVISIONS or time.monotonic() - since >= LAG_SECONDS
        if not messages and not spoiled and not is_late and portion.stopped_at is None:
            self._silent[due.workspace_id] = portion.up_to, since
            return portion.up_to < due.revision
        self._silent.pop(due.workspace_id, None)
        while (is_ours := await self._keep(due, made)) and made[0].stopped_at is not None:
            made = await self._read(due, after, made[0].stopped_at)
        return not is_ours or made[0].up_to < due.revision

    async def _read(self, due: Due, after: int, behind: tuple[int, int] | None = None) -> Made:
        """One at a time, for the processor is others' as well."""
        async with self._reading:
            return await self._read_now(due, after, behind)

    async def _read_now(self, due: Due, after: int, behind: tuple[int, int] | None) -> Made:
        def read(tx: "ReadTx") -> Made:
            from hourbook.journal.bulk import BulkRows
            from hourbook.resources.webhooks import actions_fanout
            from hourbook.resources.webhooks.wire_payloads import messages

            if self._erasures.setdefault(due.workspace_id, due.erasures) != due.erasures:
                self._bulks, self._erasures = None, {due.workspace_id: due.erasures}
            self._bulks = bulks = self._bulks or BulkRows()
            portion = actions_fanout.read(tx, due.cursor, after, behind=behind, bulks=bulks)
            return portion, *messages(portion.told)

        return await self._reads(due.workspace_id, read)

    async def _keep(self, due: Due, made: Made) -> bool:
        """In bites; the last one of the range moves the cursor. False when it was moved, or somebody was erased."""
        portion, messages, spoiled = made
        bites = list(_bites(messages))
        if not bites and portion.stopped_at is None:
            bites = [[]]
        for number, bite in enumerate(bites, 1):
            is_last = number == len(bites) and portion.stopped_at is None
            up_to = portion.up_to if is_last else due.cursor
            kept = await self._kept(due, up_to, bite)
            if not kept.is_ours:
                log.info("changes are looked at anew", workspace=due.workspace_id, revision=portion.up_to)
                return False
            if kept.has_more:
                self._told()
            if bite:
                await self._pace(sum(len(message.webhook_ids) for message in bite))
        for one, error in spoiled:
            place = {"workspace": due.workspace_id, "revision": one.revision, "part": one.part}
            log.error("an event cannot be told and was passed over", event_name=one.event, exc_info=error, **place)
        return True

    async def _kept(self, due: Due, up_to: int, bite: list[Message]) -> Kept:
        """One transaction, and what need not wait is on its way."""
        with contextlib.ExitStack() as stack:
            room: Room | None = None
            holder = ""
            if self._deliverer is not None and bite:
                room, holder = stack.enter_context(self._deliverer.offered()), self._deliverer.holder
            arguments = {"due": due, "up_to": up_to, "messages": bite, "room": room, "holder": holder}
            kept = await self._verbs.call(
                "webhooks.fanout.store_messages", Kept, arguments, workspace_id=due.workspace_id
            )
            if self._deliverer is not None and kept.deliveries:
                await self._deliverer.begin(Leased(kept.deliveries, kept.receivers, _contents(due.workspace_id, bite)))
        return kept

    async def _pace(self, count: int) -> None:
        now = time.monotonic()
        self._busy_until = max(self._busy_until, now - BURST_SECONDS) + count / DELIVERIES_A_SECOND
        if self._busy_until > now:
            await asyncio.sleep(self._busy_until - now)


def _contents(workspace_id: str, messages: list[Message]) -> list[Content]:
    return [Content(workspace_id, one.revision, one.part, one.event, one.body.decode()) for one in messages]


def _load(runtime: "Callable[[], Runtime]") -> None:
    """What the first event would wait for."""
    from hourbook.resources.webhooks import wire_payloads
    from hourbook.worker import connecting

    runtime()
    log.debug("ready to tell of changes", families=len(wire_payloads.BODIES), by=connecting.__name__)


def _bites(messages: list[Message]) -> Iterator[list[Message]]:
    bite: list[Message] = []
    size = deliveries = 0
    for message in messages:
        size += len(message.body)
        deliveries += len(message.webhook_ids)
        if bite and (len(bite) >= MESSAGES_AT_ONCE or deliveries > DELIVERIES_AT_ONCE or size > BYTES_AT_ONCE):
            yield bite
            bite, size, deliveries = [], len(message.body), len(message.webhook_ids)
        bite.append(message)
    if bite:
        yield bite
