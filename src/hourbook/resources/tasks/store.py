"""The SQL of tasks.

A task is seen through its project, so the statements that need a permission read the project's
table beside the task's.
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
from hourbook.db.tables.projects import projects
from hourbook.db.tables.tasks import task_assignees, task_groups, task_totals, tasks
from hourbook.db.tables.workspaces import currencies, workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.tasks.rules import ProjectOfTask, ShownTask, Task, TaskSort, TaskStatus

ASSIGNEES = Link("assignee_ids", task_assignees, "task_id", "user_id")
GROUPS = Link("group_ids", task_groups, "task_id", "group_id")
TASK = Entity(
    "TASK", "Task", tasks, Task, links=(ASSIGNEES, GROUPS), derived={"name_key": lambda task: fold(task.name)}
)
_t, _p, _tt = tasks.c, projects.c, task_totals.c
_IN_WORKSPACE = _t.workspace_id == bind("workspace_id")
_PROJECT_SCOPE = ScopeColumns(project=_p.id, public=_p.is_public == 1)
# A project's money is in its client's currency, without a client in the workspace's.
_CURRENCY = sa.func.coalesce(currencies.c.code, workspaces.c.currency)


def _with_currency(select: sa.Select[Any]) -> sa.Select[Any]:
    """Joins what the currency of `projects` needs."""
    return (
        select.join(workspaces, workspaces.c.id == _p.workspace_id)
        .outerjoin(clients, sa.and_(clients.c.workspace_id == _p.workspace_id, clients.c.id == _p.client_id))
        .outerjoin(
            currencies,
            sa.and_(currencies.c.workspace_id == clients.c.workspace_id, currencies.c.id == clients.c.currency_id),
        )
    )


def _shown(*row: Any) -> ShownTask:
    return ShownTask(Task(*row[:-2]), row[-2], row[-1])


_SHOWN = (
    _with_currency(
        sa.select(*TASK.columns, sa.func.coalesce(_tt.duration_seconds, 0), _CURRENCY)
        .select_from(tasks)
        .join(projects, sa.and_(_p.workspace_id == _t.workspace_id, _p.id == _t.project_id))
    )
    .outerjoin(task_totals, sa.and_(_tt.workspace_id == _t.workspace_id, _tt.task_id == _t.id))
    .where(_IN_WORKSPACE)
)
SHOW_BY_ID = Statement(_SHOWN.where(AnyOf(_t.id, "ids")), into=_shown)
SHOW_OF_PROJECTS = Statement(
    _SHOWN.where(AnyOf(_t.project_id, "project_ids")).order_by(_t.project_id, _t.name_key, _t.id), into=_shown
)
FIND_PROJECT = Statement(
    _with_currency(sa.select(_p.id, _p.billable, _CURRENCY).select_from(projects)).where(
        _p.workspace_id == bind("workspace_id"), _p.id == bind("project_id")
    ),
    into=ProjectOfTask,
    scoped=_PROJECT_SCOPE,
)
# A project cannot vanish while a task is written for it: the row is held against deletion.
FIND_PROJECT_HELD = Statement(
    _with_currency(sa.select(_p.id, _p.billable, _CURRENCY).select_from(projects))
    .where(_p.workspace_id == bind("workspace_id"), _p.id == bind("project_id"))
    .with_for_update(of=projects, read=True, key_share=True),
    into=ProjectOfTask,
    scoped=_PROJECT_SCOPE,
)
FIND_BY_NAME = Statement(
    sa.select(_t.id).where(_IN_WORKSPACE, _t.project_id == bind("project_id"), _t.name == bind("name"))
)
LIST_OF_PROJECT = Statement(
    sa.select(*TASK.columns)
    .where(_IN_WORKSPACE, _t.project_id == bind("project_id"))
    .order_by(_t.id)
    .with_for_update(),
    into=Task,
)
UNDONE_OF_CLIENT = Statement(
    sa.select(_t.id, _t.status)
    .join(projects, sa.and_(_p.workspace_id == _t.workspace_id, _p.id == _t.project_id))
    .where(_IN_WORKSPACE, _p.client_id == bind("client_id"), _t.status == TaskStatus.ACTIVE.value)
    .order_by(_t.id)
    .with_for_update(of=tasks),
    scoped=_PROJECT_SCOPE,
)
FIND_DURATION = Statement(
    sa.select(_tt.duration_seconds).where(_tt.workspace_id == bind("workspace_id"), _tt.task_id == bind("task_id"))
)
START_TOTALS = Statement(
    sa.insert(task_totals).from_select(
        ["workspace_id", "task_id", "duration_seconds", "billable_seconds", "entries_count"],
        sa.select(_t.workspace_id, _t.id, sa.literal(0), sa.literal(0), sa.literal(0)).where(
            _IN_WORKSPACE, AnyOf(_t.id, "ids")
        ),
    )
)
END_TOTALS = Statement(
    sa.delete(task_totals).where(_tt.workspace_id == bind("workspace_id"), AnyOf(_tt.task_id, "ids"))
)


@Family
def _list(filters: frozenset[str], sort: TaskSort, order: SortOrder) -> Statement:
    conditions = {
        "name_part": Contains(_t.name_key, "name_part"),
        "name": _t.name == bind("name"),
        "status": _t.status == bind("status"),
    }
    keys = [_t.id] if sort is TaskSort.ID else [_t.name_key, _t.id]
    select = (
        _SHOWN.where(_t.project_id == bind("project_id"), *(conditions[name] for name in sorted(filters)))
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=_shown)


def list_tasks(
    tx: ReadTx, project_id: str, filters: dict[str, Any], *, page: Page, sort: TaskSort, order: SortOrder
) -> list[ShownTask]:
    """Tasks of a project, one more than the page if there are more.

    `filters`: `name_part` (folded), `name` (exact), `status`; absent ones do not filter.
    """
    statement = _list.of(frozenset(filters), sort, order)
    rows = tx.rows(statement, project_id=project_id, limit=page.size + 1, offset=page.offset, **filters)
    return _linked(tx, rows)


def duration_seconds(tx: ReadTx, task_id: str) -> int:
    """Time tracked on the task by finished entries."""
    return tx.one(FIND_DURATION, task_id=task_id)[0]  # type: ignore[index, no-any-return]


def show_tasks(tx: ReadTx, ids: Iterable[str]) -> dict[str, ShownTask]:
    """By id, as many as there are."""
    wanted = list(ids)
    rows = tx.rows(SHOW_BY_ID, ids=wanted) if wanted else []
    return {shown.task.id: shown for shown in _linked(tx, rows)}


def show_tasks_of(tx: ReadTx, project_ids: list[str]) -> list[ShownTask]:
    """All tasks of these projects, by project, then name."""
    return _linked(tx, tx.rows(SHOW_OF_PROJECTS, project_ids=project_ids)) if project_ids else []


def tasks_of_project(tx: Tx, project_id: str) -> list[Task]:
    """All tasks of a project with their links, held until commit."""
    return tx.with_links(TASK, tx.rows(LIST_OF_PROJECT, project_id=project_id))


def find_project(tx: ReadTx, project_id: str, action: str, *, held: bool = False) -> ProjectOfTask | None:
    """The project as far as the action reaches it."""
    return tx.one(FIND_PROJECT_HELD if held else FIND_PROJECT, action, project_id=project_id)


def find_id_by_name(tx: ReadTx, project_id: str, name: str) -> str | None:
    found = tx.one(FIND_BY_NAME, project_id=project_id, name=name)
    return found[0] if found else None


def insert_tasks(tx: Tx, found: list[Task], *, event: str | None) -> None:
    """Adds tasks with empty totals."""
    tx.insert_many(TASK, found, event=event)
    tx.write_derived(START_TOTALS, ids=[task.id for task in found])


def finish_of_client(tx: Tx, client_id: str) -> None:
    """Tasks of the client's projects become done, those the actor may change."""
    tx.update_where(
        TASK, UNDONE_OF_CLIENT, {"status": TaskStatus.DONE.value}, cascade=True, for_="task.update", client_id=client_id
    )


def _linked(tx: ReadTx, rows: list[ShownTask]) -> list[ShownTask]:
    tx.with_links(TASK, [shown.task for shown in rows])
    return rows
