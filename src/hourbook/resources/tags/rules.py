"""What a tag is and which names it may have.

Structs, words and checks, without clock, database or wire: the same arguments give the same
answer.
"""

import enum

import msgspec

from hourbook.core.errors import InvalidValue

NAME_LIMIT = 100


class TagSort(enum.StrEnum):
    ID = "ID"
    NAME = "NAME"


class Tag(msgspec.Struct, kw_only=False):
    """A tag. Names are unique in the workspace, archived ones included."""

    workspace_id: str
    id: str
    name: str
    archived: bool


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or over 100 characters."""
    trimmed = (name or "").strip()
    if not trimmed:
        raise InvalidValue("Tag name must not be empty")
    if len(trimmed) > NAME_LIMIT:
        raise InvalidValue(f"Tag name can't be longer than {NAME_LIMIT} characters")
    return trimmed
