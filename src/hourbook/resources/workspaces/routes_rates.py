"""The operations on the rates of a workspace and of its members.

Each is one declared record. All answer the whole workspace, and in headers how many time entries got
another rate. They run alone: a change with a past `since` may touch every entry there is.
"""

from hourbook.core.money import RateKind
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.rates.wire import RateIn, entry_headers
from hourbook.resources.workspaces import actions, actions_rates
from hourbook.resources.workspaces.wire import WorkspaceOut, workspace_out

_WORKSPACE = "/workspaces/{workspace_id}"
_MEMBER = _WORKSPACE + "/users/{user_id}"


@operation(
    "PUT",
    _WORKSPACE + "/hourly-rate",
    contract="updateWorkspaceBillableRate",
    action="workspace.set_rates",
    journals=("BILLABLE_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_workspace_hourly_rate(call: Call, body: RateIn) -> WorkspaceOut:
    """Sets the billable rate of a workspace."""
    return _of_workspace(call, RateKind.HOURLY, body)


@operation(
    "PUT",
    _WORKSPACE + "/cost-rate",
    contract="updateWorkspaceCostRate",
    action="workspace.set_rates",
    journals=("COST_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_workspace_cost_rate(call: Call, body: RateIn) -> WorkspaceOut:
    """Sets the cost rate of a workspace."""
    return _of_workspace(call, RateKind.COST, body)


@operation(
    "PUT",
    _MEMBER + "/hourly-rate",
    contract="updateUserHourlyRate",
    action="member.set_rates",
    journals=("BILLABLE_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_member_hourly_rate(call: Call, user_id: str, body: RateIn) -> WorkspaceOut:
    """Sets the billable rate of a member."""
    return _of_member(call, user_id, RateKind.HOURLY, body)


@operation(
    "PUT",
    _MEMBER + "/cost-rate",
    contract="updateUserCostRate",
    action="member.set_rates",
    journals=("COST_RATE_UPDATED",),
    cost=Cost.BULK,
)
def set_member_cost_rate(call: Call, user_id: str, body: RateIn) -> WorkspaceOut:
    """Sets the cost rate of a member."""
    return _of_member(call, user_id, RateKind.COST, body)


def _of_workspace(call: Call, kind: RateKind, body: RateIn) -> WorkspaceOut:
    outcome = actions_rates.set_workspace_rate(call.write, kind, body.to_rate())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return workspace_out(actions.show_workspace(call.read))


def _of_member(call: Call, user_id: str, kind: RateKind, body: RateIn) -> WorkspaceOut:
    outcome = actions_rates.set_member_rate(call.write, user_id, kind, rate=body.to_rate())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return workspace_out(actions.show_workspace(call.read))
