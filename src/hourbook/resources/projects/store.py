"""The SQL of projects, their members and their totals.

A list finds the ids of its page first; only those are filled with names, totals and members, with
one statement a kind.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Page, SortOrder
from hourbook.db.engine import AnyOf, Contains
from hourbook.db.entities import Entity, Link
from hourbook.db.statement import Family, ScopeColumns, Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.groups import user_group_members
from hourbook.db.tables.projects import project_groups, project_members, project_totals, projects
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.workspaces import currencies
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.projects import rules
from hourbook.resources.projects.rules import NO_CLIENT_ID, Project, ProjectMember, ProjectSort, ShownProject

_p, _m, _pt, _c = projects.c, project_members.c, project_totals.c, clients.c
GROUPS = Link("group_ids", project_groups, "project_id", "group_id")
PROJECT = Entity(
    "PROJECT",
    "Project",
    projects,
    Project,
    links=(GROUPS,),
    derived={
        "name_key": lambda project: fold(project.name),
        "estimate_seconds": rules.estimate_seconds_of,
        "budget_minor": rules.budget_minor_of,
    },
    scope=ScopeColumns(project=_p.id, public=_p.is_public == 1),
)
PROJECT_MEMBER = Entity("PROJECT_MEMBER", "User", project_members, ProjectMember, key=("project_id", "user_id"))

_IN_WORKSPACE = _p.workspace_id == bind("workspace_id")
_OF_CLIENT = sa.and_(_c.workspace_id == _p.workspace_id, _c.id == _p.client_id)
_TOTALS = sa.and_(_pt.workspace_id == _p.workspace_id, _pt.project_id == _p.id)
_own, _default = currencies.alias("own_currency"), currencies.alias("default_currency")
_TASKS_ESTIMATE = (
    sa.select(sa.cast(sa.func.coalesce(sa.func.sum(tasks.c.estimate_seconds), 0), sa.BigInteger))
    .where(tasks.c.workspace_id == _p.workspace_id, tasks.c.project_id == _p.id)
    .scalar_subquery()
)
# Summed only where it is asked for.
_ESTIMATE = sa.case((_p.estimate_seconds < 0, _TASKS_ESTIMATE), else_=_p.estimate_seconds)


def _shown(*row: Any) -> ShownProject:
    return ShownProject(Project(*row[:-5]), *row[-5:])


SHOW = Statement(
    sa.select(
        *PROJECT.columns,
        sa.func.coalesce(_c.name, ""),
        sa.func.coalesce(_own.c.id, _default.c.id),
        sa.func.coalesce(_own.c.code, _default.c.code),
        sa.func.coalesce(_pt.duration_seconds, 0),
        _ESTIMATE,
    )
    .select_from(projects)
    .join(_default, sa.and_(_default.c.workspace_id == _p.workspace_id, _default.c.is_default == 1))
    .outerjoin(clients, _OF_CLIENT)
    .outerjoin(_own, sa.and_(_own.c.workspace_id == _c.workspace_id, _own.c.id == _c.currency_id))
    .outerjoin(project_totals, _TOTALS)
    .where(_IN_WORKSPACE, AnyOf(_p.id, "ids")),
    into=_shown,
)
LIST_MEMBERS = Statement(
    sa.select(*PROJECT_MEMBER.columns)
    .where(_m.workspace_id == bind("workspace_id"), AnyOf(_m.project_id, "ids"))
    .order_by(_m.project_id, _m.user_id),
    into=ProjectMember,
)
MEMBERSHIPS_OF_PERSON = Statement(
    sa.select(*PROJECT_MEMBER.columns)
    .where(_m.workspace_id == bind("workspace_id"), _m.user_id == bind("user_id"))
    .order_by(_m.project_id)
    .with_for_update(),
    into=ProjectMember,
)
_pg, _gm = project_groups.c, user_group_members.c
# A project cannot vanish while people of a group are put on it.
OF_GROUPS = Statement(
    sa.select(_p.id)
    .where(
        _IN_WORKSPACE,
        _p.id.in_(
            sa.select(_pg.project_id).where(_pg.workspace_id == bind("workspace_id"), AnyOf(_pg.group_id, "group_ids"))
        ),
    )
    .order_by(_p.id)
    .with_for_update(of=projects, read=True, key_share=True)
)
REACHED_BY_GROUPS = Statement(
    sa.select(_pg.project_id, _gm.user_id)
    .join(user_group_members, sa.and_(_gm.workspace_id == _pg.workspace_id, _gm.group_id == _pg.group_id))
    .where(_pg.workspace_id == bind("workspace_id"), AnyOf(_pg.project_id, "ids"), AnyOf(_gm.user_id, "user_ids"))
)
MEMBERS_AMONG = Statement(
    sa.select(*PROJECT_MEMBER.columns).where(
        _m.workspace_id == bind("workspace_id"), AnyOf(_m.project_id, "ids"), AnyOf(_m.user_id, "user_ids")
    ),
    into=ProjectMember,
)
FIND_BY_NAME = Statement(
    sa.select(_p.id).where(_IN_WORKSPACE, _p.client_id == bind("client_id"), _p.name == bind("name"))
)
OF_CLIENT = Statement(
    sa.select(_p.id, _p.client_id)
    .where(_IN_WORKSPACE, _p.client_id == bind("client_id"))
    .order_by(_p.id)
    .with_for_update()
)
ACTIVE_OF_CLIENT = Statement(
    sa.select(_p.id, _p.archived)
    .where(_IN_WORKSPACE, _p.client_id == bind("client_id"), _p.archived == 0)
    .order_by(_p.id)
    .with_for_update(),
    scoped=PROJECT.scope,
)
_other = projects.alias("other")
# Names of a client's projects that a project without client has as well.
NAMES_WITHOUT_CLIENT = Statement(
    sa.select(_p.name)
    .join(_other, sa.and_(_other.c.workspace_id == _p.workspace_id, _other.c.name == _p.name))
    .where(_IN_WORKSPACE, _p.client_id == bind("client_id"), _other.c.client_id == NO_CLIENT_ID)
    .order_by(_p.name)
    .limit(1)
)
START_TOTALS = Statement(
    sa.insert(project_totals).values(
        workspace_id=bind("workspace_id"),
        project_id=bind("project_id"),
        duration_seconds=0,
        billable_seconds=0,
        entries_count=0,
    )
)
END_TOTALS = Statement(
    sa.delete(project_totals).where(_pt.workspace_id == bind("workspace_id"), _pt.project_id == bind("project_id"))
)

# --- lists -------------------------------------------------------------------------------------


def _members_condition(filters: frozenset[str]) -> sa.ColumnElement[bool]:
    where = [_m.workspace_id == _p.workspace_id, _m.project_id == _p.id]
    if "user_ids" in filters:
        where.append(AnyOf(_m.user_id, "user_ids"))
    if "user_status" in filters:
        where.append(_m.status == bind("user_status"))
    found = sa.exists().where(*where)
    return sa.not_(found) if "without_users" in filters else found


def _groups_condition(filters: frozenset[str]) -> sa.ColumnElement[bool]:
    table = project_groups.c
    ids = AnyOf(table.group_id, "group_ids")
    found = sa.exists().where(table.workspace_id == _p.workspace_id, table.project_id == _p.id, ids)
    return sa.not_(found) if "without_groups" in filters else found


def _conditions(filters: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    """One condition for each thing that filters; the words `without_...` turn one around."""
    # Text that is no id is read as the stand-in for "no client", which nobody can ask for.
    of_clients = sa.and_(AnyOf(_p.client_id, "client_ids"), _p.client_id != NO_CLIENT_ID)
    # Sorting by client brings the clients into the list itself; the condition looks at them anew.
    has_client = sa.exists().where(_OF_CLIENT, _c.archived == bind("client_archived")).correlate(projects)
    possible: dict[str, sa.ColumnElement[bool]] = {
        "name_part": Contains(_p.name_key, "name_part"),
        "name": _p.name == bind("name"),
        "archived": _p.archived == bind("archived"),
        "billable": _p.billable == bind("billable"),
        "is_template": _p.is_template == bind("is_template"),
        "is_public": _p.is_public == bind("is_public"),
        "client_ids": sa.not_(of_clients) if "without_clients" in filters else of_clients,
        "client_archived": has_client,
        "group_ids": _groups_condition(filters),
    }
    found = [possible[name] for name in sorted(filters & possible.keys())]
    if filters & {"user_ids", "user_status"}:
        found.append(_members_condition(filters))
    return found


def _sorted(sort: ProjectSort) -> tuple[sa.Select[Any], list[sa.ColumnElement[Any]]]:
    """Where a list begins, and its sort keys. The totals lead where time sorts, so that their index is walked."""
    plain = sa.select(_p.id).select_from(projects)
    if sort is ProjectSort.DURATION:
        start = sa.select(_p.id).select_from(project_totals).join(projects, _TOTALS)
        return start.where(_pt.workspace_id == bind("workspace_id")), [_pt.duration_seconds, _pt.project_id]
    if sort is ProjectSort.CLIENT_NAME:
        return plain.outerjoin(clients, _OF_CLIENT), [sa.func.coalesce(_c.name_key, ""), _p.name_key, _p.id]
    if sort is ProjectSort.PROGRESS:
        share = sa.cast(_pt.duration_seconds, sa.Float) / sa.func.nullif(_ESTIMATE, 0)
        return plain.outerjoin(project_totals, _TOTALS), [sa.func.coalesce(share, 0), _p.id]
    keys = {ProjectSort.ID: [_p.id], ProjectSort.BUDGET: [_p.budget_minor, _p.id]}
    return plain, keys.get(sort, [_p.name_key, _p.id])


@Family
def _list(filters: frozenset[str], sort: ProjectSort, order: SortOrder) -> Statement:
    start, keys = _sorted(sort)
    select = (
        start.where(_IN_WORKSPACE, *_conditions(filters))
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, scoped=PROJECT.scope)


def list_ids(tx: ReadTx, filters: dict[str, Any], page: Page, *, sort: ProjectSort, order: SortOrder) -> list[str]:
    """Ids of projects the actor sees, one more than the page if there are more.

    `filters`: `name_part` (folded), `name` (exact), `archived`, `billable`, `is_template`, `is_public`, `client_ids`,
    `client_archived`, `user_ids`, `user_status`, `group_ids`; `without_clients`, `without_users`, `without_groups`
    turn theirs around. Absent ones do not filter.
    """
    statement = _list.of(frozenset(filters), sort, order)
    return [row[0] for row in tx.rows(statement, "project.list", limit=page.size + 1, offset=page.offset, **filters)]


# --- reading -----------------------------------------------------------------------------------


def show(tx: ReadTx, ids: Iterable[str]) -> dict[str, ShownProject]:
    """By id, with members, whoever asks; the groups are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    found: dict[str, ShownProject] = {shown.project.id: shown for shown in tx.rows(SHOW, ids=wanted)}
    members: dict[str, list[ProjectMember]] = {}
    for member in tx.rows(LIST_MEMBERS, ids=wanted):
        members.setdefault(member.project_id, []).append(member)
    for project_id, of_project in members.items():
        found[project_id].members = tuple(of_project)
    return found


def members_of(tx: ReadTx, project_id: str) -> dict[str, ProjectMember]:
    """By user id."""
    return {member.user_id: member for member in tx.rows(LIST_MEMBERS, ids=[project_id])}


def find_id_by_name(tx: ReadTx, client_id: str, name: str) -> str | None:
    found = tx.one(FIND_BY_NAME, client_id=client_id, name=name)
    return found[0] if found else None


def find_name_without_client(tx: ReadTx, client_id: str) -> str | None:
    """A name that would be there twice if the client's projects lost their client."""
    found = tx.one(NAMES_WITHOUT_CLIENT, client_id=client_id)
    return found[0] if found else None


# --- writing -----------------------------------------------------------------------------------


def insert(tx: Tx, project: Project, members: list[ProjectMember]) -> None:
    """Adds a project with its members and empty totals."""
    tx.insert(PROJECT, project, event="NEW_PROJECT")
    tx.insert_many(PROJECT_MEMBER, members)
    tx.write_derived(START_TOTALS, project_id=project.id)


def delete(tx: Tx, project: Project, members: Iterable[ProjectMember]) -> None:
    """Removes a project with its members and totals."""
    tx.delete_many(PROJECT_MEMBER, list(members), cascade=True)
    tx.delete(PROJECT, project, event="PROJECT_DELETED")
    tx.write_derived(END_TOTALS, project_id=project.id)


def write_members(tx: Tx, before: dict[str, ProjectMember], after: dict[str, ProjectMember]) -> None:
    """Makes the members of one project be those of `after`."""
    tx.delete_many(PROJECT_MEMBER, [member for user_id, member in before.items() if user_id not in after])
    tx.insert_many(PROJECT_MEMBER, [member for user_id, member in after.items() if user_id not in before])
    kept = [(before[user_id], member) for user_id, member in after.items() if user_id in before]
    tx.update_all(PROJECT_MEMBER, kept)


def hold_projects_of_groups(tx: Tx, group_ids: list[str]) -> list[str]:
    """Ids of the projects these groups are on, which stay until commit."""
    return [row[0] for row in tx.rows(OF_GROUPS, group_ids=group_ids)]


def reached_by_groups(tx: ReadTx, project_ids: list[str], user_ids: list[str]) -> set[tuple[str, str]]:
    """(project, person) where a group of the person is on the project."""
    return set(tx.rows(REACHED_BY_GROUPS, ids=project_ids, user_ids=user_ids))


def members_among(tx: ReadTx, project_ids: list[str], user_ids: list[str]) -> list[ProjectMember]:
    """Memberships of these people on these projects."""
    return tx.rows(MEMBERS_AMONG, ids=project_ids, user_ids=user_ids)


def add_members(tx: Tx, members: list[ProjectMember]) -> None:
    tx.insert_many(PROJECT_MEMBER, members)


def remove_members(tx: Tx, members: list[ProjectMember]) -> None:
    tx.delete_many(PROJECT_MEMBER, members)


def archive_of_client(tx: Tx, client_id: str) -> None:
    """Projects of the client are archived, those the actor may change."""
    tx.update_where(
        PROJECT, ACTIVE_OF_CLIENT, {"archived": True}, cascade=True, for_="project.update", client_id=client_id
    )


def forget_client(tx: Tx, client_id: str) -> None:
    tx.update_where(PROJECT, OF_CLIENT, {"client_id": NO_CLIENT_ID}, cascade=True, client_id=client_id)


def forget_group(tx: Tx, group_id: str) -> None:
    tx.forget_link(PROJECT, GROUPS, group_id)


def forget_person(tx: Tx, user_id: str) -> None:
    """Takes somebody off every project."""
    tx.delete_many(PROJECT_MEMBER, tx.rows(MEMBERSHIPS_OF_PERSON, user_id=user_id), cascade=True)
