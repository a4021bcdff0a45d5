"""The JSON of workspaces and memberships (wire-core sections 2 and 11).

Rates are marked and also left out by what the details say: an account-level answer shows
several workspaces at once, where the renderer knows no role. Other slices nest `MembershipOut`.
"""

from typing import Annotated, Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.types import Role, Weekday
from hourbook.http.wire import BillableRateField, CostRateField, In, Out, Query, RateOut
from hourbook.resources.workspaces.rules import (
    Membership,
    MembershipType,
    MemberStatus,
    WorkspaceDetails,
    membership_of,
)
from hourbook.resources.workspaces.rules_settings import (
    AdminPage,
    AutomaticLock,
    CreationPermission,
    CurrencyFormat,
    DurationFormat,
    LockPeriod,
    LockType,
    NumberFormat,
    TimeTrackingMode,
    WorkspaceSettings,
)

# Everything is included: self-hosted there are no plans (wire-core section 2).
_FEATURE_WORDS = """
    ADD_TIME_FOR_OTHERS ADMIN_PANEL ALERTS APPROVAL AUDIT_LOG AUTOMATIC_LOCK BRANDED_REPORTS BULK_EDIT CUSTOM_FIELDS
    CUSTOM_REPORTING CUSTOM_SUBDOMAIN CREATION_PERMISSIONS DECIMAL_FORMAT DISABLE_MANUAL_MODE EDIT_MEMBER_PROFILE
    EXCLUDE_NON_BILLABLE_FROM_ESTIMATE EXPENSES FILE_IMPORT TIMESHEET_IMPORT USER_IMPORT HIDE_PAGES HISTORIC_RATES
    INVOICING INVOICE_EMAILS INVOICE_REMINDERS LABOR_COST LOCATIONS MANAGER_ROLE MULTI_FACTOR_AUTHENTICATION
    PROJECT_BUDGET PROJECT_TEMPLATES GRANT_PROJECT_MANAGER_ROLE PRIVATE_PROJECT_ACCESS QUICKBOOKS_INTEGRATION
    RECURRING_ESTIMATES RECURRING_INVOICES REQUIRED_FIELDS SCHEDULED_REPORTS SCHEDULING SCREENSHOTS SSO
    SUMMARY_ESTIMATE TARGETS_AND_REMINDERS TASK_RATES TIME_OFF UNLIMITED_REPORTS USER_CUSTOM_FIELDS
    WHO_CAN_CHANGE_TIMEENTRY_BILLABILITY BREAKS KIOSK_SESSION_DURATION KIOSK_PIN_REQUIRED WHO_CAN_SEE_ALL_TIME_ENTRIES
    WHO_CAN_SEE_PROJECT_STATUS WHO_CAN_SEE_PUBLIC_PROJECTS_ENTRIES WHO_CAN_SEE_TEAMS_DASHBOARD
    WORKSPACE_LOCK_TIMEENTRIES WORKSPACE_TIME_AUDIT WORKSPACE_TIME_ROUNDING KIOSK KIOSK_SIX_DIGIT_PIN KIOSK_QR_CODE
    LIMITED_USERS FORECASTING TIME_TRACKING ATTENDANCE_REPORT WORKSPACE_TRANSFER FAVORITE_ENTRIES SPLIT_TIME_ENTRY
    CLIENT_CURRENCY SCHEDULING_FORECASTING SCIM UNLIMITED_USER_SEATS BILLABLE_HOURS PROJECT_ESTIMATE CSV_EXPORT
    XLSX_EXPORT ONE_MONTH_RANGE_REPORTS ONE_YEAR_RANGE_REPORTS SHARED_REPORTS
"""
FEATURES = tuple(_FEATURE_WORDS.split())
SUBSCRIPTION = "SELF_HOSTED"
# Upstream every workspace belongs to an organization of the vendor; here there is none.
NO_ORGANIZATION = ""


class MembershipOut(Out):
    user_id: str
    target_id: str
    membership_type: MembershipType
    membership_status: MemberStatus
    hourly_rate: Annotated[RateOut | None, BillableRateField]
    cost_rate: Annotated[RateOut | None, CostRateField]


class CurrencyOut(Out):
    id: str
    code: str
    is_default: bool


class SubdomainOut(Out):
    enabled: bool
    name: str | None


class CreationPermissionsOut(Out):
    """Plain strings, as the live service sends them (wire-core section 2)."""

    who_can_create_projects_and_clients: CreationPermission
    who_can_create_tasks: CreationPermission
    who_can_create_tags: CreationPermission


class AutomaticLockOut(Out):
    type: LockType
    change_day: Weekday
    day_of_month: int
    first_day: Weekday
    older_than_period: LockPeriod
    older_than_value: int


class RoundOut(Out):
    round: str
    minutes: str


class WorkspaceSettingsOut(Out):
    force_projects: bool
    force_tasks: bool
    force_tags: bool
    force_description: bool
    only_admins_see_all_time_entries: bool
    only_admins_see_public_projects_entries: bool
    only_admins_see_billable_rates: bool
    only_admins_see_dashboard: bool
    only_admins_can_change_billable_status: bool
    only_admins_create_project: bool
    only_admins_create_task: bool
    only_admins_create_tag: bool
    entity_creation_permissions: CreationPermissionsOut
    admin_only_pages: tuple[AdminPage, ...]
    can_see_time_sheet: bool
    can_see_tracker: bool
    default_billable_projects: bool
    is_project_public_by_default: bool
    active_billable_hours: bool
    project_favorites: bool
    project_picker_special_filter: bool
    duration_format: DurationFormat
    track_time_down_to_second: bool
    decimal_format: bool
    number_format: NumberFormat
    currency_format: CurrencyFormat
    working_days: tuple[Weekday, ...]
    project_label: str
    task_label: str
    project_grouping_label: str
    round: RoundOut
    time_rounding_in_reports: bool
    lock_time_entries: str | None
    lock_time_zone: str | None
    automatic_lock: AutomaticLockOut | None
    time_tracking_mode: TimeTrackingMode
    multi_factor_enabled: bool
    task_billable_enabled: bool
    task_rate_enabled: bool
    expenses_enabled: bool
    invoicing_enabled: bool
    scheduling_enabled: bool
    time_approval_enabled: bool
    screenshots_enabled: bool
    locations_enabled: bool
    favorite_entries_enabled: bool
    is_cost_rate_active: bool
    kiosk_enabled: bool
    # Known to the extension by name only; nobody recorded what stands in them.
    break_settings: None = None
    custom_labels: None = None


class WorkspaceOut(Out):
    id: str
    name: str
    image_url: str
    hourly_rate: Annotated[RateOut | None, BillableRateField]
    cost_rate: Annotated[RateOut | None, CostRateField]
    currencies: list[CurrencyOut]
    features: tuple[str, ...]
    feature_subscription_type: str
    memberships: list[MembershipOut]
    subdomain: SubdomainOut
    workspace_settings: WorkspaceSettingsOut
    cake_organization_id: str


class WorkspaceListQuery(Query):
    roles: tuple[Role, ...] = ()


class WorkspaceCreateIn(In):
    """`organizationId` is accepted and means nothing here."""

    name: str | None = None
    organization_id: str | None = None


_SAME_NAMES = frozenset(WorkspaceSettings.__struct_fields__) & frozenset(WorkspaceSettingsOut.__struct_fields__) - {
    "round",
    "lock_time_entries",
    "automatic_lock",
}


def rate_out(amount_minor: int | None, currency: str) -> RateOut | None:
    """A rate of its own, or null where there is none."""
    return None if amount_minor is None else RateOut(amount=amount_minor, currency=currency)


def membership_out(membership: Membership) -> MembershipOut:
    return MembershipOut(
        user_id=membership.user_id,
        target_id=membership.target_id,
        membership_type=membership.type,
        membership_status=membership.status,
        hourly_rate=rate_out(membership.hourly_rate_minor, membership.currency),
        cost_rate=rate_out(membership.cost_rate_minor, membership.currency),
    )


def workspace_out(details: WorkspaceDetails) -> WorkspaceOut:
    workspace = details.workspace
    out = WorkspaceOut(
        id=workspace.id,
        name=workspace.name,
        image_url=workspace.image_url,
        hourly_rate=rate_out(workspace.hourly_rate_minor, workspace.currency),
        cost_rate=rate_out(workspace.cost_rate_minor, workspace.currency),
        currencies=[CurrencyOut(id=c.id, code=c.code, is_default=c.is_default) for c in details.currencies],
        features=FEATURES,
        feature_subscription_type=SUBSCRIPTION,
        memberships=[membership_out(membership_of(member, workspace.currency)) for member in details.members],
        subdomain=SubdomainOut(enabled=False, name=None),
        workspace_settings=workspace_settings_out(details.settings),
        cake_organization_id=NO_ORGANIZATION,
    )
    holders: list[WorkspaceOut | MembershipOut] = [out, *out.memberships]
    for holder in holders:
        if not details.sight.billable_rates:
            holder.hourly_rate = None
        if not details.sight.cost_rates:
            holder.cost_rate = None
    return out


def workspace_settings_out(settings: WorkspaceSettings) -> WorkspaceSettingsOut:
    everyone = CreationPermission.EVERYONE
    same: dict[str, Any] = {name: getattr(settings, name) for name in _SAME_NAMES}
    lock = settings.lock_time_entries
    return WorkspaceSettingsOut(
        **same,
        only_admins_create_project=settings.who_can_create_projects_and_clients is not everyone,
        only_admins_create_task=settings.who_can_create_tasks is not everyone,
        only_admins_create_tag=settings.who_can_create_tags is not everyone,
        entity_creation_permissions=CreationPermissionsOut(
            who_can_create_projects_and_clients=settings.who_can_create_projects_and_clients,
            who_can_create_tasks=settings.who_can_create_tasks,
            who_can_create_tags=settings.who_can_create_tags,
        ),
        # The format drives two old booleans (wire-core section 2).
        track_time_down_to_second=settings.duration_format is not DurationFormat.COMPACT,
        decimal_format=settings.duration_format is DurationFormat.DECIMAL,
        round=RoundOut(round=settings.round.round, minutes=settings.round.minutes),
        lock_time_entries=None if lock is None else format_instant(lock),
        automatic_lock=_automatic_lock_out(settings.automatic_lock),
    )


def _automatic_lock_out(lock: AutomaticLock | None) -> AutomaticLockOut | None:
    return None if lock is None else AutomaticLockOut(**msgspec.structs.asdict(lock))
