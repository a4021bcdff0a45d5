"""The operations on the rates of a task.

Each is one declared record. They run alone: a change with a past `since` may touch every entry of
the task; how many got another rate, the answer says in headers.
"""

from hourbook.core.money import RateKind
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.rates.wire import RateIn, entry_headers
from hourbook.resources.tasks import actions
from hourbook.resources.tasks.wire import TaskOut, task_out

_TASK = "/workspaces/{workspace_id}/projects/{project_id}/tasks/{task_id}"


@operation(
    "PUT",
    _TASK + "/hourly-rate",
    contract="updateTaskBillableRate",
    action="task.set_billable_rates",
    journals=("BILLABLE_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_task_hourly_rate(call: Call, project_id: str, task_id: str, body: RateIn) -> TaskOut:
    """Sets the billable rate of a task."""
    shown, outcome = actions.set_rate(call.write, project_id, task_id, kind=RateKind.HOURLY, rate=body.to_rate())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return task_out(shown)


@operation(
    "PUT",
    _TASK + "/cost-rate",
    contract="updateTaskCostRate",
    action="task.set_cost_rates",
    journals=("COST_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_task_cost_rate(call: Call, project_id: str, task_id: str, body: RateIn) -> TaskOut:
    """Sets the cost rate of a task."""
    shown, outcome = actions.set_rate(call.write, project_id, task_id, kind=RateKind.COST, rate=body.to_rate())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return task_out(shown)
