"""The SQL of accounts, API keys and the people of a workspace.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import ScopeColumns, Statement, bind
from hourbook.db.tables.access import api_keys, users
from hourbook.db.tables.groups import user_group_members, user_groups
from hourbook.db.tables.projects import project_members, projects
from hourbook.db.tables.workspaces import workspace_members
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.users.rules import (
    AccountStatus,
    ApiKey,
    ListedKey,
    User,
)


def email_key_of(user: User) -> str:
    """What an account is found by: its folded address. Somebody without one has the id, which no address is."""
    return fold(user.email) or user.id


USER = Entity(
    "USER",
    "User",
    users,
    User,
    derived={"email_key": email_key_of},
    private=("password_hash",),
    shared=True,
)
API_KEY = Entity("API_KEY", "API key", api_keys, ApiKey, private=("key_hash",), shared=True)


def make_user(*values: object) -> User:
    """A user of a row in the order of `USER.columns`."""
    row = User(*values)  # type: ignore[arg-type]
    row.status = AccountStatus(row.status)
    return row


FIND_USER = Statement(sa.select(*USER.columns).where(users.c.id == bind("user_id")), into=make_user)
FIND_USER_BY_EMAIL = Statement(sa.select(*USER.columns).where(users.c.email_key == bind("email_key")), into=make_user)

FIND_HOME = Statement(
    sa.select(workspace_members.c.workspace_id)
    .join(users, users.c.id == workspace_members.c.user_id)
    .where(workspace_members.c.user_id == bind("user_id"))
    .order_by(
        sa.case((workspace_members.c.workspace_id == users.c.active_workspace_id, 0), else_=1),
        workspace_members.c.workspace_id,
    )
    .limit(1)
)

_LISTED = [api_keys.c[name] for name in ListedKey.__struct_fields__]
LIST_KEYS = Statement(
    sa.select(*_LISTED).where(api_keys.c.user_id == bind("user_id")).order_by(api_keys.c.id), into=ListedKey
)
_KEY_IS_ALIVE = sa.and_(
    api_keys.c.user_id == bind("user_id"),
    api_keys.c.revoked_at_us.is_(None),
    sa.or_(api_keys.c.expires_at_us.is_(None), api_keys.c.expires_at_us > bind("now_us", sa.BigInteger())),
)
COUNT_KEYS = Statement(sa.select(sa.func.count()).select_from(api_keys).where(_KEY_IS_ALIVE))
LIST_LIVE_KEYS = Statement(sa.select(*_LISTED).where(_KEY_IS_ALIVE).order_by(api_keys.c.id), into=ListedKey)
LIST_BOUND_KEYS = Statement(
    sa.select(*API_KEY.columns).where(_KEY_IS_ALIVE, api_keys.c.method != "").order_by(api_keys.c.id), into=ApiKey
)
LIST_ALL_KEYS = Statement(sa.select(*_LISTED).order_by(api_keys.c.id), into=ListedKey)
TOUCH_KEY = Statement(
    sa.update(api_keys)
    .where(
        api_keys.c.id == bind("key_id"),
        sa.func.coalesce(api_keys.c.last_used_at_us, 0) < bind("at_us", sa.BigInteger()),
    )
    .values(last_used_at_us=bind("at_us", sa.BigInteger()))
)


def find_user(tx: ReadTx, user_id: str) -> User | None:
    return tx.one(FIND_USER, user_id=user_id)


def find_user_by_email(tx: ReadTx, email: str) -> User | None:
    """The account with this address, whatever its case. What has no @ is no address, but may be somebody's key."""
    if "@" not in email:
        return None
    return tx.one(FIND_USER_BY_EMAIL, email_key=fold(email))


def find_home(tx: ReadTx, user_id: str) -> str | None:
    """A workspace the account is in, the active one first."""
    found = tx.one(FIND_HOME, user_id=user_id)
    return None if found is None else found[0]


def count_keys(tx: ReadTx, user_id: str) -> int:
    """How many keys of an account work."""
    return int(tx.rows(COUNT_KEYS, user_id=user_id, now_us=tx.now_us)[0][0])


def list_bound_keys(tx: ReadTx, user_id: str) -> list[ApiKey]:
    """Keys of one account that work and are bound to how the session they were made in began."""
    return tx.rows(LIST_BOUND_KEYS, user_id=user_id, now_us=tx.now_us)


def list_live_keys(tx: ReadTx, user_id: str) -> list[ListedKey]:
    """Keys of an account that work, oldest first."""
    return tx.rows(LIST_LIVE_KEYS, user_id=user_id, now_us=tx.now_us)


def list_keys(tx: ReadTx, user_id: str | None) -> list[ListedKey]:
    """Keys of one account, or all, oldest first; revoked ones included."""
    return tx.rows(LIST_ALL_KEYS) if user_id is None else tx.rows(LIST_KEYS, user_id=user_id)


def touch_keys(tx: Tx, used_at_us: dict[str, int]) -> None:
    """Notes when keys were last used, never going back; not journaled, it is no fact of the domain."""
    for key_id, at_us in sorted(used_at_us.items()):
        tx.write_derived(TOUCH_KEY, key_id=key_id, at_us=at_us)


# --- people of a workspace -----------------------------------------------------------------------

_m = workspace_members.c
_in_workspace = _m.workspace_id == bind("workspace_id")
_PROJECT_SCOPE = ScopeColumns(project=projects.c.id, public=projects.c.is_public == True)  # noqa: E712

FIND_PROJECT = Statement(
    sa.select(projects.c.is_public).where(
        projects.c.workspace_id == bind("workspace_id"), projects.c.id == bind("project_id")
    ),
    scoped=_PROJECT_SCOPE,
)
LIST_PROJECT_NAMES = Statement(
    sa.select(projects.c.id, projects.c.name).where(
        projects.c.workspace_id == bind("workspace_id"), AnyOf(projects.c.id, "ids")
    ),
    scoped=_PROJECT_SCOPE,
)
LIST_GROUP_NAMES = Statement(
    sa.select(user_groups.c.id, user_groups.c.name).where(
        user_groups.c.workspace_id == bind("workspace_id"), AnyOf(user_groups.c.id, "ids")
    )
)
LIST_USER_NAMES = Statement(sa.select(users.c.id, users.c.name, users.c.email).where(AnyOf(users.c.id, "ids")))

_ON_PROJECT = [
    project_members.c[name] for name in ("user_id", "project_id", "status", "hourly_rate_minor", "cost_rate_minor")
]
LIST_PROJECT_MEMBERSHIPS = Statement(
    sa.select(*_ON_PROJECT)
    .join(
        projects,
        sa.and_(
            projects.c.workspace_id == project_members.c.workspace_id, projects.c.id == project_members.c.project_id
        ),
    )
    .where(project_members.c.workspace_id == bind("workspace_id"), AnyOf(project_members.c.user_id, "user_ids"))
    .order_by(project_members.c.user_id, project_members.c.project_id),
    scoped=_PROJECT_SCOPE,
)
LIST_OWN_PROJECT_MEMBERSHIPS = Statement(
    sa.select(project_members.c.workspace_id, *_ON_PROJECT[1:])
    .where(AnyOf(project_members.c.workspace_id, "workspace_ids"), project_members.c.user_id == bind("user_id"))
    .order_by(project_members.c.workspace_id, project_members.c.project_id)
)
LIST_GROUP_MEMBERSHIPS = Statement(
    sa.select(user_group_members.c.user_id, user_group_members.c.group_id)
    .where(user_group_members.c.workspace_id == bind("workspace_id"), AnyOf(user_group_members.c.user_id, "user_ids"))
    .order_by(user_group_members.c.user_id, user_group_members.c.group_id)
)
LIST_OWN_GROUP_MEMBERSHIPS = Statement(
    sa.select(user_group_members.c.workspace_id, user_group_members.c.group_id)
    .where(AnyOf(user_group_members.c.workspace_id, "workspace_ids"), user_group_members.c.user_id == bind("user_id"))
    .order_by(user_group_members.c.workspace_id, user_group_members.c.group_id)
)


def is_project_public(tx: ReadTx, project_id: str) -> bool | None:
    """None when there is no such project, or none the actor may see."""
    found = tx.one(FIND_PROJECT, "project.list", project_id=project_id)
    return None if found is None else bool(found[0])
