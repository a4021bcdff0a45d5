"""The JSON of sign-in: own operations, in the conventions of the public ones.

Only this file knows how these things are spelled. Passwords, codes and tokens come in and go
nowhere; what leaves once (keys, secrets, recovery codes) is never stored readable.
"""

from typing import Annotated, Any

from hourbook.core.calendar import format_instant
from hourbook.core.clock import MICROSECONDS_PER_SECOND, seconds_of
from hourbook.http.wire import CredentialField, CredentialsField, In, Int64, Out, instant_of
from hourbook.resources.sign_in.rules import ListedSession, ShownKey, SignedIn
from hourbook.resources.sign_in.rules_second_factor import SecondFactor


class SignInIn(In):
    email: str | None = None
    password: str | None = None
    code: str | None = None


class AccountOut(Out):
    id: str
    email: str
    name: str | None
    active_workspace: str | None
    default_workspace: str | None


class SignedInOut(Out):
    """`csrfToken` goes into the header X-CSRF-Token of every request that changes something."""

    user: AccountOut
    csrf_token: str | None
    expires_at: str | None
    method: str
    has_second_factor: bool


class SessionOut(Out):
    id: str
    created_at: str
    last_seen_at: str
    expires_at: str
    address: str
    user_agent: str
    method: str
    is_current: bool


class PasswordIn(In):
    current_password: str | None = None
    new_password: str | None = None


class ResetRequestIn(In):
    email: str | None = None


class ResetIn(In):
    token: str | None = None
    password: str | None = None


class EnrolmentIn(In):
    password: str | None = None


class EnrolmentOut(Out):
    secret: Annotated[str, CredentialField]
    uri: Annotated[str, CredentialField]


class CodeIn(In):
    code: str | None = None


class RecoveryCodesOut(Out):
    recovery_codes: Annotated[list[str], CredentialsField]


class SecondFactorOut(Out):
    is_enabled: bool
    confirmed_at: str | None
    recovery_codes_left: int


class DisableIn(In):
    password: str | None = None
    code: str | None = None


class ApiKeyIn(In):
    name: str = ""
    expires_at: str | None = None
    read_only: bool = False

    def expires_at_us(self) -> int | None:
        seconds = instant_of(self.expires_at, "expiresAt")
        return None if seconds is None else seconds * MICROSECONDS_PER_SECOND


class ApiKeyNameIn(In):
    name: str = ""


class RotationIn(In):
    overlap_seconds: Int64 = 0


class ApiKeyOut(Out):
    id: str
    name: str
    created_at: str
    last_used_at: str | None
    expires_at: str | None
    read_only: bool


class NewApiKeyOut(ApiKeyOut):
    """`apiKey` is shown this once."""

    api_key: Annotated[str, CredentialField]


def instant_text(at_us: int | None) -> str | None:
    """An instant of the database as people read it."""
    return None if at_us is None else format_instant(seconds_of(at_us))


def session_out(session: ListedSession, *, current_id: str) -> SessionOut:
    return SessionOut(
        id=session.id,
        created_at=format_instant(seconds_of(session.created_at_us)),
        last_seen_at=format_instant(seconds_of(session.last_seen_at_us)),
        expires_at=format_instant(seconds_of(session.expires_at_us)),
        address=session.client_address,
        user_agent=session.user_agent,
        method=session.method,
        is_current=session.id == current_id,
    )


def signed_in_out(shown: SignedIn, *, csrf_token: str | None) -> SignedInOut:
    user = AccountOut(
        id=shown.user_id,
        email=shown.email,
        name=shown.name,
        active_workspace=shown.active_workspace_id,
        default_workspace=shown.default_workspace_id,
    )
    return SignedInOut(
        user=user,
        csrf_token=csrf_token,
        expires_at=instant_text(shown.expires_at_us),
        method=shown.method,
        has_second_factor=shown.has_second_factor,
    )


def second_factor_out(factor: SecondFactor | None) -> SecondFactorOut:
    if factor is None or not factor.is_on:
        return SecondFactorOut(is_enabled=False, confirmed_at=None, recovery_codes_left=0)
    left = len(factor.recovery_left)
    return SecondFactorOut(is_enabled=True, confirmed_at=instant_text(factor.confirmed_at_us), recovery_codes_left=left)


def api_key_out(key: ShownKey) -> ApiKeyOut:
    return ApiKeyOut(**_key_values(key))


def new_api_key_out(key: ShownKey, plain: str) -> NewApiKeyOut:
    return NewApiKeyOut(api_key=plain, **_key_values(key))


def _key_values(key: ShownKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "created_at": instant_text(key.created_at_us),
        "last_used_at": instant_text(key.last_used_at_us),
        "expires_at": instant_text(key.expires_at_us),
        "read_only": key.is_read_only,
    }
