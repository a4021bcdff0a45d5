"""A load generator: raw HTTP/1.1 over keep-alive connections, one request in flight on each.

It is written against asyncio's protocols so that it costs little beside what it measures. Latencies
are from the write of a request to its last byte. It only ever talks to 127.0.0.1.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

Make = Callable[[int], bytes | None]
"""Builds the request of a number; None ends the run."""


@dataclass
class Figures:
    """What a run measured; latencies in milliseconds."""

    seconds: float
    latencies_ms: list[float] = field(repr=False)
    failures: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    def as_dict(self) -> dict[str, float]:
        return {
            "rate": round(self.rate, 1),
            "p50_ms": round(self.percentile(0.50), 3),
            "p99_ms": round(self.percentile(0.99), 3),
            "max_ms": round(max(self.latencies_ms, default=0.0), 3),
            "count": len(self.latencies_ms),
            "failures": len(self.failures),
        }


class _Connection(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._data = bytearray()
        self._needed: int | None = None
        self._started = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        request = self._run.next_request()
        if request is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._needed is None:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            self._needed = end + 4 + _content_length(bytes(self._data[:end]))
        if len(self._data) < self._needed:
            return
        self._run.finished(time.perf_counter() - self._started, bytes(self._data[:200]))
        self._data.clear()
        self._needed = None
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.closed()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


class _Run:
    def __init__(self, make: Make, *, count: int | None, seconds: float | None) -> None:
        self._make = make
        self._count = count
        self._until = None if seconds is None else time.perf_counter() + seconds
        self._sent = 0
        self._open = 0
        self.latencies_ms: list[float] = []
        self.failures: list[str] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        if self._count is not None and self._sent >= self._count:
            return None
        if self._until is not None and time.perf_counter() >= self._until:
            return None
        self._sent += 1
        return self._make(self._sent - 1)

    def opened(self) -> None:
        self._open += 1

    def finished(self, seconds: float, head: bytes) -> None:
        self.latencies_ms.append(seconds * 1000)
        if head[9:10] != b"2":
            self.failures.append(head.split(b"\r\n")[0].decode("latin-1"))

    def closed(self) -> None:
        self._open -= 1
        if self._open == 0 and not self.done.done():
            self.done.set_result(None)


async def _drive(port: int, make: Make, *, connections: int, count: int | None, seconds: float | None) -> Figures:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    run = _Run(make, count=count, seconds=seconds)
    for _ in range(connections):
        run.opened()
    await asyncio.gather(
        *(loop.create_connection(lambda: _Connection(run), "127.0.0.1", port) for _ in range(connections))
    )
    await run.done
    return Figures(time.perf_counter() - started, run.latencies_ms, run.failures)


def measure(
    port: int, make: Make, *, connections: int = 32, count: int | None = None, seconds: float | None = None
) -> Figures:
    """Sends requests until `count` or `seconds` is reached; `make(number)` builds each."""
    return _loop_run(_drive(port, make, connections=connections, count=count, seconds=seconds))


def _loop_run(work: "asyncio.Future[Figures] | object") -> Figures:
    try:
        import uvloop

        return uvloop.run(work)  # type: ignore[arg-type]
    except ImportError:
        return asyncio.run(work)  # type: ignore[arg-type]


def request(method: str, path: str, key: str, body: bytes = b"") -> bytes:
    """A request's bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
