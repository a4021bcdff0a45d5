"""The resources, one folder each with the same file names (design section 3).

`ORDER` is the one declared list: the actions of a slice may use those of slices before it,
never after; later slices react by declaration. `load()` imports every slice's routes (those of
large slices are split by sub-noun: `routes_keys.py`), which fills the operation table.
"""

import importlib
import pkgutil

# Actions that compute reports, and what makes files of them: they need libraries that take time and memory to
# load, so a process imports them with its first report. Nothing reacts in them.
LATE = (
    "reports.actions",
    "exports.actions_making",
    "shared_reports.actions_opening",
    "scheduled_reports.actions_making",
)
ORDER = (
    "rates",
    "workspaces",
    "custom_fields",
    "files",
    "jobs",
    "mail",
    "users",
    "sign_in",
    "groups",
    "clients",
    "tasks",
    "projects",
    "invitations",
    "single_sign_on",
    "tags",
    "time_entries",
    "reports",
    "shared_reports",
    "exports",
    "scheduled_reports",
    "webhooks",
    "addons",
    "changes",
    "audit",
    "undo",
    "privacy",
    "permissions",
    "storage",
)


def is_late(module: str) -> bool:
    """Whether `slice.module` is (or was split off) one that is imported where it is first used."""
    return any(module == late or module.startswith(f"{late}_") for late in LATE)


def load() -> None:
    """Imports all routes and reactions."""
    for name in ORDER:
        package = importlib.import_module(f"hourbook.resources.{name}")
        for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
            if module.split("_")[0] in ("actions", "routes") and not is_late(f"{name}.{module}"):
                importlib.import_module(f"hourbook.resources.{name}.{module}")
