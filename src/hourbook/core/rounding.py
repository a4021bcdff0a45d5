"""Rounding of tracked time, as a workspace sets it: up, down or to the nearest step.

Each entry is rounded by itself, then summed (wire-reports section 4); what is stored never changes.
Half a step goes up.
"""

import enum

import msgspec


class RoundingWay(enum.StrEnum):
    NEAREST = "NEAREST"
    UP = "UP"
    DOWN = "DOWN"


class Rounding(msgspec.Struct, frozen=True):
    """Whole seconds to a multiple of `step_seconds`."""

    way: RoundingWay
    step_seconds: int

    @property
    def offset_seconds(self) -> int:
        """What is added before the rest of the division is cut off."""
        if self.way is RoundingWay.UP:
            return self.step_seconds - 1
        return self.step_seconds // 2 if self.way is RoundingWay.NEAREST else 0

    def rounded(self, seconds: int) -> int:
        """Seconds of one entry, rounded."""
        return (seconds + self.offset_seconds) // self.step_seconds * self.step_seconds
