"""The web process's end of that socket: it runs what the worker names, through its own writer.

Only verbs of the declared table are run. When the server stops, it goes on listening until the
worker has said what became of its work and left, for a bounded time.
"""

import asyncio
import contextlib
from pathlib import Path

import msgspec

from hourbook.worker.frames import Unreachable, listen, read_frame, write_frame
from hourbook.worker.running import VerbRunner
from hourbook.worker.verbs import VerbCall

# Longer than a worker takes to finish (worker/process.py).
LEAVING_SECONDS = 19.0


class VerbServer:
    """Listens for a worker, from `start` to `close`."""

    def __init__(self, runner: VerbRunner, path: Path) -> None:
        self._runner = runner
        self._path = path
        self._server: asyncio.Server | None = None
        self._connected: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=listen(self._path))

    async def close(self) -> None:
        """Lets a worker that is connected finish, then ends the connections that are left."""
        if self._server is None:
            return
        self._server.close()
        if self._connected:
            await asyncio.wait(self._connected, timeout=LEAVING_SECONDS)
        for task in self._connected:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connected.add(task)
            task.add_done_callback(self._connected.discard)
        try:
            while (content := await read_frame(reader)) is not None:
                calls = msgspec.msgpack.decode(content, type=list[VerbCall])
                await write_frame(writer, msgspec.msgpack.encode(await self._runner.run_all(calls)))
        except (Unreachable, msgspec.DecodeError, asyncio.CancelledError):
            # The worker died in the middle of a message, it is no worker, or it took too long to leave: its
            # leases will end by themselves.
            return
        finally:
            with contextlib.suppress(OSError):
                writer.close()
