"""Tasks as they were: what is derived from them follows when they come back or go again.

Whether they may, the slice of undo decides; it writes them, too.
"""

from collections.abc import Sequence

from hourbook.db.tx import Tx
from hourbook.resources.tasks import store
from hourbook.resources.tasks.rules import Task


def count_again(tx: Tx, pairs: Sequence[tuple[Task | None, Task | None]]) -> None:
    """Sums of tasks that came back begin with nothing, those of tasks that went end: (as it was, as it is)."""
    gone = [before.id for before, after in pairs if before is not None and after is None]
    back = [after.id for before, after in pairs if before is None and after is not None]
    if gone:
        tx.write_derived(store.END_TOTALS, ids=gone)
    if back:
        tx.write_derived(store.START_TOTALS, ids=back)
