"""Short reads on the event loop, rationed per turn.

On the embedded database a short indexed read is fastest right on the loop, but a crowd of them
would starve everything else. Reads may use a set time per loop turn; the rest wait, in order,
for the next turn (design section 2).
"""

import asyncio
import time
from collections import deque

TURN_BUDGET_NS = 1_000_000


class ReadTurns:
    """Hands out the right to read on the loop."""

    def __init__(self, budget_ns: int = TURN_BUDGET_NS) -> None:
        self._budget_ns = budget_ns
        self._used_ns = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turn_is_scheduled = False

    async def enter(self) -> int:
        """Waits for room in a turn; returns the starting time to hand to `leave`."""
        if self._used_ns >= self._budget_ns or self._waiting:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            self._schedule()
            await turn
        return time.perf_counter_ns()

    def leave(self, started_ns: int) -> None:
        self._used_ns += time.perf_counter_ns() - started_ns
        self._schedule()

    def _schedule(self) -> None:
        if not self._turn_is_scheduled:
            self._turn_is_scheduled = True
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        """Lets in as many as fitted the last turn, at least one."""
        self._turn_is_scheduled = False
        self._used_ns = 0
        for _ in range(4):
            if not self._waiting:
                return
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            self._schedule()
