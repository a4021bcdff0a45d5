"""What can go wrong with a database, and what the sender of a request is told of it.

The engine says which trouble a driver's error is; everybody else decides by that alone.
"""

import enum

from hourbook.core.errors import TryLater


class Trouble(enum.Enum):
    """What a driver's error means for the operation that met it."""

    CONFLICT = "conflict"
    FULL = "full"
    AWAY = "away"
    BUG = "bug"


class RowGone(Exception):
    """A row that was just read is not there any more: it was not held, and somebody else was first."""


def as_try_later(trouble: Trouble) -> TryLater | None:
    """The answer for trouble that is the server's own and passes; None for a bug."""
    if trouble is Trouble.FULL:
        return TryLater("The disk is full.", retry_after_seconds=30, status=507)
    if trouble is Trouble.AWAY:
        return TryLater("The database cannot be reached at the moment.", retry_after_seconds=2)
    if trouble is Trouble.CONFLICT:
        return TryLater("Another change got in the way several times. Please send the request again.")
    return None
