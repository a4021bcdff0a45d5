"""What a mail in the outbox is, which mails there are, and when one that failed is tried again.

Pure. How a mail reads stands in `worker/mails`; here stands which values each one needs. A value
whose name ends in `_at_us` is an instant (microseconds) and is shown in the receiver's zone, one in `_days` two
days (`2026-05-01/2026-05-31`), in `_seconds` a duration, in `_word` a word of ours that each language has its own for.
"""

import enum
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue

ADDRESS_LIMIT = 320
REASON_LIMIT = 300
TRIES = 12
LEASE_SECONDS = 120
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 4 * 3600
MICROSECONDS = 1_000_000
# Portions that no waiting mail needs are removed after so long: before that their mail may still be queued.
LEFT_OVER_SECONDS = 86_400
# A mail that waits longer than this is worth a word to the operator.
LONG_WAIT_SECONDS = 3600

Values = dict[str, str | int]

_REPORT = frozenset(
    {"report", "workspace", "owner", "type_word", "range_days", "report_zone", "tracked_seconds", "rows", "link"}
)
# Every mail there is, with the names of the values it needs.
TEMPLATES: dict[str, frozenset[str]] = {
    "test": frozenset(),
    "invitation": frozenset({"workspace", "inviter", "link", "expires_at_us"}),
    "added_to_workspace": frozenset({"workspace", "inviter", "link"}),
    "password_reset": frozenset({"link", "expires_at_us"}),
    "password_changed": frozenset({"changed_at_us", "link"}),
    "new_sign_in": frozenset({"signed_in_at_us", "client_address", "user_agent", "link"}),
    "workspace_deletion_announced": frozenset({"workspace", "requester", "deleted_at_us", "link"}),
    "webhook_disabled": frozenset({"webhook", "workspace", "address", "reason_word", "link"}),
    "scheduled_report": _REPORT,
    "scheduled_report_too_large": _REPORT | {"size_megabytes", "limit_megabytes"},
    "scheduled_report_paused": frozenset({"report", "workspace", "failure_word", "link"}),
    "scheduled_report_failed": frozenset({"report", "workspace", "failure_word", "message", "link"}),
}


class MailState(enum.StrEnum):
    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to be queued. `values`: what its template needs (see `TEMPLATES`).

    `language`: a tag like `EN` or `de-AT`; one that is not there falls back to English. `account_id`:
    set when the mail is of an account itself and of no workspace. `attachment_id`: the file that goes with it.
    """

    to: str
    template: str
    values: Values
    language: str = "EN"
    zone: str = "UTC"
    account_id: str | None = None
    attachment_id: str | None = None


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes with mails: how it is called there, and in how many portions it lies here."""

    id: str
    file_name: str
    content_type: str
    parts_count: int


class AttachedFile(msgspec.Struct, frozen=True):
    """A file with its content, as it is sent."""

    name: str
    content_type: str
    content: bytes


class QueuedMail(msgspec.Struct):
    """A row of the outbox. `details`: JSON of the values, `{}` once it is over."""

    workspace_id: str
    id: str
    state: MailState
    recipient: str
    template: str
    details: str
    language: str
    zone: str
    attempts: int
    next_try_at_us: int
    reason: str
    created_at_us: int
    updated_at_us: int
    attachment_id: str | None = None


class Settled(msgspec.Struct, frozen=True):
    """What becomes of a mail after a try: its state, when it is due again, and why it was not sent."""

    state: MailState
    next_try_at_us: int
    reason: str


def check_mail(mail: Mail) -> None:
    """LookupError for a template that does not exist or lacks values (a bug); InvalidValue for an address."""
    wanted = TEMPLATES.get(mail.template)
    if wanted is None or wanted != mail.values.keys():
        raise LookupError(f"the mail {mail.template} needs the values {sorted(wanted or ())}")
    check_address(mail.to)


def check_address(address: str) -> str:
    """An address that mail can be sent to as it is; no line break can smuggle a header in."""
    name, _, host = address.rpartition("@")
    if not name or not host or len(address) > ADDRESS_LIMIT or any(c.isspace() or not c.isprintable() for c in address):
        raise InvalidValue("The mail address is not valid")
    return address


def encode_values(values: Values) -> str:
    return msgspec.json.encode(values).decode()


def decode_values(text: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def lease_until_us(now_us: int) -> int:
    """Until when nobody else takes a mail that was just leased."""
    return now_us + LEASE_SECONDS * MICROSECONDS


def settled_as_sent(now_us: int) -> Settled:
    return Settled(MailState.SENT, now_us, "")


def settled_as_refused(reason: str, *, attempts: int, is_final: bool, now_us: int) -> Settled:
    """Tried again after a pause that doubles, unless the refusal is final or it was the last try."""
    reason = " ".join(reason.split())[:REASON_LIMIT]
    if is_final or attempts >= TRIES:
        return Settled(MailState.FAILED, now_us, reason)
    pause_seconds = min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS)
    return Settled(MailState.QUEUED, now_us + pause_seconds * MICROSECONDS, reason)
