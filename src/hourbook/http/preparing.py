"""Where slow work of a request runs before its transaction: a few threads in lanes, each with a bounded queue.

Password hashes, pictures and calls to other servers would hold the loop or the writer; here they
wait in line. Each lane has threads and a line of its own, so a flood of sign-ins holds up nothing but
sign-ins; and one address has only a part of a line. Hashing yields to everything else that runs.
"""

import asyncio
import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from hourbook.core.errors import TryLater

HASHES = "hashes"
# A hashing thread gets a third of a processor that the event loop wants too, and is not starved by other programs.
NICENESS = 5
BUSY = "Too many requests of this kind are waiting."


@dataclass
class Lane:
    """One line of waiting work. `asker_limit`: how much of it may come from one address."""

    name: str
    threads: int
    waiting_limit: int = 64
    asker_limit: int = 64
    is_nice: bool = False
    waiting: Counter[str] = field(default_factory=Counter)
    pool: ThreadPoolExecutor | None = None

    def open(self) -> ThreadPoolExecutor:
        """Its threads, started when first needed."""
        if self.pool is None:
            prefix = f"hourbook-{self.name}"
            begin = _be_nice if self.is_nice else None
            self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix=prefix, initializer=begin)
        return self.pool


def _lanes() -> dict[str, Lane]:
    # One hash at a time: it takes a core and tens of megabytes.
    hashes = Lane(HASHES, threads=1, asker_limit=16, is_nice=True)
    # One picture at a time, for the same reason.
    pictures = Lane("pictures", threads=1, asker_limit=16, is_nice=True)
    # Servers that anybody may name may take their time to answer; whoever names many of them has a part of the line.
    outside = Lane("outside", threads=4, asker_limit=16)
    return {lane.name: lane for lane in (Lane("common", threads=2), hashes, pictures, outside)}


class Preparing:
    """Runs one piece of work in a thread of its lane; TryLater when too many wait already."""

    def __init__(self) -> None:
        self._lanes = _lanes()

    async def run(self, work: Callable[[], Any], *, lane: str = "common", asker: str = "") -> Any:
        """`asker`: the address the work was asked from."""
        line = self._lanes[lane]
        if line.waiting.total() >= line.waiting_limit or line.waiting[asker] >= line.asker_limit:
            raise TryLater(BUSY, retry_after_seconds=5)
        pool = line.open()
        line.waiting[asker] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        finally:
            line.waiting[asker] -= 1
            if not line.waiting[asker]:
                del line.waiting[asker]


def _be_nice() -> None:
    """Lowers the priority of this thread alone, where the system can."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
