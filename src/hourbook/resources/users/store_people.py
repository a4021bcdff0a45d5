"""The SQL of lists of people: every filter and every order of the contract.

A page is found by walking an index of the members in the wanted order. A filter that finds few
people is asked first, and the list is made of those alone; one that finds many is probed on the way.
Nothing is decided here.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Page, Role, SortOrder
from hourbook.db.engine import AnyOf, Contains
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.groups import user_group_members
from hourbook.db.tables.projects import project_groups, project_members
from hourbook.db.tables.workspaces import role_grants, workspace_members
from hourbook.db.tx import ReadTx
from hourbook.resources.users.rules import AccountStatus, PeopleFilter, PeopleSort, StatusWanted, User
from hourbook.resources.users.store import USER, make_user
from hourbook.resources.users.store_roles import managers_of

# So many people are sorted at once; more than that stand close together in any order.
FEW = 200
_m, _pm, _pg = workspace_members.c, project_members.c, project_groups.c
_gm, _r = user_group_members.c, role_grants.c
_WORKSPACE = bind("workspace_id")
_AT_MOST = bind("at_most", sa.Integer())


def _on_project() -> sa.CompoundSelect[tuple[str]]:
    """Ids of those on the project of `project_id`, directly or by one of its groups."""
    direct = sa.select(_pm.user_id).where(
        _pm.workspace_id == _WORKSPACE, _pm.project_id == bind("project_id"), _pm.status == "ACTIVE"
    )
    groups = sa.select(_pg.group_id).where(_pg.workspace_id == _WORKSPACE, _pg.project_id == bind("project_id"))
    by_group = sa.select(_gm.user_id).where(_gm.workspace_id == _WORKSPACE, _gm.group_id.in_(groups))
    return sa.union_all(direct, by_group)


def _in_groups() -> sa.Select[tuple[str]]:
    return sa.select(_gm.user_id).where(_gm.workspace_id == _WORKSPACE, AnyOf(_gm.group_id, "group_ids"))


def _with_roles(roles: frozenset[Role]) -> sa.Select[tuple[str]]:
    words = sa.or_(*(_r.role == role.value for role in sorted(roles)))
    return sa.select(_r.user_id).where(_r.workspace_id == _WORKSPACE, words)


def _people_in(filter_name: str, roles: frozenset[Role]) -> Any:
    """Ids of the people a filter finds, somebody perhaps more than once."""
    if filter_name == "roles":
        return _with_roles(roles)
    return {"project_id": _on_project, "group_ids": _in_groups, "managed_id": managers_of}[filter_name]()


@Family
def _list_few(filter_name: str, roles: frozenset[Role]) -> Statement:
    """Ids of those whom one filter finds, as long as there are few of them."""
    return Statement(sa.select(_people_in(filter_name, roles).limit(_AT_MOST).subquery("few").c.user_id))


def _seen_columns() -> list[sa.ColumnElement[Any]]:
    """An account as a workspace may know it: of somebody who has not accepted an invitation the address alone.

    Otherwise whoever invites an address would learn whether it has an account, and whose.
    """
    is_in = sa.or_(_m.status == "ACTIVE", _m.status == "INACTIVE")
    unknown: dict[str, Any] = {
        "name": sa.null(),
        "status": AccountStatus.NOT_REGISTERED.value,
        "profile_picture": "",
        "settings": sa.null(),
        "password_hash": sa.null(),
    }
    return [
        sa.case((is_in, column), else_=unknown[column.name]).label(column.name) if column.name in unknown else column
        for column in USER.columns
    ]


def _sort_keys(sort: PeopleSort) -> list[sa.ColumnElement[Any]]:
    keys: dict[PeopleSort, list[sa.ColumnElement[Any]]] = {
        PeopleSort.ID: [],
        PeopleSort.EMAIL: [_m.email_key],
        PeopleSort.NAME: [_m.name_key],
        PeopleSort.NAME_LOWERCASE: [_m.name_key],
        # Those with more rights first.
        PeopleSort.ACCESS: [_m.access_rank],
        PeopleSort.HOURLYRATE: [_m.hourly_rate_key],
        PeopleSort.COSTRATE: [_m.cost_rate_key],
    }
    return [*keys[sort], _m.user_id]


@Family
def _list_people(
    filters: frozenset[str],
    account_statuses: frozenset[AccountStatus],
    roles: frozenset[Role],
    sort: PeopleSort,
    order: SortOrder,
) -> Statement:
    plain: dict[str, sa.ColumnElement[bool]] = {
        # Those without an address have a key all the same.
        "email_part": sa.and_(Contains(_m.email_key, "email_part"), users.c.email != ""),
        "name_part": Contains(_m.name_key, "name_part"),
        "status": _m.status == bind("status"),
        "few": AnyOf(_m.user_id, "few"),
    }
    # Wrapped, so that no index of ids is taken instead of the one in the wanted order.
    person = sa.func.coalesce(_m.user_id, _m.user_id)
    where = [plain[name] if name in plain else person.in_(_people_in(name, roles)) for name in sorted(filters)]
    where.append(sa.or_(*(_m.account_status == word.value for word in sorted(account_statuses))))
    keys = _sort_keys(sort)
    select = (
        sa.select(*_seen_columns())
        .select_from(workspace_members)
        .join(users, users.c.id == _m.user_id)
        .where(_m.workspace_id == _WORKSPACE, *where)
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=make_user)


def _plain_filters(wanted: PeopleFilter) -> dict[str, Any]:
    """What is asked of the membership itself."""
    values: dict[str, Any] = {}
    if wanted.email_part:
        values["email_part"] = fold(wanted.email_part)
    if wanted.name_part:
        values["name_part"] = fold(wanted.name_part)
    if wanted.status is not StatusWanted.ALL:
        values["status"] = wanted.status.value
    return values


def _set_filters(wanted: PeopleFilter) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is asked of other tables: the filter, and its parameter."""
    if wanted.project_id is not None:
        yield "project_id", {"project_id": wanted.project_id}
    if wanted.managers_of is not None:
        yield "managed_id", {"managed_id": wanted.managers_of}
    if wanted.group_ids:
        yield "group_ids", {"group_ids": wanted.group_ids}
    if wanted.roles:
        yield "roles", {}


def list_people(tx: ReadTx, wanted: PeopleFilter, page: Page) -> list[User]:
    """Accounts in this workspace, one more than the page if there are more."""
    values = _plain_filters(wanted)
    filters = set(values)
    few: set[str] | None = None
    for name, params in _set_filters(wanted):
        found = tx.rows(_list_few.of(name, wanted.roles), at_most=FEW + 1, **params)
        if len(found) > FEW:
            filters.add(name)
            values |= params
        else:
            ids = {row[0] for row in found}
            few = ids if few is None else few & ids
    if few is not None:
        filters.add("few")
        values["few"] = sorted(few)
    shape = (frozenset(filters), wanted.account_statuses, wanted.roles, wanted.sort, wanted.order)
    return tx.rows(_list_people.of(*shape), limit=page.size + 1, offset=page.offset, **values)
