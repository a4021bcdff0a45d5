"""What later slices do when a thing of an earlier one changes: the declarations, and who is to be told.

Owns the table only; `Tx` runs what stands in it, in the transaction that makes the change.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hourbook.db.tx import Tx

Reaction = Callable[["Tx", Any, Any], None]
_REACTIONS: dict[tuple[str, str], list[Reaction]] = defaultdict(list)


def reacts_to(kind: str, verb: str) -> Callable[[Reaction], Reaction]:
    """Declares what a later slice does when a thing of an earlier one is changed.

    The function gets the transaction, the row before and the row after (None where there is
    none) and runs in the same transaction, right after the change.
    """

    def declare(reaction: Reaction) -> Reaction:
        _REACTIONS[kind, verb].append(reaction)
        return reaction

    return declare


def reactions_to(kind: str, verb: str) -> Sequence[Reaction]:
    """In the order in which they were declared."""
    return _REACTIONS.get((kind, verb), ())
