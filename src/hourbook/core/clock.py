"""The only source of time.

Instants are integers: microseconds since 1970 UTC everywhere, except the start and end of a
time entry, which are whole seconds (design section 8). Nothing else in the project may ask
the operating system what time it is; tests replace the clock.
"""

import time
from typing import Protocol

MICROSECONDS_PER_SECOND = 1_000_000


class Clock(Protocol):
    """Tells the instant in microseconds since 1970 UTC."""

    def now_us(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        return time.time_ns() // 1000


class FixedClock:
    """A clock that stands still until it is moved; for tests and deterministic fills."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def move_to(self, now_us: int) -> None:
        self._now_us = now_us


def seconds_of(instant_us: int) -> int:
    """Whole seconds of an instant in microseconds; the fraction is cut off."""
    return instant_us // MICROSECONDS_PER_SECOND
