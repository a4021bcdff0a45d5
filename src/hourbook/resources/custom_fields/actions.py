"""The verbs of custom fields: definitions, what projects make of them, values of people.

An action looks things up, lets the rules decide and writes through `tx`. What fields say of time
entries is in `actions_entries.py`. Projects come later in the order of slices; whether one may be
seen or managed is asked of the permission table here.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from hourbook.core.errors import AccessDenied, NameTaken, NoSuchUserField, NotFound, VisibleFieldOverride
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.custom_fields import rules, store
from hourbook.resources.custom_fields.rules import (
    CustomField,
    EntityType,
    FieldDetails,
    FieldFilter,
    FieldStatus,
    Override,
    ShownField,
    UserFieldValue,
    UserValue,
)
from hourbook.resources.custom_fields.store import CUSTOM_FIELD, OVERRIDE, USER_VALUE
from hourbook.resources.workspaces import actions as workspaces

# --- definitions -------------------------------------------------------------------------------


def list_fields(tx: ReadTx, wanted: FieldFilter) -> list[ShownField]:
    """Fields of the workspace, oldest first, with what the projects that the actor sees make of them."""
    return _shown(tx, rules.matching(store.list_fields(tx), wanted))


def create_field(tx: Tx, said: FieldDetails) -> ShownField:
    """InvalidValue for what a field cannot be, NameTaken, LimitReached."""
    tx.hold_revision()  # of two that come at once, the second one counts the first
    field = rules.new_field(tx.workspace_id, tx.new_id(), said)
    fields = store.list_fields(tx)
    _check_free(fields, field)
    rules.check_count(len(fields), tx.facts.deployment.custom_fields_limit)
    tx.insert(CUSTOM_FIELD, field)
    return ShownField(field)


def update_field(tx: Tx, field_id: str, said: FieldDetails) -> ShownField:
    """Replaces a field; values that exist stay as they are."""
    before: CustomField = tx.get(CUSTOM_FIELD, field_id, locked=True)
    after = rules.changed_field(before, said)
    _check_free(store.list_fields(tx), after)
    tx.update(CUSTOM_FIELD, before, after)
    return _shown(tx, [after])[0]


def delete_field(tx: Tx, field_id: str) -> None:
    """Removes a field with what projects make of it and people's values; entries stop showing it."""
    field: CustomField = tx.get(CUSTOM_FIELD, field_id, locked=True)
    # Whoever writes many values holds this instead of every field; the field first, as whoever writes one does.
    tx.hold_revision()
    tx.delete_many(OVERRIDE, store.overrides_of_fields(tx, [field_id], for_=None), cascade=True)
    tx.delete_many(USER_VALUE, tx.rows(store.VALUES_OF_FIELD, field_id=field_id), cascade=True)
    tx.delete(CUSTOM_FIELD, field)


def _check_free(fields: Iterable[CustomField], field: CustomField) -> None:
    for other in fields:
        if (other.entity_type, other.name) == (field.entity_type, field.name) and other.id != field.id:
            raise NameTaken(CUSTOM_FIELD.word, field.name)


def _shown(tx: ReadTx, fields: list[CustomField]) -> list[ShownField]:
    found = store.overrides_of_fields(tx, [field.id for field in fields])
    return [ShownField(field, tuple(one for one in found if one.field_id == field.id)) for field in fields]


# --- what projects make of them ----------------------------------------------------------------


def list_fields_of_project(tx: ReadTx, project_id: str, wanted: FieldFilter) -> list[ShownField]:
    """Fields with what this project makes of them; the status asked for is the one they have there.

    NotFound unless the actor sees the project.
    """
    if not store.is_project_within(tx, project_id, "project.list"):
        raise NotFound("Project")
    return fields_of_projects(tx, [project_id], wanted)[project_id]


def fields_of_projects(tx: ReadTx, project_ids: Iterable[str], wanted: FieldFilter) -> dict[str, list[ShownField]]:
    """The same for several projects at once, which the actor is known to see."""
    ids = list(project_ids)
    if not tx.actor.has_custom_fields:
        return {project_id: [] for project_id in ids}
    types = wanted.entity_types or frozenset({EntityType.TIMEENTRY})
    fields = [ShownField(field) for field in rules.matching(store.list_fields(tx), FieldFilter(entity_types=types))]
    overrides = {(one.project_id, one.field_id): one for one in store.overrides_of_projects(tx, ids)}
    return {project_id: rules.of_project(fields, project_id, overrides, status=wanted.status) for project_id in ids}


def override_field(
    tx: Tx, project_id: str, field_id: str, *, status: FieldStatus | None, value: Any = msgspec.UNSET
) -> ShownField:
    """Changes what a project makes of a field; what is not said stays. None as `value` takes the default away."""
    _check_manages(tx, project_id)
    field = _held_entry_field(tx, field_id)
    before: Override | None = tx.find(OVERRIDE, project_id, field_id, locked=True)
    after = rules.changed_override(field, project_id, before, status=status, value=value)
    if before is None:
        tx.insert(OVERRIDE, after)
    else:
        tx.update(OVERRIDE, before, after)
    return _shown(tx, [field])[0]


def drop_override(tx: Tx, project_id: str, field_id: str) -> ShownField:
    """The project makes nothing of the field any more. VisibleFieldOverride for a field the workspace shows."""
    _check_manages(tx, project_id)
    field = _held_entry_field(tx, field_id)
    if field.status == FieldStatus.VISIBLE:
        raise VisibleFieldOverride
    before: Override | None = tx.find(OVERRIDE, project_id, field_id, locked=True)
    if before is not None:
        tx.delete(OVERRIDE, before)
    return _shown(tx, [field])[0]


def copy_overrides(tx: Tx, from_project_id: str, to_project_id: str) -> None:
    """A new project makes of fields what another one does; both are known to be there."""
    if tx.actor.has_custom_fields:
        found = store.overrides_of_projects(tx, [from_project_id])
        tx.insert_many(OVERRIDE, [msgspec.structs.replace(one, project_id=to_project_id) for one in found])


def _check_manages(tx: Tx, project_id: str) -> None:
    """NotFound for a project the actor does not see, AccessDenied for one they see and do not manage."""
    if not store.is_project_within(tx, project_id, "custom_field.override", held=True):
        if store.is_project_within(tx, project_id, "project.list"):
            raise AccessDenied
        raise NotFound("Project")


def _held_entry_field(tx: Tx, field_id: str) -> CustomField:
    field = store.find_held(tx, field_id)
    if field is None or field.entity_type != EntityType.TIMEENTRY:
        raise NotFound(CUSTOM_FIELD.word)
    return field


@reacts_to("PROJECT", "delete")
def _project_is_gone(tx: Tx, project: Any, _: None) -> None:
    tx.delete_many(OVERRIDE, store.overrides_of_projects(tx, [project.id]), cascade=True)


# --- values of people --------------------------------------------------------------------------


def list_user_values(tx: ReadTx, user_ids: Iterable[str]) -> dict[str, list[UserValue]]:
    """By person: every field of people with the person's value, None when there is none. Oldest field first.

    Costs nothing in a workspace without custom fields, else two statements.
    """
    ids = sorted(set(user_ids))
    if not ids or not tx.actor.has_custom_fields:
        return {user_id: [] for user_id in ids}
    fields = [field for field in store.list_fields(tx) if field.entity_type == EntityType.USER]
    own = store.values_of_people(tx, ids) if fields else {}
    return {user_id: rules.user_values(fields, user_id, own.get(user_id, {})) for user_id in ids}


def set_user_value(tx: Tx, user_id: str, field_id: str, *, value: Any) -> UserValue:
    """Gives somebody a value, or takes it away (None).

    AccessDenied unless the actor is an admin, or that person and the field is open to them.
    NotFound for nobody of the workspace, NoSuchUserField for no field of people, InvalidValue.
    """
    if user_id != tx.actor.id and not tx.actor.is_admin:
        raise AccessDenied
    workspaces.get_member(tx, user_id)
    field = store.find_held(tx, field_id)
    if field is None or field.entity_type != EntityType.USER:
        raise NoSuchUserField
    if field.only_admin_can_edit and not tx.actor.is_admin:
        raise AccessDenied
    text = rules.text_of(rules.check_value(field, value))
    tx.hold_revision()  # before the value, as whoever writes many does
    before: UserFieldValue | None = tx.find(USER_VALUE, user_id, field_id, locked=True)
    _write_user_value(tx, before, None if text is None else UserFieldValue(tx.workspace_id, user_id, field_id, text))
    return rules.user_values([field], user_id, {} if text is None else {field_id: text})[0]


def _write_user_value(tx: Tx, before: UserFieldValue | None, after: UserFieldValue | None) -> None:
    if before is None and after is not None:
        tx.insert(USER_VALUE, after, subject=after.user_id)
    elif before is not None and after is None:
        tx.delete(USER_VALUE, before, subject=before.user_id)
    elif before is not None and after is not None:
        tx.update(USER_VALUE, before, after, subject=after.user_id)
