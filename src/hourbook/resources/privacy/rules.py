"""What is personal, what an erased account is called, and who may not be erased. Pure.

Erasing makes an account nobody's: name, address, picture, settings and values of custom fields go,
credentials end. What was tracked stays, because hours and money are the workspace's.
"""

from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.errors import InvalidValue
from hourbook.core.money import RateKind

ERASED_NAME = "Erased person"
MICROSECONDS = 1_000_000
# Columns that hold JSON.
_JSON = frozenset({"settings", "value", "working_days", "custom_fields", "filter"})
# By kind of entity: the fields that say something about the person. The journal keeps digests of them.
PERSONAL: dict[str, tuple[str, ...]] = {
    "USER": ("email", "name", "profile_picture", "settings"),
    "MEMBER": ("email_key", "name_key"),
    "USER_CUSTOM_FIELD_VALUE": ("value",),
    "API_KEY": ("name",),
    "FILE": ("name",),
    "SSO_IDENTITY": ("subject",),
    "SHARED_REPORT": ("name", "filter"),
    "EXPORT": ("request",),
    "SCHEDULED_REPORT": ("name", "filter", "request"),
}


class Confirmed(msgspec.Struct, frozen=True):
    """Whom to erase, and the address that was typed to confirm it."""

    user_id: str
    confirmation: str | None


class Erasure(msgspec.Struct):
    """That a person was erased. `covered`: JSON, by the number of a journal row the digest of what is left of it."""

    id: str
    workspace_id: str
    user_id: str
    covered: str


class Standing(msgspec.Struct, frozen=True):
    """What stands in the way of erasing: workspaces owned, and whether the account is in others than this one."""

    owned_names: tuple[str, ...]
    is_elsewhere: bool = False


def erased_email(user_id: str) -> str:
    """An address of nobody, of its own for each account; `.invalid` never exists (RFC 2606)."""
    return f"erased-{user_id}@erased.invalid"


def check_confirmation(confirmation: str | None, email: str) -> None:
    """InvalidValue unless the address of the person was typed."""
    if (confirmation or "").strip().lower() != email.lower():
        raise InvalidValue("To erase a person, confirm with their e-mail address. It can't be undone.")


def check_erasable(standing: Standing) -> None:
    """InvalidValue for the owner of a workspace, and for somebody whom others have a say in."""
    if standing.owned_names:
        names = ", ".join(standing.owned_names[:5])
        raise InvalidValue(f"This person owns workspaces. Hand them over or delete them first: {names}")
    if standing.is_elsewhere:
        raise InvalidValue("This person is in other workspaces too. They can erase themselves, or the operator can")


def without_person(text: str, words: dict[str, str]) -> str:
    """A stored JSON text with some words replaced wherever they are a whole value or a part of one."""
    value = msgspec.json.decode(text)
    return msgspec.json.encode(_replaced(value, words)).decode()


def _replaced(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        for word, other in words.items():
            value = value.replace(word, other)
        return value
    if isinstance(value, dict):
        return {key: _replaced(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, words) for inner in value]
    return value


def without_rates(row: dict[str, Any], hidden: frozenset[RateKind]) -> dict[str, Any]:
    """A row of a table, or what the journal kept of one, with the rates of these kinds as None.

    A row of the timelines says which kind it is; where the journal kept the amount alone, any kind hides it.
    """
    of_kind = {kind.value for kind in hidden}

    def is_hidden(name: str) -> bool:
        if name == "amount_minor":
            return bool(hidden) and row.get("kind") in (None, *of_kind)
        return any(name == f"{kind}_rate_minor" for kind in of_kind)

    return {name: None if is_hidden(name) else value for name, value in row.items()}


# --- the document ------------------------------------------------------------------------------


def document(account: dict[str, Any], sections: dict[str, list[dict[str, Any]]], journal: list[Any]) -> bytes:
    """All of a person's data as one JSON document: names in camelCase, instants as text, stored JSON as itself."""
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
    return format_instant(at_us // MICROSECONDS)


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
