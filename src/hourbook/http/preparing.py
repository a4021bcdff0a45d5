"""Where slow work of a request runs before its transaction: a few threads with a bounded queue.

Password hashes, pictures and calls to other servers would hold the loop or the writer; here they
wait in line, and a flood of them is told to come back later while everything else goes on.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hourbook.core.errors import TryLater

THREADS = 2
WAITING_LIMIT = 64


class Preparing:
    """Runs one piece of work in a thread of its own pool; TryLater when too many wait already."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self.waiting_count = 0

    async def run(self, work: Callable[[], Any]) -> Any:
        if self.waiting_count >= WAITING_LIMIT:
            raise TryLater("Too many requests of this kind are waiting.", retry_after_seconds=5)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hourbook-prepare")
        self.waiting_count += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self.waiting_count -= 1
