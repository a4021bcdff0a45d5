"""An identity provider for each test, and an office that signs in with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.harness import Answer, Office, Person, Server
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider

OWN = "/api/hourbook/v1"
TURNED_AWAY = (400, 1012)
NOT_HERE = "can't sign in here this way"
NOT_BEGUN = "was not begun in this browser"
NOT_PROVED = "could not be verified"


@pytest.fixture(scope="module")
def one_provider(server: Server) -> Iterator[IdentityProvider]:
    provider = IdentityProvider(lambda: server.clock.now_s)
    yield provider
    provider.close()


@pytest.fixture
def provider(one_provider: IdentityProvider) -> IdentityProvider:
    one_provider.straighten()
    return one_provider


def set_up(person: Person, provider: IdentityProvider, **more: Any) -> Answer:
    """The owner of a workspace chooses this provider."""
    person.server.secrets.append(CLIENT_SECRET)
    body = {"issuer": provider.issuer, "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, **more}
    return person.raw("PUT", f"{OWN}/workspaces/{person.workspace_id}/single-sign-on", body)


@dataclass
class Surfer:
    """Somebody's browser: keeps its cookies and follows where it is sent."""

    office: Office
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, **headers: str
    ) -> Answer:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        answer = self.office.anonymous.raw(method, OWN + path, body, query, sent)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
            if value:
                self.office.server.secrets.append(value)
        return answer

    def start(self, workspace_id: str | None = None) -> Answer:
        return self.ask("GET", f"/single-sign-on/{workspace_id or self.office.workspace_id}/start")

    def come_back(self, **brought: Any) -> Answer:
        return self.ask("GET", "/single-sign-on/callback", brought)

    def sign_in(self, provider: IdentityProvider, subject: str, **claims: Any) -> Answer:
        """The whole way: to the provider, saying yes there, and back."""
        return self.come_back(**provider.authorize(self.start().headers["Location"], subject=subject, **claims))

    def enter(self, workspace_id: str | None = None) -> Answer:
        """Asks for something in the workspace with the session there is."""
        path = f"/api/v1/workspaces/{workspace_id or self.office.workspace_id}/tags"
        cookie = f"hourbook_session={self.cookies.get('hourbook_session', '')}"
        return self.office.anonymous.raw("GET", path, None, None, {"Cookie": cookie})

    @property
    def account(self) -> Any:
        cookie = f"hourbook_session={self.cookies.get('hourbook_session', '')}"
        return self.office.anonymous.raw("GET", "/api/v1/user", None, None, {"Cookie": cookie}).body


@pytest.fixture
def surfer(office: Office) -> Surfer:
    return Surfer(office)


def known(office: Office, who: str = "member") -> dict[str, Any]:
    """What a good provider says of somebody."""
    person = office.everybody[who]
    return {"email": person.email, "email_verified": True, "name": person.name}


def refused(answer: Answer, words: str) -> None:
    assert answer.refusal == TURNED_AWAY, answer
    assert words in answer.message, answer.message
    assert "hourbook_session" not in answer.cookies
