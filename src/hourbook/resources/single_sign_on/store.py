"""The SQL of single sign-on.

Statements are constants; `tx` adds the workspace. Attempts are no entity: nothing is left of them.
Nothing is decided here.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.core.types import Role
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.single_sign_on import sso_attempts, sso_identities, sso_providers
from hourbook.db.tables.workspaces import role_grants, workspace_members, workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.single_sign_on.rules import Attempt, Identity, Provider

PROVIDER = Entity("SSO_PROVIDER", "Single sign-on", sso_providers, Provider, private=("client_secret",))
IDENTITY = Entity("SSO_IDENTITY", "Identity", sso_identities, Identity)

_p, _i, _a = sso_providers.c, sso_identities.c, sso_attempts.c
_ATTEMPT_NAMES = Attempt.__struct_fields__

FIND_PROVIDER = Statement(sa.select(*PROVIDER.columns).where(_p.workspace_id == bind("workspace_id")), into=Provider)
FIND_PROVIDER_LOCKED = Statement(
    sa.select(*PROVIDER.columns).where(_p.workspace_id == bind("workspace_id")).with_for_update(), into=Provider
)
FIND_IDENTITY = Statement(
    sa.select(*IDENTITY.columns)
    .where(_i.workspace_id == bind("workspace_id"), _i.issuer == bind("issuer"), _i.subject == bind("subject"))
    .with_for_update(),
    into=Identity,
)
IDENTITIES_EVERYWHERE = Statement(
    sa.select(*IDENTITY.columns)
    .where(AnyOf(_i.workspace_id, "workspace_ids"), _i.user_id == bind("user_id"))
    .order_by(_i.workspace_id, _i.id),
    into=Identity,
)
LIST_IDENTITIES_OF = Statement(
    sa.select(*IDENTITY.columns)
    .where(_i.workspace_id == bind("workspace_id"), _i.user_id == bind("user_id"))
    .order_by(_i.id),
    into=Identity,
)
LIST_IDENTITIES = Statement(
    sa.select(*IDENTITY.columns).where(_i.workspace_id == bind("workspace_id")).order_by(_i.id), into=Identity
)
_m = workspace_members.c
_OWNS = sa.exists().where(
    role_grants.c.workspace_id == _m.workspace_id,
    role_grants.c.user_id == _m.user_id,
    role_grants.c.role == Role.OWNER.value,
)
LIST_OPEN_TO = Statement(
    sa.select(workspaces.c.settings, sa.case((_OWNS, 1), else_=0))
    .select_from(workspace_members)
    .join(workspaces, workspaces.c.id == _m.workspace_id)
    .where(_m.user_id == bind("user_id"), _m.status == "ACTIVE")
    .order_by(_m.workspace_id)
)
FIND_ATTEMPT = Statement(
    sa.select(*(_a[name] for name in _ATTEMPT_NAMES)).where(
        _a.workspace_id == bind("workspace_id"), _a.state_hash == bind("state_hash")
    ),
    into=Attempt,
)
COUNT_ATTEMPTS = Statement(sa.select(sa.func.count()).where(_a.workspace_id == bind("workspace_id")))
ADD_ATTEMPT = Statement(sa.insert(sso_attempts).values({name: bind(name) for name in _ATTEMPT_NAMES}))
TAKE_ATTEMPT = Statement(
    sa.delete(sso_attempts).where(_a.workspace_id == bind("workspace_id"), _a.state_hash == bind("state_hash"))
)
FORGET_OVER = Statement(
    sa.delete(sso_attempts).where(
        _a.workspace_id == bind("workspace_id"), _a.expires_at_us <= bind("now_us", sa.BigInteger())
    )
)


def find_provider(tx: ReadTx, *, locked: bool = False) -> Provider | None:
    return tx.one(FIND_PROVIDER_LOCKED if locked else FIND_PROVIDER)


def find_identity(tx: ReadTx, issuer: str, subject: str) -> Identity | None:
    """Held until commit."""
    return tx.one(FIND_IDENTITY, issuer=issuer, subject=subject)


def identities_of(tx: ReadTx, user_id: str) -> list[Identity]:
    """Those of one account in this workspace."""
    return tx.rows(LIST_IDENTITIES_OF, user_id=user_id)


def identities_everywhere(tx: ReadTx, user_id: str, workspace_ids: list[str]) -> list[Identity]:
    """Those of one account in several workspaces."""
    return tx.rows(IDENTITIES_EVERYWHERE, user_id=user_id, workspace_ids=workspace_ids)


def list_identities(tx: ReadTx) -> list[Identity]:
    """All of this workspace."""
    return tx.rows(LIST_IDENTITIES)


def open_to(tx: ReadTx, user_id: str) -> list[tuple[str, bool]]:
    """Of every workspace the account is active in: the settings as stored, and whether it owns it."""
    return [(settings, bool(owns)) for settings, owns in tx.rows(LIST_OPEN_TO, user_id=user_id)]


def find_attempt(tx: ReadTx, state_hash: bytes) -> Attempt | None:
    return tx.one(FIND_ATTEMPT, state_hash=state_hash)


def count_attempts(tx: ReadTx) -> int:
    """How many sign-ins of this workspace are under way."""
    found: int = tx.rows(COUNT_ATTEMPTS)[0][0]
    return found


def add_attempt(tx: Tx, attempt: Attempt) -> None:
    values: dict[str, Any] = {name: getattr(attempt, name) for name in _ATTEMPT_NAMES}
    tx.write_derived(ADD_ATTEMPT, **values)


def take_attempt(tx: Tx, state_hash: bytes) -> bool:
    """Ends an attempt; False when somebody else did already."""
    return tx.write_derived(TAKE_ATTEMPT, state_hash=state_hash) == 1


def forget_over(tx: Tx) -> None:
    """Removes the workspace's attempts whose time has passed."""
    tx.write_derived(FORGET_OVER, now_us=tx.now_us)
