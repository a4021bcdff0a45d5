"""Whether columns are what the tables say, entry by entry, by the slow way; and readers of their own for tests.

`check(view, tx)` is for any test that has both. `Reader` holds a View open for as long as a test likes.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from hourbook.access.actors import SYSTEM
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.table import BILLABLE, BREAK, DEAD, HOLIDAY, INVOICED, RUNNING, TIME_OFF, View
from hourbook.db.entities import REGISTRY
from hourbook.db.tx import ReadTx
from hourbook.journal.fold import iterate
from hourbook.journal.journal import current_revision
from tests.harness import Office

ARRAYS = ("ids", "start_s", "seconds", "user", "project", "task", "flags", "rate", "description", "tags")
TYPES = {0: "REGULAR", BREAK: "BREAK", HOLIDAY: "HOLIDAY", TIME_OFF: "TIME_OFF"}
Facts = dict[str, Any]


def facts_of_view(view: View) -> dict[str, Facts]:
    """By id of each entry: what the columns say of it."""
    return {view.entry_id(row): _facts(view, row) for row in range(view.count) if not view.flags[row] & DEAD}


def _facts(view: View, row: int) -> Facts:
    flags, project, task = int(view.flags[row]), int(view.project[row]), int(view.task[row])
    rates = view.rates[view.rate[row]]
    return {
        "user_id": view.users.values[view.user[row]],
        "project_id": None if project == -1 else view.projects.values[project],
        "task_id": None if task == -1 else view.tasks.values[task],
        "start_s": int(view.start_s[row]),
        "seconds": int(view.seconds[row]),
        "is_running": bool(flags & RUNNING),
        "billable": bool(flags & BILLABLE),
        "is_invoiced": bool(flags & INVOICED),
        "type": TYPES[flags & (BREAK | HOLIDAY | TIME_OFF)],
        "rates": (rates.hourly_minor, rates.cost_minor, rates.currency),
        "description": view.descriptions[view.description[row]],
        "tag_ids": sorted(view.tag_ids.values[tag] for tag in view.tag_sets[view.tags[row]]),
    }


def facts_of_tables(tx: ReadTx) -> dict[str, Facts]:
    """The same as the tables say."""
    return {row["id"]: _facts_of_row(row) for portion in iterate(tx, REGISTRY["TIME_ENTRY"]) for row in portion}


def _facts_of_row(row: dict[str, Any]) -> Facts:
    same = ("user_id", "project_id", "task_id", "start_s", "billable", "is_invoiced", "type", "description")
    return {
        **{name: row[name] for name in same},
        "seconds": 0 if row["end_s"] is None else row["end_s"] - row["start_s"],
        "is_running": row["end_s"] is None,
        "rates": (row["hourly_rate_minor"], row["cost_rate_minor"], row["currency"]),
        "tag_ids": sorted(row["tag_ids"]),
    }


def check(view: View, tx: ReadTx) -> None:
    """The columns are those of the transaction's moment, and hold together."""
    assert view.workspace_id == tx.workspace_id
    assert view.revision == current_revision(tx)
    expected = facts_of_tables(tx)
    assert facts_of_view(view) == expected
    check_parts(view)


def check_parts(view: View) -> None:
    """What must be true of the parts of any View."""
    assert all(len(getattr(view, name)) == view.count for name in ARRAYS)
    is_dead = (view.flags & DEAD) != 0
    assert view.dead_count == np.count_nonzero(is_dead)
    assert (np.diff(view.start_s[: view.sorted_count]) >= 0).all()
    assert view.running_rows == tuple(np.flatnonzero(((view.flags & RUNNING) != 0) & ~is_dead).tolist())
    alive = np.flatnonzero(~is_dead)
    ids = [view.entry_id(row) for row in alive.tolist()]
    assert view.rows_of_ids(ids).tolist() == alive.tolist()
    lost = {view.entry_id(row) for row in np.flatnonzero(is_dead).tolist()} - set(ids)
    assert view.rows_of_ids([*lost, "f" * 24, "0" * 24, "", "x" * 24]).tolist() == [-1] * (len(lost) + 4)
    assert all(list(tags) == sorted(set(tags)) for tags in view.tag_sets)


class Reader:
    """A reader with a connection and a snapshot of its own."""

    def __init__(self, office: Office, workspace_id: str | None = None) -> None:
        engine = office.server.runtime.engine
        self._connection = engine.connect(read_only=True)
        self._connection.text(engine.begin_snapshot)
        self.tx = ReadTx(
            self._connection,
            office.server.facts(SYSTEM),
            workspace_id or office.workspace_id,
            begin=engine.begin_snapshot,
        )

    def close(self) -> None:
        self._connection.text("COMMIT")
        self._connection.close()


@contextlib.contextmanager
def reading(office: Office, workspace_id: str | None = None) -> Iterator[ReadTx]:
    """A transaction that sees one moment, beside whatever else the test does."""
    reader = Reader(office, workspace_id)
    try:
        yield reader.tx
    finally:
        reader.close()


@contextlib.contextmanager
def opened(office: Office, keeper: ColumnsKeeper, workspace_id: str | None = None) -> Iterator[View]:
    """A View of the workspace by now, checked against the tables."""
    with reading(office, workspace_id) as tx, keeper.opened(tx) as view:
        check(view, tx)
        yield view


def photograph(view: View) -> dict[str, Any]:
    """All that a View shows, copied."""
    arrays = {name: getattr(view, name).copy() for name in ARRAYS}
    plain = (view.revision, view.count, view.sorted_count, view.dead_count, view.running_rows)
    return {**arrays, "plain": plain, "facts": facts_of_view(view)}


def check_unchanged(view: View, taken: dict[str, Any]) -> None:
    """The View shows what it showed when it was photographed."""
    now = photograph(view)
    assert now["plain"] == taken["plain"]
    assert all((now[name] == taken[name]).all() for name in ARRAYS)
    assert now["facts"] == taken["facts"]
    check_parts(view)
