"""What a user group is and which names it may have.

Structs, words and checks, without clock, database or wire: the same arguments give the same
answer.
"""

import enum

import msgspec

from hourbook.core.errors import InvalidValue

NAME_LIMIT = 100


class GroupSort(enum.StrEnum):
    ID = "ID"
    NAME = "NAME"


class UserGroup(msgspec.Struct):
    """A group and the people in it. Names are unique in the workspace."""

    workspace_id: str
    id: str
    name: str
    user_ids: tuple[str, ...] = ()


class TeamManager(msgspec.Struct):
    """Somebody who manages all members of a group."""

    group_id: str
    user_id: str
    name: str | None


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or over 100 characters."""
    trimmed = (name or "").strip()
    if not 1 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"User group name has to be between 1 and {NAME_LIMIT} characters long")
    return trimmed
