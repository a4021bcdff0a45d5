"""The resources, one folder each with the same file names (design section 3).

`ORDER` is the one declared list: the actions of a slice may use those of slices before it,
never after; later slices react by declaration. `load()` imports every slice's routes, which
fills the operation table.
"""

import importlib

ORDER = ("workspaces", "users", "groups", "clients", "tasks", "projects", "tags", "time_entries")


def load() -> None:
    """Imports all routes and reactions."""
    for name in ORDER:
        importlib.import_module(f"hourbook.resources.{name}.routes")
