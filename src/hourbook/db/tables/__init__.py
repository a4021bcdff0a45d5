"""All tables, one module a slice; importing this package completes `METADATA`."""

from hourbook.db.tables import (
    access,
    clients,
    custom_fields,
    files,
    groups,
    invitations,
    jobs,
    journal,
    mail,
    projects,
    rates,
    shared_reports,
    single_sign_on,
    tags,
    tasks,
    time_entries,
    workspaces,
)
from hourbook.db.tables.columns import METADATA

__all__ = [
    "METADATA",
    "access",
    "clients",
    "custom_fields",
    "files",
    "groups",
    "invitations",
    "jobs",
    "journal",
    "mail",
    "projects",
    "rates",
    "shared_reports",
    "single_sign_on",
    "tags",
    "tasks",
    "time_entries",
    "workspaces",
]
