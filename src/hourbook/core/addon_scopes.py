"""The scopes of add-ons: thirty words, what an add-on may read and what it may write (wire-events section 4).

WRITE does not include READ. Which one an operation asks for stands in http/addon_scopes.py.
"""

FAMILIES = (
    *("CLIENT", "PROJECT", "TAG", "TASK", "TIME_ENTRY", "EXPENSE", "INVOICE", "USER", "GROUP", "WORKSPACE"),
    *("CUSTOM_FIELDS", "APPROVAL", "SCHEDULING", "REPORTS", "TIME_OFF"),
)
SCOPES = tuple(f"{family}_{kind}" for family in FAMILIES for kind in ("READ", "WRITE"))
