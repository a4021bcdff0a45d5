"""What the custom fields say of time entries, for the slice of those.

One statement tells the fields and what the projects in question make of them, however many entries
it is about; in a workspace without custom fields there is none. Nothing is written here.
"""

from collections.abc import Iterable

from hourbook.db.tx import ReadTx
from hourbook.resources.custom_fields import store
from hourbook.resources.custom_fields.rules_values import EntryFields

NO_FIELDS = EntryFields()


def entry_fields(tx: ReadTx, project_ids: Iterable[str | None]) -> EntryFields:
    """The fields of time entries, with what these projects make of them."""
    rows = store.entry_fields(tx, {project_id for project_id in project_ids if project_id})
    fields = {field.id: field for field, _ in rows}
    overrides = {(one.project_id, one.field_id): one for _, one in rows if one is not None}
    return EntryFields(tuple(fields.values()), overrides)
