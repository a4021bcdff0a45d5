"""Which scope of add-ons an operation asks for when its declaration does not say.

An operation of the contract asks for its slice's family: READ, or WRITE when it changes something. Operations of our
own surface are closed to add-ons. Where the contract differs, the declaration says `scope=` itself.
"""

from hourbook.core.addon_scopes import SCOPES

# For an operation about things of several kinds: its handler asks for the scope of each (`Actor.check_scope`).
OF_CONTENT = "*"
# For what belongs to the add-on itself: no scope is needed.
OF_ITSELF = ""
_OF_SLICES = {
    "clients": "CLIENT",
    "projects": "PROJECT",
    "tags": "TAG",
    "tasks": "TASK",
    "time_entries": "TIME_ENTRY",
    "expenses": "EXPENSE",
    "invoices": "INVOICE",
    "users": "USER",
    "files": "USER",
    "groups": "GROUP",
    "workspaces": "WORKSPACE",
    "custom_fields": "CUSTOM_FIELDS",
    "approvals": "APPROVAL",
    "scheduling": "SCHEDULING",
    "reports": "REPORTS",
    "shared_reports": "REPORTS",
    "time_off": "TIME_OFF",
    "holidays": "TIME_OFF",
}


def default_scope(module: str, surface: str, *, is_write: bool) -> str | None:
    """The scope of an operation in this module; None when it is closed to add-ons."""
    family = _OF_SLICES.get(module.split(".")[-2:][0])
    if family is None or surface == "OWN":
        return None
    return f"{family}_{'WRITE' if is_write else 'READ'}"


def check_scope(scope: str | None) -> None:
    """LookupError for a word that is no scope."""
    if scope not in (None, OF_CONTENT, OF_ITSELF, *SCOPES):
        raise LookupError(f"there is no scope {scope}")
