"""What a session is, how long it lasts, and what counts as the address somebody signs in from. Pure.

A session's text stands in a browser's cookie; here and in the database is its digest alone. Its end is
the earlier of two: so long after it began, and so long after it was last used.
"""

import ipaddress
from typing import Protocol

import msgspec

from hourbook.core.errors import InvalidValue

MICROSECONDS = 1_000_000
# The oldest session ends when one more begins.
SESSIONS_LIMIT = 50
RESET_SECONDS = 3600
AGENT_LIMIT = 300
EMAIL_LIMIT = 254
PASSWORD_LIMIT = 1024
# How long an address from which somebody signed in counts as theirs.
KNOWN_DAYS = 90
IPV6_NETWORK = 64

PASSWORD = "password"  # noqa: S105 (the name of a method)
USABLE_STATUSES = frozenset({"ACTIVE", "PENDING_EMAIL_VERIFICATION"})


class Device(Protocol):
    """Where a request comes from. `session_token`: of the cookie it came with, believed or not."""

    @property
    def address(self) -> str: ...

    @property
    def user_agent(self) -> str: ...

    @property
    def session_token(self) -> str | None: ...


class Lifetimes(msgspec.Struct, frozen=True):
    """How long a session lasts at most, and how long without being used (seconds)."""

    longest_seconds: int
    idle_seconds: int


class Session(msgspec.Struct):
    """A sign-in in a browser. `method`: how its holder proved who they are, like `password` or `password+totp`."""

    id: str
    user_id: str
    token_hash: bytes
    expires_at_us: int
    revoked_at_us: int | None
    last_seen_at_us: int
    client_address: str
    user_agent: str
    method: str


class ListedSession(msgspec.Struct):
    """What one may know of a session."""

    id: str
    created_at_us: int
    last_seen_at_us: int
    expires_at_us: int
    client_address: str
    user_agent: str
    method: str


class SignedIn(msgspec.Struct, frozen=True):
    """Who is signed in, how, and until when (None with an API key, which has no session)."""

    user_id: str
    email: str
    name: str | None
    active_workspace_id: str | None
    default_workspace_id: str | None
    method: str
    expires_at_us: int | None
    has_second_factor: bool


class ShownKey(msgspec.Struct, frozen=True):
    """What one may know of an API key."""

    id: str
    name: str
    created_at_us: int
    last_used_at_us: int | None
    expires_at_us: int | None
    is_read_only: bool


class PasswordReset(msgspec.Struct):
    """A link by which a password can be set once."""

    id: str
    user_id: str
    token_hash: bytes
    expires_at_us: int
    used_at_us: int | None


def session_end_us(started_at_us: int, seen_at_us: int, lifetimes: Lifetimes) -> int:
    """When a session ends that is not used any more."""
    longest = started_at_us + lifetimes.longest_seconds * MICROSECONDS
    return min(longest, seen_at_us + lifetimes.idle_seconds * MICROSECONDS)


def is_reset_usable(reset: PasswordReset | None, now_us: int) -> bool:
    return reset is not None and reset.used_at_us is None and reset.expires_at_us > now_us


def reset_address(base_url: str, token: str) -> str:
    """Where a password can be set. The token stands behind the #, which browsers send to nobody."""
    return f"{base_url}/#/set-password/{token}"


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 a whole network, because one connection has all of it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))


def check_typed(email: str | None, password: str | None) -> tuple[str, str]:
    """What somebody typed to sign in; InvalidValue when it cannot be an address and a password at all."""
    if not password or len(password) > PASSWORD_LIMIT:
        raise InvalidValue(f"A password of at most {PASSWORD_LIMIT} characters is needed")
    return check_address(email), password


def check_address(email: str | None) -> str:
    """What somebody typed as their address; InvalidValue when it cannot be one."""
    trimmed = (email or "").strip()
    if not trimmed or len(trimmed) > EMAIL_LIMIT:
        raise InvalidValue(f"An e-mail address of at most {EMAIL_LIMIT} characters is needed")
    return trimmed
