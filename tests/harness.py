"""The server of the suite, in this process, and the people who use it.

One `Server` per test worker, with one database and a clock that moves only when told. One
`Office` per test: a fresh workspace with an owner, an admin, a manager, a member, an outsider and
an anonymous visitor. Tests are told apart by workspace, not by rollback: the grouped commit
commits. Requests go straight to the ASGI application.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from hourbook import main
from hourbook.core.clock import MICROSECONDS_PER_SECOND, FixedClock
from hourbook.core.ids import IdSource
from hourbook.core.types import Origin, Role
from hourbook.db.database import Database
from hourbook.db.tx import Facts
from hourbook.settings import Settings
from tests import people
from tests.asgi import cookies_of, goes_on, query_bytes, scope_of
from tests.watching import AppLog

# A Wednesday afternoon; every test starts here.
START_S = 1_779_285_600
API = "/api/v1"
REPORTS = "/report/v1"
# What stored secrets are encrypted with.
SECRET_KEY = "a-long-text-for-tests-and-nothing-else"
WAIT_SECONDS = 60
# Where requests come from.
HERE = "127.0.0.1"

# What `Answer.refusal` is for the refusals every operation shares (status, code).
NO_CREDENTIAL = (401, 1000)
DENIED = (403, 501)
REFUSED = (400, 501)
UNREADABLE = (400, 3002)


class Headers(dict[str, str]):
    """Answer headers; names in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is the decoded JSON, None for zero bytes; `content` the bytes."""

    status: int
    body: Any
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False, default=b"")
    # What it sets; a cookie taken away is empty.
    cookies: dict[str, str] = field(repr=False, default_factory=dict)

    @property
    def code(self) -> Any:
        return self.body["code"]

    @property
    def message(self) -> str:
        return str(self.body["message"])

    @property
    def refusal(self) -> tuple[int, int]:
        """(status, code) of a refusal; fails when the answer has not the one error shape."""
        assert isinstance(self.body, dict), self
        assert isinstance(self.body.get("code"), int), self
        assert isinstance(self.body.get("message"), str), self
        return self.status, self.body["code"]


class Clock(FixedClock):
    """Stands still until it is moved."""

    @property
    def now_s(self) -> int:
        return self.now_us() // MICROSECONDS_PER_SECOND

    def move(self, seconds: float) -> None:
        self.move_to(self.now_us() + int(seconds * MICROSECONDS_PER_SECOND))

    def reset(self) -> None:
        self.move_to(START_S * MICROSECONDS_PER_SECOND)


Pairs = tuple[tuple[bytes, bytes], ...]
Asked = tuple[str, str, tuple[bytes, ...], bytes, Pairs]
"""Method, path, parts of the body, query, headers."""


class Ids(IdSource):
    """The ids of a test can be those of another time it ran."""

    def __init__(self, clock: Clock, seed: int | None = None) -> None:
        super().__init__(clock, seed)
        self._times: Counter[str] = Counter()

    def seed(self, seed: str) -> None:
        """The ids from here on come of these words, and other ones when the words come again: no id comes twice."""
        chance = random.Random(seed + " again" * self._times[seed])
        self._times[seed] += 1
        self._middle, self._counter = chance.randbytes(5), chance.randrange(1 << 24)


class Server:
    """A whole server without its socket, on one event loop, for one test worker."""

    def __init__(self, database_url: str, log: AppLog, *, id_seed: int | None = None) -> None:
        self._log = log
        self.clock = Clock(START_S * MICROSECONDS_PER_SECOND)
        self.ids = Ids(self.clock, id_seed)
        settings = Settings(
            secret_key=SECRET_KEY,
            private_networks=("127.0.0.0/8",),
            webhook_allowed_networks=("127.0.0.0/8",),
            # Tests ask faster than people; those of limits set their own.
            rate_limit_per_second=0,
            addon_rate_limit_per_second=0,
        )
        self.runtime = main.build(database_url, settings=settings, clock=self.clock, ids=self.ids)
        self.loop = asyncio.new_event_loop()
        self.secrets: list[str] = [SECRET_KEY]
        self.here = HERE

    @property
    def database(self) -> Database:
        return self.runtime.database

    @property
    def is_sqlite(self) -> bool:
        return self.runtime.engine.one_writer

    def open(self) -> None:
        people.make_schema(self.runtime.engine)
        self.runtime.database.open()

    def close(self) -> None:
        self.runtime.database.close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def facts(self, actor: Any) -> Facts:
        return Facts(actor, self.clock.now_us(), "test", self.ids.new_id, Origin.CLI, self.runtime.pipeline.deployment)

    def ask(
        self,
        method: str,
        path: str,
        *,
        parts: Iterable[bytes] = (b"",),
        query: bytes = b"",
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> Answer:
        """One request, its body arriving in the given parts."""
        return self.ask_all([(method, path, tuple(parts), query, tuple(headers))])[0]

    def ask_all(self, asked: list[Asked]) -> list[Answer]:
        """Several requests at the same time."""

        async def together() -> list[Answer]:
            return list(await asyncio.gather(*(self.ask_on_loop(*one) for one in asked)))

        return self.loop.run_until_complete(asyncio.wait_for(together(), WAIT_SECONDS))

    def ask_from(self, address: str, asked: Asked) -> Answer:
        """One request from another address of the network."""
        method, path, parts, query, headers = asked
        asking = self.ask_on_loop(method, path, parts, query, headers, address=address)
        return self.loop.run_until_complete(asyncio.wait_for(asking, WAIT_SECONDS))

    def ask_endless(self, method: str, path: str, parts: Iterator[bytes], headers: Pairs) -> Answer:
        """A request whose body goes on for as long as somebody reads it."""

        async def receive() -> dict[str, Any]:
            part = next(parts, None)
            return {"type": "http.request", "body": part or b"", "more_body": part is not None}

        asking = self._exchange(scope_of(method, path, b"", headers), receive)
        return self.loop.run_until_complete(asyncio.wait_for(asking, WAIT_SECONDS))

    async def ask_on_loop(
        self, method: str, path: str, parts: tuple[bytes, ...], query: bytes, headers: Pairs, *, address: str = ""
    ) -> Answer:
        """One request beside whatever else runs on the loop. Without any part, the client is gone."""
        waiting = list(parts)
        has_enough = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not waiting and parts:
                await has_enough.wait()
            if not waiting:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

        return await self._exchange(
            scope_of(method, path, query, headers) | {"client": (address or self.here, 50_000)}, receive, has_enough
        )

    async def _exchange(self, scope: dict[str, Any], receive: Any, has_enough: asyncio.Event | None = None) -> Answer:
        """A stream that goes on is left (`has_enough`) with its first words."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)
            if has_enough is not None and message.get("body") and goes_on(sent[0]["headers"]):
                has_enough.set()

        await self.runtime.app(scope, receive, send)
        if not sent:
            return Answer(0, None, Headers())
        if sent[0]["status"] == 500:
            print(*(line.get("exception") for line in self._log.lines[-1:]))  # pytest shows it with the failure
        content = b"".join(message.get("body", b"") for message in sent[1:])
        found = Headers((name.decode().lower(), value.decode("latin-1")) for name, value in sent[0]["headers"])
        is_json = "/json" in found.get("content-type", "") and content
        body = msgspec.json.decode(content) if is_json else None
        return Answer(sent[0]["status"], body, found, content, cookies_of(sent[0]["headers"]))


@dataclass(frozen=True)
class Person:
    """Somebody with a key (or without one) who speaks to the server about one workspace."""

    server: Server
    workspace_id: str
    id: str
    key: str | None
    name: str = ""
    email: str = ""

    def at(self, workspace_id: str) -> "Person":
        """The same person speaking about another workspace."""
        return Person(self.server, workspace_id, self.id, self.key, self.name, self.email)

    def get(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self._ask("GET", path, body, query)

    def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self._ask("POST", path, body, query)

    def put(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self._ask("PUT", path, body, query)

    def patch(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self._ask("PATCH", path, body, query)

    def delete(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self._ask("DELETE", path, body, query)

    def _ask(self, method: str, path: str, body: Any, query: dict[str, Any]) -> Answer:
        return self.raw(method, f"{API}/workspaces/{self.workspace_id}{path}", body, query)

    def report(self, path: str, body: Any = None, *, method: str = "POST", **query: Any) -> Answer:
        """A request to the service of reports, below the workspace."""
        return self.raw(method, f"{REPORTS}/workspaces/{self.workspace_id}{path}", body, query)

    def raw(
        self,
        method: str,
        full_path: str,
        body: Any = None,
        query: dict[str, Any] | bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """A request to any path. A `bytes` body or query goes out as it is."""
        return self.server.ask_all([self.prepared(method, full_path, body, query, headers)])[0]

    def prepared(
        self,
        method: str,
        full_path: str,
        body: Any = None,
        query: dict[str, Any] | bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Asked:
        """A request that is not sent yet, for sending several at the same time."""
        sent = {"accept": "application/json"}
        if self.key is not None:
            sent["x-api-key"] = self.key
        content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        if content:
            sent |= {"content-type": "application/json", "content-length": str(len(content))}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
        return method, full_path, (content,), query_bytes(query), tuple(encoded)


class Office:
    """A workspace of its own for one test, and the people around it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clock = server.clock
        self.owner = self._owner("Olivia Owner")
        # Failures to sign in are counted by address too, and tests share a database: each office is somewhere else.
        number = int(self.owner.workspace_id[-6:], 16)
        server.here = f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self.workspace_id = self.owner.workspace_id
        staff = {name: self._email(name) for name in ("Adam Admin", "Mia Manager", "Max Member")}
        made = people.create_staff(server, self.workspace_id, staff)
        self.admin, self.manager, self.member = map(self._person, made, staff)
        self.anonymous = Person(server, self.workspace_id, "", None)

    @property
    def database(self) -> Database:
        return self.server.database

    @property
    def everybody(self) -> dict[str, Person]:
        """Everybody by role, in order of rising rights."""
        names = ("anonymous", "outsider", "member", "manager", "admin", "owner")
        return {name: getattr(self, name) for name in names}

    @cached_property
    def outsider(self) -> Person:
        """The owner of another workspace. Made when first named."""
        return self._outsider_at_home.at(self.workspace_id)

    @cached_property
    def _outsider_at_home(self) -> Person:
        return self._owner("Otto Outsider")

    @cached_property
    def lead(self) -> Person:
        """A team manager: the member's. Made when first named."""
        lead = self.hire("Lea Lead")
        self.grant(lead, Role.TEAM_MANAGER, self.member.id)
        return lead

    @cached_property
    def limited(self) -> Person:
        """Somebody without a sign-in. Made when first named."""
        answer = self.admin.post("/limited-users", {"users": [{"name": "Lee Limited"}]})
        assert answer.status == 200, answer
        return Person(self.server, self.workspace_id, answer.body["users"][0]["id"], None, "Lee Limited")

    @property
    def outsider_workspace_id(self) -> str:
        """The workspace the outsider owns."""
        return self._outsider_at_home.workspace_id

    def _owner(self, name: str) -> Person:
        made = people.create_owner(self.server, name, email=self._email(name), workspace=f"{name}'s office")
        return self._person(made, name)

    def hire(self, name: str, *, zone: str = "UTC") -> Person:
        """One more member."""
        return self._person(
            people.create_member(self.server, self.workspace_id, name, email=self._email(name), zone=zone), name
        )

    def grant(self, person: Person, role: Role | str, entity_id: str) -> None:
        """Gives a role: for the workspace, for a project, or over a person."""
        people.grant_role(self.server, self.workspace_id, person.id, role=Role(role), entity_id=entity_id)

    def set(self, **settings: Any) -> None:
        """Changes workspace settings by their names in the program."""
        people.change_settings(self.server, self.workspace_id, settings)

    def read(self, work: Any) -> Any:
        """Runs `work(tx)` in a read transaction of this workspace, with every right."""
        return people.read(self.server, self.workspace_id, work)

    def write(self, work: Any) -> Any:
        """Runs `work(tx)` in a write transaction of this workspace, with every right."""
        return people.write(self.server, self.workspace_id, work)

    def _email(self, name: str) -> str:
        return f"{name.split()[0].lower()}.{self.server.ids.new_id()}@example.com"

    def _person(self, made: people.Made, name: str) -> Person:
        self.server.secrets.append(made.key)
        return Person(self.server, made.workspace_id, made.user_id, made.key, name, made.email)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'hourbook.db'}"
