"""All tables, one module a slice; importing this package completes `METADATA`."""

from hourbook.db.tables import access, clients, groups, journal, projects, tags, tasks, time_entries, workspaces
from hourbook.db.tables.columns import METADATA

__all__ = [
    "METADATA",
    "access",
    "clients",
    "groups",
    "journal",
    "projects",
    "tags",
    "tasks",
    "time_entries",
    "workspaces",
]
