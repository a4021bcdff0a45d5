"""From the token of an add-on to an actor: the person in it, in the add-on's one workspace, within its scopes.

A token counts as long as its add-on is installed and active. An installation token acts as whoever owns the
workspace now, because it outlives the owner it names; a user token as its user and nobody else.
"""

import msgspec
import sqlalchemy as sa

from hourbook.access.actors import Account, Actor, AddonUse, enter_workspace
from hourbook.access.addon_keys import list_keys
from hourbook.access.addon_tokens import Claims, read_token
from hourbook.core.errors import AccessDenied, BadCredential
from hourbook.core.types import Role
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.addons import addons
from hourbook.db.tables.workspaces import role_grants
from hourbook.db.tx import ReadTx

ACTIVE = "ACTIVE"
_CLOSED = ("DELETED", "LIMITED", "LIMITED_DELETED")


class _Installed(msgspec.Struct, frozen=True):
    key: str
    status: str
    scopes: str


FIND_ADDON = Statement(
    sa.select(addons.c.key, addons.c.status, addons.c.scopes).where(
        addons.c.workspace_id == bind("workspace_id"), addons.c.id == bind("addon_id")
    ),
    into=_Installed,
)
FIND_OWNER = Statement(
    sa.select(role_grants.c.user_id).where(
        role_grants.c.workspace_id == bind("workspace_id"), role_grants.c.role == Role.OWNER.value
    )
)
FIND_PERSON = Statement(sa.select(users.c.status, users.c.settings).where(users.c.id == bind("user_id")))
_decode_scopes = msgspec.json.Decoder(frozenset[str]).decode


def find_addon_actor(tx: ReadTx, token: str, workspace_id: str) -> Actor:
    """Who acts. `workspace_id` is where something is asked, "" for outside of workspaces.

    BadCredential when the token is none, is over, or its add-on is gone or inactive; AccessDenied for another
    workspace, or a user who is no active member any more.
    """
    claims = read_token(token, list_keys(tx), now_us=tx.now_us)
    home_id = claims.installation.workspace_id
    found: _Installed | None = tx.one(FIND_ADDON, workspace_id=home_id, addon_id=claims.installation.addon_id)
    if found is None or found.status != ACTIVE or found.key != claims.installation.key:
        raise BadCredential("bad_addon_token")
    if workspace_id not in ("", home_id):
        raise AccessDenied
    is_installed = claims.ends_at_us is None
    account = _account(tx, owner_of(tx, home_id) if is_installed else claims.user_id, claims)
    addon = AddonUse(claims.installation.addon_id, found.key, _decode_scopes(found.scopes), is_installed)
    return msgspec.structs.replace(enter_workspace(tx, account, home_id), kind="addon", addon=addon)


def owner_of(tx: ReadTx, workspace_id: str) -> str:
    """Whom an installation token acts as: the owner of the workspace, now."""
    found = tx.one(FIND_OWNER, workspace_id=workspace_id)
    return found[0] if found else ""


def _account(tx: ReadTx, user_id: str, claims: Claims) -> Account:
    person = tx.one(FIND_PERSON, user_id=user_id)
    if person is None or person[0] in _CLOSED:
        raise BadCredential("bad_addon_token")
    return Account(
        user_id=user_id,
        credential_id=claims.installation.addon_id,
        user_status=person[0],
        settings_json=person[1],
        expires_at_us=claims.ends_at_us,
        is_read_only=claims.is_read_only,
        auth="addon_token",
        method="",
    )
