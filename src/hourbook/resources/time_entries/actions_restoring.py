"""Time entries as they were: what readers of the journal need of them, and taking back what was done to them.

Whether something may be taken back, the slice of undo decides; here the derived sums follow.
"""

from collections.abc import Iterable, Sequence

from hourbook.core.errors import AccessDenied
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.time_entries import actions, rules, store
from hourbook.resources.time_entries.rules import TimeEntry
from hourbook.resources.time_entries.store import TIME_ENTRY


def find_entries(tx: ReadTx, entry_ids: Iterable[str]) -> dict[str, TimeEntry]:
    """By id, as many as the actor sees."""
    return tx.find_many(TIME_ENTRY, entry_ids, for_="time_entry.list")


def count_again(tx: Tx, pairs: Sequence[tuple[TimeEntry | None, TimeEntry | None]]) -> None:
    """Lets the sums of projects and tasks follow entries that became what they were: (as it is, as it shall be)."""
    for before, after in pairs:
        store.add_totals(tx, rules.totals_delta(before, after))


def check_changeable(tx: Tx, entries: Sequence[TimeEntry]) -> None:
    """AccessDenied for time of others that the actor may not change, EntryLocked for what is locked by now."""
    reach = tx.actor.scope("time_entry.track")
    if not all(reach.reaches_person(entry.user_id) for entry in entries):
        raise AccessDenied
    if not tx.actor.is_admin:
        rules.check_lock([entry.start_s for entry in entries], actions.lock_before_s(tx))


def hold_people(tx: Tx, user_ids: Sequence[str]) -> None:
    """None of them starts a timer before this transaction ends."""
    for user_id in user_ids:
        store.hold_person(tx, user_id, alone=True)
