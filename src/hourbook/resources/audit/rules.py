"""What the audit log calls what happened, whose doing it was, and what it shows of it. Pure.

One function turns a row of the journal into one of the contract's 37 actions (wire-events section 5), or none: the
audit log of the contract knows six kinds of things. Our own surface shows all rows.
"""

import enum
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.duration import format_duration
from hourbook.core.errors import InvalidValue

SYSTEM = "SYSTEM"
NO_CONTENT = "null"
PAGE_SIZE_LIMIT = 50
MICROSECONDS = 1_000_000
# Twelve zero bytes: a project without a client.
_NO_CLIENT = "0" * 24


class Action(enum.StrEnum):
    """The closed list of the contract."""

    CREATE_TIME_PERSONAL_TIMER = "CREATE_TIME_PERSONAL_TIMER"
    CREATE_TIME_PERSONAL_MANUAL = "CREATE_TIME_PERSONAL_MANUAL"
    CREATE_TIME_IMPORT = "CREATE_TIME_IMPORT"
    CREATE_TIME_KIOSK = "CREATE_TIME_KIOSK"
    CREATE_TIME_FOR_OTHER = "CREATE_TIME_FOR_OTHER"
    RESTORE_TIME = "RESTORE_TIME"
    RESTORE_TIME_FOR_OTHER = "RESTORE_TIME_FOR_OTHER"
    UPDATE_TIME_PERSONAL = "UPDATE_TIME_PERSONAL"
    UPDATE_TIME_FOR_OTHER = "UPDATE_TIME_FOR_OTHER"
    DELETE_TIME_PERSONAL = "DELETE_TIME_PERSONAL"
    DELETE_TIME_FOR_OTHER = "DELETE_TIME_FOR_OTHER"
    CREATE_PROJECT = "CREATE_PROJECT"
    CREATE_PROJECT_IMPORT = "CREATE_PROJECT_IMPORT"
    CREATE_PROJECT_QUICKBOOKS = "CREATE_PROJECT_QUICKBOOKS"
    UPDATE_PROJECT = "UPDATE_PROJECT"
    DELETE_PROJECT = "DELETE_PROJECT"
    CREATE_TASK = "CREATE_TASK"
    CREATE_TASK_IMPORT = "CREATE_TASK_IMPORT"
    UPDATE_TASK = "UPDATE_TASK"
    DELETE_TASK = "DELETE_TASK"
    CREATE_CLIENT = "CREATE_CLIENT"
    CREATE_CLIENT_IMPORT = "CREATE_CLIENT_IMPORT"
    CREATE_CLIENT_QUICKBOOKS = "CREATE_CLIENT_QUICKBOOKS"
    UPDATE_CLIENT = "UPDATE_CLIENT"
    DELETE_CLIENT = "DELETE_CLIENT"
    CREATE_TAG = "CREATE_TAG"
    CREATE_TAG_IMPORT = "CREATE_TAG_IMPORT"
    UPDATE_TAG = "UPDATE_TAG"
    DELETE_TAG = "DELETE_TAG"
    CREATE_EXPENSE = "CREATE_EXPENSE"
    CREATE_EXPENSE_FOR_OTHER = "CREATE_EXPENSE_FOR_OTHER"
    RESTORE_EXPENSE = "RESTORE_EXPENSE"
    RESTORE_EXPENSE_FOR_OTHER = "RESTORE_EXPENSE_FOR_OTHER"
    UPDATE_EXPENSE = "UPDATE_EXPENSE"
    UPDATE_EXPENSE_FOR_OTHER = "UPDATE_EXPENSE_FOR_OTHER"
    DELETE_EXPENSE = "DELETE_EXPENSE"
    DELETE_EXPENSE_FOR_OTHER = "DELETE_EXPENSE_FOR_OTHER"


class Deed(msgspec.Struct, frozen=True):
    """What of a row says which action it was. `owner_id`: whose entry or expense it is."""

    kind: str
    verb: str
    event: str | None
    origin: str
    actor_id: str | None
    owner_id: str | None = None


_DOES = {
    "insert": "CREATE",
    "insert_many": "CREATE",
    "update": "UPDATE",
    "update_many": "UPDATE",
    "delete": "DELETE",
    "delete_many": "DELETE",
}
_OF_WORKSPACE = frozenset({"PROJECT", "TASK", "CLIENT", "TAG"})
_OF_PEOPLE = frozenset({"TIME_ENTRY", "EXPENSE"})
KINDS = (*sorted(_OF_WORKSPACE), *sorted(_OF_PEOPLE))
_BROUGHT = {"import": "_IMPORT", "quickbooks": "_QUICKBOOKS"}
_CASCADE = "cascade"


def action_of(deed: Deed) -> Action | None:
    """The action of the contract, None when it has no word for it. The consequence of another row has none."""
    does = _DOES.get(deed.verb)
    if does is None or deed.origin == _CASCADE:
        return None
    if deed.event is not None and deed.event.endswith("_RESTORED"):
        does = "RESTORE"
    if deed.kind in _OF_WORKSPACE:
        brought = _BROUGHT.get(deed.origin, "") if does == "CREATE" else ""
        # What the contract does not tell apart is created all the same; what came back, too.
        return _word(f"{_made(does)}_{deed.kind}{brought}") or _word(f"{_made(does)}_{deed.kind}")
    if deed.kind not in _OF_PEOPLE:
        return None
    other = "_FOR_OTHER" if deed.actor_id != deed.owner_id else ""
    if deed.kind == "EXPENSE":
        return _word(f"{does}_EXPENSE{other}")
    return _time_action(deed, does, other)


def _made(does: str) -> str:
    return "CREATE" if does == "RESTORE" else does


def _word(text: str) -> Action | None:
    return Action(text) if text in Action.__members__ else None


def _time_action(deed: Deed, does: str, other: str) -> Action | None:
    if does == "RESTORE":
        return _word(f"RESTORE_TIME{other}")
    if does != "CREATE":
        return _word(f"{does}_TIME{other or '_PERSONAL'}")
    if deed.origin == "import":
        return Action.CREATE_TIME_IMPORT
    if deed.origin == "kiosk":
        return Action.CREATE_TIME_KIOSK
    if other:
        return Action.CREATE_TIME_FOR_OTHER
    is_timer = deed.event == "NEW_TIMER_STARTED"
    return Action.CREATE_TIME_PERSONAL_TIMER if is_timer else Action.CREATE_TIME_PERSONAL_MANUAL


def kinds_of(actions: Iterable[Action]) -> tuple[str, ...]:
    """The kinds of the journal among whose rows these actions are."""
    found = {kind for action in actions for kind in KINDS if _noun(kind) in action.value.split("_")}
    return tuple(sorted(found))


def verbs_of(actions: Iterable[Action]) -> tuple[str, ...]:
    """The verbs of the journal whose rows these actions may be. What comes back is a row that makes something."""
    words = {action.value.partition("_")[0].replace("RESTORE", "CREATE") for action in actions}
    return tuple(verb for verb, does in _DOES.items() if does in words)


def depend_on_owner(actions: Collection[Action]) -> bool:
    """Whether somebody's own things are meant and those of others are not, or the other way round."""
    same: dict[tuple[str, str], set[Action]] = {}
    for action in Action:
        does, noun, *_ = action.value.split("_")
        if noun in ("TIME", "EXPENSE"):
            same.setdefault((does, noun), set()).add(action)
    return any(0 < len(one.intersection(actions)) < len(one) for one in same.values())


class Meaning(msgspec.Struct, frozen=True):
    """Whether a deed is one of the actions asked for: done to somebody's own things, and to those of others."""

    own: bool
    of_others: bool

    def is_meant(self, actor_id: str | None, owner_id: str | None) -> bool:
        return self.own if actor_id == owner_id else self.of_others


_SOMEBODY, _ANOTHER = "1" * 24, "2" * 24


def meaning_of(deed: Deed, actions: Collection[Action]) -> Meaning:
    """Whoever did it, and whosever the thing is: the deed need not say."""
    own = msgspec.structs.replace(deed, actor_id=_SOMEBODY, owner_id=_SOMEBODY)
    return Meaning(action_of(own) in actions, action_of(msgspec.structs.replace(own, owner_id=_ANOTHER)) in actions)


def _noun(kind: str) -> str:
    return "TIME" if kind == "TIME_ENTRY" else kind


# --- what is asked -----------------------------------------------------------------------------


class Authors(msgspec.Struct, frozen=True):
    """Whose doing: of these (`only`) or of all others. SYSTEM is what nobody in person did."""

    ids: frozenset[str]
    only: bool

    def has(self, actor_id: str | None) -> bool:
        return ((actor_id or SYSTEM) in self.ids) is self.only


class Asked(msgspec.Struct, frozen=True):
    """A page of the audit log, newest first; the window in microseconds, its last second included."""

    actions: frozenset[Action]
    authors: Authors
    start_us: int
    end_us: int
    offset: int
    size: int


def asked(actions: Iterable[Action], authors: Authors, window_s: tuple[int, int], *, page: int, size: int) -> Asked:
    """InvalidValue for a page that is none, or a window that ends before it begins."""
    if page < 0 or page > 1 << 31:
        raise InvalidValue("page must be 0 or greater")
    if size < 1:
        raise InvalidValue("page-size must be 1 or greater")
    start_s, end_s = window_s
    if end_s < start_s:
        raise InvalidValue("start must not be after end")
    # More than 50 rows a page there never are (the live service does not refuse it either).
    size = min(size, PAGE_SIZE_LIMIT)
    offset = max(page - 1, 0) * size
    return Asked(frozenset(actions), authors, start_s * MICROSECONDS, (end_s + 1) * MICROSECONDS, offset, size)


# --- what is shown -----------------------------------------------------------------------------

Fields = Mapping[str, Any]
NameOf = Callable[[str, str | None], str]
"""From a kind and an id to what people call the thing; empty when there is none."""
_decode = msgspec.json.Decoder().decode


def content_of(
    kind: str, fields: Fields | None, name_of: NameOf, *, more: Fields | None = None
) -> dict[str, Any] | None:
    """A thing with names in the place of ids, as the audit log shows it; None for no thing. Money in minor units."""
    if fields is None:
        return None
    return _CONTENTS[kind](fields, name_of, more or {})


def _project(fields: Fields, name_of: NameOf, more: Fields) -> dict[str, Any]:
    """The keys of the recorded answer."""
    time = _decode(fields["time_estimate"] or "{}")
    budget = _decode(fields["budget_estimate"] or "null") or {}
    reset = _decode(fields["estimate_reset"] or "null") or {}
    active = "BUDGET" if budget.get("active") else "TIME" if time.get("active") else "NONE"
    estimate = budget if active == "BUDGET" else time
    is_none = active == "NONE"
    client_id = None if fields["client_id"] == _NO_CLIENT else fields["client_id"]
    return {
        "projectName": fields["name"],
        "client": name_of("CLIENT", client_id),
        "archived": fields["archived"],
        "visibility": fields["is_public"],
        "members": more.get("members", []),
        "billableByDefault": fields["billable"],
        "note": fields["note"],
        "billableRate": fields["hourly_rate_minor"] or 0,
        "costRate": fields["cost_rate_minor"],
        "currency": more.get("currency", ""),
        "activeEstimate": active,
        "estimateType": None if is_none else estimate.get("type", "MANUAL"),
        "estimate": None if is_none else _estimate(estimate, active),
        "recurringEstimate": bool(reset.get("interval")),
        "interval": reset.get("interval"),
        "month": reset.get("month"),
        "dayOfWeek": reset.get("day_of_week"),
        "dayOfMonth": reset.get("day_of_month"),
        "hour": reset.get("hour"),
    }


def _estimate(estimate: Fields, active: str) -> Any:
    if active == "BUDGET":
        return estimate.get("estimate_minor", 0)
    return format_duration(estimate.get("estimate_seconds", 0))


def _task(fields: Fields, name_of: NameOf, more: Fields) -> dict[str, Any]:
    return {
        "taskName": fields["name"],
        "project": name_of("PROJECT", fields["project_id"]),
        "status": fields["status"],
        "assignees": [name_of("USER", one) for one in fields.get("assignee_ids", ())],
        "userGroups": [name_of("USER_GROUP", one) for one in fields.get("group_ids", ())],
        "estimate": format_duration(fields["estimate_seconds"]),
        "billable": fields["billable"],
        "billableRate": fields["hourly_rate_minor"],
        "costRate": fields["cost_rate_minor"],
    }


def _client(fields: Fields, name_of: NameOf, more: Fields) -> dict[str, Any]:
    return {
        "clientName": fields["name"],
        "email": fields["email"],
        "address": fields["address"],
        "note": fields["note"],
        "archived": fields["archived"],
    }


def _tag(fields: Fields, name_of: NameOf, more: Fields) -> dict[str, Any]:
    return {"tagName": fields["name"], "archived": fields["archived"]}


def _entry(fields: Fields, name_of: NameOf, more: Fields) -> dict[str, Any]:
    start_s, end_s = fields["start_s"], fields["end_s"]
    return {
        "user": name_of("USER", fields["user_id"]),
        "description": fields["description"],
        "project": name_of("PROJECT", fields["project_id"]),
        "task": name_of("TASK", fields["task_id"]),
        "tags": [name_of("TAG", one) for one in fields.get("tag_ids", ())],
        "billable": fields["billable"],
        "type": fields["type"],
        "start": format_instant(start_s),
        "end": None if end_s is None else format_instant(end_s),
        "duration": None if end_s is None else format_duration(end_s - start_s),
        "invoiced": fields["is_invoiced"],
    }


_CONTENTS: dict[str, Callable[[Fields, NameOf, Fields], dict[str, Any]]] = {
    "PROJECT": _project,
    "TASK": _task,
    "CLIENT": _client,
    "TAG": _tag,
    "TIME_ENTRY": _entry,
}


def named_in(kind: str, fields: Fields | None) -> list[tuple[str, str | None]]:
    """What is mentioned there, by kind and id: whose names `content_of` is going to ask for."""
    found: list[tuple[str, str | None]] = []

    def note(kind: str, thing_id: str | None) -> str:
        found.append((kind, thing_id))
        return ""

    content_of(kind, fields, note)
    return [one for one in found if one[1]]


# What a workspace knows of the accounts of its people; settings, keys and sessions are their own.
_TOLD_OF_ACCOUNT = ("id", "email", "name", "status", "profile_picture")


def told_of_account(kind: str, fields: Any) -> Any:
    """What an admin may read of a row about an account: that there was one, and of the account itself who it is."""
    if kind != "USER" or not isinstance(fields, dict):
        return None
    return {name: fields[name] for name in _TOLD_OF_ACCOUNT if name in fields}


_HEAD = re.compile(r"([0-9]{1,18}:)?[0-9a-f]{64}", re.IGNORECASE)


def check_head(text: str) -> str:
    """InvalidValue for what is no head: half of one would be found in any chain, or in none."""
    head = text.strip()
    if not _HEAD.fullmatch(head):
        raise InvalidValue("head must be what `hourbook audit head` prints, REVISION:DIGEST, or the digest alone")
    return head


def head_of(revision: int, digest: str) -> str:
    """How a head of the chain is written down."""
    return f"{revision}:{digest}"
