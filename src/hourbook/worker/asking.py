"""The web process's end of the socket over which long reads reach the worker.

Each request has a connection of its own: whoever reads slowly slows only that one, and a client that
leaves closes it. Where no worker answers, or too many wait, the client is told to come back.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from hourbook.core.errors import TryLater
from hourbook.http.messages import Passed, Response
from hourbook.worker.frames import Unreachable, connect, read_frame, write_frame
from hourbook.worker.messages import AnswerHead, Question

AWAY_SECONDS = 2
# A worker that starts, or starts again, is there after a second or two.
ARRIVAL_SECONDS = 3.0
LOOK_AGAIN_SECONDS = 0.05
BUSY_SECONDS = 5


class WorkerDoor:
    """Passes requests on; `pass_on` is what the pipeline calls."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def pass_on(self, passed: Passed) -> Response:
        """The worker's answer, its content coming as it is read. TryLater when there is none to be had."""
        async with contextlib.AsyncExitStack() as opened:
            try:
                reader, writer = await _connect_soon(self._path)
                opened.callback(writer.close)
                is_of_nobody = passed.actor.id is None
                question = Question(passed.is_heavy, msgspec.Raw(msgspec.msgpack.encode(passed)), is_of_nobody)
                await write_frame(writer, msgspec.msgpack.encode(question))
                content = await read_frame(reader)
            except Unreachable:
                content = None
            if content is None:
                raise TryLater("The worker process is away at the moment.", retry_after_seconds=AWAY_SECONDS)
            head = msgspec.msgpack.decode(content, type=AnswerHead)
            if head.is_busy:
                raise TryLater("Too many long requests are waiting.", retry_after_seconds=BUSY_SECONDS)
            if head.length is None:
                return Response(head.status, None, head.headers, head.cookies)
            left = opened.pop_all()
        return Response(
            head.status, b"", head.headers, head.cookies, parts=_parts(reader, head.length, left), length=head.length
        )


async def _connect_soon(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the worker, which may just be starting; Unreachable when it does not come."""
    until = time.monotonic() + ARRIVAL_SECONDS
    while True:
        try:
            return await connect(path)
        except Unreachable:
            if time.monotonic() > until:
                raise
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _parts(
    reader: asyncio.StreamReader, length: int, opened: contextlib.AsyncExitStack
) -> AsyncGenerator[bytes, None]:
    """So many bytes, as they come; Unreachable when the worker dies before the last of them."""
    async with opened:
        while length > 0:
            part = await read_frame(reader)
            if part is None:
                raise Unreachable("the answer broke off")
            length -= len(part)
            yield part
