"""The JSON of projects (wire-core section 5). Later slices nest `ProjectOut`.

Read names differ from write names: answers say `public` and `template`, bodies `isPublic` and
`isTemplate`. A project without client has empty strings where its client would be.
"""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from hourbook.core.duration import format_duration
from hourbook.core.errors import InvalidValue
from hourbook.http.wire import BillableRateField, CostRateField, In, Out, RateOut, duration_of, id_of
from hourbook.resources.clients.wire import NestedClientOut
from hourbook.resources.custom_fields.wire import CustomFieldOut
from hourbook.resources.projects import rules
from hourbook.resources.projects.rules import Day, EstimateType, MembershipStatus, Month, ResetInterval, ShownProject
from hourbook.resources.rates.wire import RateIn, rate_of
from hourbook.resources.tasks.wire import HydratedTaskOut, NewProjectTaskIn
from hourbook.resources.workspaces.wire import rate_out

T = TypeVar("T", bound=msgspec.Struct)


def _copied(kind: type[T], source: Any, **more: Any) -> T:
    """A struct from the attributes of the same name (None where there is none), and `more`."""
    return kind(**{name: getattr(source, name, None) for name in kind.__struct_fields__ if name not in more}, **more)


class EstimateOut(Out):
    estimate: str
    type: EstimateType


class TimeEstimateOut(Out):
    """`estimate` is never null: a client cannot read it then."""

    active: bool
    estimate: str
    include_non_billable: bool
    reset_option: ResetInterval | None
    type: EstimateType


class BudgetEstimateOut(Out):
    active: bool
    estimate: int
    include_expenses: bool
    reset_option: ResetInterval | None
    type: EstimateType


class EstimateResetOut(Out):
    interval: ResetInterval | None
    day_of_week: Day | None
    day_of_month: int | None
    month: Month | None
    hour: int | None


class ProjectMembershipOut(Out):
    user_id: str
    target_id: str
    membership_type: str
    membership_status: MembershipStatus
    hourly_rate: Annotated[RateOut | None, BillableRateField]
    cost_rate: Annotated[RateOut | None, CostRateField]


class ProjectCurrencyOut(Out):
    id: str
    code: str


class ProjectOut(Out):
    id: str
    name: str
    workspace_id: str
    client_id: str
    client_name: str
    color: str
    note: str
    billable: bool
    public: bool
    template: bool
    archived: bool
    duration: str
    hourly_rate: Annotated[RateOut | None, BillableRateField]
    cost_rate: Annotated[RateOut | None, CostRateField]
    estimate: EstimateOut
    time_estimate: TimeEstimateOut
    budget_estimate: Annotated[BudgetEstimateOut | None, BillableRateField]
    estimate_reset: EstimateResetOut | None
    memberships: list[ProjectMembershipOut]


class HydratedProjectOut(ProjectOut):
    """Keeps `clientName`, which was not recorded here but is printed by a client."""

    client: NestedClientOut | None
    tasks: list[HydratedTaskOut]
    custom_fields: list[CustomFieldOut]
    currency: ProjectCurrencyOut
    favorite: bool


def project_out(shown: ShownProject) -> ProjectOut:
    project, estimates, currency = shown.project, rules.estimates_of(shown.project), shown.currency
    budget = estimates.budget
    return _copied(
        ProjectOut,
        project,
        client_id="" if project.client_id == rules.NO_CLIENT_ID else project.client_id,
        client_name=shown.client_name,
        public=project.is_public,
        template=project.is_template,
        duration=format_duration(shown.duration_seconds),
        # A project without a rate of its own shows 0, a membership null (both recorded).
        hourly_rate=RateOut(amount=project.hourly_rate_minor or 0, currency=currency),
        cost_rate=rate_out(project.cost_rate_minor, currency),
        estimate=EstimateOut(estimate=format_duration(estimates.plain.estimate_seconds), type=estimates.plain.type),
        time_estimate=_time_estimate_out(estimates.time, shown.tasks_estimate_seconds),
        budget_estimate=budget and _copied(BudgetEstimateOut, budget, estimate=budget.estimate_minor),
        estimate_reset=None if estimates.reset is None else _copied(EstimateResetOut, estimates.reset),
        memberships=[_membership_out(member, currency) for member in shown.members],
    )


def hydrated_project_out(
    shown: ShownProject,
    *,
    client: NestedClientOut | None,
    tasks: list[HydratedTaskOut],
    custom_fields: list[CustomFieldOut],
) -> HydratedProjectOut:
    """Favourites come later: none."""
    more = {"client": client, "tasks": tasks, "custom_fields": custom_fields, "favorite": False}
    currency = ProjectCurrencyOut(id=shown.currency_id, code=shown.currency)
    return _copied(HydratedProjectOut, project_out(shown), currency=currency, **more)


def _membership_out(member: rules.ProjectMember, currency: str) -> ProjectMembershipOut:
    return ProjectMembershipOut(
        user_id=member.user_id,
        target_id=member.project_id,
        membership_type="PROJECT",
        membership_status=member.status,
        hourly_rate=rate_out(member.hourly_rate_minor, currency),
        cost_rate=rate_out(member.cost_rate_minor, currency),
    )


def _time_estimate_out(estimate: rules.TimeEstimate, tasks_estimate_seconds: int) -> TimeEstimateOut:
    """An active automatic estimate is the sum over the tasks."""
    is_given = estimate.type is EstimateType.MANUAL or not estimate.active
    seconds = estimate.estimate_seconds if is_given else tasks_estimate_seconds
    return _copied(TimeEstimateOut, estimate, estimate=format_duration(seconds))


class EstimateIn(In):
    estimate: str | None = None
    type: EstimateType | None = None

    def to_estimate(self) -> rules.Estimate:
        seconds = duration_of(self.estimate, "estimate") or 0
        return rules.Estimate(estimate_seconds=seconds, type=self.type or EstimateType.AUTO)


class MemberIn(In):
    user_id: str | None = None
    hourly_rate: RateIn | None = None
    cost_rate: RateIn | None = None

    def to_details(self) -> rules.MemberDetails:
        if not self.user_id:
            raise InvalidValue("userId must not be null")
        return _copied(
            rules.MemberDetails,
            self,
            status=getattr(self, "membership_status", None),
            hourly_rate=rate_of(self.hourly_rate),
            cost_rate=rate_of(self.cost_rate),
        )


class NewMemberIn(MemberIn):
    """Somebody in the body that creates a project. Their `membershipType` says nothing."""

    membership_status: MembershipStatus | None = None


class _ProjectIn(In):
    """What all bodies that make or change a project have. `public` is a read name and ignored."""

    name: str | None = None
    client_id: str | None = None
    color: str | None = None
    is_public: bool | None = None

    def to_details(self) -> rules.Details:
        rates = {name: rate_of(getattr(self, name, None)) for name in ("hourly_rate", "cost_rate")}
        return _copied(rules.Details, self, client_id=id_of(self.client_id), estimate=None, **rates)


class TemplateIn(In):
    is_template: bool | None = None


class FromTemplateIn(_ProjectIn):
    template_project_id: str | None = None


class ProjectUpdateIn(_ProjectIn):
    note: str | None = None
    billable: bool | None = None
    archived: bool | None = None
    hourly_rate: RateIn | None = None
    cost_rate: RateIn | None = None


class ProjectCreateIn(_ProjectIn):
    """`estimate` is an object in the contract; a client sends the bare duration and means a manual one."""

    note: str | None = None
    billable: bool | None = None
    hourly_rate: RateIn | None = None
    cost_rate: RateIn | None = None
    estimate: EstimateIn | str | None = None
    memberships: list[NewMemberIn] | None = None
    tasks: list[NewProjectTaskIn] | None = None

    def to_details(self) -> rules.Details:
        said = self.estimate or None
        if isinstance(said, str):
            said = EstimateIn(estimate=said, type=EstimateType.MANUAL)
        return msgspec.structs.replace(super().to_details(), estimate=said.to_estimate() if said else None)


class _ActiveEstimateIn(In):
    """What is not there is kept; `resetOption` alone may be null to take it away."""

    active: bool | None = None
    reset_option: ResetInterval | UnsetType | None = UNSET
    type: EstimateType | None = None


class TimeEstimateIn(_ActiveEstimateIn):
    estimate: str | None = None
    include_non_billable: bool | None = None

    def changed(self, before: rules.TimeEstimate) -> rules.TimeEstimate:
        seconds = duration_of(self.estimate, "timeEstimate.estimate")
        changed = before if seconds is None else msgspec.structs.replace(before, estimate_seconds=seconds)
        return _merged(changed, self)


class BudgetEstimateIn(_ActiveEstimateIn):
    estimate: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] | None = None
    include_expenses: bool | None = None

    def changed(self, before: rules.BudgetEstimate | None) -> rules.BudgetEstimate:
        found = before or rules.BudgetEstimate()
        amount = found.estimate_minor if self.estimate is None else self.estimate
        return _merged(msgspec.structs.replace(found, estimate_minor=amount), self)


class EstimateResetIn(In):
    """Switched off, it is none. Both spellings of the switch are in the contract."""

    active: bool | None = None
    is_active: bool | None = None
    interval: ResetInterval | None = None
    day_of_week: Day | None = None
    day_of_month: Annotated[int, msgspec.Meta(ge=1, le=31)] | None = None
    month: Month | None = None
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None

    def changed(self, before: rules.EstimateReset | None) -> rules.EstimateReset | None:
        if self.active is False or self.is_active is False:
            return None
        return _merged(before or rules.EstimateReset(), self)


class EstimatesIn(In):
    time_estimate: TimeEstimateIn | None = None
    budget_estimate: BudgetEstimateIn | None = None
    estimate_reset: EstimateResetIn | None = None

    def changed(self, before: rules.Estimates) -> rules.Estimates:
        """PATCH merges: what is not there is kept."""
        return rules.Estimates(
            before.plain,
            before.time if self.time_estimate is None else self.time_estimate.changed(before.time),
            before.budget if self.budget_estimate is None else self.budget_estimate.changed(before.budget),
            before.reset if self.estimate_reset is None else self.estimate_reset.changed(before.reset),
        )


def _merged(before: T, said: _ActiveEstimateIn | EstimateResetIn) -> T:
    """`before` with the fields of the same name that were said."""
    found = {name: getattr(said, name, UNSET) for name in before.__struct_fields__}
    kept = {name for name, value in found.items() if value is UNSET or (value is None and name != "reset_option")}
    return msgspec.structs.replace(before, **{name: value for name, value in found.items() if name not in kept})


class GroupsIn(In):
    contains: Literal["CONTAINS", "DOES_NOT_CONTAIN"] | None = None
    ids: list[str] | None = None
    status: Literal["ALL", "ACTIVE", "INACTIVE"] | None = None

    def to_choice(self) -> rules.GroupChoice:
        return rules.GroupChoice(
            group_ids=tuple(self.ids or ()),
            excluded=self.contains == "DOES_NOT_CONTAIN",
            status=None if self.status == "ALL" else self.status,
        )


class SetMembersIn(In):
    memberships: list[MemberIn] | None = None
    user_groups: GroupsIn | None = None

    def to_members(self) -> list[rules.MemberDetails]:
        if self.memberships is None:
            raise InvalidValue("memberships must not be null")
        return [member.to_details() for member in self.memberships]


class ChangeMembersIn(In):
    user_ids: list[str] | None = None
    user_groups: GroupsIn | None = None
    remove: bool | None = None
