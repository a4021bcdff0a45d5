"""The worker's end of the socket over which it has verbs run where the database is written.

What is asked while an answer is awaited travels in the next message, so a busy worker sends
batches. A connection that breaks fails everything that was under way: each verb may have run or not,
which leases make harmless.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hourbook.worker.frames import Unreachable, connect, read_frame, write_frame
from hourbook.worker.verbs import VerbAnswer, VerbCall, result_of

T = TypeVar("T")
BATCH_LIMIT = 200
_Waiting = tuple[VerbCall, "asyncio.Future[VerbAnswer]"]


class RemoteVerbs:
    """`Verbs` of a worker beside an embedded database. It connects when first asked, and again when it must."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(
        self, name: str, result: type[T], arguments: dict[str, Any] | None = None, *, workspace_id: str = ""
    ) -> T:
        future: asyncio.Future[VerbAnswer] = asyncio.get_running_loop().create_future()
        self._waiting.append((VerbCall(name, msgspec.to_builtins(arguments or {}), workspace_id), future))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        return result_of(await future, result)

    async def close(self) -> None:
        if self._sending is not None:
            await self._sending
        streams = self._streams
        self._drop()
        if streams is not None:
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()

    async def _send_all(self) -> None:
        """Batch after batch until nobody waits; one turn of the loop first, for what is asked together."""
        await asyncio.sleep(0)
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
            try:
                answers = await self._exchange([call for call, _ in batch])
            except Unreachable as error:
                self._drop()
                answers = [VerbAnswer(refusal=str(error), may_try_again=True)] * len(batch)
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    async def _exchange(self, calls: list[VerbCall]) -> list[VerbAnswer]:
        if self._streams is None:
            self._streams = await connect(self._path)
        reader, writer = self._streams
        await write_frame(writer, msgspec.msgpack.encode(calls))
        content = await read_frame(reader)
        if content is None:
            raise Unreachable("the server closed the connection")
        answers = msgspec.msgpack.decode(content, type=list[VerbAnswer])
        if len(answers) != len(calls):
            raise Unreachable("an answer to something else")
        return answers

    def _drop(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            with contextlib.suppress(OSError):
                streams[1].close()
