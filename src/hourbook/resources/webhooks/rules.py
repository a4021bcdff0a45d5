"""What a webhook is: the 51 events, what their bodies are of, what each can be narrowed down to, and the checks.

Pure. Where a webhook's address may lead is checked elsewhere (access/receivers.py), when it is tried again and how
it is signed stands in `rules_deliveries.py`.
"""

import enum

import msgspec

from hourbook.core.errors import InvalidValue, LimitReached

NAME_LEAST, NAME_MOST = 2, 30
SOURCES_LIMIT = 500
# What encrypted values are for; the columns of the table say the same.
TOKEN_PURPOSE = "webhooks.auth_token"  # noqa: S105 (what it is for)
SECRET_PURPOSE = "webhooks.signing_secret"  # noqa: S105 (what it is for)
PREVIOUS_PURPOSE = "webhooks.previous_signing_secret"
OVERLAP_US = 24 * 3600 * 1_000_000
# How many earlier secrets sign beside the newest one at most: each of them is a signature in a header.
EARLIER_LIMIT = 4


class Source(enum.StrEnum):
    """What the ids of a webhook's sources are of."""

    PROJECT_ID = "PROJECT_ID"
    USER_ID = "USER_ID"
    TAG_ID = "TAG_ID"
    TASK_ID = "TASK_ID"
    WORKSPACE_ID = "WORKSPACE_ID"
    ASSIGNMENT_ID = "ASSIGNMENT_ID"
    EXPENSE_ID = "EXPENSE_ID"


class Family(enum.StrEnum):
    """What the body of an event is of."""

    TIME_ENTRY = "time entry"
    PROJECT = "project"
    TASK = "task"
    CLIENT = "client"
    TAG = "tag"
    USER = "user"
    USER_EMAIL = "user with the address before"
    INVITATION = "invitation"
    LIMITED_USERS = "limited users"
    GROUP = "group"
    INVOICE = "invoice"
    APPROVAL = "approval request"
    TIME_OFF = "time-off request"
    BALANCE = "balance"
    EXPENSE = "expense"
    EXPENSE_IDS = "ids of an expense"
    ASSIGNMENT = "ids of an assignment"
    RATE = "rate"


_WORKSPACE = frozenset({Source.WORKSPACE_ID})
_BY_USER = _WORKSPACE | {Source.USER_ID}
_TIME = _BY_USER | {Source.PROJECT_ID, Source.TASK_ID, Source.TAG_ID}
_EXPENSE = _BY_USER | {Source.PROJECT_ID, Source.EXPENSE_ID}
_ASSIGNMENT = _BY_USER | {Source.PROJECT_ID, Source.ASSIGNMENT_ID}
_PERSON = frozenset({Source.USER_ID})

_TABLE: tuple[tuple[str, Family, frozenset[Source]], ...] = (
    ("NEW_TIMER_STARTED TIMER_STOPPED NEW_TIME_ENTRY TIME_ENTRY_UPDATED", Family.TIME_ENTRY, _TIME),
    ("TIME_ENTRY_DELETED TIME_ENTRY_RESTORED TIME_ENTRY_SPLIT", Family.TIME_ENTRY, _TIME),
    ("NEW_PROJECT PROJECT_UPDATED PROJECT_DELETED", Family.PROJECT, _BY_USER | {Source.PROJECT_ID}),
    ("NEW_TASK TASK_UPDATED TASK_DELETED", Family.TASK, _WORKSPACE | {Source.PROJECT_ID, Source.TASK_ID}),
    ("NEW_CLIENT CLIENT_UPDATED CLIENT_DELETED", Family.CLIENT, _WORKSPACE),
    ("NEW_TAG TAG_UPDATED TAG_DELETED", Family.TAG, _WORKSPACE | {Source.TAG_ID}),
    ("USER_JOINED_WORKSPACE USER_DELETED_FROM_WORKSPACE", Family.USER, _BY_USER),
    ("USER_ACTIVATED_ON_WORKSPACE USER_DEACTIVATED_ON_WORKSPACE", Family.USER, _BY_USER),
    # Of these the live service wants to know of whom (wire-events section 1).
    ("USER_UPDATED", Family.USER, _PERSON),
    ("USER_EMAIL_CHANGED", Family.USER_EMAIL, _PERSON),
    ("USERS_INVITED_TO_WORKSPACE", Family.INVITATION, _WORKSPACE),
    ("LIMITED_USERS_ADDED_TO_WORKSPACE", Family.LIMITED_USERS, _WORKSPACE),
    ("USER_GROUP_CREATED USER_GROUP_UPDATED USER_GROUP_DELETED", Family.GROUP, _WORKSPACE),
    ("NEW_INVOICE INVOICE_UPDATED", Family.INVOICE, _WORKSPACE),
    ("NEW_APPROVAL_REQUEST APPROVAL_REQUEST_STATUS_UPDATED", Family.APPROVAL, _BY_USER),
    ("TIME_OFF_REQUESTED TIME_OFF_REQUEST_UPDATED TIME_OFF_REQUEST_APPROVED", Family.TIME_OFF, _BY_USER),
    ("TIME_OFF_REQUEST_REJECTED TIME_OFF_REQUEST_STARTED TIME_OFF_REQUEST_WITHDRAWN", Family.TIME_OFF, _BY_USER),
    ("BALANCE_UPDATED", Family.BALANCE, _BY_USER),
    ("EXPENSE_CREATED EXPENSE_RESTORED", Family.EXPENSE, _EXPENSE),
    ("EXPENSE_UPDATED EXPENSE_DELETED", Family.EXPENSE_IDS, _EXPENSE),
    ("ASSIGNMENT_CREATED ASSIGNMENT_UPDATED ASSIGNMENT_DELETED ASSIGNMENT_PUBLISHED", Family.ASSIGNMENT, _ASSIGNMENT),
    ("BILLABLE_RATE_UPDATED COST_RATE_UPDATED", Family.RATE, _WORKSPACE),
)


class EventKind(msgspec.Struct, frozen=True):
    """One of the events: what its body is of, what it can be narrowed down to."""

    name: str
    family: Family
    sources: frozenset[Source]


EVENTS: dict[str, EventKind] = {
    name: EventKind(name, family, sources) for names, family, sources in _TABLE for name in names.split()
}


class WebhookType(enum.StrEnum):
    """Whose webhooks a list asks for."""

    USER_CREATED = "USER_CREATED"
    SYSTEM = "SYSTEM"
    ADDON = "ADDON"


class Webhook(msgspec.Struct):
    """A row of the table. `source_ids`: JSON; `auth_token` and the secrets are encrypted.

    `delivery_enabled` is false after days of nothing but failures. `asked_at_us`: when somebody last asked for a test.
    """

    workspace_id: str
    id: str
    user_id: str
    addon_id: str | None
    name: str
    url: str
    event: str
    source_type: str
    source_ids: str
    enabled: bool
    delivery_enabled: bool
    auth_token: bytes
    signing_secret: bytes
    previous_signing_secret: bytes | None = None
    previous_ends_at_us: int | None = None
    asked_at_us: int | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids it is narrowed down to; none for everything."""
        return decode_sources(self.source_ids)


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants of a webhook. `name` None: as it is, or made up."""

    name: str | None
    url: str
    event: str
    source_type: Source
    source_ids: tuple[str, ...]


class Sealed(msgspec.Struct, frozen=True):
    """New secrets, encrypted, and what is shown once."""

    auth_token: bytes
    signing_secret: bytes
    shown_secret: str


decode_sources = msgspec.json.Decoder(tuple[str, ...]).decode


def encode_sources(ids: tuple[str, ...]) -> str:
    return msgspec.json.encode(ids).decode()


def check_wanted(wanted: Wanted, workspace_id: str) -> Wanted:
    """With its name and each id once; InvalidValue for an event, a source or a name that cannot be."""
    ids = tuple(dict.fromkeys(wanted.source_ids))
    kind = EVENTS.get(wanted.event)
    if kind is None:
        raise InvalidValue("Webhook event must be one of the published ones")
    if wanted.source_type not in kind.sources:
        words = ", ".join(sorted(kind.sources))
        raise InvalidValue(f"Trigger source type of {wanted.event} must be one of {words}")
    if wanted.source_type is not Source.WORKSPACE_ID and not ids:
        raise InvalidValue(f"Trigger source type {wanted.source_type} needs at least one id as trigger source")
    if len(ids) > SOURCES_LIMIT:
        raise InvalidValue(f"A webhook can have at most {SOURCES_LIMIT} trigger sources")
    if wanted.source_type is Source.WORKSPACE_ID and ids not in ((), (workspace_id,)):
        raise InvalidValue("Trigger source of the type WORKSPACE_ID must be the id of this workspace")
    name = None if wanted.name is None else check_name(wanted.name)
    return msgspec.structs.replace(wanted, name=name, source_ids=ids)


def check_nobodys(webhook: Webhook) -> None:
    """InvalidValue for a webhook that belongs to an add-on."""
    if webhook.addon_id is not None:
        raise InvalidValue("This webhook belongs to an add-on. Switch the add-on off, or remove it")


def check_name(name: str) -> str:
    """The name without surrounding blanks; InvalidValue in the recorded words when it is too short or too long."""
    trimmed = name.strip()
    if not NAME_LEAST <= len(trimmed) <= NAME_MOST:
        raise InvalidValue(f"length must be between {NAME_LEAST} and {NAME_MOST}")
    return trimmed


def made_up_name(event: str) -> str:
    """What a webhook is called that was made without a name, as some programs do (wire-events section 8)."""
    return event.replace("_", " ").capitalize()[:NAME_MOST].strip()


def check_room(*, own_count: int, own_limit: int, count: int, limit: int) -> None:
    """LimitReached for somebody, or a workspace, that has as many as the operator allows."""
    if own_count >= own_limit:
        raise LimitReached(own_limit, "webhooks of your own")
    if count >= limit:
        raise LimitReached(limit, "webhooks in this workspace")


def check_first_row(page: int, size: int, *, most: int) -> int:
    """The offset of a page of a list whose first page is 0; InvalidValue for what is none."""
    if page < 0:
        raise InvalidValue("Page number must be greater than or equal to 0")
    if not 1 <= size <= most:
        raise InvalidValue(f"Page size must be between 1 and {most}")
    return min(page * size, (1 << 31) - 1)


# --- earlier secrets: a line for each, with the moment it ends, the newest first ----------------------------


def with_earlier(kept: str, secret: str, *, now_us: int) -> str:
    """What is kept when `secret` is replaced: it has its day, and those before it have what is left of theirs.

    Otherwise a rotation whose answer was lost, and that was asked for again, would end the one secret a receiver knows.
    """
    lines = [f"{now_us + OVERLAP_US} {secret}", *(line for line in kept.splitlines() if _ends_at_us(line) > now_us)]
    return "\n".join(lines[:EARLIER_LIMIT])


def earlier_secrets(kept: str, *, now_us: int) -> tuple[str, ...]:
    """Those that still sign."""
    return tuple(line.partition(" ")[2] for line in kept.splitlines() if _ends_at_us(line) > now_us)


def _ends_at_us(line: str) -> int:
    return int(line.partition(" ")[0])
