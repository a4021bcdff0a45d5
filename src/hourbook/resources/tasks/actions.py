"""The verbs of tasks.

A task is reached through its project: who sees the project sees its tasks. The slice of projects
comes later and uses the verbs on many tasks (create, copy, remove with their project).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from hourbook.core.errors import AccessDenied, NameTaken, NotFound
from hourbook.core.money import NewRate, RateKind
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.groups import actions as groups
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.actions import Outcome
from hourbook.resources.rates.rules import NOBODY_ID, Level
from hourbook.resources.tasks import actions_rates, rules, store
from hourbook.resources.tasks.rules import Draft, ProjectOfTask, ShownTask, Task, TaskSort
from hourbook.resources.workspaces import actions as workspaces

# --- one project's tasks -----------------------------------------------------------------------


def list_tasks(
    tx: ReadTx, project_id: str, filters: dict[str, object], *, page: Page, sort: TaskSort, order: SortOrder
) -> list[ShownTask]:
    """Tasks of a project in a total order; see `store.list_tasks` for the filters."""
    _check_seen(tx, project_id)
    return _as_seen(tx, store.list_tasks(tx, project_id, filters, page=page, sort=sort, order=order))


def get_task(tx: ReadTx, project_id: str, task_id: str) -> ShownTask:
    """NotFound when the project has no such task."""
    _check_seen(tx, project_id)
    return _as_seen(tx, [_get_shown(tx, project_id, task_id)])[0]


def create_task(tx: Tx, project_id: str, draft: Draft) -> ShownTask:
    """A task in a project; NotFound for unknown people and groups, NameTaken within the project."""
    project = _get_project(tx, project_id, "task.create")
    task = rules.make_task(tx.workspace_id, tx.new_id(), project, draft=draft)
    _check_references(tx, [task])
    _check_free(tx, task)
    tx.insert(store.TASK, task, event="NEW_TASK")
    tx.write_derived(store.START_TOTALS, ids=[task.id])
    return ShownTask(task, 0, project.currency)


def update_task(tx: Tx, project_id: str, task_id: str, *, draft: Draft) -> ShownTask:
    """Replaces everything but the rates (wire-core 0.9)."""
    project = _get_project(tx, project_id, "task.update")
    before = _get_locked(tx, project_id, task_id)
    after = rules.changed_task(before, draft)
    _check_references(tx, [after])
    _check_free(tx, after)
    tx.update(store.TASK, before, after, event="TASK_UPDATED")
    return _as_seen(tx, [ShownTask(after, store.duration_seconds(tx, task_id), project.currency)])[0]


def delete_task(tx: Tx, project_id: str, task_id: str) -> ShownTask:
    """Removes a task that is done; its time entries stay and lose it by reaction."""
    project = _get_project(tx, project_id, "task.delete")
    task = _get_locked(tx, project_id, task_id)
    rules.check_deletable(task)
    shown = ShownTask(task, store.duration_seconds(tx, task_id), project.currency)
    tx.delete(store.TASK, task, event="TASK_DELETED")
    tx.write_derived(store.END_TOTALS, ids=[task.id])
    rates.remove(tx, [task.id])
    return shown


def set_rate(tx: Tx, project_id: str, task_id: str, *, kind: RateKind, rate: NewRate) -> tuple[ShownTask, Outcome]:
    """A rate of a task (0 is a real one), and what that did to its entries."""
    rates.hold(tx)
    project = _get_project(tx, project_id, actions_rates.ACTIONS[kind])
    before = _get_locked(tx, project_id, task_id)
    wish = actions_rates.wish(task_id, kind, rate)
    outcome = rates.change(tx, [wish])
    after = msgspec.structs.replace(before, **rates.fields_in_force(outcome, wish.place))
    tx.update(store.TASK, before, after)
    shown = ShownTask(after, store.duration_seconds(tx, task_id), project.currency)
    return _as_seen(tx, [shown])[0], outcome


# --- for other slices --------------------------------------------------------------------------


def find_tasks(tx: ReadTx, task_ids: Iterable[str], *, seen_projects: Collection[str]) -> dict[str, ShownTask]:
    """By id, as many as there are, for showing what refers to them; only outlines of those of other projects."""
    found = {shown.task.id: shown for shown in _as_seen(tx, list(store.show_tasks(tx, task_ids).values()))}
    return {
        one: shown if shown.task.project_id in seen_projects else rules.outline(shown) for one, shown in found.items()
    }


def find_shown(tx: ReadTx, task_ids: Iterable[str]) -> dict[str, ShownTask]:
    """By id, as many as there are, for somebody who sees all projects."""
    return {shown.task.id: shown for shown in _as_seen(tx, list(store.show_tasks(tx, task_ids).values()))}


def tasks_of(tx: ReadTx, project_ids: Iterable[str]) -> list[ShownTask]:
    """All tasks of these projects, by project, then name."""
    return _as_seen(tx, store.show_tasks_of(tx, list(project_ids)))


def create_tasks(tx: Tx, project: ProjectOfTask, drafts: Sequence[Draft]) -> list[Task]:
    """The tasks a new project begins with."""
    if not drafts:
        return []
    made = [rules.make_task(tx.workspace_id, tx.new_id(), project, draft=draft) for draft in drafts]
    rules.check_names_differ(made)
    _check_references(tx, made)
    outcome = rates.begin(tx, actions_rates.wishes_for(made, drafts))
    made = [msgspec.structs.replace(task, **rates.fields_in_force(outcome, (task.id, NOBODY_ID))) for task in made]
    store.insert_tasks(tx, made, event="NEW_TASK")
    return made


def copy_tasks(tx: Tx, template_id: str, project_id: str) -> dict[str, str]:
    """Gives a new project the tasks of its template, to be done again: {id of a task: id of its copy}."""
    originals = store.tasks_of_project(tx, template_id)
    copies = [
        msgspec.structs.replace(task, id=tx.new_id(), project_id=project_id, status=rules.TaskStatus.ACTIVE)
        for task in originals
    ]
    if copies:
        groups.check_groups(tx, {group_id for task in copies for group_id in task.group_ids})
        store.insert_tasks(tx, copies, event="NEW_TASK")
    return {task.id: made.id for task, made in zip(originals, copies, strict=True)}


def remove_tasks_of(tx: Tx, project_id: str) -> list[str]:
    """All tasks of a project that goes, but not their rates; their ids."""
    found = store.tasks_of_project(tx, project_id)
    gone = [task.id for task in found]
    if found:
        tx.delete_many(store.TASK, found, cascade=True)
        tx.write_derived(store.END_TOTALS, ids=gone)
    return gone


@reacts_to("CLIENT", "finish_tasks")
def _finish_tasks_of_client(tx: Tx, before: Any, after: Any) -> None:
    store.finish_of_client(tx, after.id)


@reacts_to("USER_GROUP", "delete")
def _forget_group(tx: Tx, group: Any, _: None) -> None:
    tx.forget_link(store.TASK, store.GROUPS, group.id)


@reacts_to("MEMBER", "delete")
def _forget_person(tx: Tx, member: Any, _: None) -> None:
    tx.forget_link(store.TASK, store.ASSIGNEES, member.user_id)


# --- details -----------------------------------------------------------------------------------


def _as_seen(tx: ReadTx, found: list[ShownTask]) -> list[ShownTask]:
    """The tasks with the rates in force now, and their time as far as the actor may know it (setting 19)."""
    rates.bring_up(tx, {Level.TASK: [shown.task for shown in found]})
    reach = tx.actor.scope("project.see_status")
    if reach.everything:
        return found
    return [
        shown
        if reach.reaches_project(shown.task.project_id, is_public=False)
        else msgspec.structs.replace(shown, duration_seconds=0)
        for shown in found
    ]


def _unknown(project_id: str) -> NotFound:
    """The one answer for an unknown task and for an unknown project above it (wire-core 0.3)."""
    return NotFound(store.TASK.word, f"PROJECT with id {project_id}")


def _check_seen(tx: ReadTx, project_id: str) -> None:
    if store.find_project(tx, project_id, "task.list") is None:
        raise _unknown(project_id)


def _get_project(tx: Tx, project_id: str, action: str) -> ProjectOfTask:
    """The project, held until commit; AccessDenied when it is seen but out of the action's reach."""
    found = store.find_project(tx, project_id, action, held=True)
    if found is None:
        _check_seen(tx, project_id)
        raise AccessDenied
    return found


def _get_shown(tx: ReadTx, project_id: str, task_id: str) -> ShownTask:
    shown = store.show_tasks(tx, [task_id]).get(task_id)
    if shown is None or shown.task.project_id != project_id:
        raise _unknown(project_id)
    return shown


def _get_locked(tx: Tx, project_id: str, task_id: str) -> Task:
    found: Task | None = tx.find(store.TASK, task_id, locked=True)
    if found is None or found.project_id != project_id:
        raise _unknown(project_id)
    return found


def _check_references(tx: Tx, tasks: Iterable[Task]) -> None:
    """NotFound for somebody who is no member of the workspace, and for an unknown group."""
    people: set[str] = set()
    group_ids: set[str] = set()
    for task in tasks:
        people.update(task.assignee_ids)
        group_ids.update(task.group_ids)
    if people and workspaces.members_of(tx, people).keys() != people:
        raise NotFound("User")
    groups.check_groups(tx, group_ids)


def _check_free(tx: ReadTx, task: Task) -> None:
    if store.find_id_by_name(tx, task.project_id, task.name) not in (None, task.id):
        raise NameTaken(store.TASK.word, task.name)
