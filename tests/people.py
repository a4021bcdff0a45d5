"""How the suite makes accounts, workspaces and grants: through the actions of their slices.

The harness is its only user. Everything here commits, and leaves journal rows like any other
change.
"""

from dataclasses import dataclass
from typing import Any

from hourbook.access.actors import SYSTEM
from hourbook.core.types import Role
from hourbook.db import migrate
from hourbook.db.engine import Engine
from hourbook.db.tx import Tx
from hourbook.resources.users import actions as users
from hourbook.resources.users import actions_keys as keys
from hourbook.resources.workspaces import actions as workspaces


@dataclass(frozen=True)
class Made:
    """An account in a workspace, with its key."""

    user_id: str
    workspace_id: str
    key: str
    email: str


def make_schema(engine: Engine) -> None:
    """All tables, as a server makes them when it starts."""
    migrate.upgrade(engine)


def read(server: Any, workspace_id: str, work: Any) -> Any:
    return server.database.read_now(server.facts(SYSTEM), workspace_id, work)


def write(server: Any, workspace_id: str, work: Any) -> Any:
    return server.database.write_now(server.facts(SYSTEM), workspace_id, work)


def create_owner(server: Any, name: str, *, email: str, workspace: str) -> Made:
    def work(tx: Tx) -> Made:
        user, made = users.create_owner(tx, email=email, name=name, workspace_name=workspace)
        return Made(user.id, made.id, keys.create_api_key(tx, user.id, "test")[1], email)

    made: Made = write(server, "", work)
    return made


def create_member(server: Any, workspace_id: str, name: str, *, email: str, zone: str) -> Made:
    made: Made = write(server, workspace_id, lambda tx: _member(tx, name, email, zone))
    return made


def create_members(server: Any, workspace_id: str, emails: dict[str, str]) -> list[Made]:
    """Members by name, all at once."""
    made: list[Made] = write(server, workspace_id, lambda tx: _members(tx, emails))
    return made


def create_staff(server: Any, workspace_id: str, emails: dict[str, str]) -> list[Made]:
    """Members by name, all at once; the first is an admin."""

    def work(tx: Tx) -> list[Made]:
        made = _members(tx, emails)
        workspaces.grant_role(tx, made[0].user_id, Role.WORKSPACE_ADMIN, entity_id=workspace_id)
        return made

    staff: list[Made] = write(server, workspace_id, work)
    return staff


def _members(tx: Tx, emails: dict[str, str]) -> list[Made]:
    return [_member(tx, name, email, "UTC") for name, email in emails.items()]


def _member(tx: Tx, name: str, email: str, zone: str) -> Made:
    user = users.create_member(tx, email, name=name, zone=zone)
    return Made(user.id, tx.workspace_id, keys.create_api_key(tx, user.id, "test")[1], email)


def grant_role(server: Any, workspace_id: str, user_id: str, *, role: Role, entity_id: str) -> None:
    write(server, workspace_id, lambda tx: workspaces.grant_role(tx, user_id, role, entity_id=entity_id))


def change_settings(server: Any, workspace_id: str, settings: dict[str, Any]) -> None:
    write(server, workspace_id, lambda tx: workspaces.change_settings(tx, **settings))
