"""The SQL of add-ons.

Statements are constants; `tx` adds the workspace. Values of settings may be secrets of other services and never enter
the journal. Nothing is decided here.
"""

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.addons import addons
from hourbook.db.tables.workspaces import role_grants, workspace_members
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.addons.rules import Addon

_a, _m = addons.c, workspace_members.c

ADDON = Entity("ADDON", "Add-on", addons, Addon, private=("setting_values",))

FIND_BY_KEY = Statement(
    sa.select(*ADDON.columns).where(_a.workspace_id == bind("workspace_id"), _a.key == bind("key")), into=Addon
)
LIST_ALL = Statement(
    sa.select(*ADDON.columns)
    .where(_a.workspace_id == bind("workspace_id"))
    .order_by(_a.key, _a.id)
    .limit(bind("limit", sa.Integer()))
    .offset(bind("offset", sa.Integer())),
    into=Addon,
)
FORGET = Statement(sa.delete(addons).where(_a.workspace_id == bind("workspace_id"), AnyOf(_a.id, "ids")))
COUNT = Statement(sa.select(sa.func.count()).where(_a.workspace_id == bind("workspace_id")))
FIND_MEMBER = Statement(
    sa.select(users.c.status, users.c.settings)
    .join(workspace_members, _m.user_id == users.c.id)
    .where(
        _m.workspace_id == bind("workspace_id"),
        _m.user_id == bind("user_id"),
        _m.status == sa.literal_column("'ACTIVE'"),
    )
)


ROLES_OF = Statement(
    sa.select(role_grants.c.role).where(
        role_grants.c.workspace_id == bind("workspace_id"), role_grants.c.user_id == bind("user_id")
    )
)


def find_by_key(tx: ReadTx, key: str) -> Addon | None:
    return tx.one(FIND_BY_KEY, key=key)


def list_addons(tx: ReadTx, *, limit: int, offset: int = 0) -> list[Addon]:
    """By key."""
    return tx.rows(LIST_ALL, limit=limit, offset=offset)


def count(tx: ReadTx) -> int:
    found: int = tx.rows(COUNT)[0][0]
    return found


def find_member(tx: ReadTx, user_id: str) -> tuple[str, str | None] | None:
    """Status and settings of an account that is an active member here."""
    return tx.one(FIND_MEMBER, user_id=user_id)


def roles_of(tx: ReadTx, user_id: str) -> set[str]:
    return {row[0] for row in tx.rows(ROLES_OF, user_id=user_id)}


def insert(tx: Tx, addon: Addon, *, event: str) -> None:
    tx.insert(ADDON, addon, event=event, subject=addon.user_id)


def forget(tx: Tx, ids: list[str]) -> None:
    """Without a journal row: the workspace goes, and its journal with it."""
    tx.write_derived(FORGET, ids=ids)
