"""The settings of a workspace: what they are, how they are stored, which values they may have. Pure.

Settings are stored as JSON with all keys in snake_case; the permission layer (`access/actors.py`)
and tracking (`time_entries/rules.py`) read some of them from the same text, so their names here
and there agree. Sets refer to the numbered settings of `roles.md`.
"""

import enum
from typing import Any

import msgspec

from hourbook.core.calendar import END_SECOND, FIRST_SECOND, get_zone
from hourbook.core.errors import InvalidValue
from hourbook.core.networks import is_in_networks, normal_network
from hourbook.core.types import Weekday

LABEL_LIMIT = 100
NETWORKS_LIMIT = 100
ROUNDING_LIMIT = 240
REQUESTS_LIMIT = 1_000_000


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
    change_day: Weekday = Weekday.MONDAY
    day_of_month: int = 1
    first_day: Weekday = Weekday.MONDAY
    older_than_period: LockPeriod = LockPeriod.DAYS
    older_than_value: int = 1


class RoundingWord(enum.StrEnum):
    """The first was recorded; the other two are our choice."""

    NEAREST = "Round to nearest"
    UP = "Round up to"
    DOWN = "Round down to"


class Rounding(msgspec.Struct, frozen=True, kw_only=True):
    """How reports round time. `minutes` is text on the wire, so it is here (wire-core section 2)."""

    round: RoundingWord = RoundingWord.NEAREST
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
    week_start: Weekday = Weekday.MONDAY
    # Where the days of the automatic lock begin unless `lock_time_zone` says otherwise.
    time_zone: str = "UTC"
    working_days: tuple[Weekday, ...] = (
        Weekday.MONDAY,
        Weekday.TUESDAY,
        Weekday.WEDNESDAY,
        Weekday.THURSDAY,
        Weekday.FRIDAY,
    )
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
    single_sign_on_required: bool = False
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
    # Requests a second of one key and of one add-on; 0: as many as the server says (read by access/actors.py).
    requests_per_second: int = 0
    addon_requests_per_second: int = 0


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(WorkspaceSettings)


def encode_settings(settings: WorkspaceSettings) -> str:
    """The stored text, all keys present."""
    return _encode(settings).decode()


def decode_settings(text: str) -> WorkspaceSettings:
    """Settings of the stored text; a key added since has its default."""
    return _decoder.decode(text)


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
    _check_rounding(after)
    _check_rates(after)
    if not after.working_days:
        raise InvalidValue("There must be at least one working day")
    if any(not 1 <= len(label.strip()) <= LABEL_LIMIT for label in _labels(after)):
        raise InvalidValue(f"Labels have to be between 1 and {LABEL_LIMIT} characters long")
    return msgspec.structs.replace(
        after,
        working_days=tuple(day for day in Weekday if day in after.working_days),
        admin_only_pages=tuple(page for page in AdminPage if page in after.admin_only_pages),
        allowed_networks=_checked_networks(after.allowed_networks),
    )


def check_still_reached(settings: WorkspaceSettings, address: str) -> None:
    """InvalidValue when the list of networks would lock out whoever changes it."""
    if settings.allowed_networks and not is_in_networks(address, settings.allowed_networks):
        raise InvalidValue(f"allowedNetworks must contain {address}, the address this change comes from")


def is_open_from(settings: WorkspaceSettings, address: str) -> bool:
    """Whether the workspace may be used from this address."""
    return not settings.allowed_networks or is_in_networks(address, settings.allowed_networks)


def _labels(settings: WorkspaceSettings) -> tuple[str, ...]:
    return (settings.project_label, settings.task_label, settings.project_grouping_label)


def _checked_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    if len(networks) > NETWORKS_LIMIT:
        raise InvalidValue(f"allowedNetworks can't have more than {NETWORKS_LIMIT} items")
    found = []
    for text in networks:
        network = normal_network(text)
        if network is None:
            raise InvalidValue(f"allowedNetworks: {text[:60]!r} is no address or network like 10.0.0.1 or 10.0.0.0/8")
        found.append(network)
    return tuple(dict.fromkeys(found))


def _check_rounding(settings: WorkspaceSettings) -> None:
    minutes = settings.round.minutes
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 3 and 1 <= int(minutes) <= ROUNDING_LIMIT):
        raise InvalidValue(f"Rounding has to be by 1 to {ROUNDING_LIMIT} minutes")


def _check_rates(settings: WorkspaceSettings) -> None:
    for name, rate in (
        ("requestsPerSecond", settings.requests_per_second),
        ("addonRequestsPerSecond", settings.addon_requests_per_second),
    ):
        if not 0 <= rate <= REQUESTS_LIMIT:
            raise InvalidValue(f"{name} has to be from 0 to {REQUESTS_LIMIT}; 0 is what the server says")


def _check_lock(settings: WorkspaceSettings) -> None:
    lock, automatic = settings.lock_time_entries, settings.automatic_lock
    if lock is not None and not FIRST_SECOND <= lock < END_SECOND:
        raise InvalidValue("The lock date must be in the years 1970 to 2999")
    for name, zone in (("lockTimeZone", settings.lock_time_zone), ("timeZone", settings.time_zone)):
        if zone is not None and not _is_zone(zone):
            raise InvalidValue(f"{name} is no time zone like Europe/Berlin")
    if automatic is not None and not (1 <= automatic.day_of_month <= 31 and 1 <= automatic.older_than_value <= 3650):
        raise InvalidValue("The automatic lock needs a day from 1 to 31 and a period from 1 to 3650")


def _is_zone(zone: str) -> bool:
    try:
        get_zone(zone)
    except ValueError:
        return False
    return True
