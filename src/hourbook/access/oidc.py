"""OpenID Connect, the side that trusts: discovery, the way to a provider, and what its token proves.

Authorization code flow with PKCE (RFC 7636). Of a token everything is checked: signature by a key
of the provider with an accepted algorithm, issuer, audience, times, nonce. Talks to the provider through
`access/outgoing.py`; knows no accounts. The libraries are imported when first used.
"""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from hourbook.access.outgoing import NoAnswer, Outgoing

WELL_KNOWN = "/.well-known/openid-configuration"
# Never `none`, and never one whose key the other side knows too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SKEW_SECONDS = 60
OLDEST_TOKEN_SECONDS = 3600
TOKEN_LIMIT = 32_768
SUBJECT_LIMIT = 255
KEYS_LIMIT = 100
LEAST_RSA_BITS = 2048
SCOPES = "openid email profile"


class NotProved(Exception):
    """A token or answer that proves nothing; the text says why, for the log and never for the browser."""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Client(msgspec.Struct, frozen=True):
    """We, as the provider knows us."""

    id: str
    secret: str
    redirect_uri: str


class Claims(msgspec.Struct, frozen=True):
    """Who the provider says somebody is."""

    subject: str
    email: str | None
    is_email_verified: bool
    name: str | None


class Secrets(msgspec.Struct, frozen=True):
    """What one sign-in is held together by. All of it follows from what the browser keeps, so it need not be stored."""

    state: str
    nonce: str
    verifier: str


def secrets_of(browser_secret: str, state: str) -> Secrets:
    """Nonce and verifier of a sign-in: nobody has them who has not both state and cookie."""

    def derived(label: bytes) -> str:
        digest = hmac.digest(browser_secret.encode(), label + state.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    return Secrets(state, derived(b"nonce "), derived(b"verifier "))


def discover(outgoing: Outgoing, issuer: str) -> Provider:
    """What the provider with this issuer says of itself; NoAnswer when it says nothing usable."""
    answer = outgoing.get(issuer.rstrip("/") + WELL_KNOWN)
    if answer.status != 200:
        raise NoAnswer(f"it answers {answer.status} to {WELL_KNOWN}")
    try:
        found = msgspec.convert(answer.json(), Provider)
    except msgspec.ValidationError as error:
        raise NoAnswer(f"its discovery document is not usable: {error}") from None
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise NoAnswer("its discovery document is that of another issuer")
    _check_endpoint(found.authorization_endpoint, urlsplit(issuer).scheme)
    return found


def _check_endpoint(address: str, scheme: str) -> None:
    """A browser is sent there, so it must be an address and nothing else."""
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in ("https", scheme) and bool(parts.hostname) and not parts.fragment
    except ValueError:
        is_good = False
    if not is_good or not address.isascii() or not address.isprintable() or " " in address:
        raise NoAnswer("its authorization endpoint is no address")


def authorization_address(endpoint: str, client: Client, secrets: Secrets) -> str:
    """Where the browser is sent."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(secrets.verifier.encode()).digest()).decode().rstrip("=")
    fields = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "scope": SCOPES,
        "state": secrets.state,
        "nonce": secrets.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(fields)}"


def prove(
    outgoing: Outgoing, provider: Provider, client: Client, *, code: str, secrets: Secrets, now_seconds: float
) -> Claims:
    """Whom a code stands for; NotProved when the provider's answer does not hold, NoAnswer when there is none."""
    tokens = _exchange(outgoing, provider, client, code=code, verifier=secrets.verifier)
    token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(token, str) or len(token) > TOKEN_LIMIT:
        raise NotProved("the answer has no id token")
    said = verify(token, _keys(outgoing, provider), provider=provider, client=client, now_seconds=now_seconds)
    if not isinstance(said.get("nonce"), str) or not hmac.compare_digest(
        said["nonce"].encode("utf-8", "replace"), secrets.nonce.encode()
    ):
        raise NotProved("the nonce is another one")
    if "email" not in said and provider.userinfo_endpoint is not None and isinstance(access_token, str):
        said = said | _userinfo(outgoing, provider.userinfo_endpoint, access_token, said["sub"])
    return _claims(said)


def verify(
    token: str, keys: list[dict[str, Any]], *, provider: Provider, client: Client, now_seconds: float
) -> dict[str, Any]:
    """The claims of a token whose signature, issuer, audience and times are right; NotProved otherwise."""
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise NotProved("the algorithm of the token is not accepted")
        key = _key_for(keys, header.get("kid"), algorithm)
        # Times are checked below, by the clock of the request.
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        options["require"] = ["iss", "sub", "aud", "exp", "iat"]
        said = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=client.id,
            issuer=provider.issuer,
            options=options,
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise NotProved(f"the token does not hold ({type(error).__name__})") from None
    _check_times(said, now_seconds)
    audience = said["aud"]
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (is_shared or "azp" in said) and said.get("azp") != client.id:
        raise NotProved("the token was made for somebody else")
    subject = said["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_LIMIT or not subject.isprintable():
        raise NotProved("the subject is no subject")
    return dict(said)


def _exchange(outgoing: Outgoing, provider: Provider, client: Client, *, code: str, verifier: str) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
        "client_id": client.id,
    }
    headers: dict[str, str] = {}
    methods = provider.token_endpoint_auth_methods_supported
    if "client_secret_basic" in methods or "client_secret_post" not in methods:
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        fields["client_secret"] = client.secret
    answer = outgoing.post_form(provider.token_endpoint, fields, headers)
    if answer.status != 200:
        raise NotProved(f"the token endpoint answers {answer.status}")
    return _object(answer.json())


def _keys(outgoing: Outgoing, provider: Provider) -> list[dict[str, Any]]:
    answer = outgoing.get(provider.jwks_uri)
    if answer.status != 200:
        raise NoAnswer(f"its keys answer {answer.status}")
    keys = _object(answer.json()).get("keys")
    if not isinstance(keys, list):
        raise NoAnswer("it has no keys")
    return [key for key in keys[:KEYS_LIMIT] if isinstance(key, dict)]


def _key_for(keys: list[dict[str, Any]], key_id: Any, algorithm: str) -> Any:
    """The one key with this id that fits the algorithm; without an id, the only one that fits."""
    import jwt

    kind = {"R": "RSA", "P": "RSA", "E": "EC"}[algorithm[0]] if algorithm != "EdDSA" else "OKP"
    fitting = [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
    if len(fitting) != 1:
        raise NotProved("the provider has no such key")
    found = jwt.PyJWK(fitting[0], algorithm=algorithm)
    if kind == "RSA" and found.key.key_size < LEAST_RSA_BITS:
        raise NotProved("the key is too short")
    return found


def _check_times(said: dict[str, Any], now_seconds: float) -> None:
    """By the request's clock, with a small allowance for two clocks that differ."""
    times = {name: said.get(name) for name in ("exp", "iat", "nbf")}
    for name, value in times.items():
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise NotProved(f"{name} is no instant")
    expires, issued, begins = times["exp"] or 0, times["iat"] or 0, times["nbf"] or 0
    if now_seconds >= expires + SKEW_SECONDS:
        raise NotProved("the token is over")
    if max(issued, begins) > now_seconds + SKEW_SECONDS or issued < now_seconds - OLDEST_TOKEN_SECONDS:
        raise NotProved("the token is of another time")


def _userinfo(outgoing: Outgoing, address: str, access_token: str, subject: str) -> dict[str, Any]:
    """What a token leaves out some providers tell when asked; it has to be about the same person."""
    answer = outgoing.get(address, {"Authorization": f"Bearer {access_token}"})
    if answer.status != 200:
        return {}
    found = _object(answer.json())
    if found.get("sub") != subject:
        raise NotProved("the provider speaks of somebody else")
    return {name: found[name] for name in ("email", "email_verified", "name") if name in found}


def _claims(said: dict[str, Any]) -> Claims:
    email, name = _text(said.get("email")), _text(said.get("name"))
    return Claims(
        said["sub"],
        email,
        # Some providers send words.
        said.get("email_verified") is True or said.get("email_verified") == "true",
        name,
    )


def _text(value: Any) -> str | None:
    """What people can read; anything else is left out."""
    return value.strip() or None if isinstance(value, str) and value.isprintable() else None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NoAnswer("the answer is no object")
    return value
