"""People who sign in: passwords, sessions and second factors for tests, and a browser that keeps its cookie.

Everything here is made through actions or over HTTP, as a person would. Whatever is secret is told to the
server, so that the suite looks for it in the log.
"""

from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any

import msgspec

from hourbook.access import one_time_codes, passwords
from hourbook.db.tx import Tx
from hourbook.resources.mail import actions as mail
from hourbook.resources.sign_in import actions, actions_passwords, actions_second_factor
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import AccountStatus
from hourbook.resources.users.store import USER
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.store import MEMBER
from tests.harness import Answer, Asked, Person, Server
from tests.people import read, write

OWN = "/api/hourbook/v1"
PASSWORD = "a password for tests"
NEW_PASSWORD = "another one for tests"
COOKIE = "hourbook_session"


def place_of(person: Person) -> str:
    """An address of the person's office alone: failures are counted by address too, and tests share a database."""
    number = int(person.workspace_id[-6:], 16)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def set_password(person: Person, password: str = PASSWORD) -> None:
    """Gives somebody a password, without ending anything."""
    server = person.server
    server.secrets.append(password)
    stored = passwords.hash_password(password)
    write(server, "", lambda tx: users.set_password(tx, users.get_user(tx, person.id), stored))


def change_status(person: Person, status: AccountStatus) -> None:
    """Closes an account, or opens it again."""

    def work(tx: Tx) -> None:
        before = tx.get(USER, person.id)
        tx.update(USER, before, msgspec.structs.replace(before, status=status))

    write(person.server, person.workspace_id, work)


def forget_membership(person: Person) -> None:
    """Takes somebody out of the workspace without a trace."""

    def work(tx: Tx) -> None:
        tx.delete(MEMBER, workspaces.get_member(tx, person.id))

    write(person.server, person.workspace_id, work)


def open_session(person: Person, *, address: str | None = None, method: str = "password") -> actions.Started:
    """A session as a sign-in leaves it."""
    device = SimpleNamespace(address=address or place_of(person), user_agent="tests", session_token=None)
    server = person.server
    started: actions.Started = write(
        server, "", lambda tx: actions.start_session(tx, users.get_user(tx, person.id), device, method=method)
    )
    server.secrets.append(started.token)
    return started


def reset_token(person: Person) -> str:
    """The token of a link for a new password."""
    server = person.server
    link: str = write(server, "", lambda tx: actions_passwords.create_link(tx, users.get_user(tx, person.id)))
    token = link.rpartition("/")[2]
    server.secrets.append(token)
    return token


def enrol(person: Person) -> str:
    """A second factor that waits to be confirmed; its secret."""
    server = person.server
    box = server.runtime.secrets
    made = write(server, "", lambda tx: actions_second_factor.enrol(tx, users.get_user(tx, person.id), box=box))
    server.secrets.append(made.secret)
    return str(made.secret)


def code_of(server: Server, secret: str) -> str:
    """What the device shows now."""
    return one_time_codes.code_at(secret, server.clock.now_us())


@dataclass
class Browser:
    """Somebody without a key who keeps the cookie of an answer and sends it back. `address`: where it is."""

    person: Person
    address: str | None = None
    cookie: str | None = None
    csrf: str | None = None
    sent: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> Server:
        return self.person.server

    def prepared(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Asked:
        """A request to the own surface, or to any path that begins with /api."""
        sent = dict(self.sent)
        if self.cookie is not None:
            sent["cookie"] = f"theme=dark; {COOKIE}={self.cookie}"
        if self.csrf is not None and method != "GET":
            sent["x-csrf-token"] = self.csrf
        anonymous = replace(self.person, key=None)
        full = path if path.startswith("/api/") else OWN + path
        return anonymous.prepared(method, full, body, None, sent | (headers or {}))

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        return self.server.ask_from(self.address or place_of(self.person), self.prepared(method, path, body, headers))

    def sign_in(self, password: str = PASSWORD, *, email: str | None = None, code: str | None = None) -> Answer:
        """Signs in; the cookie and the token for changes are kept when it worked."""
        body = {"email": email or self.person.email, "password": password} | ({"code": code} if code else {})
        answer = self.ask("POST", "/sign-in", body)
        if answer.status == 200:
            self.take(answer)
        return answer

    def take(self, answer: Answer) -> None:
        """Keeps what a browser keeps of an answer."""
        self.cookie = cookie_of(answer)
        self.csrf = answer.body["csrfToken"]
        assert self.cookie is not None
        assert self.csrf is not None
        self.server.secrets += [self.cookie, self.csrf]


def cookie_of(answer: Answer) -> str | None:
    """The session's cookie in an answer."""
    found = SimpleCookie(answer.headers.get("set-cookie", "")).get(COOKIE)
    return None if found is None else found.value


def signed_in(person: Person, *, address: str | None = None) -> Browser:
    """A browser of somebody who has just signed in."""
    set_password(person)
    browser = Browser(person, address)
    answer = browser.sign_in()
    assert answer.status == 200, answer
    return browser


def mails_to(person: Person) -> list[tuple[str, dict[str, str]]]:
    """Template and values of the mails in the outbox, oldest first."""
    found = read(person.server, "", lambda tx: mail.list_recent(tx, 1000))
    mine = [one for one in found if one.recipient == person.email]
    return [(one.template, msgspec.json.decode(one.details)) for one in sorted(mine, key=lambda one: one.id)]


def sessions_of(person: Person) -> list[Any]:
    """The open sessions in the database."""
    from hourbook.resources.sign_in import store

    found: list[Any] = read(person.server, "", lambda tx: store.list_open_sessions(tx, person.id))
    return found
