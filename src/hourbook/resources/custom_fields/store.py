"""The SQL of custom fields, what projects make of them, and people's values.

Statements are constants; `tx` adds the workspace and the permission. A workspace has few fields,
so they are read all at once. Nothing is decided here.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import ScopeColumns, Statement, bind
from hourbook.db.tables.custom_fields import custom_field_overrides, custom_fields, user_custom_field_values
from hourbook.db.tables.projects import projects
from hourbook.db.tx import ReadTx
from hourbook.resources.custom_fields import rules
from hourbook.resources.custom_fields.rules import CustomField, Override, UserFieldValue

_f, _o, _v, _p = custom_fields.c, custom_field_overrides.c, user_custom_field_values.c, projects.c
_PROJECT_SCOPE = ScopeColumns(project=_p.id, public=_p.is_public == 1)

CUSTOM_FIELD = Entity("CUSTOM_FIELD", "Custom field", custom_fields, CustomField)
OVERRIDE = Entity(
    "CUSTOM_FIELD_OVERRIDE", "Custom field", custom_field_overrides, Override, key=("project_id", "field_id")
)
USER_VALUE = Entity(
    "USER_CUSTOM_FIELD_VALUE", "Custom field", user_custom_field_values, UserFieldValue, key=("user_id", "field_id")
)

LIST_FIELDS = Statement(
    sa.select(*CUSTOM_FIELD.columns).where(_f.workspace_id == bind("workspace_id")).order_by(_f.id), into=CustomField
)
# A field cannot vanish or change while a value is written for it: the row is held against both.
FIND_HELD = Statement(
    sa.select(*CUSTOM_FIELD.columns)
    .where(_f.workspace_id == bind("workspace_id"), _f.id == bind("field_id"))
    .with_for_update(read=True),
    into=CustomField,
)
VALUES_EVERYWHERE = Statement(
    sa.select(*USER_VALUE.columns)
    .where(AnyOf(_v.workspace_id, "workspace_ids"), _v.user_id == bind("user_id"))
    .order_by(_v.workspace_id, _v.field_id),
    into=UserFieldValue,
)
OVERRIDES_OF_PROJECTS = Statement(
    sa.select(*OVERRIDE.columns).where(_o.workspace_id == bind("workspace_id"), AnyOf(_o.project_id, "project_ids")),
    into=Override,
)
_IN_PROJECT = sa.and_(_p.workspace_id == _o.workspace_id, _p.id == _o.project_id)
OVERRIDES_OF_FIELDS = Statement(
    sa.select(*OVERRIDE.columns)
    .join(projects, _IN_PROJECT)
    .where(_o.workspace_id == bind("workspace_id"), AnyOf(_o.field_id, "field_ids")),
    into=Override,
    scoped=_PROJECT_SCOPE,
)
# A project cannot vanish while it makes something of a field.
HOLD_PROJECT = Statement(
    sa.select(_p.id)
    .where(_p.workspace_id == bind("workspace_id"), _p.id == bind("project_id"))
    .with_for_update(read=True, key_share=True),
    scoped=_PROJECT_SCOPE,
)
FIND_PROJECT = Statement(
    sa.select(_p.id).where(_p.workspace_id == bind("workspace_id"), _p.id == bind("project_id")),
    scoped=_PROJECT_SCOPE,
)


def _entry_field(*row: Any) -> tuple[CustomField, Override | None]:
    """A field, and what one of the projects makes of it."""
    field, override = CustomField(*row[:-3]), row[-3:]
    if override[0] is None:
        return field, None
    return field, Override(field.workspace_id, override[0], field.id, *override[1:])


# The label tells that the id may be missing: a column of the table never is.
ENTRY_FIELDS = Statement(
    sa.select(*CUSTOM_FIELD.columns, _o.project_id.label("of_project"), _o.status, _o.value)
    .outerjoin(
        custom_field_overrides,
        sa.and_(_o.workspace_id == _f.workspace_id, _o.field_id == _f.id, AnyOf(_o.project_id, "project_ids")),
    )
    .where(_f.workspace_id == bind("workspace_id"), _f.entity_type == rules.EntityType.TIMEENTRY.value)
    .order_by(_f.id),
    into=_entry_field,
)
VALUES_OF_PEOPLE = Statement(
    sa.select(*USER_VALUE.columns).where(_v.workspace_id == bind("workspace_id"), AnyOf(_v.user_id, "user_ids")),
    into=UserFieldValue,
)
VALUES_OF_FIELD = Statement(
    sa.select(*USER_VALUE.columns)
    .where(_v.workspace_id == bind("workspace_id"), _v.field_id == bind("field_id"))
    .order_by(_v.user_id),
    into=UserFieldValue,
)


def list_fields(tx: ReadTx) -> list[CustomField]:
    """All fields of the workspace, oldest first."""
    return tx.rows(LIST_FIELDS)


def find_held(tx: ReadTx, field_id: str) -> CustomField | None:
    """The field, which neither changes nor goes before the transaction ends."""
    return tx.one(FIND_HELD, field_id=field_id)


def entry_fields(tx: ReadTx, project_ids: Collection[str]) -> list[tuple[CustomField, Override | None]]:
    """Fields of time entries, oldest first, a row for each of the projects that makes something of one."""
    return tx.rows(ENTRY_FIELDS, project_ids=sorted(project_ids))


def overrides_of_projects(tx: ReadTx, project_ids: Collection[str]) -> list[Override]:
    """What these projects make of fields, whoever asks."""
    return tx.rows(OVERRIDES_OF_PROJECTS, project_ids=sorted(project_ids)) if project_ids else []


def overrides_of_fields(tx: ReadTx, field_ids: Collection[str], *, for_: str | None = "project.list") -> list[Override]:
    """What projects make of these fields; only those the actor sees unless `for_` is None."""
    if not field_ids:
        return []
    found = tx.rows(OVERRIDES_OF_FIELDS, for_, field_ids=sorted(field_ids))
    return sorted(found, key=lambda override: (override.field_id, override.project_id))


def is_project_within(tx: ReadTx, project_id: str, action: str, *, held: bool = False) -> bool:
    """Whether the action reaches the project; `held`: it stays until the transaction ends."""
    return tx.one(HOLD_PROJECT if held else FIND_PROJECT, action, project_id=project_id) is not None


def values_of_people(tx: ReadTx, user_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Stored values: by person, then by field."""
    found: dict[str, dict[str, str]] = {}
    for row in tx.rows(VALUES_OF_PEOPLE, user_ids=sorted(user_ids)) if user_ids else ():
        found.setdefault(row.user_id, {})[row.field_id] = row.value
    return found
