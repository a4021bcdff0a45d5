"""The operations on the rates of people on a project.

Each is one declared record. The rates of the project itself are set by the bodies that create and
change it. They run alone: a change with a past `since` may touch every entry of the project.
"""

from hourbook.core.money import RateKind
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.projects import actions
from hourbook.resources.projects.wire import ProjectOut, project_out
from hourbook.resources.rates.wire import RateIn, entry_headers

_MEMBER = "/workspaces/{workspace_id}/projects/{project_id}/users/{user_id}"


@operation(
    "PUT",
    _MEMBER + "/hourly-rate",
    contract="updateProjectUserHourlyRate",
    action="project.set_billable_rates",
    journals=("BILLABLE_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_project_member_hourly_rate(call: Call, project_id: str, user_id: str, body: RateIn) -> ProjectOut:
    """Sets the billable rate of somebody on a project; 0 takes it away."""
    shown, outcome = actions.set_member_rate(call.write, project_id, user_id, kind=RateKind.HOURLY, rate=body.to_rate())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return project_out(shown)


@operation(
    "PUT",
    _MEMBER + "/cost-rate",
    contract="updateProjectUserCostRate",
    action="project.set_cost_rates",
    journals=("COST_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_project_member_cost_rate(call: Call, project_id: str, user_id: str, body: RateIn) -> ProjectOut:
    """Sets the cost rate of somebody on a project; 0 takes it away."""
    shown, outcome = actions.set_member_rate(call.write, project_id, user_id, kind=RateKind.COST, rate=body.to_rate())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return project_out(shown)
