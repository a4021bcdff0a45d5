"""What the custom fields say of a time entry: which it has, which values it ends up with. Pure.

An entry keeps its values as one JSON text: by id of a field, the value and where it came from. A
field that is gone is left out when the text is read, so nothing is rewritten when a field goes.
Source: wire-core sections 8, 10 and 13 (row 6).
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hourbook.core.errors import AccessDenied, InvalidValue, NotFound, RequiredFieldMissing
from hourbook.resources.custom_fields.rules import (
    CustomField,
    FieldStatus,
    Override,
    check_value,
    fits,
    status_in,
    value_of,
)


class SourceType(enum.StrEnum):
    """Whose word a value is: the field's default, the project's, or of whoever wrote the entry."""

    WORKSPACE = "WORKSPACE"
    PROJECT = "PROJECT"
    TIMEENTRY = "TIMEENTRY"


class StoredValue(msgspec.Struct, array_like=True, frozen=True):
    """A value on an entry; never None."""

    value: Any
    source: SourceType


Stored = Mapping[str, StoredValue]


class EntryFields(msgspec.Struct, frozen=True):
    """The fields of time entries, oldest first, and what projects make of them, by project and field."""

    fields: tuple[CustomField, ...] = ()
    overrides: Mapping[tuple[str, str], Override] = {}

    def override(self, field: CustomField, project_id: str | None) -> Override | None:
        return None if project_id is None else self.overrides.get((project_id, field.id))

    def is_visible(self, field: CustomField, project_id: str | None) -> bool:
        """Whether entries of the project (None: of none) have the field."""
        return status_in(field, self.override(field, project_id)) == FieldStatus.VISIBLE

    def visible(self, project_id: str | None) -> list[CustomField]:
        """The fields that entries of the project have."""
        return [field for field in self.fields if self.is_visible(field, project_id)]


class ShownValue(msgspec.Struct):
    """A field of an entry and its value, None when it has none."""

    field: CustomField
    value: Any


class Wish(msgspec.Struct, kw_only=True):
    """What somebody wants the fields of an entry to say.

    `given`: values by field. `before`: what the entry said until now, None for a new one. `copied`: what another
    entry says, for the fields that nothing is given for.
    """

    given: Mapping[str, Any] = {}
    before: str | None = None
    is_new: bool = True
    copied: str | None = None
    is_admin: bool = False


_decode = msgspec.json.Decoder(dict[str, StoredValue]).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def stored_values(text: str | None) -> Stored:
    """The values of a stored text by field."""
    return {} if text is None else _decode(text)


def stored_text(values: Stored) -> str | None:
    """How values are stored; None when there are none."""
    return _encode(values).decode() if values else None


def shown_values(visible: Sequence[CustomField], text: str | None) -> list[ShownValue]:
    """The fields an entry has, with its values."""
    values = stored_values(text)
    return [ShownValue(field, values[field.id].value if field.id in values else None) for field in visible]


def settled(known: EntryFields, project_id: str | None, wish: Wish) -> str | None:
    """What the entry says from now on, as it is stored.

    A field that nothing is said of gets its default (a PUT replaces). What the entry does not show, and what its
    writer may not change, stays. NotFound for an unknown field, InvalidValue for a value it cannot have,
    AccessDenied for a change that is for admins.
    """
    if wish.given.keys() - {field.id for field in known.fields}:
        raise NotFound("Custom field")
    before = stored_values(wish.before)
    found: dict[str, StoredValue | None] = {}
    for field in known.fields:
        old = before.get(field.id)
        default = default_of(field, known.override(field, project_id))
        if not known.is_visible(field, project_id):
            found[field.id] = old
            _refuse_hidden(field, old, wish)
        elif field.only_admin_can_edit and not wish.is_admin:
            found[field.id] = default if wish.is_new else old
            _refuse_change(field, found[field.id], wish)
        elif field.id in wish.given:
            found[field.id] = _given(field, wish.given[field.id], default)
        else:
            found[field.id] = _copied(field, wish, default)
    return stored_text({field_id: value for field_id, value in found.items() if value is not None})


def imported(known: EntryFields, given: Mapping[str, Any]) -> str | None:
    """What a brought entry says: the values given for fields that are there, and nothing else."""
    if given.keys() - {field.id for field in known.fields}:
        raise NotFound("Custom field")
    found = {field.id: _given(field, given[field.id], None) for field in known.fields if field.id in given}
    return stored_text({field_id: value for field_id, value in found.items() if value is not None})


def default_of(field: CustomField, override: Override | None) -> StoredValue | None:
    """The default of an entry: the project's if it has one, else the workspace's; only while the field may have it."""
    for text, source in (
        (None if override is None else override.value, SourceType.PROJECT),
        (field.default_value, SourceType.WORKSPACE),
    ):
        if text is not None and fits(field, value_of(text)):
            return StoredValue(value_of(text), source)
    return None


def _given(field: CustomField, value: Any, default: StoredValue | None) -> StoredValue | None:
    checked = check_value(field, value)
    if checked is None:
        return None
    # A client that sends back what it read changes nothing, so whose word it was stays.
    if default is not None and _same(default.value, checked):
        return default
    return StoredValue(checked, SourceType.TIMEENTRY)


def _copied(field: CustomField, wish: Wish, default: StoredValue | None) -> StoredValue | None:
    value = stored_values(wish.copied).get(field.id)
    return value if value is not None and fits(field, value.value) else default


def _refuse_hidden(field: CustomField, kept: StoredValue | None, wish: Wish) -> None:
    """A value is never lost in silence. Saying that there is none, or what is kept anyway, changes nothing."""
    value = check_value(field, wish.given.get(field.id))
    if value is not None and not _same(value, kept and kept.value):
        raise InvalidValue(f"The custom field {field.name} is not in use on this time entry")


def _refuse_change(field: CustomField, kept: StoredValue | None, wish: Wish) -> None:
    if field.id in wish.given and not _same(check_value(field, wish.given[field.id]), kept and kept.value):
        raise AccessDenied


def _same(one: Any, other: Any) -> bool:
    """Equal values of one kind: `True` is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def check_required(known: EntryFields, project_id: str | None, text: str | None, *, is_admin: bool) -> None:
    """RequiredFieldMissing when a finished entry lacks a value that its writer has to give."""
    values = stored_values(text)
    for field in known.fields:
        is_theirs = is_admin or not field.only_admin_can_edit
        if field.required and is_theirs and field.id not in values and known.is_visible(field, project_id):
            raise RequiredFieldMissing(f"Custom field {field.name}")
