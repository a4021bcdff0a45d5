"""The JSON of undo, our own surface.

It converts and refuses what cannot be converted; it decides nothing.
"""

from hourbook.core.errors import InvalidValue
from hourbook.http.wire import In, Int64, Out


class RestoreIn(In):
    """`revision`: of any row that the operation left in the journal."""

    revision: Int64 | None = None

    def to_revision(self) -> int:
        if self.revision is None or self.revision < 1:
            raise InvalidValue("revision must be the number of a change, 1 or greater")
        return self.revision


class RestoredOut(Out):
    """`firstRevision` to `lastRevision`: the changes that were undone; `things`: how many things are as they were."""

    first_revision: int
    last_revision: int
    things: int


def restored_out(first: int, last: int, things: int) -> RestoredOut:
    return RestoredOut(first_revision=first, last_revision=last, things=things)
