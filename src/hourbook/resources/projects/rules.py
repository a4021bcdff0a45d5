"""What a project is, who is on it, and what its fields may hold. Pure.

Durations in seconds, rates and budgets in minor units of the project's currency. A stored rate
of None means "none of its own"; a request says so with the amount 0, and None means "not said".
"""

import enum
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, TypeVar

import msgspec

from hourbook.core.errors import ActiveCannotBeDeleted, InvalidValue, NotFound
from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.core.money import NewRate

NAME_MINIMUM, NAME_LIMIT = 2, 250
NOTE_LIMIT = 16384
NO_CLIENT_ID = UNKNOWN_ID_BYTES.hex()
SUM_OF_TASKS = -1
PALETTE = ("#03A9F4", "#8BC34A", "#FF5722", "#9C27B0", "#F44336", "#009688", "#3F51B5", "#FF9800", "#607D8B", "#E91E63")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
T = TypeVar("T")
Day = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
Month = Literal[
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
]  # fmt: skip


class ProjectSort(enum.StrEnum):
    ID = "ID"
    NAME = "NAME"
    CLIENT_NAME = "CLIENT_NAME"
    DURATION = "DURATION"
    BUDGET = "BUDGET"
    PROGRESS = "PROGRESS"


class MembershipStatus(enum.StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    INACTIVE = "INACTIVE"


class EstimateType(enum.StrEnum):
    """AUTO: derived from the tasks. MANUAL: the given value."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"


class ResetInterval(enum.StrEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


# --- what is stored ----------------------------------------------------------------------------


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The old, plain estimate."""

    estimate_seconds: int = 0
    type: EstimateType = EstimateType.AUTO


class TimeEstimate(msgspec.Struct, frozen=True, kw_only=True):
    active: bool = False
    estimate_seconds: int = 0
    include_non_billable: bool = True
    reset_option: ResetInterval | None = None
    type: EstimateType = EstimateType.AUTO


class BudgetEstimate(msgspec.Struct, frozen=True, kw_only=True):
    active: bool = False
    estimate_minor: int = 0
    include_expenses: bool = False
    reset_option: ResetInterval | None = None
    type: EstimateType = EstimateType.MANUAL


class EstimateReset(msgspec.Struct, frozen=True, kw_only=True):
    """When an estimate starts anew."""

    active: bool = True
    interval: ResetInterval | None = None
    day_of_week: Day | None = None
    day_of_month: int | None = None
    month: Month | None = None
    hour: int | None = None


class Estimates(msgspec.Struct, frozen=True):
    """All estimates of a project."""

    plain: Estimate = Estimate()
    time: TimeEstimate = TimeEstimate()
    budget: BudgetEstimate | None = None
    reset: EstimateReset | None = None


class Project(msgspec.Struct):
    """A project. Names are unique per client, archived ones included.

    `client_id` is `NO_CLIENT_ID` without a client. The four estimates are stored JSON.
    """

    workspace_id: str
    id: str
    name: str
    client_id: str
    color: str
    note: str
    billable: bool
    is_public: bool
    is_template: bool
    archived: bool
    hourly_rate_minor: int | None
    cost_rate_minor: int | None
    estimate: str
    time_estimate: str
    budget_estimate: str | None
    estimate_reset: str | None
    # Repeats the client's folded name, "" without a client.
    client_name_key: str = ""
    group_ids: tuple[str, ...] = ()


class ProjectMember(msgspec.Struct):
    """Somebody on a project, with rates of their own there or None; `by_group` when only a group brought them."""

    workspace_id: str
    project_id: str
    user_id: str
    status: MembershipStatus
    hourly_rate_minor: int | None = None
    cost_rate_minor: int | None = None
    by_group: bool = False


class ShownProject(msgspec.Struct):
    """A project with what stands beside it in an answer.

    `tasks_estimate_seconds` is the sum over its tasks.
    """

    project: Project
    client_name: str
    currency_id: str
    currency: str
    duration_seconds: int
    tasks_estimate_seconds: int
    members: tuple[ProjectMember, ...] = ()


# --- what a request says -----------------------------------------------------------------------


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a project as a request has them, unchecked; None is "not said"."""

    name: str | None = None
    client_id: str | None = None
    color: str | None = None
    note: str | None = None
    billable: bool | None = None
    is_public: bool | None = None
    archived: bool | None = None
    hourly_rate: NewRate | None = None
    cost_rate: NewRate | None = None
    estimate: Estimate | None = None


class MemberDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who shall be on a project; None is "not said"."""

    user_id: str
    status: MembershipStatus | None = None
    hourly_rate: NewRate | None = None
    cost_rate: NewRate | None = None


class GroupChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Groups in a membership request: those named, or all but those; their people of one status or all."""

    group_ids: tuple[str, ...]
    excluded: bool = False
    status: str | None = None


# --- checks ------------------------------------------------------------------------------------


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue outside 2 to 250 characters."""
    trimmed = (name or "").strip()
    if not NAME_MINIMUM <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"Project name has to be between {NAME_MINIMUM} and {NAME_LIMIT} characters long")
    return trimmed


def check_note(note: str) -> str:
    if len(note) > NOTE_LIMIT:
        raise InvalidValue(f"Note can't be longer than {NOTE_LIMIT} characters")
    return note


def check_color(color: str) -> str:
    if _COLOR.fullmatch(color) is None:
        raise InvalidValue("Color must be six hexadecimal digits after a number sign, like #03A9F4")
    return color


def color_for(project_id: str) -> str:
    """A colour of the palette, the same for the same id."""
    return PALETTE[int(project_id[-6:], 16) % len(PALETTE)]


def check_deletable(project: Project) -> None:
    """ActiveCannotBeDeleted unless it is archived."""
    if not project.archived:
        raise ActiveCannotBeDeleted("Project")


def new_project(workspace_id: str, project_id: str, said: Details, *, billable: bool, is_public: bool) -> Project:
    """A project from what a request says; `billable`, `is_public` where it is silent."""
    estimates = first_estimates(said.estimate)
    return with_estimates(
        Project(
            workspace_id,
            project_id,
            check_name(said.name),
            _client_id(said, NO_CLIENT_ID),
            check_color(said.color) if said.color else color_for(project_id),
            check_note(said.note or ""),
            billable if said.billable is None else said.billable,
            is_public if said.is_public is None else said.is_public,
            False,
            False,
            None,
            None,
            "",
            "",
            None,
            None,
        ),
        estimates,
    )


def changed_project(before: Project, said: Details) -> Project:
    """What is not said is kept, but `isPublic` and `billable` fall back to false (wire-core 0.9)."""
    return msgspec.structs.replace(
        before,
        name=before.name if said.name is None else check_name(said.name),
        client_id=_client_id(said, before.client_id),
        color=check_color(said.color) if said.color else before.color,
        note=before.note if said.note is None else check_note(said.note),
        billable=bool(said.billable),
        is_public=bool(said.is_public),
        archived=before.archived if said.archived is None else said.archived,
    )


def copied_project(template: Project, project_id: str, said: Details) -> Project:
    """A project like its template, active and no template itself; what is said differs."""
    return msgspec.structs.replace(
        template,
        id=project_id,
        name=check_name(said.name),
        client_id=_client_id(said, template.client_id),
        color=check_color(said.color) if said.color else template.color,
        is_public=template.is_public if said.is_public is None else said.is_public,
        is_template=False,
        archived=False,
    )


def _client_id(said: Details, unsaid: str) -> str:
    """The stand-in for "no client" is no client anybody can name."""
    if said.client_id == NO_CLIENT_ID:
        raise NotFound("Client")
    return said.client_id or unsaid


def changed_member(
    workspace_id: str, project_id: str, said: MemberDetails, *, before: ProjectMember | None
) -> ProjectMember:
    """Somebody on the project as said; the rates stay as they are."""
    found = before or ProjectMember(workspace_id, project_id, said.user_id, MembershipStatus.ACTIVE)
    return msgspec.structs.replace(
        found,
        status=said.status or MembershipStatus.ACTIVE,
    )


def merged(named: Sequence[MemberDetails], others: Iterable[str]) -> dict[str, MemberDetails]:
    """Everybody named by id, the last naming winning, then the others who were not."""
    found = {said.user_id: said for said in named}
    for user_id in others:
        found.setdefault(user_id, MemberDetails(user_id=user_id))
    return found


# --- estimates ---------------------------------------------------------------------------------

_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=1024)  # most projects have the same ones, and they never change in place
def _decode(kind: type[T], text: str) -> T:
    return msgspec.json.decode(text, type=kind)


def estimates_of(project: Project) -> Estimates:
    """The stored estimates."""
    return Estimates(
        _decode(Estimate, project.estimate),
        _decode(TimeEstimate, project.time_estimate),
        _decode(BudgetEstimate, project.budget_estimate) if project.budget_estimate else None,
        _decode(EstimateReset, project.estimate_reset) if project.estimate_reset else None,
    )


def with_estimates(project: Project, estimates: Estimates) -> Project:
    """The project with these estimates stored."""
    return msgspec.structs.replace(
        project,
        estimate=_encode(estimates.plain).decode(),
        time_estimate=_encode(estimates.time).decode(),
        budget_estimate=None if estimates.budget is None else _encode(estimates.budget).decode(),
        estimate_reset=None if estimates.reset is None else _encode(estimates.reset).decode(),
    )


def first_estimates(said: Estimate | None) -> Estimates:
    """A manual estimate given at creation is the time estimate too, so that progress is measured against it."""
    if said is None or said.type is EstimateType.AUTO:
        return Estimates(said or Estimate())
    return Estimates(said, TimeEstimate(active=True, estimate_seconds=said.estimate_seconds, type=said.type))


def changed_estimates(before: Estimates, after: Estimates) -> Estimates:
    """Only one of time and budget is active: the one switched on now switches the other off."""
    budget = after.budget or BudgetEstimate()
    if not (after.time.active and budget.active):
        return after
    was_time = before.time.active
    was_budget = before.budget is not None and before.budget.active
    if was_time == was_budget:
        raise InvalidValue("Only one of timeEstimate and budgetEstimate can be active")
    if was_time:
        return msgspec.structs.replace(after, time=msgspec.structs.replace(after.time, active=False))
    return msgspec.structs.replace(after, budget=msgspec.structs.replace(budget, active=False))


def estimate_seconds_of(project: Project) -> int:
    """What progress is measured against: 0 is nothing, `SUM_OF_TASKS` the estimates of the tasks."""
    found = estimates_of(project).time
    if not found.active:
        return 0
    return SUM_OF_TASKS if found.type is EstimateType.AUTO else found.estimate_seconds


def budget_minor_of(project: Project) -> int:
    """The active budget, 0 without one."""
    budget = estimates_of(project).budget
    return budget.estimate_minor if budget is not None and budget.active else 0
