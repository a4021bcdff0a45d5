"""The JSON of tasks (wire-core section 6). Later slices nest `TaskOut`.

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

import enum
from typing import Annotated

import msgspec

from hourbook.core.duration import format_duration
from hourbook.core.text import fold
from hourbook.core.types import SortOrder
from hourbook.http.wire import (
    BillableAmountField,
    BillableRateField,
    CostRateField,
    In,
    Int64,
    Out,
    Paged,
    Query,
    RateOut,
    duration_of,
)
from hourbook.resources.rates.wire import RateIn, rate_of
from hourbook.resources.tasks.rules import Draft, ShownTask, TaskSort, TaskStatus
from hourbook.resources.workspaces.wire import rate_out


class TaskOut(Out):
    """`assigneeId` is the old form of `assigneeIds` and always null."""

    id: str
    name: str
    project_id: str
    assignee_ids: list[str]
    assignee_id: None
    user_group_ids: list[str]
    estimate: str
    status: TaskStatus
    # An amount, so it goes with the rates.
    budget_estimate: Annotated[int, BillableAmountField]
    billable: bool
    hourly_rate: Annotated[RateOut | None, BillableRateField]
    cost_rate: Annotated[RateOut | None, CostRateField]
    duration: str


class HydratedTaskOut(TaskOut):
    """A task inside a hydrated project."""

    favorite: bool


class TaskIn(In):
    """A task as clients write it; `id`, `assigneeId` and `projectId` are ignored."""

    name: str | None = None
    status: TaskStatus | None = None
    assignee_ids: list[str] | None = None
    user_group_ids: list[str] | None = None
    estimate: str | None = None
    budget_estimate: Int64 | None = None
    billable: bool | None = None

    def to_draft(self, *, with_assignees: bool = True) -> Draft:
        return Draft(
            name=self.name,
            status=self.status or TaskStatus.ACTIVE,
            estimate_seconds=duration_of(self.estimate, "estimate") or 0,
            budget_estimate_minor=self.budget_estimate or 0,
            billable=self.billable,
            assignee_ids=tuple(self.assignee_ids or ()) if with_assignees else (),
            group_ids=tuple(self.user_group_ids or ()) if with_assignees else (),
        )


class NewProjectTaskIn(TaskIn):
    """A task in the body that creates its project: the only place where it brings its rates along."""

    hourly_rate: RateIn | None = None
    cost_rate: RateIn | None = None

    def to_draft(self, *, with_assignees: bool = True) -> Draft:
        draft = super().to_draft(with_assignees=with_assignees)
        return msgspec.structs.replace(
            draft,
            hourly_rate=rate_of(self.hourly_rate),
            cost_rate=rate_of(self.cost_rate),
        )


class MembershipFilter(enum.StrEnum):
    """Accepted on update and without effect: nobody recorded one."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    INACTIVE = "INACTIVE"
    ALL = "ALL"


class TaskCreateQuery(Query):
    contains_assignee: bool = True


class TaskUpdateQuery(Query):
    contains_assignee: bool = True
    membership_status: MembershipFilter | None = None


class TaskListQuery(Paged):
    name: str | None = None
    strict_name_search: bool = False
    is_active: bool | None = None
    sort_column: TaskSort = TaskSort.NAME
    sort_order: SortOrder = SortOrder.ASCENDING

    def filters(self) -> dict[str, object]:
        """The filters that were asked for, as the store takes them."""
        found: dict[str, object] = {}
        if self.name is not None and self.strict_name_search:
            found["name"] = self.name
        elif self.name is not None:
            found["name_part"] = fold(self.name)
        if self.is_active is not None:
            found["status"] = (TaskStatus.ACTIVE if self.is_active else TaskStatus.DONE).value
        return found


def task_out(shown: ShownTask) -> TaskOut:
    task = shown.task
    return TaskOut(
        id=task.id,
        name=task.name,
        project_id=task.project_id,
        assignee_ids=list(task.assignee_ids),
        assignee_id=None,
        user_group_ids=list(task.group_ids),
        estimate=format_duration(task.estimate_seconds),
        status=task.status,
        budget_estimate=task.budget_estimate_minor,
        billable=task.billable,
        hourly_rate=rate_out(task.hourly_rate_minor, shown.currency),
        cost_rate=rate_out(task.cost_rate_minor, shown.currency),
        duration=format_duration(shown.duration_seconds),
    )


def hydrated_task_out(shown: ShownTask) -> HydratedTaskOut:
    """Favourites come later: nothing is one."""
    plain = task_out(shown)
    return HydratedTaskOut(**{name: getattr(plain, name) for name in plain.__struct_fields__}, favorite=False)
