"""The verbs of permissions: showing the table, explaining one decision of it.

They read and change nothing. The answer comes from the table itself (`access/explain.py`).
"""

from typing import Any

from hourbook.access.actors import Actor
from hourbook.access.explain import Decision, decide, reach_in_words, standing_of
from hourbook.access.policy import POLICY
from hourbook.access.scope import Scope
from hourbook.core.errors import InvalidChoice, NotFound
from hourbook.db.tx import ReadTx
from hourbook.resources.permissions import store
from hourbook.resources.permissions.rules import Explanation, Permission, Person, SettingUsed, Thing, spelled
from hourbook.resources.users import actions as users
from hourbook.resources.workspaces import actions as workspaces


def list_permissions(tx: ReadTx) -> list[Permission]:
    """Every row of the table for whoever asks, by name."""
    return [_permission(decide(tx.actor, action)) for action in sorted(POLICY)]


def explain(tx: ReadTx, user_id: str, *, action: str, thing_id: str | None = None) -> Explanation:
    """Why a person of the workspace may or may not do something, to one thing if one is named.

    InvalidChoice for an action that is not in the table, NotFound for a person or thing that is not here.
    """
    if action not in POLICY:
        raise InvalidChoice("action", tuple(sorted(POLICY)))
    standing = standing_of(tx, user_id)
    if standing is None or workspaces.find_member(tx, user_id) is None:
        raise NotFound("User")
    actor = standing.actor or Actor(id=user_id)
    decision = decide(actor, action)
    if standing.actor is None:
        person = Person(user_id, standing.name, outside=standing.reason)
        return Explanation(person, Permission(action, decision.who, False, "nothing", False, ()), None)
    person = Person(
        user_id,
        standing.name,
        roles=tuple(sorted(actor.roles)),
        managed_project_ids=actor.managed_project_ids,
        managed_user_ids=actor.managed_user_ids,
    )
    thing = None if thing_id is None else _thing(tx, decision, thing_id)
    return Explanation(person, _permission(decision), thing)


def find_user_id(tx: ReadTx, email_or_id: str) -> str:
    """The account with this address or id; NotFound when there is none. For the operator's commands alone."""
    found = users.find_user_by_email(tx, email_or_id)
    return found.id if found is not None else users.get_user(tx, email_or_id).id


def workspaces_of(tx: ReadTx, user_id: str) -> list[str]:
    """Ids of the workspaces an account is in, active or not. For the operator's commands alone."""
    return [member.workspace_id for member in workspaces.memberships_of(tx, user_id)]


def _permission(decision: Decision) -> Permission:
    settings = tuple(SettingUsed(spelled(read.name), read.value, read.decides) for read in decision.settings)
    return Permission(
        decision.action,
        decision.who,
        decision.is_allowed,
        reach_in_words(decision.reach) if decision.is_allowed else "nothing",
        decision.is_allowed and decision.reach == Scope(everything=True),
        settings,
    )


def _thing(tx: ReadTx, decision: Decision, thing_id: str) -> Thing:
    found = store.find_thing(tx, decision.action, thing_id)
    if found is None:
        raise NotFound("Thing")
    kind, row = found
    return Thing(thing_id, kind, _reaches(tx, decision.reach, kind=kind, row=row))


def _reaches(tx: ReadTx, reach: Scope, *, kind: str, row: Any) -> bool:
    """Whether the rows of an action include this one; a person and a project stand for all that is theirs."""
    if kind == "MEMBER":
        return reach.reaches_person(row.user_id)
    if kind == "PROJECT":
        return reach.reaches_project(row.id, is_public=row.is_public)
    project_id = getattr(row, "project_id", None)
    project = None if project_id is None else store.find_project(tx, project_id)
    return reach.holds(
        user_id=getattr(row, "user_id", None),
        project_id=project_id,
        is_public=project is not None and project.is_public,
        start_s=getattr(row, "start_s", None),
    )
