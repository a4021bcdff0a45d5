"""Comparing an answer with a recorded shape: keys, types and nullability.

A shape is JSON. Words: `id`, `instant`, `duration`, `text`, `integer`, `number`, `boolean`, `null`,
`any`, joined by `|` where both were recorded. An object lists its keys, `{"or null": shape}` may be
null, `[shape]` is a list of such things and `[]` a list nobody recorded an item of. Every recorded
key must be there; a key beyond them must be one of the contract's.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_ID = re.compile(r"[0-9a-f]{24}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DURATION = re.compile(r"PT(?=\d)(\d+H)?(\d+M)?(\d+S)?")

WORDS: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str) and _ID.fullmatch(value) is not None,
    "instant": lambda value: isinstance(value, str) and _INSTANT.fullmatch(value) is not None,
    "duration": lambda value: isinstance(value, str) and _DURATION.fullmatch(value) is not None,
    "text": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "any": lambda value: True,
}

# Beyond the published contract: workspace settings that the official browser extension knows (wire-core section 2), and
# how the official samples of entity changes spell what was recorded otherwise (wire-events section 6).
CLIENT_KEYS = frozenset(
    [
        "breakSettings",
        # Of the answers that make a webhook or its token; no other has it.
        "signingSecret",
        "customLabels",
        "deletionBinId",
        "documentType",
        "expensesEnabled",
        "favoriteEntriesEnabled",
        "invoicingEnabled",
        "isCostRateActive",
        "kioskEnabled",
        "locationsEnabled",
        "schedulingEnabled",
        "screenshotsEnabled",
        "taskBillableEnabled",
        "taskRateEnabled",
        "timeApprovalEnabled",
    ]
)
# Beyond it, too: what other recordings of shared reports and of sums hold, and wire-reports sections 4 and 7 name.
RECORDED_KEYS = frozenset(
    [
        "amountByCurrency",
        "exportVisibleCustomFieldIds",
        "exportVisibleElements",
        "originalLang",
        "subscriptionPlan",
        "timezone",
        "workspace",
    ]
)


@cache
def contract_keys() -> frozenset[str]:
    """The names of all fields in the published contract, and those that clients or recordings have besides."""
    return CLIENT_KEYS | RECORDED_KEYS | frozenset((HERE / "keys.txt").read_text(encoding="utf-8").split())


def differences(shape: Any, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(where, what) for everything that differs; `where` is like `project.memberships[].costRate`."""
    if isinstance(shape, str):
        if not any(WORDS[word](value) for word in shape.split("|")):
            yield path, f"is {value!r:.60} and was recorded as {shape}"
    elif isinstance(shape, list):
        yield from _list_differences(shape, value, path)
    elif "or null" in shape:
        if value is not None:
            yield from differences(shape["or null"], value, path)
    elif not isinstance(value, dict):
        yield path, f"is {value!r:.60} and was recorded as an object"
    else:
        for key in sorted(shape.keys() | value.keys()):
            inner = f"{path}.{key}" if path else key
            if key not in value:
                yield inner, "is missing"
            elif key in shape:
                yield from differences(shape[key], value[key], inner)
            elif key not in contract_keys():
                yield inner, "is no key of the contract"


def _list_differences(shape: list[Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield path, f"is {value!r:.60} and was recorded as a list"
    elif shape and not value:
        yield path + "[]", "has no item to compare"
    elif shape:
        for item in value:
            yield from differences(shape[0], item, path + "[]")
