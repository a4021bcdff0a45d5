"""What becomes of time entries when what they name goes: they keep their time and lose the reference.

An entry keeps its rates, too, until its start, project or task is changed.
"""

from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.time_entries import store


@reacts_to("PROJECT", "delete")
def _project_is_gone(tx: Tx, project: object, after: object) -> None:
    store.forget_project(tx, project.id)  # type: ignore[attr-defined]


@reacts_to("TASK", "delete")
def _task_is_gone(tx: Tx, task: object, after: object) -> None:
    store.forget_task(tx, task.id)  # type: ignore[attr-defined]


@reacts_to("TAG", "delete")
def _tag_is_gone(tx: Tx, tag: object, after: object) -> None:
    store.forget_tag(tx, tag.id)  # type: ignore[attr-defined]
