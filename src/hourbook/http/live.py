"""Answers that go on: server-sent events of what changes in a workspace, for as long as somebody may hear of it.

A stream knows the revision it has sent and asks for what came after it when it is woken, so a slow reader costs
nothing but a place: nothing is put aside for it, and one that takes nothing for too long is cut off. Who asks is
found out again before each portion and with each heartbeat; where that fails, the stream ends. How many there may be
is limited, for each credential and in all.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from typing import Any

import structlog

from hourbook.access.actors import ACCESS_KINDS, Actor
from hourbook.core.errors import DomainError, TooManyStreams, TryLater
from hourbook.db.database import Database
from hourbook.db.tx import Change, Facts
from hourbook.http.askers import Askers
from hourbook.http.messages import Request, Response
from hourbook.http.operation import LiveStream
from hourbook.journal.live import LOOK_SECONDS, PORTION, Feed, Hub, read_revisions

log = structlog.get_logger("hourbook.http")
# Heartbeats and looks at the counters are counted in these.
TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15
# Whoever takes nothing for so long is cut off.
STALL_SECONDS = 30.0
RETRY_MILLISECONDS = 2000
PER_CREDENTIAL, IN_ALL = 20, 2000
# What a change of may end somebody's stream or narrow it down, at once; everything else is noticed with the next
# portion or heartbeat.
_ENDS = frozenset({"API_KEY", "SESSION", "USER", "MEMBER", "ROLE"})
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    # nginx would gather a stream otherwise.
    "X-Accel-Buffering": "no",
}

Make = Callable[[], Facts]


class Stream:
    """One of them, read bit by bit. It ends by itself or with `end`."""

    def __init__(
        self, streams: "Streams", request: Request, *, actor: Actor, workspace_id: str, live: LiveStream
    ) -> None:
        self._streams = streams
        self._request = request
        self.actor = actor
        self.credential_id = actor.credential_id
        self._workspace_id = workspace_id
        self._live = live
        self._position = self._told = live.since
        self._is_first = True
        self.is_over = False
        self.beats_at = 0
        self.woken = asyncio.Event()
        self._left = contextlib.ExitStack()
        self._feed: Feed = self._left.enter_context(streams.hub.listening(workspace_id, self.woken))
        self.woken.set()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> bytes:
        while not self.is_over:
            await self.woken.wait()
            self.woken.clear()
            if content := await self._next():
                return content
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._left.close()
        self._streams.forget(self)

    def end(self) -> None:
        self.is_over = True
        self.woken.set()

    async def _next(self) -> bytes:
        """What there is to say: changes, or that the line is still there. Empty when nothing."""
        if self.is_over:
            return b""
        before = self.actor
        try:
            found = await self._feed.after(self._position, self._read)
            # After reading: what was done after somebody lost a right is never told by that right.
            _, self.actor = await self._streams.askers.find(self._request, self._workspace_id)
            self.actor.check(self._request.operation.action)
        except DomainError as error:
            self.is_over = True
            # Where the database is away, the client comes back.
            return b"" if isinstance(error, TryLater) else b"event: closed\ndata: {}\n\n"
        except Exception:
            # Said here, and ended like one whose database is away: nobody behind a stream could say it better.
            log.exception("a stream was ended", workspace=self._workspace_id, revision=self._position)
            self.is_over = True
            return b""
        content = b"" if _roles(before) == _roles(self.actor) else b"event: rights\ndata: {}\n\n"
        content += self._told_of(found)
        if self._is_first:
            self._is_first = False
            content = b"retry: %d\nid: %b\n\n" % (RETRY_MILLISECONDS, self._id(self._live.since)) + content
        elif not content and self._streams.turn >= self.beats_at:
            content = self._beat()
        if content:
            self.beats_at = self._streams.turn + HEARTBEAT_SECONDS
        return content

    def _told_of(self, found: Sequence[Any]) -> bytes:
        if not found:
            return b""
        self._position = found[-1].revision
        if len(found) == PORTION or self._position < self._feed.known:
            self.woken.set()  # there is more
        heard = self._live.heard(self.actor, found)
        if not heard:
            return b""
        self._told = heard[-1].revision
        return self._live.lines(self._workspace_id, heard)

    def _beat(self) -> bytes:
        """A comment keeps the line open. What was withheld is passed over: the id alone says how far we are."""
        if self._told < self._position:
            self._told = self._position
            return b"id: %b\n\n" % self._id(self._position)
        return b":\n\n"

    def _id(self, revision: int) -> bytes:
        return b"%b.%d" % (self._workspace_id.encode(), revision)

    async def _read(self, after: int, limit: int) -> Sequence[Any]:
        found: Sequence[Any] = await self._streams.read(
            self._workspace_id, lambda tx: self._live.read(tx, after, limit)
        )
        if any(one.kind in ACCESS_KINDS for one in found):
            # It may be another server's change: who asks is found out anew before anything after it is told.
            self._streams.askers.forget()
        return found


def _roles(actor: Actor) -> object:
    return actor.roles, actor.managed_project_ids, actor.managed_user_ids


class Streams:
    """All streams of this process."""

    def __init__(self, database: Database, askers: Askers, make_facts: Make) -> None:
        self._database = database
        self.askers = askers
        self.hub = Hub(database)
        self._make_facts = make_facts
        self._open: set[Stream] = set()
        self._counts: Counter[str] = Counter()
        self._ticking: asyncio.Task[None] | None = None
        self.per_credential, self.in_all = PER_CREDENTIAL, IN_ALL
        self.is_draining: Callable[[], bool] = lambda: False
        # Counts ticks.
        self.turn = 0
        database.after_commit.append(self._committed)

    @property
    def count(self) -> int:
        return len(self._open)

    def open(self, request: Request, actor: Actor, *, workspace_id: str, live: LiveStream) -> Response:
        """The answer; TooManyStreams when there are too many."""
        if self._counts[actor.credential_id] >= self.per_credential:
            raise TooManyStreams(self.per_credential)
        if len(self._open) >= self.in_all:
            raise TooManyStreams(self.in_all)
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
        stream = Stream(self, request, actor=actor, workspace_id=workspace_id, live=live)
        self._open.add(stream)
        self._counts[actor.credential_id] += 1
        return Response(200, b"", dict(_HEADERS), parts=stream, length=None)

    def forget(self, stream: Stream) -> None:
        if stream in self._open:
            self._open.remove(stream)
            self._counts[stream.credential_id] -= 1
            if not self._counts[stream.credential_id]:
                del self._counts[stream.credential_id]
        if not self._open and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    async def read(self, workspace_id: str, work: Callable[[Any], Any]) -> Any:
        return await self._database.read(self._make_facts(), workspace_id, work, is_long=True)

    def end_all(self) -> None:
        for stream in self._open:
            stream.end()

    async def _tick(self) -> None:
        """Runs while there are streams, whatever goes wrong in a turn: without heartbeats none of them would go on."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._take_turn()
            except DomainError:  # the database is away; it is asked again
                continue
            except Exception:
                log.exception("a turn of the streams failed")

    async def _take_turn(self) -> None:
        """Heartbeats, and the end of all streams when the server begins to stop."""
        self.turn += 1
        if self.is_draining():
            self.end_all()
        for stream in self._open:
            if self.turn >= stream.beats_at:
                stream.woken.set()
        if not self._database.engine.one_writer and self.turn % LOOK_SECONDS == 0:
            await self._look()

    async def _look(self) -> None:
        """Only the reading is another thread's: listeners come, go and are woken on this loop."""
        ids = self.hub.workspace_ids
        self.hub.wake_behind(await self.read("", lambda tx: read_revisions(tx, ids)))

    def _committed(self, changes: Sequence[Change]) -> None:
        """On whatever thread committed: whose credential or membership was changed is asked again at once."""
        if not self._open:
            return
        about = [change for change in changes if change.kind in _ENDS]
        people = {one for change in about for one in (change.subject_user_id, change.entity_id)}
        for stream in list(self._open) if people else ():
            if stream.actor.id in people:
                self.hub.call(stream.woken.set)


Scope = MutableMapping[str, Any]


async def send_stream(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    stream: Stream,
    *,
    until_gone: Coroutine[Any, Any, None],
    scope: Scope,
) -> None:
    """Sends until the stream ends or the client leaves. One that takes nothing is cut off, with what waits for it."""
    gone = asyncio.ensure_future(until_gone)
    gone.add_done_callback(lambda _: stream.end())
    try:
        async with contextlib.aclosing(stream):
            await _send_all(send, stream)
    except TimeoutError:
        abort = scope.get("extensions", {}).get("hourbook.abort")
        if abort is None:
            raise
        abort()
    finally:
        gone.cancel()


async def _send_all(send: Callable[[MutableMapping[str, Any]], Awaitable[None]], stream: Stream) -> None:
    async for content in stream:
        async with asyncio.timeout(STALL_SECONDS):
            await send({"type": "http.response.body", "body": content, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
