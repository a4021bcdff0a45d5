"""The JSON of personal data: an own surface, so these spellings are ours.

Only this file knows them: stored names become camelCase, instants text, stored JSON itself. It decides nothing.
"""

from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.clock import seconds_of
from hourbook.http.wire import In, Out
from hourbook.resources.privacy.rules import Confirmed

# Columns that hold JSON.
_JSON = frozenset({"settings", "value", "working_days", "custom_fields"})


class ConfirmationIn(In):
    """`confirmation`: the person's e-mail address."""

    confirmation: str | None = None

    def of(self, user_id: str) -> Confirmed:
        return Confirmed(user_id, self.confirmation)


class ErasedOut(Out):
    user_id: str


def document(account: dict[str, Any], sections: dict[str, list[dict[str, Any]]], journal: list[Any]) -> bytes:
    """All of a person's data as one JSON document."""
    told = {
        "account": _told(account),
        **{name: [_told(row) for row in rows] for name, rows in sections.items()},
        "journal": [_journal_row(row) for row in journal],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {_camel(name): value for name, value in (_converted(*item) for item in row.items())}


def _converted(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith("_at_us"):
        return name.removesuffix("_us"), None if value is None else _instant(value)
    if name.endswith("_s"):
        return name.removesuffix("_s"), None if value is None else format_instant(value)
    if name in _JSON and value is not None:
        return name, msgspec.json.decode(value)
    return name, value


def _instant(at_us: int) -> str:
    return format_instant(seconds_of(at_us))


def _journal_row(row: Any) -> dict[str, Any]:
    return {
        "workspaceId": row.workspace_id,
        "revision": row.revision,
        "at": _instant(row.at_us),
        "kind": row.kind,
        "entityId": row.entity_id,
        "verb": row.verb,
        "event": row.event,
        "changed": row.changed,
        "before": row.before,
        "after": row.after,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
