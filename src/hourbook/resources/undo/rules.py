"""What can be taken back, and what an operation did in all. Pure.

From the journal rows of one operation follows what each thing was before and is after; whether it still is so, and
whether it may become what it was, the action finds out.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue

DAY_US = 86_400 * 1_000_000
Key = tuple[str, ...]
Fields = dict[str, Any]

# What things are called in sentences. Only rows of these kinds can be taken back.
WORDS: Mapping[str, str] = {
    "TIME_ENTRY": "time entry",
    "TAG": "tag",
    "CLIENT": "client",
    "PROJECT": "project",
    "PROJECT_MEMBER": "member of a project",
    "TASK": "task",
    "USER_GROUP": "user group",
    "CUSTOM_FIELD": "custom field",
    "CUSTOM_FIELD_OVERRIDE": "custom field of a project",
    "USER_CUSTOM_FIELD_VALUE": "value of a custom field",
    "RATE": "rate",
    "CURRENCY": "currency",
    "ROLE": "role",
    "SHARED_REPORT": "shared report",
    "MEMBER": "member",
    "WORKSPACE": "workspace",
}
# Kinds that cannot be taken back, each with why.
REFUSALS: Mapping[str, str] = {
    "INVITATION": "An invitation can't be taken back this way: revoke it instead",
    "USER": "Changes of an account are its own and can't be undone here",
    "API_KEY": "What was done to API keys can't be undone: make a new key",
    "SESSION": "Signing in and out can't be undone",
    "PASSWORD_RESET": "Changes of passwords can't be undone",
    "SECOND_FACTOR": "Changes of the second factor can't be undone",
    "SCHEDULED_REPORT": "Changes of scheduled reports can't be undone: their runs are not kept",
    "WEBHOOK": "Changes of webhooks can't be undone: their secrets are not kept",
    "ADDON": "What was done to add-ons can't be undone: they were told of it",
    "FILE": "Uploads can't be undone: their contents are not kept",
    "EXPORT": "Exports can't be undone: their files are not kept",
    "SSO_PROVIDER": "Changes of single sign-on can't be undone: its secrets are not kept",
    "ERASURE": "Erasing a person can't be undone",
    "SSO_IDENTITY": "Changes of single sign-on can't be undone",
}
_OTHERWISE = "This operation can't be undone"
# Rates, currency and profile of a member may come back; who somebody is and whether they are in may not.
_OF_MEMBERS = frozenset({"hourly_rate_minor", "cost_rate_minor", "week_start", "work_capacity_seconds", "working_days"})
_OF_WORKSPACE = frozenset({"name", "settings", "hourly_rate_minor", "cost_rate_minor", "currency"})
# Settings that say who may enter: whoever changes one is asked for more than for the others.
_OF_ENTERING = ("single_sign_on_required", "multi_factor_enabled", "allowed_networks")
_ROLES = frozenset({"PROJECT_MANAGER", "TEAM_MANAGER"})
_RATES = frozenset({"hourly_rate_minor", "cost_rate_minor"})
# What of an entry says which rates are its own, and whether it gets others.
_OF_RATES = ("user_id", "project_id", "task_id", "start_s", "billable", "is_invoiced")
# By kind: the field that names other things (its own list, or one id), and their kind.
REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "TIME_ENTRY": (("user_id", "MEMBER"), ("project_id", "PROJECT"), ("task_id", "TASK"), ("tag_ids", "TAG")),
    "TASK": (("project_id", "PROJECT"), ("assignee_ids", "MEMBER"), ("group_ids", "USER_GROUP")),
    "PROJECT": (("client_id", "CLIENT"), ("group_ids", "USER_GROUP")),
    "PROJECT_MEMBER": (("project_id", "PROJECT"), ("user_id", "MEMBER")),
    "USER_GROUP": (("user_ids", "MEMBER"),),
    "CUSTOM_FIELD_OVERRIDE": (("project_id", "PROJECT"), ("field_id", "CUSTOM_FIELD")),
    "USER_CUSTOM_FIELD_VALUE": (("user_id", "MEMBER"), ("field_id", "CUSTOM_FIELD")),
    "CLIENT": (("currency_id", "CURRENCY"),),
    "ROLE": (("user_id", "MEMBER"),),
    "SHARED_REPORT": (("user_id", "MEMBER"), ("user_ids", "MEMBER"), ("group_ids", "USER_GROUP")),
}
NOBODY = "0" * 24
# By kind: the events of a thing that came back, changed back, and went again.
EVENTS: Mapping[str, tuple[str, str, str]] = {
    "TIME_ENTRY": ("TIME_ENTRY_RESTORED", "TIME_ENTRY_UPDATED", "TIME_ENTRY_DELETED"),
    "TAG": ("NEW_TAG", "TAG_UPDATED", "TAG_DELETED"),
    "CLIENT": ("NEW_CLIENT", "CLIENT_UPDATED", "CLIENT_DELETED"),
    "PROJECT": ("NEW_PROJECT", "PROJECT_UPDATED", "PROJECT_DELETED"),
    "TASK": ("NEW_TASK", "TASK_UPDATED", "TASK_DELETED"),
    "USER_GROUP": ("USER_GROUP_CREATED", "USER_GROUP_UPDATED", "USER_GROUP_DELETED"),
}


class Row(msgspec.Struct):
    """What of a journal row counts here, `key_names` being those of its kind."""

    kind: str
    verb: str
    event: str | None
    origin: str
    changed: tuple[str, ...]
    before: Any
    after: Any
    ids: tuple[str, ...]
    rows: list[Any]
    entity_id: str | None
    key_names: tuple[str, ...]


class Effect(msgspec.Struct):
    """What an operation did to one thing. None: it was, or is, not there.

    `is_whole`: all fields are known; else only those that the operation set. `lost`: what was taken out of its
    lists, by field. `event`: whether the operation said that it was about this thing.
    """

    kind: str
    key: Key
    before: Fields | None
    after: Fields | None
    is_whole: bool = True
    lost: list[tuple[str, str]] = []
    event: bool = False

    @property
    def is_nothing(self) -> bool:
        return self.before == self.after and not self.lost


def check_age(at_us: int, *, now_us: int, days: int) -> None:
    """InvalidValue for what happened too long ago."""
    if now_us - at_us > days * DAY_US:
        raise InvalidValue(f"What is older than {days} days can't be undone")


def check_kinds(rows: Iterable[Row]) -> None:
    """InvalidValue, in a sentence, for an operation with a part that cannot be taken back."""
    for row in rows:
        if row.kind not in WORDS:
            raise InvalidValue(REFUSALS.get(row.kind, _OTHERWISE))
        if row.kind in ("MEMBER", "WORKSPACE"):
            _check_fields(row)
        if row.kind == "ROLE" and any(fields["role"] not in _ROLES for fields in _fields_of(row)):
            raise InvalidValue("Who is owner or admin can't be undone: grant or revoke the role instead")


def _check_fields(row: Row) -> None:
    allowed = _OF_MEMBERS if row.kind == "MEMBER" else _OF_WORKSPACE
    if not row.verb.startswith("update") or not set(row.changed) <= allowed:
        who = "Joining, leaving and the status of members" if row.kind == "MEMBER" else "This change of the workspace"
        raise InvalidValue(f"{who} can't be undone")


def check_entering(now: Any, then: Any) -> None:
    """InvalidValue where a workspace would be open to others than now. Both: its settings, decoded."""
    if any(getattr(now, name) != getattr(then, name) for name in _OF_ENTERING):
        raise InvalidValue("Who may enter the workspace can't be undone: change the setting instead")


def _fields_of(row: Row) -> list[Fields]:
    return [fields for fields in (row.before, row.after, *row.rows) if isinstance(fields, dict) and "role" in fields]


def sets_rates(rows: Iterable[Row]) -> bool:
    """Whether the operation was a change of rates, whose consequences follow from the timelines again."""
    return any(row.kind == "RATE" and row.origin != "cascade" and row.event is not None for row in rows)


def is_consequence_of_rates(row: Row) -> bool:
    """Entries that got other rates because a timeline changed."""
    return row.kind == "TIME_ENTRY" and row.verb == "update_many" and set(row.changed) <= _RATES


def rates_in(fields: Fields | None) -> Fields:
    """The rates of an entry alone."""
    return {name: value for name, value in (fields or {}).items() if name in _RATES}


def has_same_rates(was: Fields | None, now: Fields | None) -> bool:
    """Whether an entry would be given the same rates as then: all that says which are its is the same."""
    if was is None or now is None:
        return False
    return all(was[name] == now[name] for name in _OF_RATES)


# --- what it did in all ------------------------------------------------------------------------


def effects_of(rows: Iterable[Row]) -> dict[tuple[str, Key], Effect]:
    """By thing, in the order in which the operation came to it."""
    found: dict[tuple[str, Key], Effect] = {}
    for row in rows:
        for effect in _effects(row):
            place = (effect.kind, effect.key)
            known = found.get(place)
            found[place] = effect if known is None else _joined(known, effect)
    return {place: effect for place, effect in found.items() if not effect.is_nothing}


def _joined(first: Effect, then: Effect) -> Effect:
    """Both, one after the other."""
    before, after = first.before, then.after
    if not then.is_whole and first.after is not None:
        after = {**first.after, **(then.after or {})}
        for name, target in then.lost if first.is_whole else ():
            after[name] = [one for one in after.get(name, ()) if one != target]
    if not first.is_whole and then.is_whole:
        # The later row knows the whole thing as it was between the two.
        before = None if then.before is None else {**then.before, **(first.before or {})}
        for name, target in first.lost:
            before = {**(before or {}), name: [*(before or {}).get(name, ()), target]}
    if not first.is_whole and not then.is_whole:
        before = {**(then.before or {}), **(first.before or {})}
    is_whole = first.is_whole or then.is_whole
    lost = [] if is_whole else [*first.lost, *then.lost]
    return Effect(first.kind, first.key, before, after, is_whole, lost, first.event or then.event)


def _effects(row: Row) -> Iterable[Effect]:
    event = row.event is not None
    if row.verb in ("insert", "update", "delete"):
        before = {**row.after, **row.before} if row.verb == "update" else row.before
        yield Effect(row.kind, _key(row, row.after or row.before), before, row.after, event=event)
    elif row.verb == "insert_many":
        yield from (Effect(row.kind, _key(row, fields), None, fields, event=event) for fields in row.rows)
    elif row.verb == "delete_many":
        yield from (Effect(row.kind, _key(row, fields), fields, None, event=event) for fields in row.rows)
    elif row.verb == "update_many":
        for one, old in zip(row.ids, row.rows, strict=True):
            before = dict(zip(row.changed, old, strict=True))
            yield Effect(row.kind, (one,), before, dict(row.after), is_whole=False, event=event)
    else:  # unlink_many
        ((name, target),) = row.before.items()
        yield from (Effect(row.kind, (one,), {}, {}, is_whole=False, lost=[(name, target)]) for one in row.ids)


def _key(row: Row, fields: Fields) -> Key:
    return tuple(fields[name] for name in row.key_names)


# --- whether it still is so --------------------------------------------------------------------


def is_unchanged(effect: Effect, now: Fields | None) -> bool:
    """Whether the thing is what the operation left; `now` has no fields that the journal does not keep."""
    if effect.after is None or now is None:
        return effect.after is None and now is None
    if any(target in now.get(name, ()) for name, target in effect.lost):
        return False
    return all(_same(now.get(name), value) for name, value in effect.after.items() if name in now)


def _same(one: Any, other: Any) -> bool:
    """Lists of ids are sets: their order says nothing."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return sorted(one) == sorted(other)
    return bool(one == other)


def restored(effect: Effect, now: Fields | None) -> Fields | None:
    """The fields of the thing as it was; None when it was not there."""
    if effect.before is None and effect.is_whole:
        return None
    fields = {**(now or {}), **(effect.before or {})}
    for name, target in effect.lost:
        fields[name] = sorted({*fields.get(name, ()), target})
    return fields


def name_of(kind: str, fields: Fields | None) -> str:
    """How a sentence calls one thing."""
    told = fields or {}
    name = told.get("name") or told.get("description") or told.get("code") or told.get("id") or ""
    return f"the {WORDS[kind]} {str(name)!r}" if name else f"a {WORDS[kind]}"


def references_of(kind: str, fields: Fields) -> list[tuple[str, str]]:
    """What a thing names: (kind, id)."""
    found = []
    for name, target in REFERENCES.get(kind, ()):
        value = fields.get(name)
        ids = value if isinstance(value, list | tuple) else [value]
        found += [(target, one) for one in ids if one and one != NOBODY]
    return found
