"""How the web process tells the worker that something was changed: a line over its socket that is open all the time.

Each message says only "look"; the answer to the first one, and to one now and then, names the workspaces whose changes
are worth telling, so that commits of all others cost nothing here. While an answer is awaited, commits are gathered.
When the line breaks it is opened again; until then the worker looks by itself now and then.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import msgspec

from hourbook.worker.frames import Unreachable, connect, read_frame, write_frame

if TYPE_CHECKING:
    from hourbook.db.database import Database
    from hourbook.db.tx import Change

# "Look, and say whose changes are worth telling." A question of another kind is never empty.
LOOK = b""
# "Look; what was said holds." It is answered with nothing.
AGAIN = b"again"
# Something that decides what is worth telling is told wherever it is, and so is what an add-on is to be told itself.
ALWAYS = frozenset({"WEBHOOK", "ADDON"})
# Several servers share a database: another one may have made the first webhook of a workspace.
ASK_AGAIN_SECONDS = 5.0
AWAY_SECONDS = 0.5
# Between two messages, so that a busy server sends a few hundred a second at most.
GAP_SECONDS = 0.004

_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.Decoder(list[str]).decode


class Waker:
    """The web process's end; it hears of commits from `start` to `close`."""

    def __init__(self, path: Path, database: "Database") -> None:
        self._path = path
        self._database = database
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_told = False
        # Whether it is to be asked whose changes are worth telling, and when it was.
        self._asks = True
        self._asked_at = 0.0
        self.listening: frozenset[str] = frozenset()

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._database.after_commit.append(self._heard)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        self._database.after_commit.remove(self._heard)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _heard(self, changes: "Sequence[Change]") -> None:
        """On whatever thread committed."""
        if any(one.kind in ALWAYS for one in changes):
            self._asks = True
        elif self._is_told or not any(one.workspace_id in self.listening and one.event for one in changes):
            return
        self._is_told = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and so is the server
                self._loop.call_soon_threadsafe(self._changed.set)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(Unreachable, msgspec.DecodeError):
                await self._talk()
            await asyncio.sleep(AWAY_SECONDS)

    async def _talk(self) -> None:
        """One line, until it breaks."""
        reader, writer = await connect(self._path)
        self._asks = True
        with contextlib.closing(writer):
            while True:
                self._is_told = False
                asks = self._asks or monotonic() - self._asked_at >= ASK_AGAIN_SECONDS
                if asks:  # whoever sets it from here on is heard by this question, or asks the next one
                    self._asks = False
                await write_frame(writer, LOOK if asks else AGAIN)
                content = await read_frame(reader)
                if content is None:
                    return
                if asks:
                    self.listening, self._asked_at = frozenset(_decode(content)), monotonic()
                await asyncio.sleep(GAP_SECONDS)
                await self._wait()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), ASK_AGAIN_SECONDS)
        self._changed.clear()


class Look(Protocol):
    """What the worker does when it is told that something was changed. `is_asked`: and whose changes count."""

    def __call__(self, *, is_asked: bool) -> Awaitable[list[str]]: ...


async def answer_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, look: Look) -> None:
    """The worker's end, after the first message."""
    content: bytes | None = LOOK
    while content in (LOOK, AGAIN):
        found = await look(is_asked=content == LOOK)
        await write_frame(writer, _encode(found) if content == LOOK else b"")
        content = await read_frame(reader)
