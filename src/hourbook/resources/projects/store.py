"""The SQL of projects, their members and their totals.

A list finds the ids of its page first; only those are filled with names, totals and members, with
one statement a kind.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity, Link
from hourbook.db.statement import ScopeColumns, Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.groups import user_group_members
from hourbook.db.tables.projects import project_groups, project_members, project_totals, projects
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.workspaces import currencies
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.projects import rules
from hourbook.resources.projects.rules import NO_CLIENT_ID, Project, ProjectMember, ShownProject

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
    # A copy of what the client says, which has a journal row of its own.
    private=("client_name_key",),
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
FOLLOW_CLIENT = Statement(
    sa.update(projects)
    .where(_IN_WORKSPACE, _p.client_id == bind("client_id"))
    .values(client_name_key=bind("client_name_key"))
)
# What the project's progress is measured against, as it stands in its row and those of its tasks.
_MEASURE = sa.select(_ESTIMATE).where(_p.workspace_id == _pt.workspace_id, _p.id == _pt.project_id).scalar_subquery()
MEASURE_PROGRESS = Statement(
    sa.update(project_totals)
    .where(_pt.workspace_id == bind("workspace_id"), AnyOf(_pt.project_id, "ids"))
    .values(
        estimate_seconds=_MEASURE,
        progress=sa.case((_MEASURE > 0, sa.cast(_pt.duration_seconds, sa.Float) / _MEASURE), else_=0),
    )
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


def follow_client(tx: Tx, client_id: str, name_key: str) -> None:
    """Projects repeat the client's folded name; not journaled, the client's change is."""
    tx.write_derived(FOLLOW_CLIENT, client_id=client_id, client_name_key=name_key)


def measure_progress(tx: Tx, project_ids: Iterable[str]) -> None:
    """Writes anew what the progress of these projects is measured against, and how far it is."""
    tx.write_derived(MEASURE_PROGRESS, ids=list(project_ids))


def forget_client(tx: Tx, client_id: str) -> None:
    tx.update_where(PROJECT, OF_CLIENT, {"client_id": NO_CLIENT_ID}, cascade=True, client_id=client_id)


def forget_group(tx: Tx, group_id: str) -> None:
    tx.forget_link(PROJECT, GROUPS, group_id)


def forget_person(tx: Tx, user_id: str) -> None:
    """Takes somebody off every project."""
    tx.delete_many(PROJECT_MEMBER, tx.rows(MEMBERSHIPS_OF_PERSON, user_id=user_id), cascade=True)
