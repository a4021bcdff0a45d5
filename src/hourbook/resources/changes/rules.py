"""Which documents changed within a time: the words, the map from documents to the journal, what counts as what.

Pure: from the marks that the journal left follows what was there before the window and after it, and from that
whether a thing was created, updated or deleted (wire-events section 6).
"""

import enum
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue

MICROSECONDS = 1_000_000
DAYS_SHOWN = 30
_WINDOW_SECONDS = DAYS_SHOWN * 86_400
LIMIT_LIMIT = 5000
PAGE_LIMIT = 1 << 31


class ChangeKind(enum.StrEnum):
    """What became of a thing within a window."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


class DocumentType(enum.StrEnum):
    """The 17 types that can be asked for."""

    APPROVAL_REQUESTS = "APPROVAL_REQUESTS"
    BALANCE = "BALANCE"
    CLIENTS = "CLIENTS"
    CUSTOM_FIELDS = "CUSTOM_FIELDS"
    HOLIDAYS = "HOLIDAYS"
    INVOICES = "INVOICES"
    PROJECTS = "PROJECTS"
    PTO_POLICY = "PTO_POLICY"
    SCHEDULED_ASSIGNMENT = "SCHEDULED_ASSIGNMENT"
    TAGS = "TAGS"
    TASKS = "TASKS"
    TIME_ENTRY = "TIME_ENTRY"
    TIME_ENTRY_CUSTOM_FIELD_VALUE = "TIME_ENTRY_CUSTOM_FIELD_VALUE"
    TIME_ENTRY_RATE = "TIME_ENTRY_RATE"
    TIME_OFF_REQUEST = "TIME_OFF_REQUEST"
    USER = "USER"
    USER_GROUPS = "USER_GROUPS"


# By type: the scope that opens it to an add-on.
SCOPES: Mapping[DocumentType, str] = {
    DocumentType.APPROVAL_REQUESTS: "APPROVAL_READ",
    DocumentType.BALANCE: "TIME_OFF_READ",
    DocumentType.CLIENTS: "CLIENT_READ",
    DocumentType.CUSTOM_FIELDS: "CUSTOM_FIELDS_READ",
    DocumentType.HOLIDAYS: "TIME_OFF_READ",
    DocumentType.INVOICES: "INVOICE_READ",
    DocumentType.PROJECTS: "PROJECT_READ",
    DocumentType.PTO_POLICY: "TIME_OFF_READ",
    DocumentType.SCHEDULED_ASSIGNMENT: "SCHEDULING_READ",
    DocumentType.TAGS: "TAG_READ",
    DocumentType.TASKS: "TASK_READ",
    DocumentType.TIME_ENTRY: "TIME_ENTRY_READ",
    DocumentType.TIME_ENTRY_CUSTOM_FIELD_VALUE: "TIME_ENTRY_READ",
    DocumentType.TIME_ENTRY_RATE: "TIME_ENTRY_READ",
    DocumentType.TIME_OFF_REQUEST: "TIME_OFF_READ",
    DocumentType.USER: "USER_READ",
    DocumentType.USER_GROUPS: "GROUP_READ",
}
# By type: the kinds of the journal whose rows are about it. The first one's table says when it was made and changed.
# A type of a feature that does not exist here has none, so nothing of it ever changed.
KINDS: Mapping[DocumentType, tuple[str, ...]] = {
    DocumentType.APPROVAL_REQUESTS: (),
    DocumentType.BALANCE: (),
    DocumentType.CLIENTS: ("CLIENT",),
    DocumentType.CUSTOM_FIELDS: ("CUSTOM_FIELD",),
    DocumentType.HOLIDAYS: (),
    DocumentType.INVOICES: (),
    DocumentType.PROJECTS: ("PROJECT",),
    DocumentType.PTO_POLICY: (),
    DocumentType.SCHEDULED_ASSIGNMENT: (),
    DocumentType.TAGS: ("TAG",),
    DocumentType.TASKS: ("TASK",),
    DocumentType.TIME_ENTRY: ("TIME_ENTRY",),
    DocumentType.TIME_ENTRY_CUSTOM_FIELD_VALUE: ("TIME_ENTRY",),
    DocumentType.TIME_ENTRY_RATE: ("TIME_ENTRY",),
    DocumentType.TIME_OFF_REQUEST: (),
    DocumentType.USER: ("MEMBER", "USER"),
    DocumentType.USER_GROUPS: ("USER_GROUP",),
}
_decode_names = msgspec.json.Decoder(list[str]).decode
# What of an entry is its rate.
RATE_FIELDS = frozenset({"hourly_rate_minor", "cost_rate_minor", "currency"})
# What never leaves with the last state of a thing that is gone.
UNTOLD = frozenset({"email_key", "name_key", "settings"})


class Span(msgspec.Struct, frozen=True):
    """A window of microseconds, the end not included."""

    start_us: int
    end_us: int


class Wanted(msgspec.Struct, frozen=True):
    """A page of what changed."""

    types: tuple[DocumentType, ...]
    span: Span
    offset: int
    limit: int


class Mark(msgspec.Struct, frozen=True):
    """What one journal row says of one thing. `revision`: where the row stands."""

    thing_id: str
    kind: ChangeKind
    at_us: int
    revision: int
    document: Any = None


class Fate(msgspec.Struct, gc=False):
    """What became of a thing: whether it was there before the window, and how the newest row left it."""

    was_there: bool
    last_kind: ChangeKind
    at_us: int
    revision: int
    document: Any = None

    @property
    def kind(self) -> ChangeKind | None:
        """None for a thing that was neither there before nor is after."""
        is_there = self.last_kind is not ChangeKind.DELETED
        if self.was_there:
            return ChangeKind.UPDATED if is_there else ChangeKind.DELETED
        return ChangeKind.CREATED if is_there else None


_OF_VERBS = {
    "insert": ChangeKind.CREATED,
    "insert_many": ChangeKind.CREATED,
    "delete": ChangeKind.DELETED,
    "delete_many": ChangeKind.DELETED,
}


def kind_of_verb(verb: str) -> ChangeKind:
    """What a verb of the journal does to a thing."""
    return _OF_VERBS.get(verb, ChangeKind.UPDATED)


_MAKING = tuple(verb for verb, kind in _OF_VERBS.items() if kind is ChangeKind.CREATED)
_ENDING = tuple(verb for verb, kind in _OF_VERBS.items() if kind is ChangeKind.DELETED)
_BY: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.CREATED: _MAKING,
    ChangeKind.UPDATED: ("update", "update_many", "unlink_many", *_ENDING),
    ChangeKind.DELETED: _ENDING,
}


def verbs_of(kind: ChangeKind) -> tuple[str, ...]:
    """By which verbs all that became `kind` comes up: what was created or updated with the first row about it."""
    return _BY[kind]


def counts(type_: DocumentType, change: ChangeKind, changed: str | None) -> bool:
    """Whether a row is about a type; of rates, only changes of rates are. `changed`: its fields as JSON."""
    if type_ is not DocumentType.TIME_ENTRY_RATE or change is not ChangeKind.UPDATED or changed is None:
        return True
    return bool(RATE_FIELDS & set(_decode_names(changed)))


def note(fates: dict[str, Fate], thing_id: str, kind: ChangeKind, *, at_us: int, revision: int) -> None:
    """Adds what a row says of a thing; rows come oldest first."""
    fate = fates.get(thing_id)
    if fate is None:
        fates[thing_id] = Fate(kind is not ChangeKind.CREATED, kind, at_us, revision)
    else:
        fate.last_kind, fate.at_us, fate.revision = kind, at_us, revision


def fates_of(marks: Iterable[Mark]) -> dict[str, Fate]:
    """By thing, in the order in which they were first touched; the marks are oldest first."""
    fates: dict[str, Fate] = {}
    for mark in marks:
        note(fates, mark.thing_id, mark.kind, at_us=mark.at_us, revision=mark.revision)
        fates[mark.thing_id].document = mark.document
    return fates


def mark_of(thing_id: str, fate: Fate) -> Mark:
    """The newest mark of a thing."""
    return Mark(thing_id, fate.last_kind, fate.at_us, fate.revision, fate.document)


def span_of(start_s: int | None, end_s: int | None, *, now_us: int) -> Span:
    """The window asked for: 30 days that touch the bound that is given, or end now. InvalidValue when it is none."""
    if start_s is None and end_s is None:
        return Span(now_us - _WINDOW_SECONDS * MICROSECONDS, now_us + 1)
    first = end_s - _WINDOW_SECONDS if start_s is None else start_s  # type: ignore[operator]
    last = first + _WINDOW_SECONDS if end_s is None else end_s
    if last < first:
        raise InvalidValue("start must not be after end")
    return Span(first * MICROSECONDS, last * MICROSECONDS)


def wanted(types: Iterable[DocumentType], span: Span, *, page: int, limit: int) -> Wanted:
    """The page asked for; 0 and 1 both are the first. InvalidValue for what is no page."""
    if not 0 <= page <= PAGE_LIMIT:
        raise InvalidValue("page must be 0 or greater")
    if not 1 <= limit <= LIMIT_LIMIT:
        raise InvalidValue(f"limit must be between 1 and {LIMIT_LIMIT}")
    return Wanted(tuple(dict.fromkeys(types)), span, max(page - 1, 0) * limit, limit)


def derived_id(*parts: str) -> str:
    """An id of something that has none of its own; the same for the same parts."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:24]


# --- values of custom fields --------------------------------------------------------------------

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def values_in(text: str | None) -> dict[str, Any]:
    """The values of an entry's stored text: by field, as they stand there."""
    return {} if not text else _decode(text)


def value_marks(
    entry_id: str, before: dict[str, Any], after: dict[str, Any], *, at_us: int, revision: int
) -> Iterable[Mark]:
    """What a change of an entry says of its values; a mark has the field and the value."""
    for field_id in sorted(before.keys() | after.keys()):
        thing_id = derived_id(entry_id, field_id)
        if field_id not in after:
            kind, stored = ChangeKind.DELETED, before[field_id]
        elif field_id not in before:
            kind, stored = ChangeKind.CREATED, after[field_id]
        elif before[field_id] != after[field_id]:
            kind, stored = ChangeKind.UPDATED, after[field_id]
        else:
            continue
        yield Mark(thing_id, kind, at_us, revision, (entry_id, field_id, stored))
