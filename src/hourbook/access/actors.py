"""From credential to actor: who is asking, in which workspace, with which roles.

A key is looked up by its hash. What was found is kept for at most a second, and is dropped the
moment this process changes anything it was made from, so a revoked key dies at once here and
within a second elsewhere. Keys are never read from a URL.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from hourbook.core.calendar import END_SECOND
from hourbook.core.errors import AccessDenied, BadCredential, MissingScope, NotForAddons
from hourbook.core.types import Role
from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import api_keys, sessions, users
from hourbook.db.tables.columns import Flag
from hourbook.db.tables.custom_fields import custom_fields
from hourbook.db.tables.groups import user_group_members
from hourbook.db.tables.projects import project_members
from hourbook.db.tables.rates import rates
from hourbook.db.tables.workspaces import role_grants, workspace_members, workspaces
from hourbook.db.tx import Change, ReadTx

if TYPE_CHECKING:
    from hourbook.access.policy import Row
    from hourbook.access.scope import Scope

# How the method of a session ends when its holder proved a second factor too.
SECOND_FACTOR = "+totp"
# How the method of a session begins that an identity provider proved; the id of its workspace follows. The first kind
# enters that workspace alone; the second is of people who linked the provider to their whole account.
BY_PROVIDER = "oidc:"
BY_LINKED_PROVIDER = "oidc-linked:"
CACHE_SECONDS = 1.0
CACHE_LIMIT = 10_000
# Kinds whose change may change what an actor may do.
ACCESS_KINDS = frozenset(
    {
        "USER",
        "API_KEY",
        "ADDON",
        "RATE",
        "SESSION",
        "WORKSPACE",
        "MEMBER",
        "ROLE",
        "PROJECT",
        "PROJECT_MEMBER",
        "USER_GROUP",
        "CUSTOM_FIELD",
    }
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace settings that permissions read; the whole set is in resources/workspaces."""

    who_can_create_projects_and_clients: str = "EVERYONE"
    who_can_create_tasks: str = "EVERYONE"
    who_can_create_tags: str = "EVERYONE"
    only_admins_see_all_time_entries: bool = True
    only_admins_see_public_projects_entries: bool = True
    only_admins_see_billable_rates: bool = False
    only_admins_can_change_billable_status: bool = False
    who_can_edit_others_time: str = "ADMINS"
    who_can_see_project_status: str = "ANYONE"
    # Pages that members without a manager's role do not have: PROJECT, TEAM, REPORTS.
    admin_only_pages: tuple[str, ...] = ()
    # Whether sessions need a second factor to enter.
    multi_factor_enabled: bool = False
    # Whether sessions must come from the workspace's identity provider.
    single_sign_on_required: bool = False
    # Addresses and networks the workspace may be used from; empty: any.
    allowed_networks: tuple[str, ...] = ()
    # How many requests a second one key, and one add-on, may send; 0: as many as the server says (http/limits.py).
    requests_per_second: int = 0
    addon_requests_per_second: int = 0


@lru_cache(maxsize=1)
def _policy() -> "Mapping[str, Row]":
    """The permission table. It speaks of actors, so it is imported when the first one acts."""
    from hourbook.access.policy import POLICY

    return POLICY


class AddonUse(msgspec.Struct, frozen=True):
    """The add-on somebody acts through. `is_installed`: by its installation token, not by one of its user."""

    id: str
    key: str
    scopes: frozenset[str]
    is_installed: bool


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody (or something) acting. Roles add up; `managed_project_ids` come from grants.

    `settings_text`: the workspace's settings as stored, for slices that read their own part.
    """

    id: str | None
    kind: str = "user"
    auth: str = "api_key"
    workspace_id: str = ""
    status: str = ""
    roles: frozenset[Role] = frozenset()
    managed_project_ids: tuple[str, ...] = ()
    # People managed as team manager, through groups included.
    managed_user_ids: tuple[str, ...] = ()
    member_project_ids: tuple[str, ...] = ()
    settings: Settings = Settings()
    settings_text: str = "{}"
    zone: str = "UTC"
    # A credential that may look and not touch.
    is_read_only: bool = False
    # Where a workspace has none, lists need not ask for them; whoever did not look must.
    has_custom_fields: bool = True
    # When the next planned rate of the workspace comes into force; whoever did not look must.
    next_rate_s: int = 0
    # Of the key or the session; when it ends by itself, and how its holder proved who they are.
    credential_id: str = ""
    credential_ends_at_us: int | None = None
    method: str = ""
    # Set when an add-on acts as this person, within its scopes.
    addon: AddonUse | None = None

    @property
    def is_owner(self) -> bool:
        return Role.OWNER in self.roles

    @property
    def is_admin(self) -> bool:
        """Owner or workspace admin."""
        return Role.OWNER in self.roles or Role.WORKSPACE_ADMIN in self.roles

    @property
    def came_by_provider(self) -> bool:
        """A session that this workspace's own identity provider began; those of others say nothing here."""
        methods = (BY_PROVIDER + self.workspace_id, BY_LINKED_PROVIDER + self.workspace_id)
        return self.auth == "session" and self.method.removesuffix(SECOND_FACTOR) in methods

    @property
    def is_bound_to(self) -> str | None:
        """The one workspace a credential is good for: a session its provider began, a key made in one, an add-on."""
        if self.addon is not None:
            return self.workspace_id
        if not self.method.startswith(BY_PROVIDER):
            return None
        return self.method.removeprefix(BY_PROVIDER).removesuffix(SECOND_FACTOR)

    @property
    def lacks_second_factor(self) -> bool:
        """A session of somebody who proved one thing only. The workspace's own provider proves what it asks for."""
        return self.auth == "session" and not self.came_by_provider and not self.method.endswith(SECOND_FACTOR)

    @property
    def lacks_single_sign_on(self) -> bool:
        """A session that began elsewhere. The owner gets in without, or a broken provider would lock everybody out."""
        return self.auth == "session" and not self.came_by_provider and not self.is_owner

    def scope(self, action: str) -> "Scope":
        return _policy()[action].reach(self)

    def may(self, action: str) -> bool:
        return _policy()[action].may(self)

    def check(self, action: str) -> None:
        """AccessDenied when the role alone decides against the action."""
        if not self.may(action):
            raise AccessDenied

    def check_scope(self, scope: str | None) -> None:
        """For an add-on: NotForAddons where no scope opens what is asked, MissingScope without the one that does."""
        if self.addon is None:
            return
        if scope is None:
            raise NotForAddons
        if scope and scope not in self.addon.scopes:
            raise MissingScope(scope)


NOBODY = Actor(id=None, kind="nobody", auth="none")
SYSTEM = Actor(id=None, kind="system", auth="system", roles=frozenset({Role.OWNER}), status="ACTIVE")


class Account(msgspec.Struct, frozen=True):
    """What a credential proves, before any workspace is entered.

    `credential_id`: of the key, the session or the add-on. `auth`: `api_key`, `session` or `addon_token`.
    """

    user_id: str
    credential_id: str
    user_status: str
    settings_json: str | None
    expires_at_us: int | None
    is_read_only: bool
    auth: str
    method: str


FIND_KEY = Statement(
    sa.select(
        api_keys.c.user_id,
        api_keys.c.id,
        users.c.status,
        users.c.settings,
        api_keys.c.expires_at_us,
        api_keys.c.is_read_only,
        sa.literal_column("'api_key'"),
        api_keys.c.method,
    )
    .join(users, users.c.id == api_keys.c.user_id)
    .where(api_keys.c.key_hash == bind("key_hash"), api_keys.c.revoked_at_us.is_(None)),
    into=Account,
)
FIND_SESSION = Statement(
    sa.select(
        sessions.c.user_id,
        sessions.c.id,
        users.c.status,
        users.c.settings,
        sessions.c.expires_at_us,
        sa.literal_column("0", Flag()),
        sa.literal_column("'session'"),
        sessions.c.method,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(sessions.c.token_hash == bind("key_hash"), sessions.c.revoked_at_us.is_(None)),
    into=Account,
)
FIND_MEMBERSHIP = Statement(
    sa.select(
        workspace_members.c.status,
        workspaces.c.settings,
        sa.case((sa.exists().where(custom_fields.c.workspace_id == workspaces.c.id), 1), else_=0),
        sa.select(sa.func.min(rates.c.since_s))
        .where(rates.c.workspace_id == workspaces.c.id, rates.c.is_waiting == 1)
        .scalar_subquery(),
    )
    .join(workspaces, workspaces.c.id == workspace_members.c.workspace_id)
    .where(
        workspace_members.c.workspace_id == bind("workspace_id"),
        workspace_members.c.user_id == bind("user_id"),
        # One whose time is over is closed before it is taken apart.
        sa.or_(workspaces.c.deletes_at_us.is_(None), workspaces.c.deletes_at_us > bind("now_us", sa.BigInteger())),
    )
)
LIST_GRANTS = Statement(
    sa.select(role_grants.c.role, role_grants.c.entity_id, role_grants.c.source_type).where(
        role_grants.c.workspace_id == bind("workspace_id"), role_grants.c.user_id == bind("user_id")
    )
)
LIST_PEOPLE_IN_GROUPS = Statement(
    sa.select(user_group_members.c.user_id).where(
        user_group_members.c.workspace_id == bind("workspace_id"), AnyOf(user_group_members.c.group_id, "group_ids")
    )
)
LIST_PROJECTS_OF = Statement(
    sa.select(project_members.c.project_id).where(
        project_members.c.workspace_id == bind("workspace_id"),
        project_members.c.user_id == bind("user_id"),
        project_members.c.status == "ACTIVE",
    )
)


class _Zone(msgspec.Struct):
    time_zone: str = "UTC"


_decode_settings = msgspec.json.Decoder(Settings).decode
_decode_zone = msgspec.json.Decoder(_Zone).decode


def hash_key(key: str) -> bytes:
    """How a key is stored. Keys are long and random, so a plain digest cannot be guessed back."""
    return hashlib.sha256(key.encode()).digest()


def find_account(tx: ReadTx, secret: str, *, is_session: bool = False) -> Account:
    """The account of an API key or session; BadCredential when it is unknown, revoked, expired, or the account closed.

    A limited user is somebody without a credential, whatever was once made for them.
    """
    found: Account | None = tx.one(FIND_SESSION if is_session else FIND_KEY, key_hash=hash_key(secret))
    is_over = found is not None and found.expires_at_us is not None and found.expires_at_us <= tx.now_us
    if found is None or is_over or found.user_status in ("DELETED", "LIMITED", "LIMITED_DELETED"):
        raise BadCredential("bad_session" if is_session else "unknown_key")
    return found


def outside_of_workspaces(account: Account) -> Actor:
    """The account where no workspace is entered: it has no role there."""
    return Actor(
        id=account.user_id,
        auth=account.auth,
        status="ACTIVE",
        zone=zone_of(account.settings_json),
        is_read_only=account.is_read_only,
        credential_id=account.credential_id,
        credential_ends_at_us=account.expires_at_us,
        method=account.method,
    )


def enter_workspace(tx: ReadTx, account: Account, workspace_id: str) -> Actor:
    """The account inside a workspace; AccessDenied unless it is an active member there."""
    membership = tx.one(FIND_MEMBERSHIP, workspace_id=workspace_id, user_id=account.user_id, now_us=tx.now_us)
    if membership is None or membership[0] != "ACTIVE":
        raise AccessDenied
    proved = account.method.removesuffix(SECOND_FACTOR)
    if proved.startswith(BY_PROVIDER) and proved != BY_PROVIDER + workspace_id:
        raise AccessDenied
    grants = tx.rows(LIST_GRANTS, workspace_id=workspace_id, user_id=account.user_id)
    roles = frozenset(Role(role) for role, _, _ in grants)
    managed = tuple(sorted(entity for role, entity, _ in grants if role == Role.PROJECT_MANAGER))
    on_projects: tuple[str, ...] = ()
    if not roles & {Role.OWNER, Role.WORKSPACE_ADMIN}:
        rows = tx.rows(LIST_PROJECTS_OF, workspace_id=workspace_id, user_id=account.user_id)
        on_projects = tuple(sorted(row[0] for row in rows))
    return Actor(
        id=account.user_id,
        auth=account.auth,
        is_read_only=account.is_read_only,
        credential_id=account.credential_id,
        credential_ends_at_us=account.expires_at_us,
        method=account.method,
        workspace_id=workspace_id,
        status=membership[0],
        roles=roles,
        managed_project_ids=managed,
        managed_user_ids=_managed_people(tx, workspace_id, grants),
        member_project_ids=on_projects,
        settings=_decode_settings(membership[1]),
        settings_text=membership[1],
        zone=zone_of(account.settings_json),
        has_custom_fields=bool(membership[2]),
        next_rate_s=END_SECOND if membership[3] is None else membership[3],
    )


def _managed_people(tx: ReadTx, workspace_id: str, grants: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """Whom a team manager manages: people named, and whoever is in a named group now (roles.md question 10)."""
    people = {entity for role, entity, source in grants if role == Role.TEAM_MANAGER and not source}
    group_ids = [entity for role, entity, source in grants if role == Role.TEAM_MANAGER and source]
    if group_ids:
        people |= {row[0] for row in tx.rows(LIST_PEOPLE_IN_GROUPS, workspace_id=workspace_id, group_ids=group_ids)}
    return tuple(sorted(people))


def zone_of(settings_json: str | None) -> str:
    """The profile time zone in stored user settings; UTC for an account that has none yet."""
    return _decode_zone(settings_json).time_zone if settings_json else "UTC"


class ActorCache:
    """Actors by (key hash, workspace id), for at most a second and never past a change made here."""

    def __init__(self) -> None:
        self._found: dict[tuple[bytes, str], tuple[float, Actor]] = {}
        self.epoch = 0

    def get(self, key_hash: bytes, workspace_id: str, now: float) -> Actor | None:
        found = self._found.get((key_hash, workspace_id))
        return found[1] if found is not None and found[0] > now else None

    def put(self, key_hash: bytes, actor: Actor, *, now: float, epoch: int) -> None:
        """Keeps an actor unless something changed since `epoch` was read."""
        if epoch != self.epoch:
            return
        if len(self._found) >= CACHE_LIMIT:
            self._found.clear()
        self._found[key_hash, actor.workspace_id] = (now + CACHE_SECONDS, actor)

    def forget_on(self, changes: Sequence[Change]) -> None:
        """Called after each commit of this process."""
        if any(change.kind in ACCESS_KINDS for change in changes):
            self.forget()

    def forget(self) -> None:
        self.epoch += 1
        self._found.clear()
