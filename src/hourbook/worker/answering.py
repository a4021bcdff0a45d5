"""The worker's end of the socket over which long reads come: a bounded number at a time, the rest wait.

Those that take long (whole files) wait in a line of their own, so that they never hold up the others.
What belongs to answering them (the database, every slice) is loaded when the first one comes, for
an idle worker should be small. An answer is made whole, then sent in portions as fast as it is read;
whoever reads slowly is in no line any more.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from hourbook.worker.frames import Unreachable, listen, read_frame, write_frame
from hourbook.worker.messages import AnswerHead, Question
from hourbook.worker.waking import LOOK, Look, answer_line

if TYPE_CHECKING:
    from hourbook.http.messages import Passed, Response
    from hourbook.http.pipeline import Pipeline

log = structlog.get_logger("hourbook.worker")
AT_ONCE = 2
WAITING_LIMIT = 32
HEAVY_AT_ONCE = 1
HEAVY_WAITING_LIMIT = 8
# The part of a line, and of what is being sent, that askers may take who said not who they are: one share in so many.
SHARE_OF_NOBODY = 3
# Of answers that are made and not read yet: their number, and what of them is in memory.
SENDING_LIMIT = 64
SENDING_LIMIT_BYTES = 128 * 1024 * 1024
PORTION_BYTES = 256 * 1024
# Whoever takes nothing for so long is gone.
STALL_SECONDS = 120.0


class Lane:
    """A line: so many are answered at a time, so many wait. A link that goes round must not take all of it."""

    def __init__(self, at_once: int, waiting_limit: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._limit = at_once + waiting_limit
        self._count = 0
        self._count_of_nobody = 0

    def is_full(self, *, for_nobody: bool = False) -> bool:
        """`for_nobody`: for an asker who said not who they are."""
        return self._count >= self._limit or (for_nobody and self._count_of_nobody >= self._limit // SHARE_OF_NOBODY)

    @contextlib.asynccontextmanager
    async def place(self, *, for_nobody: bool = False) -> AsyncIterator[None]:
        """Waits for its turn; in the line until the block ends."""
        self._count += 1
        self._count_of_nobody += for_nobody
        try:
            async with self._places:
                yield
        finally:
            self._count -= 1
            self._count_of_nobody -= for_nobody


class AnswerServer:
    """Listens for requests, from `start` to `close`. `pipeline` makes the pipeline when it is first needed."""

    def __init__(self, path: Path, pipeline: "Callable[[], Pipeline]", *, look: Look | None = None) -> None:
        """`look`: what is done when the web process says that something was changed."""
        self._path = path
        self._pipeline = pipeline
        self._look = look
        self._server: asyncio.Server | None = None
        self._quick = Lane(AT_ONCE, WAITING_LIMIT)
        self._heavy = Lane(HEAVY_AT_ONCE, HEAVY_WAITING_LIMIT)
        self._sending_count = 0
        self._sending_bytes = 0
        self._sending_to_nobody = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=listen(self._path))

    async def close(self, *, within_seconds: float) -> None:
        """Accepts no more, waits for what is under way."""
        if self._server is None:
            return
        self._server.close()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within_seconds)
        for task in self._under_way:
            task.cancel()
        if self._under_way:  # what they hold open is closed when they have heard of it
            await asyncio.wait(self._under_way, timeout=1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            content = await read_frame(reader)
            if content == LOOK and self._look is not None:
                await answer_line(reader, writer, self._look)
            elif content is not None:
                await self._answer(msgspec.msgpack.decode(content, type=Question), writer)
        except TimeoutError:
            # Closing would wait for what it never reads.
            writer.transport.abort()
        except (Unreachable, msgspec.DecodeError, asyncio.CancelledError):
            # Whoever asked is gone, or this process is about to be.
            return
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, question: Question, writer: asyncio.StreamWriter) -> None:
        lane = self._heavy if question.is_heavy else self._quick
        nobody = question.is_of_nobody
        if lane.is_full(for_nobody=nobody) or self._sends_enough(for_nobody=nobody):
            await write_frame(writer, msgspec.msgpack.encode(AnswerHead(is_busy=True)))
            return
        async with lane.place(for_nobody=nobody):
            pipeline = await asyncio.to_thread(self._pipeline)
            response = await _run(pipeline, _passed(question.passed))
        with self._sending(response, to_nobody=nobody):
            await _send(writer, response)

    def _sends_enough(self, *, for_nobody: bool) -> bool:
        return (
            self._sending_count >= SENDING_LIMIT
            or self._sending_bytes >= SENDING_LIMIT_BYTES
            or (for_nobody and self._sending_to_nobody >= SENDING_LIMIT // SHARE_OF_NOBODY)
        )

    @contextlib.contextmanager
    def _sending(self, response: "Response", *, to_nobody: bool) -> Iterator[None]:
        in_memory = len(response.content or b"")
        self._sending_count += 1
        self._sending_bytes += in_memory
        self._sending_to_nobody += to_nobody
        try:
            yield
        finally:
            self._sending_count -= 1
            self._sending_bytes -= in_memory
            self._sending_to_nobody -= to_nobody


async def _send(writer: asyncio.StreamWriter, response: "Response") -> None:
    """Head and content. TimeoutError when the other side takes nothing for too long."""
    body, parts = response.content, response.parts
    async with contextlib.AsyncExitStack() as opened:
        length = None if body is None else len(body)
        if parts is not None:
            length = response.length
            opened.push_async_callback(parts.aclose)
        head = AnswerHead(response.status, response.headers, response.cookies, length)
        await _write(writer, msgspec.msgpack.encode(head))
        async for part in _portions(body or b"") if parts is None else parts:
            await _write(writer, part)


async def _write(writer: asyncio.StreamWriter, content: bytes) -> None:
    async with asyncio.timeout(STALL_SECONDS):
        await write_frame(writer, content)


async def _portions(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), PORTION_BYTES):
        yield body[start : start + PORTION_BYTES]


async def _run(pipeline: "Pipeline", passed: "Passed") -> "Response":
    """The answer, which is an honest 500 where there is a bug."""
    from hourbook.http import problems
    from hourbook.http.messages import problem_response

    try:
        return await pipeline.run_passed(passed)
    except Exception:
        log.exception("request failed", request_id=passed.request_id, operation=passed.operation)
        return problem_response(problems.SERVER_ERROR)


def _passed(content: msgspec.Raw) -> "Passed":
    from hourbook.http.messages import Passed

    return msgspec.msgpack.decode(content, type=Passed)
