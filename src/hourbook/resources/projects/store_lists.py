"""The SQL of lists of projects: every filter and every order of the contract.

A page is found by walking an index in the wanted order. A filter that finds few projects is asked
first, and the list is made of those alone; one that finds many is probed on the way. Nothing is
decided here.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Page, SortOrder
from hourbook.db.engine import AnyOf, Contains
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.projects import project_groups, project_members, project_totals, projects
from hourbook.db.tx import ReadTx
from hourbook.resources.projects.rules import NO_CLIENT_ID, ProjectSort
from hourbook.resources.projects.store import PROJECT

# So many projects are sorted at once; more than that stand close together in any order.
FEW = 500
_p, _m, _pg, _pt, _c = projects.c, project_members.c, project_groups.c, project_totals.c, clients.c
_WORKSPACE = bind("workspace_id")


def _with_people(filters: frozenset[str]) -> sa.Select[tuple[str]]:
    where = [_m.workspace_id == _WORKSPACE]
    if "user_ids" in filters:
        where.append(AnyOf(_m.user_id, "user_ids"))
    if "user_status" in filters:
        where.append(_m.status == bind("user_status"))
    return sa.select(_m.project_id).where(*where)


def _with_groups() -> sa.Select[tuple[str]]:
    return sa.select(_pg.project_id).where(_pg.workspace_id == _WORKSPACE, AnyOf(_pg.group_id, "group_ids"))


def _of_clients() -> sa.Select[tuple[str]]:
    # Text that is no id is read as the stand-in for "no client", which nobody can ask for.
    is_one = sa.and_(AnyOf(_p.client_id, "client_ids"), _p.client_id != NO_CLIENT_ID)
    return sa.select(_p.id).where(_p.workspace_id == _WORKSPACE, is_one)


def _of_archived_clients() -> sa.Select[tuple[str]]:
    """Of clients that are archived, or of those that are not: as `client_archived` says."""
    found = sa.select(_c.id).where(_c.workspace_id == _WORKSPACE, _c.archived == bind("client_archived"))
    return sa.select(_p.id).where(_p.workspace_id == _WORKSPACE, _p.client_id.in_(found))


def _templates() -> sa.Select[tuple[str]]:
    # A text, because the index is of rows with this value and of no parameter.
    return sa.select(_p.id).where(_p.workspace_id == _WORKSPACE, sa.text("projects.is_template = 1"))


# What has an index of its own, or is asked of other tables: the word in `filters`, and the word that turns it around.
_SETS = {
    "templates": "",
    "client_ids": "without_clients",
    "client_archived": "",
    "group_ids": "without_groups",
    "people": "without_users",
}


def _projects_in(name: str, filters: frozenset[str]) -> sa.Select[tuple[str]]:
    """Ids of the projects a filter finds, a project perhaps more than once."""
    if name == "people":
        return _with_people(filters)
    found = {"client_ids": _of_clients, "client_archived": _of_archived_clients, "group_ids": _with_groups}
    return (found | {"templates": _templates})[name]()


@Family
def _list_few(name: str, filters: frozenset[str]) -> Statement:
    """Ids of those that one filter finds, as long as there are few of them."""
    found = _projects_in(name, filters).limit(bind("at_most", sa.Integer())).subquery("few")
    return Statement(sa.select(next(iter(found.c))))


def _conditions(filters: frozenset[str], sets: frozenset[str]) -> Iterator[sa.ColumnElement[bool]]:
    """One condition for each thing that filters; the words `without_...` turn one around."""
    possible: dict[str, sa.ColumnElement[bool]] = {
        "name_part": Contains(_p.name_key, "name_part"),
        # The folded name is what has an index.
        "name": sa.and_(_p.name == bind("name"), _p.name_key == bind("name_key")),
        "archived": _p.archived == bind("archived"),
        "billable": _p.billable == bind("billable"),
        "is_template": _p.is_template == bind("is_template"),
        "is_public": _p.is_public == bind("is_public"),
        "few": AnyOf(_p.id, "few"),
    }
    for name in sorted(filters & possible.keys()):
        yield possible[name]
    # Wrapped, so that no index of ids is taken instead of the one in the wanted order.
    project = sa.func.coalesce(_p.id, _p.id)
    for name in sorted(sets):
        found = project.in_(_projects_in(name, filters))
        yield sa.not_(found) if _SETS[name] in filters else found


def _sorted(sort: ProjectSort) -> tuple[sa.Select[Any], list[sa.ColumnElement[Any]]]:
    """Where a list begins, and its sort keys. The totals lead where time sorts, so that their index is walked."""
    by_totals = {ProjectSort.DURATION: _pt.duration_seconds, ProjectSort.PROGRESS: _pt.progress}
    if sort in by_totals:
        same = sa.and_(_pt.workspace_id == _p.workspace_id, _pt.project_id == _p.id)
        start = sa.select(_p.id).select_from(project_totals).join(projects, same)
        return start.where(_pt.workspace_id == _WORKSPACE), [by_totals[sort], _pt.project_id]
    keys = {
        ProjectSort.ID: [_p.id],
        ProjectSort.BUDGET: [_p.budget_minor, _p.id],
        ProjectSort.CLIENT_NAME: [_p.client_name_key, _p.name_key, _p.id],
    }
    return sa.select(_p.id).select_from(projects), keys.get(sort, [_p.name_key, _p.id])


@Family
def _list(filters: frozenset[str], sets: frozenset[str], sort: ProjectSort, order: SortOrder) -> Statement:
    start, keys = _sorted(sort)
    select = (
        start.where(_p.workspace_id == _WORKSPACE, *_conditions(filters, sets))
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, scoped=PROJECT.scope)


def _indexed(filters: dict[str, Any]) -> dict[str, Any]:
    """The filters, worded so that an index serves them."""
    found = dict(filters)
    if "name" in found:
        found["name_key"] = fold(found["name"])
    if found.get("is_template") is True:
        found["templates"] = found.pop("is_template")
    return found


def _private_of(tx: ReadTx, filters: dict[str, Any]) -> set[str] | None:
    """Of private projects somebody sees the few they are on or manage; None when that narrows nothing."""
    reach = tx.actor.scope("project.list")
    if filters.get("is_public") is not False or reach.everything or len(reach.project_ids or ()) > FEW:
        return None
    return set(reach.project_ids or ())


def list_ids(tx: ReadTx, filters: dict[str, Any], page: Page, *, sort: ProjectSort, order: SortOrder) -> list[str]:
    """Ids of projects the actor sees, one more than the page if there are more.

    `filters`: `name_part` (folded), `name` (exact), `archived`, `billable`, `is_template`, `is_public`, `client_ids`,
    `client_archived`, `user_ids`, `user_status`, `group_ids`; `without_clients`, `without_users`, `without_groups`
    turn theirs around. Absent ones do not filter.
    """
    filters = _indexed(filters)
    words = frozenset(filters)
    sets = {name for name in _SETS if name in words or (name == "people" and words & {"user_ids", "user_status"})}
    few = _private_of(tx, filters)
    for name in sorted(sets):
        if _SETS[name] in words:
            continue
        found = tx.rows(_list_few.of(name, words), at_most=FEW + 1, **filters)
        if len(found) <= FEW:
            ids = {row[0] for row in found}
            few = ids if few is None else few & ids
            sets.discard(name)
    if few is not None:
        words |= {"few"}
        filters = {**filters, "few": sorted(few)}
    statement = _list.of(words, frozenset(sets), sort, order)
    return [row[0] for row in tx.rows(statement, "project.list", limit=page.size + 1, offset=page.offset, **filters)]
