"""The worker's end of the socket over which long reads come: a bounded number at a time, the rest wait.

What belongs to answering them (the database, every slice) is loaded when the first one comes, for
an idle worker should be small. An answer is made whole, then sent in portions as fast as it is read.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from hourbook.worker.frames import Unreachable, listen, read_frame, write_frame
from hourbook.worker.messages import AnswerHead

if TYPE_CHECKING:
    from hourbook.http.pipeline import Passed, Pipeline, Response

log = structlog.get_logger("hourbook.worker")
AT_ONCE = 2
WAITING_LIMIT = 32
PORTION_BYTES = 256 * 1024


class AnswerServer:
    """Listens for requests, from `start` to `close`. `pipeline` makes the pipeline when it is first needed."""

    def __init__(self, path: Path, pipeline: "Callable[[], Pipeline]") -> None:
        self._path = path
        self._pipeline = pipeline
        self._server: asyncio.Server | None = None
        self._places = asyncio.Semaphore(AT_ONCE)
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

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        is_busy = len(self._under_way) >= AT_ONCE + WAITING_LIMIT
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            content = await read_frame(reader)
            if is_busy:
                await write_frame(writer, msgspec.msgpack.encode(AnswerHead(is_busy=True)))
            elif content is not None:
                await self._answer(content, writer)
        except (Unreachable, msgspec.DecodeError, asyncio.CancelledError):
            # Whoever asked is gone, or this process is about to be.
            return
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, content: bytes, writer: asyncio.StreamWriter) -> None:
        async with self._places:
            pipeline = await asyncio.to_thread(self._pipeline)
            response = await _run(pipeline, _passed(content))
        body = response.content
        length = None if body is None else len(body)
        head = AnswerHead(response.status, response.headers, response.cookies, length)
        await write_frame(writer, msgspec.msgpack.encode(head))
        for start in range(0, length or 0, PORTION_BYTES):
            await write_frame(writer, (body or b"")[start : start + PORTION_BYTES])


async def _run(pipeline: "Pipeline", passed: "Passed") -> "Response":
    """The answer, which is an honest 500 where there is a bug."""
    from hourbook.http import problems
    from hourbook.http.pipeline import problem_response

    try:
        return await pipeline.run_passed(passed)
    except Exception:
        log.exception("request failed", request_id=passed.request_id, operation=passed.operation)
        return problem_response(problems.SERVER_ERROR)


def _passed(content: bytes) -> "Passed":
    from hourbook.http.pipeline import Passed

    return msgspec.msgpack.decode(content, type=Passed)
