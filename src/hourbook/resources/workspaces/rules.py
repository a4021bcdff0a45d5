"""What a workspace is: its settings, currencies, members and role grants. Pure.

Settings are stored as JSON with all keys in snake_case; the permission layer reads some of
them from the same text (`access/actors.py`), so their names here and there agree. Sets refer
to the numbered settings of `roles.md`.
"""

import enum
from typing import Any

import msgspec

from hourbook.core.calendar import END_SECOND, FIRST_SECOND, get_zone
from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.types import Role

NAME_LIMIT = 50
LABEL_LIMIT = 100


class Day(enum.StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class MemberStatus(enum.StrEnum):
    """The membership's status, not the account's."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    INACTIVE = "INACTIVE"


class CreationPermission(enum.StrEnum):
    ADMINS = "ADMINS"
    ADMINS_AND_PROJECT_MANAGERS = "ADMINS_AND_PROJECT_MANAGERS"
    EVERYONE = "EVERYONE"


class TimeTrackingMode(enum.StrEnum):
    DEFAULT = "DEFAULT"
    STOPWATCH_ONLY = "STOPWATCH_ONLY"


class DurationFormat(enum.StrEnum):
    FULL = "FULL"
    COMPACT = "COMPACT"
    DECIMAL = "DECIMAL"


class NumberFormat(enum.StrEnum):
    COMMA_PERIOD = "COMMA_PERIOD"
    PERIOD_COMMA = "PERIOD_COMMA"
    QUOTATION_MARK_PERIOD = "QUOTATION_MARK_PERIOD"
    SPACE_COMMA = "SPACE_COMMA"


class CurrencyFormat(enum.StrEnum):
    CURRENCY_SPACE_VALUE = "CURRENCY_SPACE_VALUE"
    VALUE_SPACE_CURRENCY = "VALUE_SPACE_CURRENCY"
    CURRENCY_VALUE = "CURRENCY_VALUE"
    VALUE_CURRENCY = "VALUE_CURRENCY"


class AdminPage(enum.StrEnum):
    PROJECT = "PROJECT"
    TEAM = "TEAM"
    REPORTS = "REPORTS"


class LockType(enum.StrEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    OLDER_THAN = "OLDER_THAN"


class LockPeriod(enum.StrEnum):
    DAYS = "DAYS"
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"


class OthersTimeEditors(enum.StrEnum):
    ADMINS = "ADMINS"
    ADMINS_AND_TEAM_MANAGERS = "ADMINS_AND_TEAM_MANAGERS"


class Approvers(enum.StrEnum):
    ADMINS_AND_TEAM_MANAGERS = "ADMINS_AND_TEAM_MANAGERS"
    ADMINS_AND_PROJECT_MANAGERS = "ADMINS_AND_PROJECT_MANAGERS"


class InvoiceManagers(enum.StrEnum):
    ADMINS = "ADMINS"
    ADMINS_AND_MEMBERS = "ADMINS_AND_MEMBERS"


class AssignmentCreators(enum.StrEnum):
    ADMINS = "ADMINS"
    ADMINS_AND_PROJECT_MANAGERS = "ADMINS_AND_PROJECT_MANAGERS"
    ANYONE = "ANYONE"


class ProjectStatusViewers(enum.StrEnum):
    ADMINS = "ADMINS"
    ANYONE = "ANYONE"


class AutomaticLock(msgspec.Struct, frozen=True, kw_only=True):
    """When time locks by itself; which fields count depends on the type."""

    type: LockType
    change_day: Day = Day.MONDAY
    day_of_month: int = 1
    first_day: Day = Day.MONDAY
    older_than_period: LockPeriod = LockPeriod.DAYS
    older_than_value: int = 1


class Rounding(msgspec.Struct, frozen=True, kw_only=True):
    """How reports round time. `minutes` is text on the wire, so it is here (wire-core section 2)."""

    round: str = "Round to nearest"
    minutes: str = "15"


class WorkspaceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a workspace. The defaults are private and ask for no required field.

    `lock_time_entries`: seconds since 1970; nothing before it may be added or changed by
    anyone but admins. Visibility: (all false) everybody sees all time, (all true, public
    false) time on public projects, (both true) one's own only (sets 1 and 2).
    """

    force_projects: bool = False
    force_tasks: bool = False
    force_tags: bool = False
    force_description: bool = False
    only_admins_see_all_time_entries: bool = True
    only_admins_see_public_projects_entries: bool = True
    only_admins_see_billable_rates: bool = False
    only_admins_see_dashboard: bool = True
    only_admins_can_change_billable_status: bool = False
    admin_only_pages: tuple[AdminPage, ...] = ()
    can_see_time_sheet: bool = True
    can_see_tracker: bool = True
    who_can_create_projects_and_clients: CreationPermission = CreationPermission.EVERYONE
    who_can_create_tasks: CreationPermission = CreationPermission.EVERYONE
    who_can_create_tags: CreationPermission = CreationPermission.EVERYONE
    default_billable_projects: bool = True
    is_project_public_by_default: bool = False
    active_billable_hours: bool = True
    project_favorites: bool = True
    project_picker_special_filter: bool = False
    duration_format: DurationFormat = DurationFormat.FULL
    number_format: NumberFormat = NumberFormat.COMMA_PERIOD
    currency_format: CurrencyFormat = CurrencyFormat.CURRENCY_SPACE_VALUE
    working_days: tuple[Day, ...] = (Day.MONDAY, Day.TUESDAY, Day.WEDNESDAY, Day.THURSDAY, Day.FRIDAY)
    project_label: str = "PROJECT"
    task_label: str = "TASK"
    project_grouping_label: str = "CLIENT"
    round: Rounding = Rounding()
    time_rounding_in_reports: bool = False
    lock_time_entries: int | None = None
    lock_time_zone: str | None = None
    automatic_lock: AutomaticLock | None = None
    time_tracking_mode: TimeTrackingMode = TimeTrackingMode.DEFAULT
    multi_factor_enabled: bool = False
    # Feature switches (set 18).
    task_billable_enabled: bool = True
    task_rate_enabled: bool = True
    expenses_enabled: bool = True
    invoicing_enabled: bool = True
    scheduling_enabled: bool = True
    time_approval_enabled: bool = True
    time_off_enabled: bool = True
    screenshots_enabled: bool = False
    locations_enabled: bool = False
    favorite_entries_enabled: bool = True
    is_cost_rate_active: bool = True
    kiosk_enabled: bool = True
    # Without a field on the public wire (sets 7, 13 to 17, 19).
    who_can_edit_others_time: OthersTimeEditors = OthersTimeEditors.ADMINS
    who_can_approve_timesheets: Approvers = Approvers.ADMINS_AND_TEAM_MANAGERS
    who_can_approve_expenses: Approvers = Approvers.ADMINS_AND_TEAM_MANAGERS
    who_can_manage_invoices: InvoiceManagers = InvoiceManagers.ADMINS
    members_see_all_time_off: bool = False
    who_can_create_assignments: AssignmentCreators = AssignmentCreators.ADMINS_AND_PROJECT_MANAGERS
    who_can_see_project_status: ProjectStatusViewers = ProjectStatusViewers.ANYONE
    # Addresses and networks the workspace may be used from; empty: any (read by access/actors.py).
    allowed_networks: tuple[str, ...] = ()


class Workspace(msgspec.Struct):
    """A workspace. `settings` is the stored JSON of `WorkspaceSettings`; rates in minor units."""

    id: str
    name: str
    image_url: str
    hourly_rate_minor: int
    cost_rate_minor: int | None
    currency: str
    settings: str


class Currency(msgspec.Struct):
    """A currency the workspace uses; exactly one is the default."""

    workspace_id: str
    id: str
    code: str
    is_default: bool


class Member(msgspec.Struct):
    """Somebody in a workspace; rates of their own or None.

    `email_key`, `name_key` repeat the account's folded e-mail and name ("" without a name). None in the
    profile: the account's week, the workspace's days. `working_days` is the stored JSON.
    """

    workspace_id: str
    user_id: str
    status: MemberStatus
    hourly_rate_minor: int | None
    cost_rate_minor: int | None
    email_key: str
    name_key: str
    week_start: str | None = None
    work_capacity_seconds: int | None = None
    working_days: str | None = None


class RoleGrant(msgspec.Struct):
    """A role of a person for an entity: the workspace, a project, the managed person or group.

    `source_type`: USER_GROUP when the entity is a group, else empty.
    """

    workspace_id: str
    id: str
    user_id: str
    role: Role
    entity_id: str
    source_type: str = ""


class MembershipType(enum.StrEnum):
    WORKSPACE = "WORKSPACE"
    PROJECT = "PROJECT"
    USERGROUP = "USERGROUP"


class Membership(msgspec.Struct):
    """Somebody's place in a workspace, project or group (`target_id`), with its own rates if any."""

    user_id: str
    target_id: str
    type: MembershipType
    status: MemberStatus
    hourly_rate_minor: int | None
    cost_rate_minor: int | None
    currency: str


class Sight(msgspec.Struct, frozen=True):
    """Which rates somebody may see in a workspace (set 3; cost rates are for admins)."""

    billable_rates: bool
    cost_rates: bool


class WorkspaceDetails(msgspec.Struct, frozen=True):
    """A workspace with what its JSON shows, and what its reader may see of it."""

    workspace: Workspace
    settings: WorkspaceSettings
    currencies: list[Currency]
    members: list[Member]
    sight: Sight


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(WorkspaceSettings)


def encode_settings(settings: WorkspaceSettings) -> str:
    """The stored text, all keys present."""
    return _encode(settings).decode()


def decode_settings(text: str) -> WorkspaceSettings:
    """Settings of the stored text; a key added since has its default."""
    return _decoder.decode(text)


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or over 50 characters."""
    trimmed = (name or "").strip()
    if not 1 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"Workspace name has to be between 1 and {NAME_LIMIT} characters long")
    return trimmed


def check_currency(code: str) -> str:
    """A currency code is three capital letters (ISO 4217)."""
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise InvalidValue("A currency code has three capital letters")
    return code


def changed_settings(settings: WorkspaceSettings, changes: dict[str, Any]) -> WorkspaceSettings:
    """The settings with some values replaced; InvalidValue for an unknown name or a wrong value."""
    unknown = sorted(set(changes) - set(WorkspaceSettings.__struct_fields__))
    if unknown:
        raise InvalidValue(f"There is no workspace setting called {unknown[0]}")
    try:
        after = msgspec.convert({**msgspec.to_builtins(settings), **msgspec.to_builtins(changes)}, WorkspaceSettings)
    except msgspec.ValidationError as error:
        raise InvalidValue(f"Workspace setting: {error}") from None
    _check_lock(after)
    if not after.working_days:
        raise InvalidValue("There must be at least one working day")
    if any(not 1 <= len(label) <= LABEL_LIMIT for label in _labels(after)):
        raise InvalidValue(f"Labels have to be between 1 and {LABEL_LIMIT} characters long")
    return after


def _labels(settings: WorkspaceSettings) -> tuple[str, ...]:
    return (settings.project_label, settings.task_label, settings.project_grouping_label)


def _check_lock(settings: WorkspaceSettings) -> None:
    lock, automatic = settings.lock_time_entries, settings.automatic_lock
    if lock is not None and not FIRST_SECOND <= lock < END_SECOND:
        raise InvalidValue("The lock date must be in the years 1970 to 2999")
    if settings.lock_time_zone is not None:
        try:
            get_zone(settings.lock_time_zone)
        except ValueError:
            raise InvalidValue("The lock's time zone is unknown") from None
    if automatic is not None and not (1 <= automatic.day_of_month <= 31 and 1 <= automatic.older_than_value <= 3650):
        raise InvalidValue("The automatic lock needs a day from 1 to 31 and a period from 1 to 3650")


def check_status_change(member_roles: frozenset[Role], wanted: MemberStatus, *, by_owner: bool) -> None:
    """Nobody deactivates the owner, only the owner an admin (roles.md section 1, question 7).

    There is always exactly one owner, so a workspace never loses its last admin this way.
    """
    if wanted is MemberStatus.ACTIVE:
        return
    if Role.OWNER in member_roles:
        raise InvalidValue("The owner of the workspace can't be deactivated")
    if Role.WORKSPACE_ADMIN in member_roles and not by_owner:
        raise AccessDenied


def status_event(before: MemberStatus | None, after: MemberStatus) -> str | None:
    """The event word of a membership that begins or changes."""
    if after is MemberStatus.ACTIVE:
        return "USER_ACTIVATED_ON_WORKSPACE" if before is MemberStatus.INACTIVE else "USER_JOINED_WORKSPACE"
    if after is MemberStatus.INACTIVE and before is not None:
        return "USER_DEACTIVATED_ON_WORKSPACE"
    return None


def is_entity_of(role: Role, entity_id: str, workspace_id: str) -> bool:
    """Whether the role may hold for this entity: workspace roles for the workspace, others for a part of it."""
    of_workspace = role in (Role.OWNER, Role.WORKSPACE_ADMIN)
    return (entity_id == workspace_id) == of_workspace


def sight_of(settings: WorkspaceSettings, roles: frozenset[Role]) -> Sight:
    """What somebody with these roles in the workspace may see."""
    is_admin = bool(roles & {Role.OWNER, Role.WORKSPACE_ADMIN})
    return Sight(is_admin or not settings.only_admins_see_billable_rates, is_admin)


def membership_of(member: Member, currency: str) -> Membership:
    """A workspace membership as it stands beside those of projects and groups."""
    return Membership(
        member.user_id,
        member.workspace_id,
        MembershipType.WORKSPACE,
        member.status,
        member.hourly_rate_minor,
        member.cost_rate_minor,
        currency,
    )
