"""The only source of identity.

An id is 12 bytes: the creation second (4), a number drawn once per source (5), a counter (3).
It is shown as 24 lower-case hex characters, so that ordering by id is ordering by creation
second, which clients rely on (wire-core 0.7). Inside the program an id is that text; the
database keeps the bytes.
"""

import random
import re
import secrets
import threading
from functools import lru_cache

from hourbook.core.clock import Clock, seconds_of

ID_LENGTH_BYTES = 12
UNKNOWN_ID_BYTES = bytes(ID_LENGTH_BYTES)
_PATTERN = re.compile(r"[0-9a-f]{24}")
_COUNTER_LIMIT = 1 << 24


class IdSource:
    """Makes ids; with a seed the same ids come again for the same clock."""

    def __init__(self, clock: Clock, seed: int | None = None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        if seed is None:
            self._middle = secrets.token_bytes(5)
            # In the lower half: within a second the ids of a process rise for its first eight million.
            self._counter = secrets.randbelow(_COUNTER_LIMIT // 2)
        else:
            seeded = random.Random(seed)
            self._middle = seeded.randbytes(5)
            self._counter = seeded.randrange(_COUNTER_LIMIT)

    def new_id(self) -> str:
        """A fresh id as 24 hex characters."""
        with self._lock:
            self._counter = (self._counter + 1) % _COUNTER_LIMIT
            counter = self._counter
        second = seconds_of(self._clock.now_us()) & 0xFFFFFFFF
        return second.to_bytes(4, "big").hex() + self._middle.hex() + counter.to_bytes(3, "big").hex()


def made_at_s(id_: str) -> int:
    """The second in which an id was made."""
    return int(id_[:8], 16)


def is_id(text: str) -> bool:
    """Whether the text could be an id at all (24 lower-case hex characters, nothing more)."""
    return _PATTERN.fullmatch(text) is not None


def id_to_bytes(text: str) -> bytes:
    """The stored form. Text that is no id becomes an id that nothing ever has.

    A malformed id must be answered exactly like an unknown one (wire-core 0.3), so it is not
    an error here: it simply finds nothing.
    """
    return _bytes_of(text) if len(text) == ID_LENGTH_BYTES * 2 else UNKNOWN_ID_BYTES


# The ids of a workspace, its people and projects come again and again. Only texts of an id's length
# get here, so what is kept stays small.
@lru_cache(maxsize=4096)
def _bytes_of(text: str) -> bytes:
    return bytes.fromhex(text) if _PATTERN.fullmatch(text) else UNKNOWN_ID_BYTES
