"""Tokens that prove nothing, and providers that answer badly or for one another."""

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.harness import Office
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, rsa_key
from tests.resources.single_sign_on.conftest import (
    NOT_BEGUN,
    NOT_PROVED,
    TURNED_AWAY,
    Surfer,
    known,
    refused,
    set_up,
)

# --- tokens that prove nothing -----------------------------------------------------------------


def no_signature(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none")


def by_client_secret(claims: dict[str, Any]) -> str:
    """A provider that agreed on HS256 would be one anybody with the secret could play."""
    return jwt.encode(claims, CLIENT_SECRET.ljust(32, "x"), algorithm="HS256", headers={"kid": "one"})


def by_public_key(claims: dict[str, Any]) -> str:
    """The public key taken for a shared secret: the oldest trick there is."""

    def part(value: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    text = part({"alg": "HS256", "kid": "one"}) + b"." + part(claims)
    public = rsa_key("one").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return (text + b"." + base64.urlsafe_b64encode(hmac.digest(public, text, "sha256")).rstrip(b"=")).decode()


def by_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa_key("two"), algorithm="RS256", headers={"kid": "one"})


def key_in_the_token(claims: dict[str, Any]) -> str:
    from jwt.algorithms import RSAAlgorithm

    key = RSAAlgorithm.to_jwk(rsa_key("two").public_key(), as_dict=True)
    return jwt.encode(claims, rsa_key("two"), algorithm="RS256", headers={"kid": "two", "jwk": key})


def broken(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa_key("one"), algorithm="RS256", headers={"kid": "one"})[:-8] + "AAAAAAAA"


@pytest.mark.parametrize(
    "sign",
    [
        no_signature,
        by_client_secret,
        by_public_key,
        by_another_key,
        key_in_the_token,
        broken,
        lambda claims: "",
        lambda claims: "a.b.c",
        lambda claims: 5,
        lambda claims: "x" * 40_000,
    ],
)
def test_a_token_that_the_provider_did_not_sign_proves_nothing(
    office: Office, provider: IdentityProvider, surfer: Surfer, sign: Callable[[dict[str, Any]], str]
) -> None:
    set_up(office.owner, provider)
    provider.sign = sign
    refused(surfer.sign_in(provider, "max", **known(office)), NOT_PROVED)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 5},
        {"aud": "somebody else"},
        {"aud": None},
        {"aud": [CLIENT_ID, "somebody else"]},
        {"aud": [CLIENT_ID, "somebody else"], "azp": "somebody else"},
        {"azp": "somebody else"},
        {"iss": "https://another.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": [1]},
    ],
)
def test_a_token_for_another_purpose_proves_nothing(
    office: Office, provider: IdentityProvider, surfer: Surfer, claims: dict[str, Any]
) -> None:
    set_up(office.owner, provider)
    provider.claims = claims
    refused(surfer.sign_in(provider, "max", **known(office)), NOT_PROVED)


@pytest.mark.parametrize(
    ("claims", "counts"),
    [
        ({"exp": -59}, True),
        ({"exp": -60}, False),
        ({"iat": 60}, True),
        ({"iat": 61}, False),
        ({"nbf": 60}, True),
        ({"nbf": 61}, False),
        ({"iat": -3600}, True),
        ({"iat": -3601}, False),
    ],
)
def test_clocks_may_differ_by_a_minute(
    office: Office, provider: IdentityProvider, surfer: Surfer, claims: dict[str, int], counts: bool
) -> None:
    set_up(office.owner, provider)
    provider.claims = {name: office.clock.now_s + seconds for name, seconds in claims.items()}
    answer = surfer.sign_in(provider, "max", **known(office))
    if counts:
        assert answer.status == 302
    else:
        refused(answer, NOT_PROVED)


def test_a_token_of_several_audiences_made_for_us_counts(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    provider.claims = {"aud": [CLIENT_ID, "somebody else"], "azp": CLIENT_ID}
    assert surfer.sign_in(provider, "max", **known(office)).status == 302


def test_a_key_for_another_use_and_a_weak_key_do_not_count(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    several: list[list[Any]] = [
        [provider.public_key("one", use="enc")],
        [provider.public_key("one", alg="PS256")],
        [provider.public_key("one", kid="two")],
        [provider.public_key("one"), provider.public_key("one")],
        [],
        [5, None],
    ]
    for keys in several:
        provider.keys = keys
        refused(surfer.sign_in(provider, "max", **known(office)), NOT_PROVED)


# --- providers that answer badly, or for one another -------------------------------------------


def test_answers_of_one_provider_are_not_taken_for_those_of_another(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    """The mix-up attack: two workspaces, two providers, one of them bad (RFC 9207)."""
    set_up(office.owner, provider)
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    brought = provider.authorize(surfer.start().headers["Location"], subject="max", **known(office))
    refused(surfer.come_back(**brought, iss="https://bad.example"), NOT_PROVED)
    refused(surfer.come_back(**brought), NOT_PROVED)
    assert surfer.come_back(**brought, iss=provider.issuer).status == 302


def test_a_provider_that_was_changed_meanwhile_does_not_count(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    brought = provider.authorize(surfer.start().headers["Location"], subject="max", **known(office))
    second = IdentityProvider(provider.now)
    try:
        assert set_up(office.owner, second).status == 200
        refused(surfer.come_back(**brought), NOT_BEGUN)
    finally:
        second.close()


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        ("/token", 500, b"{}"),
        ("/token", 200, b"[]"),
        ("/token", 200, b"<html>"),
        ("/token", 200, b"{}"),
        ("/token", 302, b"http://127.0.0.1:1/"),
        ("/keys", 404, b""),
        ("/keys", 200, b'{"keys": 5}'),
        ("/keys", 200, b"x" * 600_000),
        ("/keys", 200, b"[" * 100_000),
        ("/.well-known/openid-configuration", 200, b"{}"),
        ("/.well-known/openid-configuration", 503, b"{}"),
    ],
)
def test_a_provider_that_answers_badly_lets_nobody_in(
    office: Office, provider: IdentityProvider, surfer: Surfer, path: str, status: int, content: bytes
) -> None:
    set_up(office.owner, provider)
    brought = provider.authorize(surfer.start().headers["Location"], subject="max", **known(office))
    provider.answers = {path: (status, content)}
    answer = surfer.come_back(**brought)
    assert answer.refusal == TURNED_AWAY
    assert "hourbook_session" not in answer.cookies
