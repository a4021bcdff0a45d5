"""How the suite makes accounts, workspaces and grants: through the actions of their slices.

The harness is its only user. Everything here commits, and leaves journal rows like any other
change.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hourbook.access.actors import SYSTEM, hash_key
from hourbook.access.tokens import new_api_key
from hourbook.core.types import Role
from hourbook.db.engine import Engine
from hourbook.db.tables import METADATA
from hourbook.db.tables.access import api_keys, users
from hourbook.db.tables.journal import workspace_revisions
from hourbook.db.tables.workspaces import role_grants, workspace_members, workspaces


@dataclass(frozen=True)
class Made:
    """An account in a workspace, with its key."""

    user_id: str
    workspace_id: str
    key: str
    email: str


def make_schema(engine: Engine) -> None:
    """All tables, as a server makes them when it starts."""
    database = sa.create_engine(engine.sqlalchemy_url(), poolclass=sa.NullPool)
    METADATA.create_all(database)
    database.dispose()


def read(server: Any, workspace_id: str, work: Any) -> Any:
    return server.database.read_now(server.facts(SYSTEM), workspace_id, work)


def write(server: Any, workspace_id: str, work: Any) -> Any:
    return server.database.write_now(server.facts(SYSTEM), workspace_id, work)


def _execute(server: Any, *statements: Any) -> None:
    database = sa.create_engine(server.runtime.engine.sqlalchemy_url(), poolclass=sa.NullPool)
    with database.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    database.dispose()
    server.runtime.pipeline._actors._found.clear()


def _stamps(server: Any) -> dict[str, int]:
    now_us = server.clock.now_us()
    return {"created_at_us": now_us, "updated_at_us": now_us, "row_revision": 1}


def _account(server: Any, name: str, email: str, zone: str) -> tuple[str, str, list[Any]]:
    user_id, key = server.ids.new_id(), new_api_key()
    settings = '{"time_zone":"%s"}' % zone
    user = dict(
        id=user_id,
        email=email,
        email_key=email.casefold(),
        name=name,
        status="ACTIVE",
        profile_picture="",
        settings=settings,
    )
    stored = dict(id=server.ids.new_id(), user_id=user_id, name="test", key_hash=hash_key(key))
    stamps = _stamps(server)
    return user_id, key, [sa.insert(users).values(**user, **stamps), sa.insert(api_keys).values(**stored, **stamps)]


def create_owner(server: Any, name: str, *, email: str, workspace: str) -> Made:
    user_id, key, statements = _account(server, name, email, "UTC")
    workspace_id, stamps = server.ids.new_id(), _stamps(server)
    values = dict(id=workspace_id, name=workspace, image_url="", hourly_rate_minor=0, currency="USD", settings="{}")
    statements += [
        sa.insert(workspaces).values(**values, **stamps),
        sa.insert(workspace_revisions).values(workspace_id=workspace_id, revision=0),
        sa.insert(workspace_members).values(workspace_id=workspace_id, user_id=user_id, status="ACTIVE", **stamps),
        sa.insert(role_grants).values(
            workspace_id=workspace_id,
            id=server.ids.new_id(),
            user_id=user_id,
            role="OWNER",
            entity_id=workspace_id,
            **stamps,
        ),
    ]
    _execute(server, *statements)
    return Made(user_id, workspace_id, key, email)


def create_member(server: Any, workspace_id: str, name: str, *, email: str, zone: str) -> Made:
    user_id, key, statements = _account(server, name, email, zone)
    member = dict(workspace_id=workspace_id, user_id=user_id, status="ACTIVE")
    _execute(server, *statements, sa.insert(workspace_members).values(**member, **_stamps(server)))
    return Made(user_id, workspace_id, key, email)


def grant_role(server: Any, workspace_id: str, user_id: str, *, role: Role, entity_id: str) -> None:
    grant = dict(
        workspace_id=workspace_id, id=server.ids.new_id(), user_id=user_id, role=role.value, entity_id=entity_id
    )
    _execute(server, sa.insert(role_grants).values(**grant, **_stamps(server)))


def change_settings(server: Any, workspace_id: str, settings: dict[str, Any]) -> None:
    import json

    database = sa.create_engine(server.runtime.engine.sqlalchemy_url(), poolclass=sa.NullPool)
    with database.connect() as connection:
        stored = connection.execute(
            sa.select(workspaces.c.settings).where(workspaces.c.id == workspace_id)
        ).scalar_one()
    database.dispose()
    changed = json.dumps({**json.loads(stored), **settings})
    _execute(server, sa.update(workspaces).where(workspaces.c.id == workspace_id).values(settings=changed))
