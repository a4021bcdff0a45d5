"""How far projects are: the share of the estimate that is tracked, by which lists are sorted.

It stands with the totals and is derived like them: entries move it with their time, and what is here
measures it anew when an estimate changes, of the project or of one of its tasks.
"""

from typing import Any

from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.projects import rules, store
from hourbook.resources.projects.rules import Project


def begin(tx: Tx, project: Project) -> None:
    """Of a new project with its tasks."""
    if rules.estimate_seconds_of(project):
        store.measure_progress(tx, [project.id])


@reacts_to("PROJECT", "update")
def _project_changed(tx: Tx, before: Project, after: Project) -> None:
    if rules.estimate_seconds_of(before) != rules.estimate_seconds_of(after):
        store.measure_progress(tx, [after.id])


@reacts_to("TASK", "insert")
@reacts_to("TASK", "update")
@reacts_to("TASK", "delete")
def _task_changed(tx: Tx, before: Any, after: Any) -> None:
    """The estimate of a project may be the sum of those of its tasks."""
    old, new = (0 if task is None else task.estimate_seconds for task in (before, after))
    if old != new:
        store.measure_progress(tx, [(after or before).project_id])
