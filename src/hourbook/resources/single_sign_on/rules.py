"""Whom an identity provider may sign in. Pure.

A provider is chosen by the owner of one workspace, so it is trusted with that workspace and no further: it
signs in people who are in this workspace alone, or who linked it to their account themselves. What it says of
an e-mail address opens no account that is also elsewhere.
"""

import enum
import re
from collections.abc import Collection

import msgspec

from hourbook.core.errors import InvalidValue, SignOnRefused

ID_LENGTH = 24
STATE_LENGTH_LIMIT = 200
ATTEMPT_SECONDS = 600
ATTEMPTS_LIMIT = 5000
MICROSECONDS = 1_000_000
TEXT_LIMIT = 2048
DOMAINS_LIMIT = 100
NAME_LIMIT = 250
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")

# The same words for everything that depends on an account, so that they tell nothing of it.
NOT_HERE = (
    "This account can't sign in here this way. Sign in with its password and link the identity provider, "
    "or ask the workspace's owner for an invitation."
)
NOT_BY_HOLDER = (
    "Sign in with the account's password to link the identity provider; without one, ask for a link to set one."
)
NOT_BEGUN = "This sign-in was not begun in this browser, took too long, or is over. Begin again."
REFUSED_THERE = "The identity provider did not let you in."
NOT_PROVED = "The identity provider's answer could not be verified."
NO_ANSWER = "The identity provider does not answer. Try again later."
NOT_VERIFIED = "The identity provider says of no e-mail address that it is verified."


class Provider(msgspec.Struct):
    """A workspace's provider. `client_secret` is encrypted; `allowed_domains` JSON."""

    workspace_id: str
    id: str
    issuer: str
    client_id: str
    client_secret: bytes
    authorization_endpoint: str
    allowed_domains: str
    auto_join: bool


class Identity(msgspec.Struct):
    """Whom the provider means by a subject. `is_linked_by_person`: from inside the account."""

    workspace_id: str
    id: str
    user_id: str
    issuer: str
    subject: str
    is_linked_by_person: bool


class Attempt(msgspec.Struct, frozen=True):
    """A sign-in under way. `user_id`: set when somebody signed in links the provider."""

    workspace_id: str
    state_hash: bytes
    browser_hash: bytes
    issuer: str
    user_id: str | None
    expires_at_us: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as its owner describes it; `client_secret` None keeps the one there is."""

    issuer: str
    client_id: str
    client_secret: str | None
    allowed_domains: tuple[str, ...]
    auto_join: bool
    is_required: bool


class Shown(msgspec.Struct, frozen=True):
    """A provider as its owner sees it, with the addresses to tell the provider and the people."""

    provider: Provider
    is_required: bool
    redirect_uri: str
    start_address: str


class Way(msgspec.Struct, frozen=True):
    """Where a browser is sent, and what it keeps meanwhile."""

    address: str
    browser_secret: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of somebody whom the provider names.

    `is_account`: there is one that can sign in; `is_guest`: it was only invited; `is_closed`: it is there and
    cannot. `here`: the membership's
    status in this workspace; `is_elsewhere`: whether the account is an active member of others.
    """

    is_account: bool = False
    is_guest: bool = False
    is_closed: bool = False
    here: str | None = None
    is_elsewhere: bool = False


class Verdict(enum.Enum):
    """What becomes of somebody the provider proved. REGISTER: an invited one gets the account; JOIN: a new one."""

    SIGN_IN = "sign in"
    ACCEPT = "accept"
    REGISTER = "register"
    JOIN = "join"


def check_wanted(wanted: Wanted) -> Wanted:
    """The description with domains in one spelling; InvalidValue for what cannot be."""
    for name, text in (("issuer", wanted.issuer), ("clientId", wanted.client_id)):
        if not 1 <= len(text) <= TEXT_LIMIT or not text.isascii() or not text.isprintable():
            raise InvalidValue(f"{name} must be the text that the identity provider gives")
    if wanted.client_secret is not None and not 1 <= len(wanted.client_secret) <= TEXT_LIMIT:
        raise InvalidValue("clientSecret must be the text that the identity provider gives")
    if not wanted.issuer.startswith(("https://", "http://")) or set(wanted.issuer) & set("?# "):
        raise InvalidValue("issuer must be an address like https://login.example.org")
    if len(wanted.allowed_domains) > DOMAINS_LIMIT:
        raise InvalidValue(f"There can be at most {DOMAINS_LIMIT} domains")
    domains = tuple(sorted({check_domain(domain) for domain in wanted.allowed_domains}))
    if wanted.auto_join and not domains:
        raise InvalidValue("Joining by itself needs the domains of the people who may (allowedDomains)")
    return msgspec.structs.replace(wanted, allowed_domains=domains)


def check_domain(domain: str) -> str:
    """A domain in lower case; InvalidValue when it has not the shape of one."""
    found = domain.strip().lower()
    if len(found) > 253 or _DOMAIN.fullmatch(found) is None:
        raise InvalidValue("A domain must be one like example.org")
    return found


def encode_domains(domains: Collection[str]) -> str:
    return msgspec.json.encode(list(domains)).decode()


def decode_domains(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])


def workspace_of(state: str) -> str:
    """The workspace a state or link leads to; SignOnRefused when it has not the shape of one."""
    found = state[:ID_LENGTH]
    if len(found) != ID_LENGTH or len(state) > STATE_LENGTH_LIMIT or set(found) - set("0123456789abcdef"):
        raise SignOnRefused(NOT_BEGUN)
    return found


def name_of(name: str | None, email: str) -> str:
    """What somebody is called who has no account yet."""
    return (name or email.partition("@")[0])[:NAME_LIMIT]


def expires_at_us(now_us: int) -> int:
    """Until when a sign-in that begins now can end."""
    return now_us + ATTEMPT_SECONDS * MICROSECONDS


def is_in_domains(email: str, domains: Collection[str]) -> bool:
    """Whether an address is of one of the domains, themselves and not below them."""
    return email.rpartition("@")[2].lower() in domains


def is_trusted_with(standing: Standing, *, is_linked_by_person: bool) -> bool:
    """Whether the provider of this workspace may open the account: it is here alone, or its holder said so."""
    return is_linked_by_person or not standing.is_elsewhere


def judge_known(standing: Standing, *, is_linked_by_person: bool) -> Verdict:
    """Of somebody who came by this provider before; SignOnRefused when that does not count (any more)."""
    is_trusted = is_trusted_with(standing, is_linked_by_person=is_linked_by_person)
    if not standing.is_account or standing.here != "ACTIVE" or not is_trusted:
        raise SignOnRefused(NOT_HERE)
    return Verdict.SIGN_IN


def judge_new(standing: Standing, email: str, *, domains: Collection[str], auto_join: bool) -> Verdict:
    """Of somebody who comes by this provider for the first time, with a verified address."""
    if domains and not is_in_domains(email, domains):
        raise SignOnRefused(NOT_HERE)
    if standing.is_closed or standing.is_elsewhere or standing.here in ("INACTIVE", "DECLINED"):
        raise SignOnRefused(NOT_HERE)
    if standing.is_guest and standing.here is not None:
        return Verdict.REGISTER
    if standing.is_account and standing.here is not None:
        return Verdict.SIGN_IN if standing.here == "ACTIVE" else Verdict.ACCEPT
    if standing.is_account or standing.is_guest or not auto_join:
        raise SignOnRefused(NOT_HERE)
    return Verdict.JOIN
