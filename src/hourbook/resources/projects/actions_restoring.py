"""Projects as they were: what is derived from them follows when they come back, change back or go again.

Whether they may, the slice of undo decides; it writes them, too.
"""

from collections.abc import Sequence
from typing import Any

from hourbook.core.text import fold
from hourbook.db.tx import Tx
from hourbook.resources.projects import store
from hourbook.resources.projects.rules import Project

Pairs = Sequence[tuple[Any, Any]]


def count_again(
    tx: Tx, pairs: Sequence[tuple[Project | None, Project | None]], *, tasks: Pairs, clients: Pairs
) -> None:
    """Sums, progress and the repeated names of clients: (as it was, as it is) of projects, their tasks, clients."""
    for before, after in pairs:
        if before is not None and after is None:
            tx.write_derived(store.END_TOTALS, project_id=before.id)
        elif before is None and after is not None:
            tx.write_derived(store.START_TOTALS, project_id=after.id)
    for before, after in clients:
        if before is not None and after is not None and before.name != after.name:
            store.follow_client(tx, after.id, fold(after.name))
    moved = {after.id for _, after in pairs if after is not None}
    moved |= {task.project_id for pair in tasks for task in pair if task is not None}
    if moved:
        store.measure_progress(tx, sorted(moved))
