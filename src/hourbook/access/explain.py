"""Why the permission table decides as it does: the row, the settings it asked, the rows it reaches.

It runs the row of `policy.py` itself, with settings that note what is read, so an explanation cannot
differ from what happens. It speaks no wire and knows no slice; what a thing is, `resources/permissions` looks up.
"""

import itertools
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.access.actors import Account, Actor, Settings, enter_workspace
from hourbook.access.policy import POLICY
from hourbook.access.scope import Scope
from hourbook.core.calendar import format_instant
from hourbook.core.errors import AccessDenied
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tx import ReadTx

_CREATORS = ("ADMINS", "ADMINS_AND_PROJECT_MANAGERS", "EVERYONE")
# The words of settings that are words; a flag has two values anyway.
CHOICES = {
    "who_can_create_projects_and_clients": _CREATORS,
    "who_can_create_tasks": _CREATORS,
    "who_can_create_tags": _CREATORS,
    "who_can_edit_others_time": ("ADMINS", "ADMINS_AND_TEAM_MANAGERS"),
    "who_can_see_project_status": ("ADMINS", "ANYONE"),
    "admin_only_pages": ("PROJECT", "TEAM", "REPORTS"),
}
_WITHOUT_CREDENTIAL = ("DELETED", "LIMITED", "LIMITED_DELETED")


class SettingRead(msgspec.Struct, frozen=True):
    """A setting that the row asked; `decides` when another value of it would change the outcome."""

    name: str
    value: Any
    decides: bool


class Decision(msgspec.Struct, frozen=True):
    """What one row of the table says about one actor. `who` is the row's sentence."""

    action: str
    who: str
    is_allowed: bool
    reach: Scope
    settings: tuple[SettingRead, ...]


class Standing(msgspec.Struct, frozen=True):
    """An account in a workspace; without an actor, `reason` says why it cannot even enter."""

    name: str
    email: str
    actor: Actor | None
    reason: str = ""


FIND_ACCOUNT = Statement(
    sa.select(users.c.name, users.c.email, users.c.status, users.c.settings).where(users.c.id == bind("user_id"))
)


def standing_of(tx: ReadTx, user_id: str) -> Standing | None:
    """How an account stands in the transaction's workspace; None when there is no such account."""
    found = tx.one(FIND_ACCOUNT, user_id=user_id)
    if found is None:
        return None
    name, email, status, settings_json = found
    if status in _WITHOUT_CREDENTIAL:
        return Standing(name or email, email, None, f"the account is {status}, so it has no way to sign in")
    account = Account(
        user_id=user_id,
        credential_id="",
        user_status=status,
        settings_json=settings_json,
        expires_at_us=None,
        is_read_only=False,
        auth="none",
        method="",
    )
    try:
        return Standing(name or email, email, enter_workspace(tx, account, tx.workspace_id))
    except AccessDenied:
        return Standing(name or email, email, None, "the person is not an active member of the workspace")


def decide(actor: Actor, action: str) -> Decision:
    """What the table says; LookupError for an action that is not in it."""
    row = POLICY[action]
    watched = _Watched(actor.settings)
    asking: Actor = msgspec.structs.replace(actor, settings=watched)
    outcome = (row.may(asking), row.reach(asking))

    def changes(name: str, value: Any) -> bool:
        other = msgspec.structs.replace(actor, settings=msgspec.structs.replace(actor.settings, **{name: value}))
        return (row.may(other), row.reach(other)) != outcome

    read = tuple(
        SettingRead(name, value, any(changes(name, other) for other in alternatives(name, value)))
        for name, value in sorted(watched.read.items())
    )
    return Decision(action, row.who, outcome[0], outcome[1], read)


def alternatives(name: str, value: Any) -> tuple[Any, ...]:
    """The other values a setting may have."""
    if isinstance(value, bool):
        return (not value,)
    words = CHOICES.get(name, ())
    if isinstance(value, tuple):  # a set of words: each one more, or one less
        return tuple(tuple(sorted({word} ^ set(value))) for word in words)
    return tuple(word for word in words if word != value)


def reach_in_words(scope: Scope) -> str:
    """Which rows a scope reaches, as people say it."""
    parts = list(_parts_in_words(scope))
    words = " or ".join(parts) if parts else "nothing"
    if not scope.all_of:
        return words
    narrowing = " and ".join(f"({reach_in_words(part)})" for part in scope.all_of)
    return f"({words}) and {narrowing}"


def _parts_in_words(scope: Scope) -> "itertools.chain[str]":
    if scope.everything:
        return itertools.chain(("everything",))
    parts = (
        (scope.own_user_id, "their own"),
        (scope.user_ids, _counted(scope.user_ids, "that of {} person they manage", "that of {} people they manage")),
        (scope.project_ids, _counted(scope.project_ids, "that of {} named project", "that of {} named projects")),
        (scope.public, "that of public projects"),
    )
    return itertools.chain(
        (words for holds, words in parts if holds),
        (f"what began before {format_instant(scope.before_s)}",) if scope.before_s is not None else (),
        (f"({reach_in_words(part)})" for part in scope.either),
    )


def _counted(ids: tuple[str, ...] | None, one: str, many: str) -> str:
    count = len(ids or ())
    return (one if count == 1 else many).format(count)


class _Watched:
    """Settings that note which of them were read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.read: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        value = self.read[name] = getattr(self._settings, name)
        return value
