"""The JSON of a workspace's own surface: name and logo, every setting, currencies, owner, deletion.

Keys are spelled like those of the contract's `workspaceSettings` where it has them. Unlike in the
contract an unknown key is refused, because a setting that is silently not set is worse than an error.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from hourbook.core.calendar import format_instant
from hourbook.core.clock import seconds_of
from hourbook.core.money import minor_digits
from hourbook.core.types import Weekday
from hourbook.http.wire import In, Int64, Out, instant_of
from hourbook.resources.workspaces.rules import Currency, Workspace
from hourbook.resources.workspaces.rules_settings import (
    AdminPage,
    Approvers,
    AssignmentCreators,
    CreationPermission,
    CurrencyFormat,
    DurationFormat,
    InvoiceManagers,
    LockPeriod,
    LockType,
    NumberFormat,
    OthersTimeEditors,
    ProjectStatusViewers,
    RoundingWord,
    TimeTrackingMode,
    WorkspaceSettings,
)
from hourbook.resources.workspaces.wire import AutomaticLockOut, RoundOut


class AutomaticLockIn(In, forbid_unknown_fields=True):
    """Which keys count depends on the type; it is replaced as a whole."""

    type: LockType
    change_day: Weekday = Weekday.MONDAY
    day_of_month: int = 1
    first_day: Weekday = Weekday.MONDAY
    older_than_period: LockPeriod = LockPeriod.DAYS
    older_than_value: int = 1


class RoundIn(In, forbid_unknown_fields=True):
    round: RoundingWord = RoundingWord.NEAREST
    minutes: str | int = "15"


class SettingsIn(In, forbid_unknown_fields=True):
    """What is absent stays as it is; null takes a lock or its zone away."""

    force_projects: bool | UnsetType = UNSET
    force_tasks: bool | UnsetType = UNSET
    force_tags: bool | UnsetType = UNSET
    force_description: bool | UnsetType = UNSET
    only_admins_see_all_time_entries: bool | UnsetType = UNSET
    only_admins_see_public_projects_entries: bool | UnsetType = UNSET
    only_admins_see_billable_rates: bool | UnsetType = UNSET
    only_admins_see_dashboard: bool | UnsetType = UNSET
    only_admins_can_change_billable_status: bool | UnsetType = UNSET
    admin_only_pages: tuple[AdminPage, ...] | UnsetType = UNSET
    can_see_time_sheet: bool | UnsetType = UNSET
    can_see_tracker: bool | UnsetType = UNSET
    who_can_create_projects_and_clients: CreationPermission | UnsetType = UNSET
    who_can_create_tasks: CreationPermission | UnsetType = UNSET
    who_can_create_tags: CreationPermission | UnsetType = UNSET
    default_billable_projects: bool | UnsetType = UNSET
    is_project_public_by_default: bool | UnsetType = UNSET
    active_billable_hours: bool | UnsetType = UNSET
    project_favorites: bool | UnsetType = UNSET
    project_picker_special_filter: bool | UnsetType = UNSET
    duration_format: DurationFormat | UnsetType = UNSET
    number_format: NumberFormat | UnsetType = UNSET
    currency_format: CurrencyFormat | UnsetType = UNSET
    week_start: Weekday | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    working_days: tuple[Weekday, ...] | UnsetType = UNSET
    project_label: str | UnsetType = UNSET
    task_label: str | UnsetType = UNSET
    project_grouping_label: str | UnsetType = UNSET
    round: RoundIn | UnsetType = UNSET
    time_rounding_in_reports: bool | UnsetType = UNSET
    lock_time_entries: str | UnsetType | None = UNSET
    lock_time_zone: str | UnsetType | None = UNSET
    automatic_lock: AutomaticLockIn | UnsetType | None = UNSET
    time_tracking_mode: TimeTrackingMode | UnsetType = UNSET
    multi_factor_enabled: bool | UnsetType = UNSET
    single_sign_on_required: bool | UnsetType = UNSET
    task_billable_enabled: bool | UnsetType = UNSET
    task_rate_enabled: bool | UnsetType = UNSET
    expenses_enabled: bool | UnsetType = UNSET
    invoicing_enabled: bool | UnsetType = UNSET
    scheduling_enabled: bool | UnsetType = UNSET
    time_approval_enabled: bool | UnsetType = UNSET
    time_off_enabled: bool | UnsetType = UNSET
    screenshots_enabled: bool | UnsetType = UNSET
    locations_enabled: bool | UnsetType = UNSET
    favorite_entries_enabled: bool | UnsetType = UNSET
    is_cost_rate_active: bool | UnsetType = UNSET
    kiosk_enabled: bool | UnsetType = UNSET
    who_can_edit_others_time: OthersTimeEditors | UnsetType = UNSET
    who_can_approve_timesheets: Approvers | UnsetType = UNSET
    who_can_approve_expenses: Approvers | UnsetType = UNSET
    who_can_manage_invoices: InvoiceManagers | UnsetType = UNSET
    members_see_all_time_off: bool | UnsetType = UNSET
    who_can_create_assignments: AssignmentCreators | UnsetType = UNSET
    who_can_see_project_status: ProjectStatusViewers | UnsetType = UNSET
    allowed_networks: tuple[str, ...] | UnsetType = UNSET
    requests_per_second: Int64 | UnsetType = UNSET
    addon_requests_per_second: Int64 | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """What is said, by the names of the program."""
        said = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}
        if isinstance(said.get("lock_time_entries"), str):
            said["lock_time_entries"] = instant_of(said["lock_time_entries"], "lockTimeEntries")
        if isinstance(self.round, RoundIn):
            said["round"] = {"round": self.round.round, "minutes": str(self.round.minutes).strip()}
        if isinstance(self.automatic_lock, AutomaticLockIn):
            said["automatic_lock"] = msgspec.structs.asdict(self.automatic_lock)
        return said


class SettingsOut(Out):
    force_projects: bool
    force_tasks: bool
    force_tags: bool
    force_description: bool
    only_admins_see_all_time_entries: bool
    only_admins_see_public_projects_entries: bool
    only_admins_see_billable_rates: bool
    only_admins_see_dashboard: bool
    only_admins_can_change_billable_status: bool
    admin_only_pages: tuple[AdminPage, ...]
    can_see_time_sheet: bool
    can_see_tracker: bool
    who_can_create_projects_and_clients: CreationPermission
    who_can_create_tasks: CreationPermission
    who_can_create_tags: CreationPermission
    default_billable_projects: bool
    is_project_public_by_default: bool
    active_billable_hours: bool
    project_favorites: bool
    project_picker_special_filter: bool
    duration_format: DurationFormat
    number_format: NumberFormat
    currency_format: CurrencyFormat
    week_start: Weekday
    time_zone: str
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
    single_sign_on_required: bool
    task_billable_enabled: bool
    task_rate_enabled: bool
    expenses_enabled: bool
    invoicing_enabled: bool
    scheduling_enabled: bool
    time_approval_enabled: bool
    time_off_enabled: bool
    screenshots_enabled: bool
    locations_enabled: bool
    favorite_entries_enabled: bool
    is_cost_rate_active: bool
    kiosk_enabled: bool
    who_can_edit_others_time: OthersTimeEditors
    who_can_approve_timesheets: Approvers
    who_can_approve_expenses: Approvers
    who_can_manage_invoices: InvoiceManagers
    members_see_all_time_off: bool
    who_can_create_assignments: AssignmentCreators
    who_can_see_project_status: ProjectStatusViewers
    allowed_networks: tuple[str, ...]
    requests_per_second: int
    addon_requests_per_second: int


class OutlineIn(In, forbid_unknown_fields=True):
    """`imageUrl` is the address of an uploaded image; an empty one takes the logo away."""

    name: str | None = None
    image_url: str | None = None


class OutlineOut(Out):
    """`deletesAt`: when the workspace goes for good, null unless its owner wished so."""

    id: str
    name: str
    image_url: str
    currency: str
    deletes_at: str | None


class DefinedCurrencyOut(Out):
    """`digits`: how many decimal digits its amounts have, which the API sends in minor units."""

    id: str
    code: str
    is_default: bool
    digits: int


class CurrencyIn(In):
    code: str | None = None


class OwnerIn(In):
    user_id: str | None = None


class DeletionIn(In):
    """The name is repeated so that nobody deletes a workspace by accident."""

    name: str | None = None


def settings_out(settings: WorkspaceSettings) -> SettingsOut:
    values: dict[str, Any] = msgspec.structs.asdict(settings)
    lock, automatic = settings.lock_time_entries, settings.automatic_lock
    values["round"] = RoundOut(round=settings.round.round, minutes=settings.round.minutes)
    values["lock_time_entries"] = None if lock is None else format_instant(lock)
    values["automatic_lock"] = None if automatic is None else AutomaticLockOut(**msgspec.structs.asdict(automatic))
    return SettingsOut(**values)


def outline_out(workspace: Workspace) -> OutlineOut:
    deletes_at_us = workspace.deletes_at_us
    return OutlineOut(
        id=workspace.id,
        name=workspace.name,
        image_url=workspace.image_url,
        currency=workspace.currency,
        deletes_at=None if deletes_at_us is None else format_instant(seconds_of(deletes_at_us)),
    )


def currency_out(currency: Currency) -> DefinedCurrencyOut:
    digits = minor_digits(currency.code)
    return DefinedCurrencyOut(id=currency.id, code=currency.code, is_default=currency.is_default, digits=digits)
