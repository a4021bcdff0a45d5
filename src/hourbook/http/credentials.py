"""What a request says about who sends it: key, session cookie, address; and how cookies are sent.

Exactly one credential counts. A session cookie is only believed on a write when the request also
carries the token that our own pages read (CSRF). Nothing here asks the database.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError, SimpleCookie

from hourbook.access.actors import hash_key
from hourbook.access.tokens import csrf_token
from hourbook.core.errors import BadCredential, ForgedRequest
from hourbook.http.operation import Visitor

SESSION_COOKIE = "hourbook_session"
USER_AGENT_LIMIT = 300
LAST_EVENT_ID_LIMIT = 100
Headers = Mapping[bytes, bytes]


@dataclass(frozen=True)
class Credential:
    """A secret and what kind of secret it is."""

    secret: str
    is_session: bool = False
    is_addon: bool = False

    @cached_property
    def digest(self) -> bytes:
        return hash_key(self.secret)


NO_CREDENTIAL = Credential("")
ADDON_HEADERS = (b"x-addon-token",)
# What clients of the reports service call it too (wire-reports 1).
REPORTS_ADDON_HEADERS = (*ADDON_HEADERS, b"x-addon-key")
_ONCE = frozenset({b"x-api-key", *REPORTS_ADDON_HEADERS})


def headers_of(sent: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name, the last of a name; a credential that was sent twice is both, joined, and so no good one."""
    pairs = list(sent)
    headers = dict(pairs)
    if len(headers) != len(pairs):
        for name in _ONCE & headers.keys():
            headers[name] = b",".join(value for other, value in pairs if other == name)
    return headers


def has_credential(headers: Headers, *, addon_headers: tuple[bytes, ...] = ADDON_HEADERS) -> bool:
    """Whether a request says who asks, rightly or wrongly."""
    return any(name in headers for name in (b"x-api-key", *addon_headers)) or session_token_of(headers) is not None


def credential_of(headers: Headers, *, addon_headers: tuple[bytes, ...] = ADDON_HEADERS) -> Credential:
    """The one credential of a request; BadCredential when there is none, or more than one.

    A key counts before a cookie, which a browser sends without being asked.
    """
    key = headers.get(b"x-api-key")
    tokens_count = sum(name in headers for name in addon_headers)
    if tokens_count + (key is not None) > 1:
        raise BadCredential("none_or_many")
    if tokens_count:
        token = next(headers[name] for name in addon_headers if name in headers).strip()
        if not token or b"," in token:
            raise BadCredential("bad_addon_token")
        return Credential(token.decode("latin-1"), is_addon=True)
    if key is not None:
        return Credential(key.decode("latin-1").strip())
    session = session_token_of(headers)
    if session is None:
        raise BadCredential("none_or_many")
    return Credential(session, is_session=True)


def session_token_of(headers: Headers) -> str | None:
    """The token in the session cookie; None without one."""
    sent = headers.get(b"cookie")
    if sent is None or SESSION_COOKIE.encode() not in sent:
        return None
    try:
        found = SimpleCookie(sent.decode("latin-1")).get(SESSION_COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and found.value else None


def check_not_forged(credential: Credential, headers: Headers) -> None:
    """ForgedRequest unless the request carries the token that belongs to its session."""
    given = headers.get(b"x-csrf-token", b"")
    if not hmac.compare_digest(given, csrf_token(credential.secret).encode()):
        raise ForgedRequest


def visitor_of(client: str, headers: Headers, credential: Credential) -> Visitor:
    """The other end of the connection. Without a credential its session is only told, not believed."""
    agent = headers.get(b"user-agent", b"").decode("latin-1")[:USER_AGENT_LIMIT]
    if credential is NO_CREDENTIAL:
        return Visitor(client, agent, session_token_of(headers), headers.get(b"cookie", b"").decode("latin-1"))
    last_id = headers.get(b"last-event-id", b"")[:LAST_EVENT_ID_LIMIT].decode("latin-1")
    return Visitor(client, agent, credential.secret if credential.is_session else None, last_event_id=last_id)


@dataclass(frozen=True)
class CookieStyle:
    """How cookies are sent: only over HTTPS where the public address is one, and for its path alone."""

    is_secure: bool = False
    path: str = "/"

    def header(self, name: str, value: str) -> str:
        """The value of a `Set-Cookie` header; an empty value takes the cookie away."""
        parts = [f"{name}={value}", f"Path={self.path}", "HttpOnly", "SameSite=Lax"]
        if self.is_secure:
            parts.append("Secure")
        if not value:
            parts.append("Max-Age=0")
        return "; ".join(parts)
