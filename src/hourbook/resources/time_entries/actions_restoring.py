"""Time entries as they were: what readers of the journal need of them, and taking back what was done to them.

Whether something may be taken back, the slice of undo decides; here the derived sums follow.
"""

from collections.abc import Iterable, Sequence

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.time_entries import rules, store
from hourbook.resources.time_entries.rules import TimeEntry
from hourbook.resources.time_entries.store import TIME_ENTRY


def find_entries(tx: ReadTx, entry_ids: Iterable[str]) -> dict[str, TimeEntry]:
    """By id, as many as the actor sees."""
    return tx.find_many(TIME_ENTRY, entry_ids, for_="time_entry.list")


def count_again(tx: Tx, pairs: Sequence[tuple[TimeEntry | None, TimeEntry | None]]) -> None:
    """Lets the sums of projects and tasks follow entries that became what they were: (as it is, as it shall be)."""
    for before, after in pairs:
        store.add_totals(tx, rules.totals_delta(before, after))
