"""What a client is and what its fields may hold.

Structs, words and checks, without clock, database or wire: the same arguments give the same
answer.
"""

import enum

import msgspec

from hourbook.core.errors import ActiveCannotBeDeleted, InvalidValue

NAME_LIMIT = 100
TEXT_LIMIT = 3000
EMAIL_LIMIT = 320
CC_EMAILS_LIMIT = 3


class ClientSort(enum.StrEnum):
    NAME = "NAME"
    EMAIL = "EMAIL"
    NOTE = "NOTE"


class Client(msgspec.Struct):
    """A client. Names are unique in the workspace, archived ones included.

    `cc_emails` is the stored JSON list, None when there never was one.
    """

    workspace_id: str
    id: str
    name: str
    email: str | None
    address: str | None
    note: str | None
    archived: bool
    cc_emails: str | None
    currency_id: str


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of a client, unchecked; None is "not said"."""

    name: str | None = None
    email: str | None = None
    address: str | None = None
    note: str | None = None
    archived: bool = False
    currency_id: str | None = None
    cc_emails: tuple[str, ...] | None = None


_encode = msgspec.json.Encoder().encode
_decode_emails = msgspec.json.Decoder(list[str]).decode


def check_details(details: Details) -> Details:
    """The details with blanks cut off the name and the addresses; InvalidValue for what breaks a rule."""
    return msgspec.structs.replace(
        details,
        name=_check_name(details.name),
        email=_check_email(details.email) if details.email else None,
        address=_check_text(details.address, "Address"),
        note=_check_text(details.note, "Note"),
        cc_emails=_check_cc(details.cc_emails),
    )


def encode_emails(emails: tuple[str, ...] | None) -> str | None:
    """The stored text of the addresses that get copies."""
    return None if emails is None else _encode(emails).decode()


def decode_emails(text: str | None) -> list[str] | None:
    """The addresses of the stored text."""
    return None if text is None else _decode_emails(text)


def check_deletable(client: Client) -> None:
    """ActiveCannotBeDeleted unless it is archived."""
    if not client.archived:
        raise ActiveCannotBeDeleted("Client")


def _check_name(name: str | None) -> str:
    trimmed = (name or "").strip()
    if not 1 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"Client name has to be between 1 and {NAME_LIMIT} characters long")
    return trimmed


def _check_text(text: str | None, word: str) -> str | None:
    if text is not None and len(text) > TEXT_LIMIT:
        raise InvalidValue(f"{word} can't be longer than {TEXT_LIMIT} characters")
    return text


def _check_email(email: str) -> str:
    """Only what can be no address at all is refused: whether it is one, a mail would have to tell."""
    trimmed = email.strip()
    name, at, host = trimmed.rpartition("@")
    if not (name and at and host) or len(trimmed) > EMAIL_LIMIT or any(letter.isspace() for letter in trimmed):
        raise InvalidValue("Email must be a valid email address")
    return trimmed


def _check_cc(emails: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Three are accepted though the recorded sentence says less (wire-core section 4)."""
    if emails is None:
        return None
    if len(emails) > CC_EMAILS_LIMIT:
        raise InvalidValue("Number of additional emails must be less than 3")
    return tuple(_check_email(email) for email in emails)
