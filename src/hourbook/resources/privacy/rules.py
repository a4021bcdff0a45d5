"""What is personal, what an erased account is called, and who may not be erased. Pure.

Erasing makes an account nobody's: name, address, picture, settings and values of custom fields go,
credentials end. What was tracked stays, because hours and money are the workspace's.
"""

from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue

ERASED_NAME = "Erased person"
# By kind of entity: the fields that say something about the person. The journal keeps digests of them.
PERSONAL: dict[str, tuple[str, ...]] = {
    "USER": ("email", "name", "profile_picture", "settings"),
    "MEMBER": ("email_key", "name_key"),
    "USER_CUSTOM_FIELD_VALUE": ("value",),
    "API_KEY": ("name",),
    "FILE": ("name",),
    "SSO_IDENTITY": ("subject",),
}


class Confirmed(msgspec.Struct, frozen=True):
    """Whom to erase, and the address that was typed to confirm it."""

    user_id: str
    confirmation: str | None


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
