"""The newest changes of workspaces that somebody listens to, read once for all who do.

A listener says which revision it has and gets what came after it, so nobody is ever sent anything twice or not at
all: a wake-up is only a hint to look. What was read last is kept, so many changes and bytes for each workspace and so
many bytes in all, for as long as anybody listens there. What a change looks like and who may hear of it is the
reader's matter.
"""

import asyncio
import contextlib
import threading
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa

from hourbook.db.changes import Change
from hourbook.db.database import Database
from hourbook.db.engine import AnyOf
from hourbook.db.signals import Signals
from hourbook.db.statement import Statement
from hourbook.db.tables.journal import workspace_revisions
from hourbook.db.tx import ReadTx

KEPT_LIMIT = 500
# Of a workspace, of all of them, and of what a listener is given at once: a bulk change names up to a thousand things.
KEPT_BYTES = 2_000_000
KEPT_BYTES_IN_ALL = 16_000_000
PORTION = 200
PORTION_BYTES = 1_000_000
# How often other servers' changes are looked for besides what they say.
LOOK_SECONDS = 5.0

_r = workspace_revisions.c
REVISIONS = Statement(
    sa.select(_r.workspace_id, _r.revision).where(AnyOf(_r.workspace_id, "workspace_ids")).order_by(_r.workspace_id)
)


class Item(Protocol):
    """A change of one revision. `weight`: about how many bytes it holds."""

    revision: int

    @property
    def weight(self) -> int: ...


Read = Callable[[int, int], Awaitable[Sequence[Any]]]
"""What changed after a revision, at most so many, oldest first."""


class Room:
    """What all feeds of a process may keep together. Who was filled longest ago makes way."""

    def __init__(self, limit: int = KEPT_BYTES_IN_ALL) -> None:
        self._limit = limit
        self._feeds: OrderedDict[Feed, int] = OrderedDict()
        self.weight = 0

    def note(self, feed: "Feed", weight: int) -> None:
        """Says how much a feed keeps now; 0 when it keeps nothing any more."""
        self.weight += weight - self._feeds.pop(feed, 0)
        if weight:
            self._feeds[feed] = weight
        while self.weight > self._limit and len(self._feeds) > 1:
            next(iter(self._feeds)).clear()


class Feed:
    """A workspace with listeners. `known`: the newest revision that is known of here."""

    def __init__(self, room: Room | None = None) -> None:
        self.known = 0
        self.listeners: set[asyncio.Event] = set()
        self._room = room or Room()
        self._kept: deque[Any] = deque()
        self._weight = 0
        # Behind which revision what is kept begins.
        self._begins = 0
        self._reading = asyncio.Lock()

    def wake(self) -> None:
        for listener in self.listeners:
            listener.set()

    async def after(self, revision: int, read: Read) -> Sequence[Any]:
        """What came after a revision, a portion of it; read once when several ask at the same time."""
        found = self._from_kept(revision)
        if found is not None:
            return found
        if self._kept and revision < self._begins:
            return self._portion(await read(revision, PORTION))  # somebody who was away for long catches up
        async with self._reading:
            if (found := self._from_kept(revision)) is not None:
                return found
            read_now = await read(revision, PORTION)
            self._keep(revision, read_now)
            return self._portion(read_now)

    def clear(self) -> None:
        """Keeps nothing any more; who asks next reads anew."""
        self._kept.clear()
        self._weight = 0
        self._room.note(self, 0)

    def _from_kept(self, revision: int) -> Sequence[Any] | None:
        """None when it has to be read."""
        if not self._kept or revision < self._begins or revision >= self._kept[-1].revision:
            return None
        place = bisect_right(self._kept, revision, key=_revision_of)
        return self._portion(islice(self._kept, place, place + PORTION))

    def _portion(self, items: Iterable[Any]) -> Sequence[Any]:
        """As many as may be told at once, one at least; what is left is known of (`known`)."""
        found: list[Any] = []
        weight = 0
        for one in items:
            weight += one.weight
            if found and weight > PORTION_BYTES:
                break
            found.append(one)
        return found

    def _keep(self, after: int, found: Sequence[Any]) -> None:
        if not found:
            return
        if self._kept and self._kept[-1].revision != after:
            self.clear()
        for one in found:
            self._kept.append(one)
            self._weight += one.weight
        self.known = max(self.known, self._kept[-1].revision)
        # The newest is kept whatever it weighs: everybody who listens is about to ask for it.
        while len(self._kept) > KEPT_LIMIT or (self._weight > KEPT_BYTES and len(self._kept) > 1):
            self._weight -= self._kept.popleft().weight
        self._begins = self._kept[0].revision - 1
        self._room.note(self, self._weight)


def read_revisions(tx: ReadTx, workspace_ids: Sequence[str]) -> list[tuple[str, int]]:
    """How far workspaces are."""
    return tx.rows(REVISIONS, workspace_ids=workspace_ids)


def _revision_of(item: Item) -> int:
    return item.revision


class Hub:
    """Wakes listeners when their workspace was changed, here or by another server. For one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._feeds: dict[str, Feed] = {}
        self._room = Room()
        self._signals = Signals(database.engine, self._heard)
        self._loop: asyncio.AbstractEventLoop | None = None
        # What is about to be woken for: noted on any thread, taken on the loop.
        self._changed: set[str] = set()
        self._is_waking = False
        self._noting = threading.Lock()
        self._has_others = False
        database.after_commit.append(self._committed)

    def start(self) -> None:
        """Says and hears what other servers change; without this only what is changed here is heard of at once."""
        self._loop = asyncio.get_running_loop()
        self._has_others = not self._database.engine.one_writer
        self._signals.start()

    def close(self) -> None:
        self._database.after_commit.remove(self._committed)
        self._signals.close()

    @property
    def workspace_ids(self) -> list[str]:
        """Where somebody listens."""
        return sorted(self._feeds)

    @contextlib.contextmanager
    def listening(self, workspace_id: str, listener: asyncio.Event) -> Any:
        """The workspace's feed; the listener is set when there may be something new."""
        self._loop = asyncio.get_running_loop()
        feed = self._feeds.get(workspace_id)
        if feed is None:
            feed = self._feeds[workspace_id] = Feed(self._room)
        feed.listeners.add(listener)
        try:
            yield feed
        finally:
            feed.listeners.discard(listener)
            if not feed.listeners:
                self._feeds.pop(workspace_id, None)
                feed.clear()

    def wake_behind(self, revisions: Iterable[tuple[str, int]]) -> None:
        """Wakes those whose workspace is further than is known here: signals may be lost. On the loop alone."""
        for workspace_id, revision in revisions:
            feed = self._feeds.get(workspace_id)
            if feed is not None and revision > feed.known:
                feed.known = revision
                feed.wake()

    def call(self, work: Callable[[], None]) -> None:
        """Runs something on the loop of the listeners, from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and everybody with it
                self._loop.call_soon_threadsafe(work)

    def _committed(self, changes: Sequence[Change]) -> None:
        """On whatever thread committed."""
        ids = {change.workspace_id for change in changes if change.workspace_id}
        if self._has_others:
            self._signals.say(ids)
        self._heard(ids)

    def _heard(self, workspace_ids: Iterable[str]) -> None:
        mine = [one for one in workspace_ids if one in self._feeds]
        if not mine:
            return
        with self._noting:
            self._changed.update(mine)
            is_first, self._is_waking = not self._is_waking, True
        if is_first:
            self.call(self._wake)

    def _wake(self) -> None:
        with self._noting:
            self._is_waking = False
            changed, self._changed = self._changed, set()
        for workspace_id in changed:
            feed = self._feeds.get(workspace_id)
            if feed is not None:
                feed.wake()
