"""What a workspace is: its currencies, members and role grants. Pure.

Its settings have a file of their own (`rules_settings.py`); the names that other slices use of
them are found here, too.
"""

import enum

import msgspec

from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.money import CURRENCY_CODES
from hourbook.core.types import Role
from hourbook.resources.workspaces.rules_settings import AutomaticLock as AutomaticLock
from hourbook.resources.workspaces.rules_settings import CreationPermission as CreationPermission
from hourbook.resources.workspaces.rules_settings import TimeTrackingMode as TimeTrackingMode
from hourbook.resources.workspaces.rules_settings import WorkspaceSettings as WorkspaceSettings
from hourbook.resources.workspaces.rules_settings import changed_settings as changed_settings
from hourbook.resources.workspaces.rules_settings import decode_settings as decode_settings
from hourbook.resources.workspaces.rules_settings import encode_settings as encode_settings
from hourbook.resources.workspaces.rules_settings import is_open_from

NAME_LIMIT = 50
LOGO_LIMIT = 2000


class MemberStatus(enum.StrEnum):
    """The membership's status, not the account's."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    INACTIVE = "INACTIVE"


class Workspace(msgspec.Struct):
    """A workspace. `settings` is the stored JSON of `WorkspaceSettings`; rates in minor units.

    `deletes_at_us`: when it goes for good, once its owner wished so; None while nobody did.
    """

    id: str
    name: str
    image_url: str
    hourly_rate_minor: int
    cost_rate_minor: int | None
    currency: str
    settings: str
    deletes_at_us: int | None = None


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
    # Repeats the account's status, as the slice of users words it.
    account_status: str = "ACTIVE"


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


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or over 50 characters."""
    trimmed = (name or "").strip()
    if not 1 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"Workspace name has to be between 1 and {NAME_LIMIT} characters long")
    return trimmed


def can_be_entered(workspace: Workspace, address: str, *, now_us: int) -> bool:
    """Whether members get in from that address: its networks allow it, and it does not go right now."""
    is_going = workspace.deletes_at_us is not None and workspace.deletes_at_us <= now_us
    return not is_going and is_open_from(decode_settings(workspace.settings), address)


def check_logo(url: str) -> str:
    """The address of a logo, empty for none. That it is one of our own files, files say themselves."""
    if len(url) > LOGO_LIMIT:
        raise InvalidValue("imageUrl must be the address of an uploaded image")
    return url


def check_currency(code: str | None) -> str:
    """A currency code of ISO 4217; InvalidValue for anything else."""
    if code not in CURRENCY_CODES:
        raise InvalidValue("The currency must be a code of ISO 4217 in capital letters, like EUR")
    return code


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


def may_be_invited(status: MemberStatus, *, may_be_pending: bool) -> bool:
    """Whether somebody who is known here may be asked (again)."""
    return status is MemberStatus.DECLINED or (may_be_pending and status is MemberStatus.PENDING)


def may_accept(status: MemberStatus) -> bool:
    """Whether an invitation still counts; an admin may have let the person in meanwhile."""
    return status in (MemberStatus.PENDING, MemberStatus.ACTIVE)


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
