"""Filters on custom fields: which entries, and whose, have the values that are asked for.

A value counts where its field is in use: an entry of a project that hides the field says nothing in it.
Values of people are known to whoever may list people, one's own to everybody; of others nothing passes.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np

from hourbook.columns.selecting import Flags, RowNumbers
from hourbook.columns.table import ID_TYPE, View
from hourbook.db.tx import ReadTx
from hourbook.resources.custom_fields.actions import list_user_values
from hourbook.resources.custom_fields.actions_entries import fields_everywhere
from hourbook.resources.custom_fields.rules_values import EntryFields
from hourbook.resources.reports import store_fields
from hourbook.resources.reports.rules import FieldFilter, Span
from hourbook.resources.reports.rules_fields import Test, condition_of


def rows_with_values(tx: ReadTx, view: View, span: Span, *, filters: Sequence[FieldFilter]) -> RowNumbers | None:
    """The rows of the entries that pass all filters; None when there is none."""
    if not filters:
        return None
    known = fields_everywhere(tx)
    kinds = {field.id: field.type for field in known.fields}
    tests = [(one.id, condition_of(one, kinds.get(one.id))) for one in filters]
    passes_without = all(test(None) for _, test in tests)
    # Most entries have no values: those that differ from them are looked up.
    found: list[bytes] = []
    visible = _visibility(known)
    for entry_id, project_id, values in store_fields.values_of_entries(tx, span.start_s, span.end_s):
        shown = {field_id: value for field_id, (value, _) in values.items() if visible(field_id, project_id)}
        if all(test(shown.get(field_id)) for field_id, test in tests) is not passes_without:
            found.append(entry_id)
    rows = view.rows_of(np.frombuffer(b"".join(found), ID_TYPE))
    rows = rows[rows >= 0]
    if not passes_without:
        return rows.astype(np.int64)
    mask = np.ones(view.count, dtype=bool)
    mask[rows] = False
    return np.flatnonzero(mask)


def _visibility(known: EntryFields) -> Callable[[str, bytes | None], bool]:
    """Whether entries of a project (as the database has its id) have a field."""
    fields = {field.id: field for field in known.fields}
    answers: dict[tuple[str, bytes | None], bool] = {}

    def visible(field_id: str, project_id: bytes | None) -> bool:
        key = (field_id, project_id)
        answer = answers.get(key)
        if answer is None:
            project = None if project_id is None else bytes(project_id).hex()
            answer = answers[key] = field_id in fields and known.is_visible(fields[field_id], project)
        return answer

    return visible


def people_with_values(
    tx: ReadTx, people: Collection[str], filters: Sequence[FieldFilter]
) -> Callable[[Sequence[str]], Flags | None]:
    """Tells of some of the `people` whether each passes all filters; None when there is none."""
    if not filters:
        return lambda user_ids: None
    values = list_user_values(tx, people)
    kinds = {one.field.id: one.field.type for found in values.values() for one in found}
    tests = [(one.id, condition_of(one, kinds.get(one.id))) for one in filters]
    sees_all = tx.actor.may("member.list")

    def passes(user_id: str) -> bool:
        if not sees_all and user_id != tx.actor.id:
            return False
        return _passes({one.field.id: one.value for one in values[user_id]}, tests)

    return lambda user_ids: np.array([passes(one) for one in user_ids], dtype=bool)


def _passes(values: dict[str, object], tests: Sequence[tuple[str, Test]]) -> bool:
    return all(test(values.get(field_id)) for field_id, test in tests)
