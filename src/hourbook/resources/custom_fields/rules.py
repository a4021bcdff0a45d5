"""What a custom field is, and which values it takes. Pure.

Values travel as JSON values and are stored as JSON text: text, a number, a flag, or a list of
text; None is no value. Which value an entry ends up with is decided in `rules_values.py`.
Types, words and limits follow wire-core section 10.
"""

import enum
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue, LimitReached
from hourbook.core.text import fold

NAME_LIMIT = 250
TEXT_LIMIT = 3000
OPTION_LIMIT = 250
OPTIONS_LIMIT = 500
# A link leads to a page or a mailbox; "host:port" without a scheme is one too.
_SCHEME = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):(?![0-9])")
_LINK_SCHEMES = frozenset({"http", "https", "mailto"})


class FieldType(enum.StrEnum):
    TXT = "TXT"
    NUMBER = "NUMBER"
    DROPDOWN_SINGLE = "DROPDOWN_SINGLE"
    DROPDOWN_MULTIPLE = "DROPDOWN_MULTIPLE"
    CHECKBOX = "CHECKBOX"
    LINK = "LINK"


class EntityType(enum.StrEnum):
    """Whose field it is."""

    TIMEENTRY = "TIMEENTRY"
    USER = "USER"


class FieldStatus(enum.StrEnum):
    """VISIBLE: in use everywhere. INVISIBLE: where a project shows it. INACTIVE: nowhere, but still listed."""

    INACTIVE = "INACTIVE"
    VISIBLE = "VISIBLE"
    INVISIBLE = "INVISIBLE"


class CustomField(msgspec.Struct):
    """A field. `allowed_values`: JSON list of the words of a dropdown; `default_value`: JSON or None.

    The enum columns hold the words as plain text.
    """

    workspace_id: str
    id: str
    name: str
    entity_type: str
    type: str
    status: str
    required: bool
    only_admin_can_edit: bool
    allowed_values: str
    description: str | None
    placeholder: str | None
    default_value: str | None


class Override(msgspec.Struct):
    """What one project makes of a field: whether it shows it, and a default of its own (JSON or None)."""

    workspace_id: str
    project_id: str
    field_id: str
    status: str
    value: str | None


class UserFieldValue(msgspec.Struct):
    """The value somebody has in a field of people (JSON)."""

    workspace_id: str
    user_id: str
    field_id: str
    value: str


class FieldDetails(msgspec.Struct, kw_only=True):
    """What somebody wants a field to be. None: not said."""

    name: str | None = None
    type: FieldType | None = None
    entity_type: EntityType | None = None
    status: FieldStatus | None = None
    required: bool | None = None
    only_admin_can_edit: bool | None = None
    allowed_values: tuple[str, ...] | None = None
    description: str | None = None
    placeholder: str | None = None
    default_value: Any = None


class ShownField(msgspec.Struct):
    """A field with what projects make of it, as far as its reader sees those projects."""

    field: CustomField
    overrides: tuple[Override, ...] = ()


class UserValue(msgspec.Struct):
    """What a field of people says of one person; `is_own` False for the field's default."""

    field: CustomField
    user_id: str
    value: Any
    is_own: bool


class FieldFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of fields is narrowed to; None and empty do not filter."""

    name_part: str | None = None
    status: FieldStatus | None = None
    entity_types: frozenset[EntityType] = frozenset()


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_decode_options = msgspec.json.Decoder(list[str]).decode


def value_of(text: str | None) -> Any:
    """The value of a stored text."""
    return None if text is None else _decode(text)


def text_of(value: Any) -> str | None:
    """How a value is stored; None for no value."""
    return None if value is None else _encode(value).decode()


def options_of(field: CustomField) -> list[str]:
    """The words of a dropdown, in their order."""
    return _decode_options(field.allowed_values)


def check_count(count: int, limit: int) -> None:
    """LimitReached when there are as many fields as there may be."""
    if count >= limit:
        raise LimitReached(limit, "custom fields")


def new_field(workspace_id: str, field_id: str, said: FieldDetails) -> CustomField:
    """A field as it is made; InvalidValue for what it cannot be."""
    if said.type is None:
        raise InvalidValue("type must not be null")
    return _field(workspace_id, field_id, said, entity_type=said.entity_type or EntityType.TIMEENTRY, old_status=None)


def changed_field(before: CustomField, said: FieldDetails) -> CustomField:
    """The field replaced; only its status stays when nothing is said of it. Its type never changes.

    Values that were given under the old definition stay as they are.
    """
    if said.type is None:
        raise InvalidValue("type must not be null")
    if said.type != before.type:
        raise InvalidValue("The type of a custom field can't be changed")
    return _field(before.workspace_id, before.id, said, entity_type=before.entity_type, old_status=before.status)


def _field(
    workspace_id: str, field_id: str, said: FieldDetails, *, entity_type: str, old_status: str | None
) -> CustomField:
    status = said.status or old_status or FieldStatus.VISIBLE
    field = CustomField(
        workspace_id=workspace_id,
        id=field_id,
        name=_check_name(said.name),
        entity_type=str(entity_type),
        type=str(said.type),
        status=str(status),
        required=bool(said.required),
        only_admin_can_edit=bool(said.only_admin_can_edit),
        allowed_values=_encode(_check_options(said)).decode(),
        description=_check_text("description", said.description),
        placeholder=_check_text("placeholder", said.placeholder),
        default_value=None,
    )
    field.default_value = text_of(check_value(field, said.default_value))
    return field


def _check_name(name: str | None) -> str:
    trimmed = (name or "").strip()
    if not 2 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"Custom field name has to be between 2 and {NAME_LIMIT} characters long")
    return trimmed


def _check_text(name: str, text: str | None) -> str | None:
    if text is not None and len(text) > TEXT_LIMIT:
        raise InvalidValue(f"The {name} of a custom field can't be longer than {TEXT_LIMIT} characters")
    return text


def _check_options(said: FieldDetails) -> tuple[str, ...]:
    """The words of a dropdown; fields of other types have none, whatever was said."""
    if said.type not in (FieldType.DROPDOWN_SINGLE, FieldType.DROPDOWN_MULTIPLE):
        return ()
    options = said.allowed_values or ()
    if len(options) > OPTIONS_LIMIT:
        raise InvalidValue(f"A custom field can't have more than {OPTIONS_LIMIT} allowed values")
    if any(not option.strip() or len(option) > OPTION_LIMIT for option in options):
        raise InvalidValue(f"Allowed values have to be between 1 and {OPTION_LIMIT} characters long")
    if len(set(options)) != len(options):
        raise InvalidValue("An allowed value is named twice")
    return options


def check_value(field: CustomField, value: Any) -> Any:
    """The value as it is stored; InvalidValue when a field of this type cannot have it.

    Empty text and an empty list are no value.
    """
    if value is None or value == "" or value == []:
        return None
    reason = _REASONS[FieldType(field.type)](field, value)
    if reason is not None:
        raise InvalidValue(f"The value of {field.name} {reason}")
    # A word named twice is there once.
    return list(dict.fromkeys(value)) if isinstance(value, list) else value


def fits(field: CustomField, value: Any) -> bool:
    """Whether the field, as it is now, may have a value that was given before."""
    return value is None or _REASONS[FieldType(field.type)](field, value) is None


def _wrong_text(field: CustomField, value: Any) -> str | None:
    if not isinstance(value, str):
        return "has to be text"
    return f"can't be longer than {TEXT_LIMIT} characters" if len(value) > TEXT_LIMIT else None


def _wrong_link(field: CustomField, value: Any) -> str | None:
    reason = _wrong_text(field, value)
    if reason is not None:
        return reason
    scheme = _SCHEME.match(value)
    if scheme is not None and scheme[1].lower() not in _LINK_SCHEMES:
        return "has to be a link that begins with http, https or mailto"
    return None


def _wrong_number(field: CustomField, value: Any) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return None if is_number else "has to be a number"


def _wrong_flag(field: CustomField, value: Any) -> str | None:
    return None if isinstance(value, bool) else "has to be true or false"


def _wrong_option(field: CustomField, value: Any) -> str | None:
    return None if isinstance(value, str) and value in options_of(field) else "has to be one of its allowed values"


def _wrong_options(field: CustomField, value: Any) -> str | None:
    options = options_of(field)
    is_good = isinstance(value, list) and all(isinstance(word, str) and word in options for word in value)
    return None if is_good else "has to be a list of its allowed values"


_REASONS = {
    FieldType.TXT: _wrong_text,
    FieldType.NUMBER: _wrong_number,
    FieldType.DROPDOWN_SINGLE: _wrong_option,
    FieldType.DROPDOWN_MULTIPLE: _wrong_options,
    FieldType.CHECKBOX: _wrong_flag,
    FieldType.LINK: _wrong_link,
}


def matching(fields: Sequence[CustomField], wanted: FieldFilter) -> list[CustomField]:
    """The fields of a list, in its order."""
    part = fold(wanted.name_part or "")
    return [
        field
        for field in fields
        if part in fold(field.name)
        and wanted.status in (None, field.status)
        and (not wanted.entity_types or field.entity_type in wanted.entity_types)
    ]


def user_values(fields: Sequence[CustomField], user_id: str, own: dict[str, str]) -> list[UserValue]:
    """What every field of people says of somebody: their own value, else the field's default, else nothing."""
    return [
        UserValue(field, user_id, value_of(own.get(field.id, field.default_value)), field.id in own)
        for field in fields
        if field.entity_type == EntityType.USER
    ]


def status_in(field: CustomField, override: Override | None) -> str:
    """The status a field has in a project; one that is switched off is off everywhere."""
    if override is None or field.status == FieldStatus.INACTIVE:
        return field.status
    return override.status


def of_project(
    fields: Sequence[ShownField],
    project_id: str,
    overrides: Mapping[tuple[str, str], Override],
    *,
    status: FieldStatus | None,
) -> list[ShownField]:
    """The fields as one project shows them; `overrides` by project and field, `status` as it is there.

    A field that the project makes nothing of is `fields`' own, the same for every project.
    """
    found = []
    for shown in fields:
        override = overrides.get((project_id, shown.field.id))
        if status in (None, status_in(shown.field, override)):
            found.append(shown if override is None else ShownField(shown.field, (override,)))
    return found


def changed_override(
    field: CustomField, project_id: str, before: Override | None, *, status: FieldStatus | None, value: Any
) -> Override:
    """What a project makes of a field from now on; what is not said (None, UNSET) stays as it was."""
    old_status, old_value = (field.status, None) if before is None else (before.status, before.value)
    return Override(
        workspace_id=field.workspace_id,
        project_id=project_id,
        field_id=field.id,
        status=str(status or old_status),
        value=old_value if value is msgspec.UNSET else text_of(check_value(field, value)),
    )
