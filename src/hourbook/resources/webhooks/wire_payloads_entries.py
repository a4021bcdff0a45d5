"""The body of a time entry's event, key for key as it was captured (wire-events section 3).

It differs from what reads answer: times in the person's zone beside UTC, project and task with fewer keys, an
estimate that is a number. `taskId` and `tagIds` were not in the capture; many programs look for them.
"""

from typing import Any

from hourbook.core.calendar import format_instant, utc_offset_s
from hourbook.core.duration import format_duration, parse_duration
from hourbook.http.wire import Out, RateOut
from hourbook.resources.custom_fields.wire import EntryValueOut, entry_value_out
from hourbook.resources.projects.wire import EstimateOut, ProjectCurrencyOut, project_out
from hourbook.resources.tags.wire import TagOut, tag_out
from hourbook.resources.tasks.wire import task_out
from hourbook.resources.webhooks.rules_fanout import EntryState

MILLISECONDS_IN_US = 1000


class IntervalBody(Out):
    """UTC, and the clock on the person's wall. A running one has neither end nor duration."""

    start: str
    end: str | None
    duration: str | None
    time_zone: str
    offset_start: int
    offset_end: int | None
    zoned_start: str
    zoned_end: str | None


class EntryTimeEstimateBody(Out):
    """`estimate` in seconds."""

    include_non_billable: bool
    estimate: int
    type: str
    reset_option: str | None


class EntryProjectBody(Out):
    id: str
    name: str
    client_id: str
    client_name: str
    workspace_id: str
    billable: bool
    estimate: EstimateOut
    color: str
    archived: bool
    duration: str
    note: str
    active_estimate: str
    time_estimate: EntryTimeEstimateBody
    budget_estimate: Any
    public: bool
    template: bool


class AuditBody(Out):
    """Milliseconds since 1970."""

    updated_at: int


class EntryTaskBody(Out):
    id: str
    name: str
    project_id: str
    assignee_id: str
    assignee_ids: list[str]
    user_group_ids: list[str]
    estimate: str
    status: str
    workspace_id: str
    budget_estimate: int
    billable: bool
    hourly_rate: RateOut | None
    cost_rate: RateOut | None
    audit_metadata: AuditBody
    duration: str


class EntryUserBody(Out):
    id: str
    name: str
    status: str


class EntryBody(Out):
    id: str
    description: str
    user_id: str
    billable: bool
    project_id: str | None
    task_id: str | None
    tag_ids: list[str]
    time_interval: IntervalBody
    workspace_id: str
    is_locked: bool
    hourly_rate: RateOut
    cost_rate: RateOut
    custom_field_values: list[EntryValueOut]
    type: str
    kiosk_id: None
    approval_status: None
    project_currency: ProjectCurrencyOut | None
    currently_running: bool
    project: EntryProjectBody | None
    task: EntryTaskBody | None
    user: EntryUserBody | None
    tags: list[TagOut]


def interval_body(start_s: int, end_s: int | None, zone: str) -> IntervalBody:
    offset_start = utc_offset_s(start_s, zone)
    offset_end = None if end_s is None else utc_offset_s(end_s, zone)
    return IntervalBody(
        start=format_instant(start_s),
        end=None if end_s is None else format_instant(end_s),
        duration=None if end_s is None else format_duration(end_s - start_s),
        time_zone=zone,
        offset_start=offset_start,
        offset_end=offset_end,
        zoned_start=_wall_clock(start_s, offset_start),
        zoned_end=None if end_s is None or offset_end is None else _wall_clock(end_s, offset_end),
    )


def _wall_clock(seconds: int, offset: int) -> str:
    return format_instant(seconds + offset).removesuffix("Z")


def project_body(shown: Any) -> EntryProjectBody:
    """`activeEstimate` says which of the two estimates counts."""
    plain = project_out(shown)
    time, budget = plain.time_estimate, plain.budget_estimate
    active = "TIME" if time.active else "BUDGET" if budget is not None and budget.active else "NONE"
    names = ("id", "name", "client_id", "client_name", "workspace_id", "billable", "estimate", "color", "archived")
    same = {name: getattr(plain, name) for name in (*names, "duration", "note", "public", "template")}
    return EntryProjectBody(
        **same,
        active_estimate=active,
        time_estimate=EntryTimeEstimateBody(
            include_non_billable=time.include_non_billable,
            estimate=parse_duration(time.estimate),
            type=time.type.value,
            reset_option=time.reset_option,
        ),
        budget_estimate=budget,
    )


def task_body(shown: Any, updated_at_us: int) -> EntryTaskBody:
    plain = task_out(shown)
    same = {name: getattr(plain, name) for name in EntryTaskBody.__struct_fields__ if hasattr(plain, name)}
    own = {
        "assignee_id": plain.assignee_ids[0] if plain.assignee_ids else "",
        "workspace_id": shown.task.workspace_id,
        "status": plain.status.value,
        "audit_metadata": AuditBody(updated_at=updated_at_us // MILLISECONDS_IN_US),
    }
    return EntryTaskBody(**{**same, **own})


def entry_body(state: EntryState) -> EntryBody:
    entry, project, user = state.entry, state.project, state.user
    currency = None
    if project is not None and project.client_name:
        # Recorded as null for a project without a client, whose currency is the workspace's.
        currency = ProjectCurrencyOut(id=project.currency_id, code=project.currency)
    return EntryBody(
        id=entry.id,
        description=entry.description,
        user_id=entry.user_id,
        billable=entry.billable,
        project_id=entry.project_id,
        task_id=entry.task_id,
        tag_ids=list(entry.tag_ids),
        time_interval=interval_body(entry.start_s, entry.end_s, state.zone),
        workspace_id=entry.workspace_id,
        is_locked=state.is_locked,
        hourly_rate=RateOut(amount=entry.hourly_rate_minor, currency=entry.currency),
        cost_rate=RateOut(amount=entry.cost_rate_minor, currency=entry.currency),
        custom_field_values=[entry_value_out(entry.id, shown) for shown in state.field_values],
        type=entry.type,
        kiosk_id=None,
        approval_status=None,
        project_currency=currency,
        currently_running=entry.is_running,
        project=None if project is None else project_body(project),
        task=None if state.task is None else task_body(state.task, state.task_updated_at_us),
        user=None if user is None else EntryUserBody(id=user.id, name=user.name or "", status=user.status.value),
        tags=[tag_out(tag) for tag in state.tags],
    )
