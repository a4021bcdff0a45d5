"""PUT, GET, DELETE .../single-sign-on: a workspace's identity provider."""

from typing import Any

import pytest

from hourbook.journal.journal import read_since
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office, Person
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from tests.resources.single_sign_on.conftest import OWN, Surfer, set_up


def ask(person: Person, method: str, body: Any = None) -> Any:
    return person.raw(method, f"{OWN}/workspaces/{person.workspace_id}/single-sign-on", body)


def test_anonymous_is_asked_for_a_credential(office: Office, provider: IdentityProvider) -> None:
    assert set_up(office.anonymous, provider).refusal == NO_CREDENTIAL


def test_only_the_owner_chooses_the_provider(office: Office, provider: IdentityProvider) -> None:
    for role in ("outsider", "member", "manager", "admin"):
        assert set_up(office.everybody[role], provider).refusal == DENIED, role
        assert ask(office.everybody[role], "GET").refusal == DENIED, role
        assert ask(office.everybody[role], "DELETE").refusal == DENIED, role
    assert provider.asked == [], "nobody else makes the server ask"


def test_the_provider_is_set_up_and_shown_without_its_secret(office: Office, provider: IdentityProvider) -> None:
    answer = set_up(office.owner, provider, allowedDomains=["Example.org", "example.org"], autoJoin=True)
    assert answer.status == 200
    assert answer.body == {
        "issuer": provider.issuer,
        "clientId": CLIENT_ID,
        "allowedDomains": ["example.org"],
        "autoJoin": True,
        "required": False,
        "redirectUri": "http://127.0.0.1:8080/api/hourbook/v1/single-sign-on/callback",
        "startUrl": f"http://127.0.0.1:8080/api/hourbook/v1/single-sign-on/{office.workspace_id}/start",
    }
    assert ask(office.owner, "GET").body == answer.body
    journal = repr(office.read(lambda tx: read_since(tx, 0)))
    assert CLIENT_SECRET not in journal
    assert "client_secret" not in journal


def test_the_secret_is_encrypted_in_the_database(office: Office, provider: IdentityProvider) -> None:
    from hourbook.resources.single_sign_on.store import find_provider

    set_up(office.owner, provider)
    stored = office.read(find_provider).client_secret
    assert CLIENT_SECRET.encode() not in stored
    box = office.server.runtime.secrets
    assert box.decrypt(stored, "client secret of single sign-on").decode() == CLIENT_SECRET


def test_a_change_without_a_secret_keeps_the_one_there_is(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    assert set_up(office.owner, provider, clientSecret=None, allowedDomains=["example.com"]).status == 200
    claims = {"email": office.member.email, "email_verified": True}
    assert surfer.sign_in(provider, "max", **claims).status == 302


def test_a_new_provider_needs_a_secret(office: Office, provider: IdentityProvider) -> None:
    """The secret of one provider is never sent to another."""
    assert set_up(office.owner, provider, clientSecret=None).refusal == REFUSED
    set_up(office.owner, provider)
    second = IdentityProvider(provider.now)
    try:
        assert set_up(office.owner, second, clientSecret=None).refusal == REFUSED
    finally:
        second.close()


def test_the_provider_is_taken_away_with_all_it_linked(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    surfer.sign_in(provider, "max", email=office.member.email, email_verified=True)
    assert ask(office.owner, "DELETE").status == 204
    assert ask(office.owner, "GET").refusal == REFUSED
    assert ask(office.owner, "DELETE").refusal == REFUSED
    assert surfer.start().refusal == REFUSED
    set_up(office.owner, provider)
    assert Surfer(office).sign_in(provider, "max").refusal == (400, 1012)


@pytest.mark.parametrize(
    "bad",
    [
        {"issuer": ""},
        {"issuer": "login.example.org"},
        {"issuer": "ftp://login.example.org"},
        {"issuer": "https://login.example.org?tenant=1"},
        {"issuer": "https://login.example.org#x"},
        {"issuer": "https://user:password@login.example.org"},
        {"issuer": "https://"},
        {"issuer": "https://[::1"},
        {"issuer": "https://login.example.org:99999"},
        {"issuer": "https://l\u00f6gin.example.org"},
        {"issuer": "x" * 3000},
        {"clientId": ""},
        {"clientId": "x" * 3000},
        {"clientSecret": ""},
        {"allowedDomains": ["nonsense"]},
        {"allowedDomains": ["@example.org"]},
        {"allowedDomains": [f"d{number}.example" for number in range(101)]},
        {"autoJoin": True},
    ],
)
def test_a_description_that_cannot_be_is_refused(
    office: Office, provider: IdentityProvider, bad: dict[str, Any]
) -> None:
    assert set_up(office.owner, provider, **bad).refusal == REFUSED
    assert ask(office.owner, "GET").refusal == REFUSED


@pytest.mark.parametrize("body", [None, b"{", [], {"issuer": 5}, {"issuer": "x", "allowedDomains": "example.org"}])
def test_a_body_of_another_shape_is_refused(office: Office, body: object) -> None:
    assert ask(office.owner, "PUT", body).refusal == UNREADABLE


@pytest.mark.parametrize(
    "issuer",
    [
        "https://10.0.0.1",
        "https://192.168.1.1:8443",
        "http://169.254.169.254/latest",
        "https://[::1]:443",
        "https://[::ffff:10.0.0.1]",
        "https://[64:ff9b::a00:1]",
        "https://[fd00::1]",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "http://93.184.215.14",
    ],
)
def test_servers_that_are_not_public_are_not_asked(office: Office, provider: IdentityProvider, issuer: str) -> None:
    answer = set_up(office.owner, provider, issuer=issuer)
    assert answer.refusal == REFUSED
    assert "not public" in answer.message or "https://" in answer.message


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"issuer": "https://another.example"}, "another issuer"),
        ({"token_endpoint": None}, "not usable"),
        ({"jwks_uri": 5}, "not usable"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no address"),
        ({"authorization_endpoint": "/authorize"}, "no address"),
        ({"authorization_endpoint": "https://login.example.org/\r\nSet-Cookie: a=b"}, "no address"),
        ({"authorization_endpoint": "https://login.example.org/\u20ac"}, "no address"),
        ({"authorization_endpoint": "https://[::1"}, "no address"),
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_refused(
    office: Office, provider: IdentityProvider, metadata: dict[str, Any], told: str
) -> None:
    provider.metadata = metadata
    answer = set_up(office.owner, provider)
    assert answer.refusal == REFUSED
    assert told in answer.message


@pytest.mark.parametrize(
    ("status", "content"),
    [(404, b"{}"), (200, b"<html>"), (200, b"[" * 100_000), (200, b"x" * 600_000), (302, b"https://example.org/")],
)
def test_a_provider_that_answers_badly_is_refused(
    office: Office, provider: IdentityProvider, status: int, content: bytes
) -> None:
    provider.answers = {"/.well-known/openid-configuration": (status, content)}
    answer = set_up(office.owner, provider)
    assert answer.refusal == REFUSED
    assert answer.message.startswith("The identity provider can't be used:")
    assert len(provider.asked) == 1, "a redirect is not followed"


def test_a_provider_that_is_not_there_is_refused(office: Office, provider: IdentityProvider) -> None:
    answer = set_up(office.owner, provider, issuer="http://127.0.0.1:2")
    assert answer.refusal == REFUSED
    assert "no connection" in answer.message
    answer = set_up(office.owner, provider, issuer="https://nothing.invalid")
    assert "unknown" in answer.message
