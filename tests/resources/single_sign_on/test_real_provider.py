"""Single sign-on with a provider that others wrote (oidc-provider-mock on Authlib), running as a program of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.harness import Office
from tests.ports import free_port
from tests.resources.single_sign_on.conftest import OWN, Surfer

WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a running provider."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            # By the name it gives itself, which is its issuer.
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            yield address
        finally:
            program.terminate()


def _wait_for(address: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            httpx.get(address + "/.well-known/openid-configuration", trust_env=False)
            return
        except httpx.TransportError:
            assert time.monotonic() < until, "the provider does not start"
            time.sleep(0.05)


def say_yes(location: str, subject: str) -> dict[str, str]:
    """What a person's browser brings back who chooses an account on the provider's page."""
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(location).status_code == 200
        answer = browser.post(location, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return dict(httpx.URL(answer.headers["Location"]).params)


def test_a_member_signs_in_and_a_new_one_joins(office: Office, issuer: str) -> None:
    # Its tokens carry the time of today.
    office.clock.move_to(int(time.time() * 1_000_000))
    registered = httpx.post(
        issuer + "/oauth2/clients",
        json={"redirect_uris": ["http://127.0.0.1:8080/api/hourbook/v1/single-sign-on/callback"]},
        trust_env=False,
    ).json()
    office.server.secrets.append(registered["client_secret"])
    body = {
        "issuer": issuer,
        "clientId": registered["client_id"],
        "clientSecret": registered["client_secret"],
        "allowedDomains": ["example.com"],
        "autoJoin": True,
    }
    answer = office.owner.raw("PUT", f"{OWN}/workspaces/{office.workspace_id}/single-sign-on", body)
    assert answer.status == 200, answer
    new_email = f"nina.{office.workspace_id}@example.com"
    for subject, email in (("max", office.member.email), ("nina", new_email)):
        claims = {"email": email, "email_verified": True, "name": subject.title()}
        httpx.put(f"{issuer}/users/{subject}", json=claims, trust_env=False).raise_for_status()
        surfer = Surfer(office)
        back = say_yes(surfer.start().headers["Location"], subject)
        assert surfer.come_back(**back).status == 302, json.dumps(back)
        assert surfer.account["email"] == email
        assert surfer.enter().status == 200
    unverified = {"email": office.admin.email, "email_verified": False}
    httpx.put(f"{issuer}/users/adam", json=unverified, trust_env=False).raise_for_status()
    surfer = Surfer(office)
    assert surfer.come_back(**say_yes(surfer.start().headers["Location"], "adam")).refusal == (400, 1012)
