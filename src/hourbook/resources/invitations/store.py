"""The SQL of invitations.

Statements are constants; `tx` adds the workspace. Nothing is decided here.
"""

from typing import Any, cast

import sqlalchemy as sa

from hourbook.core.types import Page
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.invitations import invitations
from hourbook.db.tables.workspaces import workspaces
from hourbook.db.tx import ReadTx
from hourbook.resources.invitations.rules import Invitation, InvitationStatus, Listed

INVITATION = Entity("INVITATION", "Invitation", invitations, Invitation, private=("token_hash",))

_i = invitations.c
_inviters = users.alias("inviters")
NOBODY_ID = "0" * 24
_IS_PENDING = _i.status == InvitationStatus.PENDING.value


def _invitation(*values: Any) -> Invitation:
    row = Invitation(*values)
    row.status = InvitationStatus(row.status)
    return row


FIND_BY_TOKEN = Statement(
    sa.select(*INVITATION.columns).where(_i.workspace_id == bind("workspace_id"), _i.token_hash == bind("token_hash")),
    into=_invitation,
)
FIND_BY_TOKEN_LOCKED = Statement(cast("sa.Select[Any]", FIND_BY_TOKEN.sql).with_for_update(), into=_invitation)
FIND_LOCKED = Statement(
    sa.select(*INVITATION.columns)
    .where(_i.workspace_id == bind("workspace_id"), _i.id == bind("id"))
    .with_for_update(),
    into=_invitation,
)
LIST_PENDING_OF_PERSON = Statement(
    sa.select(*INVITATION.columns)
    .where(_i.workspace_id == bind("workspace_id"), _i.user_id == bind("user_id"), _IS_PENDING)
    .order_by(_i.id)
    .with_for_update(),
    into=_invitation,
)
FIND_NAMES = Statement(
    sa.select(workspaces.c.name, sa.func.coalesce(_inviters.c.name, _inviters.c.email))
    .outerjoin(_inviters, _inviters.c.id == bind("inviter_id"))
    .where(workspaces.c.id == bind("workspace_id"))
)
LIST_OPEN = Statement(
    sa.select(
        _i.id,
        users.c.email,
        sa.func.coalesce(_inviters.c.name, _inviters.c.email),
        _i.created_at_us,
        _i.expires_at_us,
    )
    .join(users, users.c.id == _i.user_id)
    .outerjoin(_inviters, _inviters.c.id == _i.inviter_id)
    .where(_i.workspace_id == bind("workspace_id"), _IS_PENDING)
    .order_by(_i.id)
    .limit(bind("limit", sa.Integer()))
    .offset(bind("offset", sa.Integer())),
    into=Listed,
)


# For the janitor: what was answered or taken back long ago, of every workspace.
LIST_OVER = Statement(
    sa.select(*INVITATION.columns)
    .where(sa.not_(_IS_PENDING), _i.updated_at_us < bind("before_us", sa.BigInteger()))
    .order_by(_i.workspace_id, _i.id)
    .limit(bind("limit", sa.Integer())),
    into=_invitation,
)


def list_over(tx: ReadTx, before_us: int, limit: int) -> list[Invitation]:
    """Of every workspace, one after the other."""
    return tx.rows(LIST_OVER, before_us=before_us, limit=limit)


def find_names(tx: ReadTx, inviter_id: str | None) -> tuple[str, str | None]:
    """What the workspace and the inviter (None for the server itself) are called."""
    name, inviter = tx.rows(FIND_NAMES, inviter_id=inviter_id or NOBODY_ID)[0]
    return name, inviter


def find_by_token(tx: ReadTx, token_hash: bytes, *, locked: bool) -> Invitation | None:
    return tx.one(FIND_BY_TOKEN_LOCKED if locked else FIND_BY_TOKEN, token_hash=token_hash)


def find(tx: ReadTx, invitation_id: str) -> Invitation | None:
    """Held until commit."""
    return tx.one(FIND_LOCKED, id=invitation_id)


def list_pending_of(tx: ReadTx, user_id: str) -> list[Invitation]:
    """Held until commit."""
    return tx.rows(LIST_PENDING_OF_PERSON, user_id=user_id)


def list_open(tx: ReadTx, page: Page) -> list[Listed]:
    """One more than the page if there are more."""
    return tx.rows(LIST_OPEN, limit=page.size + 1, offset=page.offset)
