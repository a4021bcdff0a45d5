"""For tests of streams that go on: one opened on the server's loop, read event by event."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.asgi import scope_of
from tests.harness import Office, Person

WAIT_SECONDS = 30


def run(office: Office, work: Callable[[], Awaitable[Any]]) -> Any:
    return office.server.loop.run_until_complete(asyncio.wait_for(work(), 60))


async def ask(person: Person, method: str, path: str, body: Any = None) -> Any:
    """A request beside the streams."""
    full = path if path.startswith("/api/") else f"/api/v1/workspaces/{person.workspace_id}{path}"
    asked = person.prepared(method, full, body)
    answer = await person.server.ask_on_loop(*asked)
    assert answer.status < 300, answer
    return answer.body


def own(person: Person, path: str) -> str:
    return f"/api/hourbook/v1/workspaces/{person.workspace_id}{path}"


@dataclass
class Event:
    """What came between two blank lines."""

    id: str = ""
    name: str = ""
    data: Any = None
    is_comment: bool = False


@dataclass
class Reader:
    """The client's end. `stalled`: it takes nothing any more."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytes = b""
    is_over: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    aborted: bool = False

    async def send(self, message: Any) -> None:
        if self.stalled.is_set():
            await asyncio.Event().wait()
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.content += message.get("body", b"")
            self.is_over = not message.get("more_body")
        self.came.set()

    async def event(self) -> Event:
        """The next one; TimeoutError when none comes, EOFError when the stream is over."""
        async with asyncio.timeout(WAIT_SECONDS):
            while b"\n\n" not in self.content:
                if self.is_over:
                    raise EOFError
                self.came.clear()
                await self.came.wait()
        text, _, self.content = self.content.partition(b"\n\n")
        return parsed(text.decode())

    async def change(self) -> dict[str, Any]:
        """The next change, whatever else comes before it."""
        while True:
            found = await self.event()
            if found.name == "change":
                return dict(found.data)

    async def until_over(self) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while not self.is_over:
                self.came.clear()
                await self.came.wait()


def parsed(text: str) -> Event:
    found = Event(is_comment=text.startswith(":"))
    for line in text.split("\n"):
        name, _, value = line.partition(": ")
        if name == "data":
            found.data = msgspec.json.decode(value)
        elif name == "id":
            found.id = value
        elif name == "event":
            found.name = value
    return found


@contextlib.asynccontextmanager
async def streaming(person: Person, *, query: bytes = b"", last_event_id: str = "") -> AsyncIterator[Reader]:
    """A stream of the person's workspace; its first words have come."""
    path = f"/api/hourbook/v1/workspaces/{person.workspace_id}/events"
    headers = [(b"accept", b"text/event-stream")]
    if person.key is not None:
        headers.append((b"x-api-key", person.key.encode()))
    if last_event_id:
        headers.append((b"last-event-id", last_event_id.encode()))
    reader = Reader()

    async def receive() -> dict[str, Any]:
        await reader.leaving.wait()
        return {"type": "http.disconnect"}

    def abort() -> None:
        reader.aborted = True

    scope = scope_of("GET", path, query, headers) | {"extensions": {"hourbook.abort": abort}}
    task = asyncio.create_task(person.server.runtime.app(scope, receive, reader.send))
    async with asyncio.timeout(WAIT_SECONDS):
        await reader.came.wait()
    try:
        yield reader
    finally:
        reader.leaving.set()
        reader.stalled.clear()
        with contextlib.suppress(asyncio.CancelledError):
            task.cancel() if reader.aborted else None
            await asyncio.wait_for(task, WAIT_SECONDS)
