"""What a task is and what its fields may hold. Pure.

Durations in seconds, rates and budgets in minor units of the project's currency.
"""

import enum
from collections.abc import Iterable

import msgspec

from hourbook.core.errors import AccessDenied, ActiveCannotBeDeleted, InvalidValue, NameTaken
from hourbook.core.money import AMOUNT_LIMIT_MINOR, NewRate
from hourbook.core.text import fold

NAME_LIMIT = 1000
# Names stand in indexes, whose rows have room for some 2,700 bytes on one of the databases.
NAME_LIMIT_BYTES = 2600
# Some 35,000 years: the estimates of a project's tasks can be summed without leaving 64 bits.
ESTIMATE_LIMIT_SECONDS = 1 << 40


class TaskSort(enum.StrEnum):
    ID = "ID"
    NAME = "NAME"


class TaskStatus(enum.StrEnum):
    """The contract's third word, ALL, is one of filters and no state (wire-core section 6)."""

    ACTIVE = "ACTIVE"
    DONE = "DONE"


class Task(msgspec.Struct):
    """A task. Names are unique in its project; rates None mean "none of its own"."""

    workspace_id: str
    id: str
    project_id: str
    name: str
    status: TaskStatus
    estimate_seconds: int
    budget_estimate_minor: int
    billable: bool
    hourly_rate_minor: int | None
    cost_rate_minor: int | None
    assignee_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


class ShownTask(msgspec.Struct):
    """A task with what is derived: tracked seconds, and its project's currency."""

    task: Task
    duration_seconds: int
    currency: str


class ProjectOfTask(msgspec.Struct):
    """What a task needs to know of its project."""

    id: str
    billable: bool
    currency: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of a task, unchecked; `billable` None takes the project's."""

    name: str | None = None
    status: TaskStatus = TaskStatus.ACTIVE
    estimate_seconds: int = 0
    budget_estimate_minor: int = 0
    billable: bool | None = None
    hourly_rate: NewRate | None = None
    cost_rate: NewRate | None = None
    assignee_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


def make_task(workspace_id: str, task_id: str, project: ProjectOfTask, *, draft: Draft) -> Task:
    """A task of a project from a draft, without its rates; InvalidValue for what breaks a rule."""
    return Task(
        workspace_id,
        task_id,
        project.id,
        check_name(draft.name),
        TaskStatus(draft.status),
        _check_estimate(draft.estimate_seconds),
        _check_amount(draft.budget_estimate_minor),
        project.billable if draft.billable is None else draft.billable,
        None,
        None,
        tuple(sorted(set(draft.assignee_ids))),
        tuple(sorted(set(draft.group_ids))),
    )


def changed_task(before: Task, draft: Draft) -> Task:
    """The task with everything replaced but its rates, which have operations of their own."""
    return msgspec.structs.replace(
        before,
        name=check_name(draft.name),
        status=TaskStatus(draft.status),
        estimate_seconds=_check_estimate(draft.estimate_seconds),
        budget_estimate_minor=_check_amount(draft.budget_estimate_minor),
        billable=bool(draft.billable),
        assignee_ids=tuple(sorted(set(draft.assignee_ids))),
        group_ids=tuple(sorted(set(draft.group_ids))),
    )


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; clients match the sentence of its refusal."""
    trimmed = (name or "").strip()
    if not 1 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"Task name has to be between 1 and {NAME_LIMIT} characters long")
    if max(len(trimmed.encode()), len(fold(trimmed).encode())) > NAME_LIMIT_BYTES:
        raise InvalidValue(f"Task name can't be longer than {NAME_LIMIT_BYTES} bytes")
    return trimmed


def check_names_differ(tasks: Iterable[Task]) -> None:
    """NameTaken when two of the tasks (of one project) have one name."""
    seen: set[str] = set()
    for task in tasks:
        if task.name in seen:
            raise NameTaken("Task", task.name)
        seen.add(task.name)


def check_cost_rates(drafts: Iterable[Draft], *, may_set: bool) -> None:
    """AccessDenied when a draft carries a cost rate its sender may not set."""
    if not may_set and any(draft.cost_rate is not None for draft in drafts):
        raise AccessDenied


def check_billable_rates(drafts: Iterable[Draft], *, may_set: bool) -> None:
    """AccessDenied when a draft carries a billable rate its sender may not set."""
    if not may_set and any(draft.hourly_rate is not None for draft in drafts):
        raise AccessDenied


def outline(shown: ShownTask) -> ShownTask:
    """What a time entry tells of a task to somebody who may not see its project: how it is called."""
    task = msgspec.structs.replace(
        shown.task, estimate_seconds=0, budget_estimate_minor=0, assignee_ids=(), group_ids=()
    )
    return msgspec.structs.replace(shown, task=task, duration_seconds=0)


def check_deletable(task: Task) -> None:
    """ActiveCannotBeDeleted unless it is done."""
    if task.status == TaskStatus.ACTIVE:
        raise ActiveCannotBeDeleted("Task")


def _check_estimate(seconds: int) -> int:
    if seconds > ESTIMATE_LIMIT_SECONDS:
        raise InvalidValue("The estimate is too long")
    return seconds


def _check_amount(amount_minor: int) -> int:
    if not 0 <= amount_minor <= AMOUNT_LIMIT_MINOR:
        raise InvalidValue(f"Budget estimate must be between 0 and {AMOUNT_LIMIT_MINOR}")
    return amount_minor
