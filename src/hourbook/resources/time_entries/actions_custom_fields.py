"""Custom fields on time entries: what they show, what a write makes of them, what they require.

The rules of custom fields decide; this file brings them together with entries. In a workspace
without custom fields nothing is asked of the database.
"""

from collections.abc import Iterable, Sequence

from hourbook.core.errors import InvalidValue
from hourbook.db.tx import ReadTx
from hourbook.resources.custom_fields import actions_entries, rules_values
from hourbook.resources.custom_fields.rules_values import EntryFields, ShownValue, Wish
from hourbook.resources.time_entries.rules import Draft, TimeEntry

VALUES_LIMIT = 50


def shown_values(tx: ReadTx, entries: Sequence[TimeEntry]) -> dict[str, list[ShownValue]]:
    """By entry: every field it has, with its value; empty where the workspace has no fields."""
    if not entries or not tx.actor.has_custom_fields:
        return {}
    project_ids = {entry.project_id for entry in entries}
    known = actions_entries.entry_fields(tx, project_ids)
    visible = {project_id: known.visible(project_id) for project_id in project_ids}
    return {entry.id: rules_values.shown_values(visible[entry.project_id], entry.custom_fields) for entry in entries}


def fields_for(tx: ReadTx, project_ids: Iterable[str], drafts: Sequence[Draft]) -> EntryFields:
    """The fields that a write of these drafts needs to know: none without drafts.

    InvalidValue when one gives too many values.
    """
    most = max((len(draft.custom_fields or ()) for draft in drafts), default=0)
    limit = max(VALUES_LIMIT, tx.facts.deployment.custom_fields_limit)
    if most > limit:
        raise InvalidValue(f"customFields can't have more than {limit} values")
    if most or (drafts and tx.actor.has_custom_fields):
        return actions_entries.entry_fields(tx, project_ids)
    return actions_entries.NO_FIELDS


def settled(tx: ReadTx, known: EntryFields, entry: TimeEntry, *, draft: Draft, before: TimeEntry | None) -> str | None:
    """The stored values of an entry that was drafted; RequiredFieldMissing when a finished one lacks some.

    `before` None: the entry is new.
    """
    if not known.fields and not draft.custom_fields:
        return None if before is None else before.custom_fields
    wish = Wish(
        given=draft.custom_fields or {},
        before=None if before is None else before.custom_fields,
        is_new=before is None,
        copied=draft.copied_fields,
        is_admin=tx.actor.is_admin,
    )
    text = rules_values.settled(known, entry.project_id, wish)
    if not entry.is_running:
        rules_values.check_required(known, entry.project_id, text, is_admin=tx.actor.is_admin)
    return text


def imported(known: EntryFields, draft: Draft) -> str | None:
    """The stored values of an entry that an import brings: no more than it says."""
    return rules_values.imported(known, draft.custom_fields) if draft.custom_fields else None


def check_finished(tx: ReadTx, entry: TimeEntry) -> None:
    """RequiredFieldMissing when an entry that is being stopped lacks a required value."""
    if tx.actor.has_custom_fields:
        known = actions_entries.entry_fields(tx, {entry.project_id})
        rules_values.check_required(known, entry.project_id, entry.custom_fields, is_admin=tx.actor.is_admin)
