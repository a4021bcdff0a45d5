"""What an invitation is, how long its link works, and what its link is made of. Pure.

A link's token is the workspace's id and 256 random bits, so it leads to its workspace and cannot be guessed.
Its digest alone is kept. It works once, and a newer one for the same person takes its place.
"""

import enum

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Role

ID_LENGTH = 24
TOKEN_LENGTH_LIMIT = 200
MICROSECONDS_PER_DAY = 86_400_000_000
OVER = "This invitation is not valid, or not any more. Ask for a new one."
PARTS_LIMIT = 1000


class InvitationStatus(enum.StrEnum):
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"


class Invitation(msgspec.Struct):
    """One link. `inviter_id` None when the server itself invited."""

    workspace_id: str
    id: str
    user_id: str
    inviter_id: str | None
    status: InvitationStatus
    token_hash: bytes
    expires_at_us: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite, and what the person gets: a role, groups, projects."""

    email: str | None
    role: Role | None = None
    group_ids: tuple[str, ...] = ()
    project_ids: tuple[str, ...] = ()
    sends_mail: bool = True


class Link(msgspec.Struct, frozen=True):
    """An address to hand over; `address` None when it was mailed."""

    invitation: Invitation
    email: str
    address: str | None


class Listed(msgspec.Struct, frozen=True):
    """An open invitation as admins see it. `is_over`: its time has passed."""

    id: str
    email: str
    inviter: str | None
    created_at_us: int
    expires_at_us: int


class Shown(msgspec.Struct, frozen=True):
    """What whoever holds the link may know; not whether the address has an account."""

    workspace_name: str
    inviter: str | None
    email: str
    expires_at_us: int


def check_wanted(wanted: Wanted) -> Wanted:
    """InvalidValue for a role that no invitation gives, or far too many groups or projects."""
    if wanted.role not in (None, Role.WORKSPACE_ADMIN):
        raise InvalidValue("An invitation gives the role WORKSPACE_ADMIN or none; other roles are given to the member")
    if len(wanted.group_ids) > PARTS_LIMIT or len(wanted.project_ids) > PARTS_LIMIT:
        raise InvalidValue(f"An invitation names at most {PARTS_LIMIT} groups and projects")
    return wanted


def check_person_name(name: str | None) -> str:
    """InvalidValue for a new account without a name."""
    if not (name or "").strip():
        raise InvalidValue("The name must not be empty")
    return name or ""


def expires_at_us(now_us: int, days: int) -> int:
    """When a link made now stops working."""
    return now_us + days * MICROSECONDS_PER_DAY


def workspace_of(token: str) -> str:
    """The workspace a token belongs to; InvalidValue when it has not the shape of one."""
    found = token[:ID_LENGTH]
    if not ID_LENGTH < len(token) <= TOKEN_LENGTH_LIMIT or set(found) - set("0123456789abcdef"):
        raise InvalidValue(OVER)
    return found


def is_open(invitation: Invitation, now_us: int) -> bool:
    """Whether its link still works."""
    return invitation.status is InvitationStatus.PENDING and now_us < invitation.expires_at_us


def link_address(base_url: str, token: str) -> str:
    """What people click. The token stands behind the #, so it reaches no log of a server or proxy."""
    return f"{base_url}/#/invitations/{token}"
