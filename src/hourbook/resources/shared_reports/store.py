"""The SQL of shared reports.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from hourbook.core.types import Page
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity, Link
from hourbook.db.statement import Family, ScopeColumns, Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.groups import user_group_members, user_groups
from hourbook.db.tables.shared_reports import shared_report_groups, shared_report_users, shared_reports
from hourbook.db.tx import ReadTx
from hourbook.resources.shared_reports.rules import ListedFilter, SharedReport

PEOPLE = Link("user_ids", shared_report_users, "report_id", "user_id")
GROUPS = Link("group_ids", shared_report_groups, "report_id", "group_id")
SHARED_REPORT = Entity(
    "SHARED_REPORT",
    "Shared report",
    shared_reports,
    SharedReport,
    links=(PEOPLE, GROUPS),
    scope=ScopeColumns(user=shared_reports.c.user_id),
)
_r, _gm = shared_reports.c, user_group_members.c
_HERE = _r.workspace_id == bind("workspace_id")

# A page of them without their filters, which a list does not show: each may be large.
_LISTED = [sa.literal_column("''") if column is _r.filter else column for column in SHARED_REPORT.columns]

# Its link names no workspace.
FIND_ANYWHERE = Statement(sa.select(*SHARED_REPORT.columns).where(_r.id == bind("id")), into=SharedReport)
OF_AUTHOR_EVERYWHERE = Statement(
    sa.select(*SHARED_REPORT.columns).where(AnyOf(_r.workspace_id, "workspace_ids"), _r.user_id == bind("user_id")),
    into=SharedReport,
)
NAMES_OF_PEOPLE = Statement(sa.select(users.c.id, users.c.name, users.c.email).where(AnyOf(users.c.id, "ids")))
NAMES_OF_GROUPS = Statement(
    sa.select(user_groups.c.id, user_groups.c.name).where(
        user_groups.c.workspace_id == bind("workspace_id"), AnyOf(user_groups.c.id, "ids")
    )
)
IN_ONE_OF = Statement(
    sa.select(_gm.group_id).where(
        _gm.workspace_id == bind("workspace_id"), _gm.user_id == bind("user_id"), AnyOf(_gm.group_id, "ids")
    )
)

_MINE = _r.user_id == bind("me")
_NAMES_ME = sa.exists().where(
    shared_report_users.c.workspace_id == _r.workspace_id,
    shared_report_users.c.report_id == _r.id,
    shared_report_users.c.user_id == bind("me"),
)
_NAMES_MY_GROUP = sa.exists().where(
    shared_report_groups.c.workspace_id == _r.workspace_id,
    shared_report_groups.c.report_id == _r.id,
    _gm.workspace_id == shared_report_groups.c.workspace_id,
    _gm.group_id == shared_report_groups.c.group_id,
    _gm.user_id == bind("me"),
)
_CONDITIONS = {
    ListedFilter.ALL: sa.or_(_MINE, _NAMES_ME, _NAMES_MY_GROUP),
    ListedFilter.CREATED_BY_ME: _MINE,
    ListedFilter.SHARED_WITH_ME: sa.and_(sa.not_(_MINE), sa.or_(_NAMES_ME, _NAMES_MY_GROUP)),
    ListedFilter.ALL_ADMIN: sa.true(),
}


@Family
def _list(listed: ListedFilter) -> Statement:
    select = (
        sa.select(*_LISTED)
        .where(_HERE, _CONDITIONS[listed])
        .order_by(_r.id.desc())
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=SharedReport)


@Family
def _count(listed: ListedFilter) -> Statement:
    return Statement(sa.select(sa.func.count()).select_from(shared_reports).where(_HERE, _CONDITIONS[listed]))


def find_anywhere(tx: ReadTx, report_id: str) -> SharedReport | None:
    """Without the lists of whom it is shared with: those are read in its workspace."""
    return tx.one(FIND_ANYWHERE, id=report_id)


def list_reports(tx: ReadTx, listed: ListedFilter, page: Page) -> tuple[list[SharedReport], int]:
    """A page, newest first, without their filters; and how many there are."""
    me = {} if listed is ListedFilter.ALL_ADMIN else {"me": tx.actor.id}
    found = tx.rows(_list.of(listed), limit=page.size, offset=page.offset, **me)
    return tx.with_links(SHARED_REPORT, found), tx.rows(_count.of(listed), **me)[0][0]


def names_of_people(tx: ReadTx, ids: Iterable[str]) -> dict[str, str]:
    wanted = sorted(set(ids))
    return {id_: name or email for id_, name, email in tx.rows(NAMES_OF_PEOPLE, ids=wanted)} if wanted else {}


def names_of_groups(tx: ReadTx, ids: Iterable[str]) -> dict[str, str]:
    wanted = sorted(set(ids))
    return dict(tx.rows(NAMES_OF_GROUPS, ids=wanted)) if wanted else {}


def is_in_one_of(tx: ReadTx, user_id: str, group_ids: tuple[str, ...]) -> bool:
    return bool(group_ids) and bool(tx.rows(IN_ONE_OF, user_id=user_id, ids=group_ids))
