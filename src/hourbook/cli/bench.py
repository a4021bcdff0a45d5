"""`hourbook bench`: a short look at how fast this machine is, without anything but the package.

It fills a database of its own in a temporary folder, asks the application in this process (no
network, no client) and says what it saw. The scenarios that compare with a floor, a large database
and other programs are in the repository: `make bench`.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from hourbook.cli.runtime import JsonOption, Opened, opened, print_json, settings_of
from hourbook.cli.seed import CLOCK_S, Company, Wish, fill

ENTRIES, PROJECTS = 5_000, 20
DAY_S = 86_400
Ask = Callable[[], Awaitable[None]]


@dataclass
class Found:
    """One kind of request: how many a second, and how long they took (milliseconds)."""

    name: str
    rate: float
    p50_ms: float
    p99_ms: float


def bench(
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long each kind of request is asked.")] = 2.0,
    as_json: JsonOption = False,
) -> None:
    """Measure this machine briefly, in a database of its own. `make bench` in the repository measures it all."""
    with tempfile.TemporaryDirectory(prefix="hourbook-bench-") as folder, _filled(Path(folder)) as (database, company):
        found = asyncio.run(_measure(database.runtime.app, company, seconds))
    if as_json:
        print_json(found)
        return
    typer.echo(f"{'requests':<34}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}")
    for row in found:
        typer.echo(f"{row.name:<34}{row.rate:>10,.0f}{row.p50_ms:>10.2f}{row.p99_ms:>10.2f}")
    typer.echo("In this process, without network. Compare with care: make bench in the repository has the ratios.")


@contextmanager
def _filled(folder: Path) -> "Iterator[tuple[Opened, Company]]":
    from hourbook.core.clock import MICROSECONDS_PER_SECOND, FixedClock
    from hourbook.core.ids import IdSource

    clock = FixedClock(CLOCK_S * MICROSECONDS_PER_SECOND)
    settings = settings_of(data=folder, database=f"sqlite:///{folder / 'hourbook.db'}", rate_limit_per_second=0)
    with opened(settings, holder="bench", clock=clock, ids=IdSource(clock, 1)) as database:
        yield database, fill(database, clock, Wish(ENTRIES, 1, PROJECTS, 1, "Measured"))


async def _measure(app: Any, company: Company, seconds: float) -> list[Found]:
    base = f"/api/v1/workspaces/{company.workspace_id}"
    entries = f"{base}/user/{company.owner_id}/time-entries"
    listed = msgspec.json.decode(await _ask(app, company, "GET", entries))
    numbers = count()

    async def create() -> None:
        start = CLOCK_S - DAY_S * 400 + next(numbers)
        body = {"start": _instant(start), "end": _instant(start + 60), "description": "measured"}
        await _ask(app, company, "POST", entries, msgspec.json.encode(body))

    async def read() -> None:
        await _ask(app, company, "GET", f"{base}/time-entries/{listed[0]['id']}")

    async def list_entries() -> None:
        await _ask(app, company, "GET", entries)

    return [
        await _repeat("read one entry", read, 1, seconds),
        await _repeat("list 50 entries", list_entries, 1, seconds),
        await _repeat("create an entry, 32 at a time", create, 32, seconds),
    ]


def _instant(seconds: int) -> str:
    from hourbook.core.calendar import format_instant

    return format_instant(seconds)


async def _repeat(name: str, ask: Ask, at_a_time: int, seconds: float) -> Found:
    taken_ms: list[float] = []
    started = time.perf_counter()

    async def worker() -> None:
        while time.perf_counter() - started < seconds:
            before = time.perf_counter()
            await ask()
            taken_ms.append((time.perf_counter() - before) * 1000)

    await asyncio.gather(*(worker() for _ in range(at_a_time)))
    rate = len(taken_ms) / (time.perf_counter() - started)
    taken_ms.sort()
    return Found(name, round(rate, 1), taken_ms[len(taken_ms) // 2], taken_ms[len(taken_ms) * 99 // 100])


async def _ask(app: Any, company: Company, method: str, path: str, body: bytes = b"") -> bytes:
    """One request to the application itself; RuntimeError when it is refused."""
    headers = [(b"x-api-key", company.api_key.encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    answer: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        answer.append(message)

    await app(scope, receive, send)
    if answer[0]["status"] >= 300:
        raise RuntimeError(f"{method} {path} was answered with {answer[0]['status']}")
    content: bytes = answer[1]["body"]
    return content
