"""Tokens of add-ons: JSON Web Tokens signed with RS256, made here and checked here (wire-events section 4).

All say `iss`, `type`, `sub`, the workspace and the installation. An installation token has a `user` and never ends,
a user token says more of its user and ends after half an hour. Those without a `user` sign a webhook or a call of
the lifecycle and are no credential. Nothing here asks the database.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from hourbook.access.addon_keys import SigningKey, private_half
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import BadCredential
from hourbook.core.ids import is_id

ALGORITHM = "RS256"
ISSUER = "clockify"
TYPE = "addon"
USER_TOKEN_SECONDS = 30 * 60
MICROSECONDS = 1_000_000
# Ours are about a thousand characters; nobody makes us decode more.
LENGTH_LIMIT = 8192
# What the services are called, below the server's address.
_SERVICES = {
    "backendUrl": "/api",
    "reportsUrl": "/report",
    "ptoUrl": "/pto",
    "locationsUrl": "/locations",
    "screenshotsUrl": "/screenshots",
}


class Installation(msgspec.Struct, frozen=True):
    """What every token says: which add-on, where, and which installation of it."""

    key: str
    workspace_id: str
    addon_id: str


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """What a user token says of its user besides who it is."""

    user_id: str
    language: str
    theme: str
    role: str
    # The token was made with a key that may only read, and may do no more.
    is_read_only: bool = False


class Claims(msgspec.Struct, frozen=True):
    """What a good credential says. `ends_at_us` None: it is an installation token."""

    installation: Installation
    user_id: str
    ends_at_us: int | None
    is_read_only: bool = False


class Signer:
    """Signs with one key; several tokens at once cost one decryption of the key."""

    def __init__(self, key: SigningKey, box: SecretBox) -> None:
        self._key_id = key.key_id
        self._private = private_half(key, box)

    def signed(self, claims: dict[str, Any]) -> str:
        import jwt

        return jwt.encode(claims, self._private, ALGORITHM, headers={"kid": self._key_id})

    def bare(self, installation: Installation) -> str:
        """A token for a webhook or a call of the lifecycle; it opens nothing."""
        return self.signed(bare_claims(installation))

    def installation(self, installation: Installation, owner_id: str, *, base_url: str) -> str:
        """The token an add-on keeps."""
        return self.signed(installation_claims(installation, owner_id, base_url=base_url))

    def user(self, installation: Installation, viewer: Viewer, *, base_url: str, now_us: int) -> str:
        """The token of one person for half an hour."""
        claims = installation_claims(installation, viewer.user_id, base_url=base_url)
        more: dict[str, Any] = {"language": viewer.language, "theme": viewer.theme, "workspaceRole": viewer.role}
        if viewer.is_read_only:
            more["readOnly"] = True
        return self.signed({**claims, **more, "exp": now_us // MICROSECONDS + USER_TOKEN_SECONDS})


def bare_claims(installation: Installation) -> dict[str, Any]:
    """Nothing but what every token says."""
    return {
        "iss": ISSUER,
        "sub": installation.key,
        "type": TYPE,
        "workspaceId": installation.workspace_id,
        "addonId": installation.addon_id,
    }


def installation_claims(installation: Installation, user_id: str, *, base_url: str) -> dict[str, Any]:
    """With the user and where the services are."""
    services = {name: base_url + path for name, path in _SERVICES.items()}
    return {**bare_claims(installation), "user": user_id, **services}


def read_token(token: str, keys: Sequence[SigningKey], *, now_us: int) -> Claims:
    """What a credential says; BadCredential unless it was signed here with RS256, is whole, and not over."""
    import jwt

    if len(token) > LENGTH_LIMIT or not token.isascii():
        raise BadCredential("bad_addon_token")
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = next((one for one in keys if one.key_id == key_id), None)
        if key is None:
            raise BadCredential("bad_addon_token")
        # The clock is ours to ask: the end is looked at below.
        options: Any = {"verify_exp": False, "require": ["iss", "sub", "type", "workspaceId", "addonId", "user"]}
        claims = jwt.decode(token, _public(key.public_pem), algorithms=[ALGORITHM], issuer=ISSUER, options=options)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise BadCredential("bad_addon_token") from None
    return _checked(claims, now_us)


def _checked(claims: dict[str, Any], now_us: int) -> Claims:
    ids = [claims["workspaceId"], claims["addonId"], claims["user"]]
    end = claims.get("exp")
    is_over = end is not None and (not isinstance(end, int) or end * MICROSECONDS <= now_us)
    if claims["type"] != TYPE or is_over or not all(isinstance(one, str) and is_id(one) for one in ids):
        raise BadCredential("bad_addon_token")
    installation = Installation(claims["sub"], claims["workspaceId"], claims["addonId"])
    ends_at_us = None if end is None else end * MICROSECONDS
    return Claims(installation, claims["user"], ends_at_us, is_read_only=bool(claims.get("readOnly")))


@lru_cache(maxsize=64)
def _public(pem: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(pem.encode())
