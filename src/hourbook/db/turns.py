"""Short reads on the event loop, rationed per turn.

On the embedded database a short indexed read is fastest right on the loop, but a crowd of them
would starve everything else. Reads may use a set time per loop turn; the rest wait, in order,
for the next turn (design section 2).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

TURN_BUDGET_NS = 1_000_000


class ReadTurns:
    """Hands out the right to read on the loop."""

    def __init__(self, budget_ns: int = TURN_BUDGET_NS, *, at_end: Callable[[], None] = lambda: None) -> None:
        self._budget_ns = budget_ns
        self._at_end = at_end
        self._used_ns = 0
        self._typical_ns = budget_ns // 4
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turn_is_scheduled = False

    @property
    def is_full(self) -> bool:
        """Whether a read has to `wait` first."""
        return self._used_ns >= self._budget_ns or bool(self._waiting)

    async def wait(self) -> None:
        """Until there is room in a turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._schedule()
        await turn

    def leave(self, started_ns: int) -> None:
        """Notes a read that began at this instant."""
        spent_ns = time.perf_counter_ns() - started_ns
        self._used_ns += spent_ns
        self._typical_ns += (spent_ns - self._typical_ns) // 16
        self._schedule()

    def _schedule(self) -> None:
        if not self._turn_is_scheduled:
            self._turn_is_scheduled = True
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        """Lets in as many reads as usually fit, at least one."""
        self._turn_is_scheduled = False
        self._used_ns = 0
        self._at_end()
        for _ in range(max(1, self._budget_ns // max(1, self._typical_ns))):
            if not self._waiting:
                return
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            self._schedule()
