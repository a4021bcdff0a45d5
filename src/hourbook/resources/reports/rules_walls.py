"""Clocks on the wall for many moments at once. Pure.

A zone's offsets over a stretch of time are a few numbers, so what a clock shows at each of a million
moments is one look-up; exact across clock changes.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hourbook.core.calendar import offset_change_s, utc_offset_s

Ints: TypeAlias = NDArray[np.int64]
DAY_SECONDS = 86_400


def walls_of(moments: Ints, zone: str) -> Ints:
    """Seconds since 1970 that a clock in the zone shows, read as if it stood in UTC."""
    if not len(moments):
        return moments.astype(np.int64)
    first_s, last_s = int(moments.min()), int(moments.max())
    if len(moments) < (last_s - first_s) // DAY_SECONDS:
        # Fewer than the days to look at.
        return moments + np.array([utc_offset_s(one, zone) for one in moments.tolist()], dtype=np.int64)
    bounds, offsets = offsets_of(zone, first_s, last_s)
    found: Ints = moments + offsets[np.searchsorted(bounds, moments, side="right") - 1]
    return found


def offsets_of(zone: str, first_s: int, last_s: int) -> tuple[Ints, Ints]:
    """The offset from UTC from each bound on, for moments from the first to the last."""
    bounds, offsets = [first_s], [utc_offset_s(first_s, zone)]
    for until in (*range(first_s + DAY_SECONDS, last_s, DAY_SECONDS), last_s):
        offset = utc_offset_s(until, zone)
        if offset != offsets[-1]:
            bounds.append(offset_change_s(max(until - DAY_SECONDS, bounds[-1]), until, zone))
            offsets.append(offset)
    return np.array(bounds, dtype=np.int64), np.array(offsets, dtype=np.int64)
