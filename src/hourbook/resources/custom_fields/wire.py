"""The JSON of custom fields and of people's values (wire-core sections 3, 10 and 11).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing. Later slices nest these shapes.
"""

import enum
from collections.abc import Mapping
from typing import Any

import msgspec

from hourbook.http.wire import In, Out, Query
from hourbook.resources.custom_fields import rules
from hourbook.resources.custom_fields.rules import (
    EntityType,
    FieldDetails,
    FieldFilter,
    FieldStatus,
    FieldType,
    ShownField,
    UserValue,
)
from hourbook.resources.custom_fields.rules_values import ShownValue

# What later slices say in their own shapes.
__all__ = ["EntityType", "ShownValue"]


class ProjectDefaultOut(Out):
    project_id: str
    status: FieldStatus
    value: Any


class CustomFieldOut(Out):
    """`status` is that of the workspace; what projects make of it stands in `projectDefaultValues`."""

    id: str
    name: str
    workspace_id: str
    entity_type: EntityType
    type: FieldType
    status: FieldStatus
    required: bool
    only_admin_can_edit: bool
    allowed_values: list[str]
    description: str | None
    placeholder: str | None
    workspace_default_value: Any
    project_default_values: list[ProjectDefaultOut]


class UserCustomFieldValueOut(Out):
    """What a field of people says of somebody; null when it says nothing."""

    custom_field_id: str
    custom_field_name: str
    custom_field_type: FieldType
    user_id: str
    value: Any


class UserValueSource(enum.StrEnum):
    """WORKSPACE: the value is the field's default."""

    WORKSPACE = "WORKSPACE"
    USER = "USER"


class FullUserValueOut(Out):
    """The same in a member profile, with the whole field."""

    custom_field_id: str
    name: str
    type: FieldType
    source_type: UserValueSource
    user_id: str
    value: Any
    custom_field: CustomFieldOut


class EntryValueOut(Out):
    """What a field says of a time entry; every field the entry has is there, with null when it says nothing.

    `type` is the field's, though the published example shows whose word the value is (wire-core section 8).
    """

    custom_field_id: str
    time_entry_id: str
    name: str
    type: FieldType
    value: Any


class CustomFieldUpdateIn(In):
    """PUT replaces (wire-core 0.9). A default of the wrong type is refused with the field's own words."""

    name: str | None = None
    type: FieldType | None = None
    status: FieldStatus | None = None
    required: bool | None = None
    only_admin_can_edit: bool | None = None
    allowed_values: list[str] | None = None
    description: str | None = None
    placeholder: str | None = None
    workspace_default_value: Any = None

    def to_details(self) -> FieldDetails:
        return FieldDetails(
            name=self.name,
            type=self.type,
            status=self.status,
            required=self.required,
            only_admin_can_edit=self.only_admin_can_edit,
            allowed_values=None if self.allowed_values is None else tuple(self.allowed_values),
            description=self.description,
            placeholder=self.placeholder,
            default_value=self.workspace_default_value,
        )


class CustomFieldCreateIn(CustomFieldUpdateIn):
    entity_type: EntityType | None = None

    def to_details(self) -> FieldDetails:
        return msgspec.structs.replace(super().to_details(), entity_type=self.entity_type)


class OverrideIn(In):
    """PATCH merges: an absent `defaultValue` stays, null takes it away."""

    default_value: Any = msgspec.UNSET
    status: FieldStatus | None = None


class UserValueIn(In):
    value: Any = None


class ProjectFieldsQuery(Query):
    """The list is never paged; `page` and `page-size` are ignored."""

    status: FieldStatus | None = None
    entity_type: tuple[EntityType, ...] = ()

    def wanted(self) -> FieldFilter:
        return FieldFilter(status=self.status, entity_types=frozenset(self.entity_type))


class FieldsQuery(ProjectFieldsQuery):
    name: str | None = None

    def wanted(self) -> FieldFilter:
        return msgspec.structs.replace(super().wanted(), name_part=self.name)


def custom_field_out(shown: ShownField) -> CustomFieldOut:
    field = shown.field
    return CustomFieldOut(
        id=field.id,
        name=field.name,
        workspace_id=field.workspace_id,
        entity_type=EntityType(field.entity_type),
        type=FieldType(field.type),
        status=FieldStatus(field.status),
        required=field.required,
        only_admin_can_edit=field.only_admin_can_edit,
        allowed_values=rules.options_of(field),
        description=field.description,
        placeholder=field.placeholder,
        workspace_default_value=rules.value_of(field.default_value),
        project_default_values=[
            ProjectDefaultOut(
                project_id=override.project_id,
                status=FieldStatus(override.status),
                value=rules.value_of(override.value),
            )
            for override in shown.overrides
        ],
    )


def custom_fields_out(by_project: Mapping[str, list[ShownField]]) -> dict[str, list[CustomFieldOut]]:
    """Fields of many projects: one that several of them share is converted once."""
    known: dict[int, CustomFieldOut] = {}
    for fields in by_project.values():
        for shown in fields:
            if id(shown) not in known:
                known[id(shown)] = custom_field_out(shown)
    return {project_id: [known[id(shown)] for shown in fields] for project_id, fields in by_project.items()}


def user_value_out(value: UserValue) -> UserCustomFieldValueOut:
    return UserCustomFieldValueOut(
        custom_field_id=value.field.id,
        custom_field_name=value.field.name,
        custom_field_type=FieldType(value.field.type),
        user_id=value.user_id,
        value=value.value,
    )


def full_user_value_out(value: UserValue) -> FullUserValueOut:
    return FullUserValueOut(
        custom_field_id=value.field.id,
        name=value.field.name,
        type=FieldType(value.field.type),
        source_type=UserValueSource.USER if value.is_own else UserValueSource.WORKSPACE,
        user_id=value.user_id,
        value=value.value,
        custom_field=custom_field_out(ShownField(value.field)),
    )


def entry_value_out(entry_id: str, shown: ShownValue) -> EntryValueOut:
    return EntryValueOut(
        custom_field_id=shown.field.id,
        time_entry_id=entry_id,
        name=shown.field.name,
        type=FieldType(shown.field.type),
        value=shown.value,
    )
