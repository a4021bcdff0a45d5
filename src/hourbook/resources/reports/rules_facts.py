"""What entries point to, as far as reports read it: projects, clients, tasks, tags, groups. Pure, and without arrays.

They are read once for a whole workspace and kept beside the columns, so they hold nothing that a report
does not need.
"""

import msgspec


class ProjectFacts(msgspec.Struct, frozen=True):
    """A project as far as reports read it; `client_id` empty without one."""

    id: str
    name: str
    color: str
    client_id: str
    archived: bool
    is_public: bool


class ClientFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    archived: bool


class TaskFacts(msgspec.Struct, frozen=True):
    """A task; one that is done counts as archived."""

    id: str
    name: str
    project_id: str
    archived: bool


class TagFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    archived: bool


class GroupFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    user_ids: tuple[str, ...]
