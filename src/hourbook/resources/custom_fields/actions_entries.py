"""What the custom fields say of time entries, for the slice of those.

One statement tells the fields and what the projects in question make of them, however many entries
it is about; in a workspace without custom fields there is none. Nothing is written here.
"""

from collections.abc import Iterable

from hourbook.db.tx import ReadTx, reacts_to
from hourbook.resources.custom_fields import store
from hourbook.resources.custom_fields.rules import EntityType
from hourbook.resources.custom_fields.rules_values import EntryFields

NO_FIELDS = EntryFields()
_NOTE = "custom fields of time entries"


def entry_fields(tx: ReadTx, project_ids: Iterable[str | None]) -> EntryFields:
    """The fields of time entries, with what these projects make of them.

    An operation that writes entries shows them afterwards: what it looked up is noted for that.
    """
    wanted = frozenset(project_id for project_id in project_ids if project_id)
    noted: tuple[str, frozenset[str], EntryFields] | None = tx.notes.get(_NOTE)
    if noted is None or noted[0] != tx.workspace_id or not wanted <= noted[1]:
        noted = tx.notes[_NOTE] = (tx.workspace_id, wanted, _look_up(tx, wanted))
    return noted[2]


def fields_everywhere(tx: ReadTx) -> EntryFields:
    """The fields of time entries, with what every project makes of them, seen or not: for looking through entries."""
    fields = tuple(field for field in store.list_fields(tx) if field.entity_type == EntityType.TIMEENTRY)
    overrides = store.overrides_of_fields(tx, [field.id for field in fields], for_=None)
    return EntryFields(fields, {(one.project_id, one.field_id): one for one in overrides})


def forget_fields(tx: ReadTx) -> None:
    """A field was changed in this transaction: what was noted is no longer so."""
    tx.notes.pop(_NOTE, None)


def _look_up(tx: ReadTx, project_ids: frozenset[str]) -> EntryFields:
    rows = store.entry_fields(tx, project_ids)
    fields = {field.id: field for field, _ in rows}
    overrides = {(one.project_id, one.field_id): one for _, one in rows if one is not None}
    return EntryFields(tuple(fields.values()), overrides)


for _kind in (store.CUSTOM_FIELD.kind, store.OVERRIDE.kind):
    for _verb in ("insert", "update", "delete"):
        reacts_to(_kind, _verb)(lambda tx, before, after: forget_fields(tx))
