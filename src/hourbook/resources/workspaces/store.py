"""The SQL of workspaces, their currencies, members and role grants.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

from collections.abc import Iterable
from typing import Any, cast

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Role
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.workspaces import currencies, role_grants, workspace_members, workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.workspaces.rules import Currency, Member, MemberStatus, RoleGrant, Workspace

WORKSPACE = Entity("WORKSPACE", "Workspace", workspaces, Workspace, shared=True)
CURRENCY = Entity("CURRENCY", "Currency", currencies, Currency)
MEMBER = Entity(
    "MEMBER",
    "User",
    workspace_members,
    Member,
    key=("user_id",),
    derived={
        "hourly_rate_key": lambda member: -1 if member.hourly_rate_minor is None else member.hourly_rate_minor,
        "cost_rate_key": lambda member: -1 if member.cost_rate_minor is None else member.cost_rate_minor,
    },
    # A copy of what the account says, which has a journal row of its own.
    private=("account_status",),
)
ROLE = Entity("ROLE", "Role", role_grants, RoleGrant)

_members, _grants = workspace_members.c, role_grants.c
# Of somebody without a role; a manager's is the one before.
NO_RANK = 3


def _member(*values: object) -> Member:
    row = Member(*values)  # type: ignore[arg-type]
    row.status = MemberStatus(row.status)
    return row


def _grant(*values: object) -> RoleGrant:
    row = RoleGrant(*values)  # type: ignore[arg-type]
    row.role = Role(row.role)
    return row


FIND_ACCOUNT = Statement(
    sa.select(users.c.email_key, users.c.name, users.c.status).where(users.c.id == bind("user_id"))
)
FIND_MEMBER = Statement(
    sa.select(*MEMBER.columns).where(
        _members.workspace_id == bind("workspace_id"), _members.user_id == bind("user_id")
    ),
    into=_member,
)
FIND_MEMBER_LOCKED = Statement(cast("sa.Select[Any]", FIND_MEMBER.sql).with_for_update(), into=_member)
LIST_MEMBERS = Statement(
    sa.select(*MEMBER.columns).where(_members.workspace_id == bind("workspace_id")).order_by(_members.user_id),
    into=_member,
)
HOLD_MEMBERS = Statement(
    sa.select(_members.user_id)
    .where(_members.workspace_id == bind("workspace_id"))
    .order_by(_members.user_id)
    .with_for_update()
)
LIST_SOME_MEMBERS = Statement(
    sa.select(*MEMBER.columns).where(
        _members.workspace_id == bind("workspace_id"), AnyOf(_members.user_id, "user_ids")
    ),
    into=_member,
)
LIST_MEMBERSHIPS_OF_USER = Statement(
    sa.select(*MEMBER.columns).where(_members.user_id == bind("user_id")).order_by(_members.workspace_id), into=_member
)
LIST_MEMBERS_OF_WORKSPACES = Statement(
    sa.select(*MEMBER.columns)
    .where(AnyOf(_members.workspace_id, "workspace_ids"))
    .order_by(_members.workspace_id, _members.user_id),
    into=_member,
)
LIST_WORKSPACES = Statement(
    sa.select(*WORKSPACE.columns).where(AnyOf(workspaces.c.id, "workspace_ids")).order_by(workspaces.c.id),
    into=Workspace,
)
LIST_ALL_WORKSPACES = Statement(sa.select(*WORKSPACE.columns).order_by(workspaces.c.id), into=Workspace)
LIST_CURRENCIES = Statement(
    sa.select(*CURRENCY.columns)
    .where(AnyOf(currencies.c.workspace_id, "workspace_ids"))
    .order_by(currencies.c.workspace_id, currencies.c.code),
    into=Currency,
)
FIND_DEFAULT_CURRENCY = Statement(
    sa.select(*CURRENCY.columns).where(
        currencies.c.workspace_id == bind("workspace_id"), currencies.c.is_default == bind("is_default")
    ),
    into=Currency,
)
FIND_GRANT = Statement(
    sa.select(*ROLE.columns).where(
        _grants.workspace_id == bind("workspace_id"),
        _grants.user_id == bind("user_id"),
        _grants.role == bind("role"),
        _grants.entity_id == bind("entity_id"),
    ),
    into=_grant,
)
LIST_GRANTS_OF_ENTITY = Statement(
    sa.select(*ROLE.columns)
    .where(_grants.workspace_id == bind("workspace_id"), _grants.entity_id == bind("entity_id"))
    .order_by(_grants.id),
    into=_grant,
)
LIST_GRANTS_OF_USERS = Statement(
    sa.select(*ROLE.columns)
    .where(_grants.workspace_id == bind("workspace_id"), AnyOf(_grants.user_id, "user_ids"))
    .order_by(_grants.user_id, _grants.id),
    into=_grant,
)
LIST_GRANTS_IN_WORKSPACES = Statement(
    sa.select(*ROLE.columns).where(AnyOf(_grants.workspace_id, "workspace_ids"), _grants.user_id == bind("user_id")),
    into=_grant,
)

_RANKS = sa.case((_grants.role == "OWNER", 0), (_grants.role == "WORKSPACE_ADMIN", 1), else_=NO_RANK - 1)
_STRONGEST = (
    sa.select(sa.func.min(_RANKS))
    .where(_grants.workspace_id == _members.workspace_id, _grants.user_id == _members.user_id)
    .scalar_subquery()
)
RANK_MEMBERS = Statement(
    sa.update(workspace_members)
    .where(_members.workspace_id == bind("workspace_id"), AnyOf(_members.user_id, "user_ids"))
    .values(access_rank=sa.func.coalesce(_STRONGEST, NO_RANK))
)


def rank_members(tx: Tx, user_ids: Iterable[str]) -> None:
    """Writes anew how strong the strongest role of these people is, by which lists are sorted."""
    tx.write_derived(RANK_MEMBERS, user_ids=sorted(set(user_ids)))


def find_account_keys(tx: ReadTx, user_id: str) -> dict[str, Any] | None:
    """What a membership repeats of its account: folded e-mail, folded name ("" when there is none), status."""
    found = tx.one(FIND_ACCOUNT, user_id=user_id)
    if found is None:
        return None
    return account_keys(*found[:2], status=found[2])


def account_keys(email: str, name: str | None, *, status: str) -> dict[str, Any]:
    """The same, from the account. An e-mail that is folded already stays so."""
    return {"email_key": fold(email), "name_key": fold(name or ""), "account_status": status}


def find_member(tx: ReadTx, user_id: str, *, locked: bool = False) -> Member | None:
    return tx.one(FIND_MEMBER_LOCKED if locked else FIND_MEMBER, user_id=user_id)


def hold_members(tx: Tx) -> None:
    """Nobody writes a time entry of anybody until this transaction ends."""
    tx.rows(HOLD_MEMBERS)


def find_grant(tx: ReadTx, user_id: str, role: Role, *, entity_id: str) -> RoleGrant | None:
    return tx.one(FIND_GRANT, user_id=user_id, role=role.value, entity_id=entity_id)


def default_currency(tx: ReadTx) -> Currency | None:
    return tx.one(FIND_DEFAULT_CURRENCY, is_default=True)
