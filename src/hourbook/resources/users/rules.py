"""What an account is: its e-mail, its settings, its API keys. Pure.

Settings are stored as JSON with all keys in snake_case; the permission layer reads the time
zone from the same text. An account that nobody ever signed in to has none (wire-core
section 3).
"""

import enum
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hourbook.core.calendar import get_zone
from hourbook.core.errors import InvalidValue
from hourbook.core.types import Role, SortOrder, Weekday

EMAIL_LIMIT = 254
NAME_LIMIT = 250
KEY_NAME_LIMIT = 250
KEYS_LIMIT = 100
OVERLAP_LIMIT_SECONDS = 7 * 86_400
_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\[\]\\\x00-\x1f\x7f]{1,64}@"
    r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*"
)


class AccountStatus(enum.StrEnum):
    """The account's status, not a membership's."""

    ACTIVE = "ACTIVE"
    PENDING_EMAIL_VERIFICATION = "PENDING_EMAIL_VERIFICATION"
    NOT_REGISTERED = "NOT_REGISTERED"
    LIMITED = "LIMITED"
    DELETED = "DELETED"
    LIMITED_DELETED = "LIMITED_DELETED"


class DashboardSelection(enum.StrEnum):
    ME = "ME"
    TEAM = "TEAM"


class DashboardView(enum.StrEnum):
    PROJECT = "PROJECT"
    BILLABILITY = "BILLABILITY"


class Theme(enum.StrEnum):
    DEFAULT = "DEFAULT"
    DARK = "DARK"


class TimeFormat(enum.StrEnum):
    HOUR12 = "HOUR12"
    HOUR24 = "HOUR24"


class SummaryReportSettings(msgspec.Struct, frozen=True, kw_only=True):
    group: str = "Project"
    subgroup: str = "Time Entry"


class UserSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of an account; `time_zone` is the zone of its profile."""

    alerts: bool = True
    approval: bool = True
    collapse_all_project_lists: bool = False
    dashboard_pin_to_top: bool = False
    dashboard_selection: DashboardSelection = DashboardSelection.ME
    dashboard_view_type: DashboardView = DashboardView.PROJECT
    date_format: str = "MM/DD/YYYY"
    group_similar_entries_disabled: bool = False
    invoice_reminders: bool = False
    is_compact_view_on: bool = False
    lang: str = "EN"
    long_running: bool = False
    multi_factor_enabled: bool = False
    my_start_of_day: str = "09:00"
    onboarding: bool = False
    project_list_collapse: int | None = None
    project_picker_task_filter: bool = False
    pto: bool = True
    reminders: bool = True
    scheduled_reports: bool = True
    scheduling: bool = True
    send_newsletter: bool = False
    show_only_working_days: bool = False
    summary_report_settings: SummaryReportSettings = SummaryReportSettings()
    theme: Theme = Theme.DEFAULT
    time_format: TimeFormat = TimeFormat.HOUR24
    time_tracking_manual: bool = False
    time_zone: str = "UTC"
    week_start: Weekday = Weekday.MONDAY
    weekly_updates: bool = False


class User(msgspec.Struct):
    """An account. `settings` is the stored JSON of `UserSettings`, None before the first sign-in."""

    id: str
    email: str
    name: str | None
    status: AccountStatus
    password_hash: str | None
    profile_picture: str
    settings: str | None
    active_workspace_id: str | None
    default_workspace_id: str | None


class Guest(msgspec.Struct, frozen=True):
    """Somebody who was just invited; `sends_mail` False when whoever invites hands over the link."""

    user: User
    sends_mail: bool


class ApiKey(msgspec.Struct):
    """A key of an account; the key itself is never kept, only its digest."""

    id: str
    user_id: str
    name: str
    key_hash: bytes
    revoked_at_us: int | None
    expires_at_us: int | None = None
    is_read_only: bool = False
    # Of the session it was made in, when it may do no more than that one.
    method: str = ""


class ListedKey(msgspec.Struct):
    """What one may know of a key later: when it was made, last used, revoked, when it ends."""

    id: str
    user_id: str
    name: str
    created_at_us: int
    last_used_at_us: int | None
    revoked_at_us: int | None
    expires_at_us: int | None
    is_read_only: bool


class PeopleSort(enum.StrEnum):
    ID = "ID"
    EMAIL = "EMAIL"
    NAME = "NAME"
    NAME_LOWERCASE = "NAME_LOWERCASE"
    ACCESS = "ACCESS"
    HOURLYRATE = "HOURLYRATE"
    COSTRATE = "COSTRATE"


class MembershipsWanted(enum.StrEnum):
    """Which memberships stand with each person of a list."""

    ALL = "ALL"
    NONE = "NONE"
    WORKSPACE = "WORKSPACE"
    PROJECT = "PROJECT"
    USERGROUP = "USERGROUP"


class StatusWanted(enum.StrEnum):
    """Membership statuses to list; ALL does not filter."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    INACTIVE = "INACTIVE"
    ALL = "ALL"


# Without an account filter closed accounts and those without a sign-in are left out (wire-core section 3).
LISTED_STATUSES = frozenset(
    {AccountStatus.ACTIVE, AccountStatus.PENDING_EMAIL_VERIFICATION, AccountStatus.NOT_REGISTERED}
)


class PeopleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of people is narrowed to and ordered by; None and empty do not filter."""

    email_part: str | None = None
    name_part: str | None = None
    status: StatusWanted = StatusWanted.ALL
    account_statuses: frozenset[AccountStatus] = LISTED_STATUSES
    project_id: str | None = None
    managers_of: str | None = None
    group_ids: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    sort: PeopleSort = PeopleSort.EMAIL
    order: SortOrder = SortOrder.ASCENDING
    memberships: MembershipsWanted = MembershipsWanted.NONE
    with_roles: bool = False


class RoleEntity(msgspec.Struct, frozen=True):
    """What a role is held for; `is_group` when it is a user group."""

    id: str
    name: str
    is_group: bool = False


class RoleView(msgspec.Struct, frozen=True):
    """A role of a person with everything it is held for."""

    role: Role
    entities: tuple[RoleEntity, ...]


class Person(msgspec.Struct):
    """An account as somebody sees it: `roles` None when they were not asked for.

    `field_values`: what the custom fields of people say, as the slice of those shows it.
    """

    user: User
    active_workspace_id: str
    default_workspace_id: str
    roles: list[RoleView] | None = None
    field_values: Sequence[Any] = ()


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(UserSettings)


def encode_settings(settings: UserSettings) -> str:
    """The stored text, all keys present."""
    return _encode(settings).decode()


def decode_settings(text: str | None) -> UserSettings | None:
    """Settings of the stored text; None for an account without any."""
    return None if text is None else _decoder.decode(text)


def new_settings(zone: str, week_start: Weekday = Weekday.MONDAY) -> UserSettings:
    """Settings of a new account; InvalidValue for an unknown time zone."""
    try:
        get_zone(zone)
    except ValueError:
        raise InvalidValue("The time zone is unknown") from None
    return UserSettings(time_zone=zone, week_start=week_start)


def check_email(email: str | None) -> str:
    """The address without surrounding blanks; InvalidValue when it has not the shape of one."""
    trimmed = (email or "").strip()
    if len(trimmed) > EMAIL_LIMIT or _EMAIL.fullmatch(trimmed) is None:
        raise InvalidValue("Email must be a well-formed address of at most 254 characters")
    return trimmed


def check_name(name: str | None) -> str | None:
    """A person's name without surrounding blanks, None when there is none."""
    trimmed = (name or "").strip()
    if len(trimmed) > NAME_LIMIT:
        raise InvalidValue(f"The name can't be longer than {NAME_LIMIT} characters")
    return trimmed or None


def check_may_sign_in(user: User) -> None:
    """InvalidValue for a limited user: they have no credential of any kind."""
    if user.status in (AccountStatus.LIMITED, AccountStatus.LIMITED_DELETED):
        raise InvalidValue("A limited user can't sign in and has no API key")


def check_key_name(name: str) -> str:
    """The name of an API key; InvalidValue when empty or too long."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= KEY_NAME_LIMIT:
        raise InvalidValue(f"The name of an API key has to be between 1 and {KEY_NAME_LIMIT} characters long")
    return trimmed


def check_key_end(expires_at_us: int | None, *, now_us: int, limit_us: int | None) -> None:
    """InvalidValue for an end in the past, or after the limit (None: there is none)."""
    if expires_at_us is not None and expires_at_us <= now_us:
        raise InvalidValue("The end of an API key has to be in the future")
    if limit_us is not None and (expires_at_us is None or expires_at_us > limit_us):
        raise InvalidValue("An API key that ends can't make one that ends later")


def overlap_end_us(expires_at_us: int | None, now_us: int, overlap_seconds: int) -> int | None:
    """When a replaced key ends; None: at once. InvalidValue for an overlap over a week."""
    if not 0 <= overlap_seconds <= OVERLAP_LIMIT_SECONDS:
        raise InvalidValue(f"The overlap has to be between 0 and {OVERLAP_LIMIT_SECONDS} seconds")
    if not overlap_seconds:
        return None
    ends_at_us = now_us + overlap_seconds * 1_000_000
    return ends_at_us if expires_at_us is None else min(ends_at_us, expires_at_us)


def is_key_alive(key: ApiKey, now_us: int) -> bool:
    """Whether it was neither revoked nor is over."""
    return key.revoked_at_us is None and (key.expires_at_us is None or key.expires_at_us > now_us)


def roles_counted(wanted: frozenset[Role]) -> frozenset[Role]:
    """Owners count as admins when people are searched by role (roles.md section 1)."""
    return wanted | {Role.OWNER} if Role.WORKSPACE_ADMIN in wanted else wanted


def sort_seen(sort: PeopleSort, *, billable_rates: bool, cost_rates: bool) -> PeopleSort:
    """The order somebody may have: an order by rates they may not see would tell them."""
    if sort is PeopleSort.HOURLYRATE and not billable_rates:
        return PeopleSort.ID
    if sort is PeopleSort.COSTRATE and not cost_rates:
        return PeopleSort.ID
    return sort


def openable(user: User, open_ids: list[str]) -> Person:
    """The account with active and default workspaces it can open: the stored ones, else its oldest."""
    first = open_ids[0] if open_ids else ""
    active = user.active_workspace_id if user.active_workspace_id in open_ids else first
    default = user.default_workspace_id if user.default_workspace_id in open_ids else first
    return Person(user, active or "", default or "")


def group_roles(grants: list[tuple[Role, str]], entities: dict[str, RoleEntity]) -> list[RoleView]:
    """Grants (role, entity id) by role, the strongest first; entities nobody may know of are left out."""
    views = []
    for role in Role:
        held = tuple(entities[entity_id] for granted, entity_id in grants if granted is role and entity_id in entities)
        if held:
            views.append(RoleView(role, held))
    return views
