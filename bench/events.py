"""Webhooks and live updates: how soon an event is there, what it costs, how fast a backlog goes, what streams hold.

The receiver is a process of its own on the same cores (`bench/receiver.py`). A latency is from the sending of the
change to the first byte at the receiver, so it contains the request, too. Nothing leaves the machine.
"""

import contextlib
import http.client
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import scenarios
from bench.load import Figures, measure, request
from bench.scenarios import ask
from bench.servers import Filled, Server, free_port, hourbook, running, seed
from bench.table import Row, pairwise, summary

EVENT = "NEW_TIME_ENTRY"
MANY_HOOKS = 100
START, END = "2026-05-20T10:00:00Z", "2026-05-20T11:00:00Z"
ENVIRONMENT = {
    "HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "HOURBOOK_WEBHOOKS_PER_USER": "1000",
    "HOURBOOK_WEBHOOKS_PER_WORKSPACE": "1000",
    "HOURBOOK_STREAMS_PER_CREDENTIAL": "2000",
    "HOURBOOK_STREAMS_LIMIT": "4000",
}
WAIT_SECONDS = 60.0
STREAMS = 1000


@dataclass
class Arrived:
    """One delivery at the receiver."""

    at: float
    path: str
    number: int


class Receiver:
    """The process that gets events, and the lines it wrote."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._file = folder / f"received-{self.port}"
        self._file.touch()
        command = [sys.executable, "-m", "bench.receiver", str(self.port), str(self._file)]
        self._process = subprocess.Popen(command)
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            time.sleep(0.01)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def count(self) -> int:
        with self._file.open("rb") as file:
            return sum(1 for _ in file)

    def arrived(self) -> list[Arrived]:
        lines = (line.split() for line in self._file.read_text().splitlines())
        return [Arrived(float(at), path, int(number)) for at, path, number in lines if number != "-"]

    def wait_for(self, count: int, seconds: float) -> float:
        """Waits until so many came; the moment when they had."""
        deadline = time.monotonic() + seconds
        while self.count() < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.count()} of {count} deliveries came in {seconds:.0f} s")
            time.sleep(0.02)
        return time.monotonic()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    found = Receiver(folder)
    try:
        yield found
    finally:
        found.close()


def start(filled: Filled, *more: str) -> "contextlib.AbstractContextManager[Server]":
    port = free_port()
    command = hourbook("serve", "--data", str(filled.folder), "--port", str(port), *more)
    return running(command, port, "/ready", ENVIRONMENT)


def hook(server: Server, filled: Filled, url: str, name: str = "Measured") -> dict[str, Any]:
    body = {"name": name, "url": url, "webhookEvent": EVENT, "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    made: dict[str, Any] = ask(server, filled, "POST", "/webhooks", body)
    return made


def events_rows(folder: Path, *, quick: bool = False) -> list[Row]:
    """All figures of events."""
    rows = [*latency_rows(folder, seconds=5 if quick else 30)]
    rows += loss_rows(folder, rounds=2 if quick else 5)
    rows += backlog_rows(folder, changes=50 if quick else 1000)
    rows += dead_rows(folder, seconds=5 if quick else 30)
    rows += streams_rows(folder, streams=100 if quick else STREAMS)
    return rows


# --- how soon ------------------------------------------------------------------------------------


def paced_changes(server: Server, filled: Filled, *, rate: float, seconds: float, first: int = 0) -> dict[int, float]:
    """Creates at an even rate on one connection; when each was sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    path = f"/api/v1/workspaces/{filled.workspace_id}/time-entries"
    headers = {"X-Api-Key": filled.api_key, "Content-Type": "application/json"}
    sent: dict[int, float] = {}
    began = time.monotonic()
    for number in range(first, first + int(rate * seconds)):
        time.sleep(max(0.0, began + (number - first) / rate - time.monotonic()))
        body = {"start": START, "end": END, "description": f"change {number}"}
        sent[number] = time.monotonic()
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise RuntimeError(f"a change was answered {answer.status}")
    connection.close()
    return sent


def latencies_ms(sent: dict[int, float], arrived: list[Arrived]) -> Figures:
    found = [(one.at - sent[one.number]) * 1000 for one in arrived if one.number in sent]
    return Figures(max(sent.values()) - min(sent.values()), found)


def latency_rows(folder: Path, *, seconds: float) -> list[Row]:
    """20 changes a second to 10 webhooks."""
    filled = seed(folder / "latency", entries=1000, users=5, projects=5)
    with receiving(folder) as receiver, start(filled) as server:
        for number in range(10):
            hook(server, filled, receiver.url(f"/good/{number}"), f"Hook {number}")
        warm = paced_changes(server, filled, rate=20, seconds=2, first=1_000_000)
        receiver.wait_for(len(warm) * 10, WAIT_SECONDS)
        before = server.processor_seconds()
        sent = paced_changes(server, filled, rate=20, seconds=seconds)
        receiver.wait_for((len(warm) + len(sent)) * 10, WAIT_SECONDS)
        used = server.processor_seconds() - before
        figures = latencies_ms(sent, receiver.arrived())
    name = "change to first byte, 20/s to 10 webhooks"
    ours = summary([figures])
    # What other work on the machine does not distort.
    note = f"{used / len(figures.latencies_ms) * 1_000_000:.0f} µs of processor time a delivery, changes included"
    return [
        Row(f"{name}: p50", "", round(figures.percentile(0.5), 1), 30.0, False, "ms", ours, note=note),
        Row(f"{name}: p99", "", round(figures.percentile(0.99), 1), 150.0, False, "ms", ours),
    ]


# --- what it costs -------------------------------------------------------------------------------


def loss_rows(folder: Path, *, rounds: int) -> list[Row]:
    """Creates with one webhook on, beside the same without it, taking turns."""
    filled = seed(folder / "loss", entries=1000, users=5, projects=5)
    with_hook: list[Figures] = []
    without: list[Figures] = []
    with receiving(folder) as receiver, start(filled) as server:
        make = scenarios.create(scenarios.sample(server, filled))
        measure(server.port, make, connections=8, seconds=1)
        for _ in range(rounds):
            without.append(measure(server.port, make, connections=8, seconds=2))
            made = hook(server, filled, receiver.url("/good/loss"))
            before = receiver.count()
            with_hook.append(measure(server.port, make, connections=8, seconds=2))
            receiver.wait_for(before + len(with_hook[-1].latencies_ms), 120)
            ask(server, filled, "DELETE", f"/webhooks/{made['id']}")
    figures = (summary(with_hook), summary(without))
    return [Row("create with one webhook on", "without", pairwise(with_hook, without), 0.85, True, "times", *figures)]


# --- a backlog -----------------------------------------------------------------------------------


def backlog_rows(folder: Path, *, changes: int) -> list[Row]:
    """Changes made while no worker runs, to a hundred webhooks; then it comes, and creates go on beside it."""
    filled = seed(folder / "backlog", entries=1000, users=5, projects=5)
    with receiving(folder) as receiver:
        with start(filled, "--no-worker") as server:
            make = scenarios.create(scenarios.sample(server, filled))
            for number in range(MANY_HOOKS):
                hook(server, filled, receiver.url(f"/good/{number}"), f"Hook {number}")
            measure(server.port, make, connections=8, count=changes)
        with start(filled) as server:
            began = time.monotonic()
            # One at a time: what somebody waits who starts a timer, not what a flood of writes gets through.
            loud = _paced_latencies(server, filled, seconds=min(20.0, changes / 10))
            ended = receiver.wait_for(changes * MANY_HOOKS, 1200)
            rate = changes * MANY_HOOKS / (ended - began)
        with start(filled) as server:
            receiver.wait_for((changes + len(loud.latencies_ms)) * MANY_HOOKS, 1200)
            quiet = _paced_latencies(server, filled, seconds=5, first=2_000_000, hooks=False)
    factor = round(loud.percentile(0.99) / quiet.percentile(0.99), 2)
    figures = (summary([loud]), summary([quiet]))
    words = f"a backlog of {changes * MANY_HOOKS:,} deliveries"
    return [
        Row(f"{words}: drained", "", round(rate), 300, True, "/s"),
        Row(f"create beside {words}: p99", "quiet p99", factor, 5.0, False, "times", *figures),
    ]


def _paced_latencies(
    server: Server, filled: Filled, *, seconds: float, first: int = 1_000_000, hooks: bool = True
) -> Figures:
    """Creates one after the other, 20 a second; without `hooks` for a member's tag that no webhook hears of."""
    found = []
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < seconds:
        time.sleep(max(0.0, began + number / 20 - time.monotonic()))
        started = time.perf_counter()
        if hooks:
            body = {"start": START, "end": END, "description": f"beside {first + number}"}
            ask(server, filled, "POST", "/time-entries", body)
        else:
            ask(server, filled, "POST", "/tags", {"name": f"quiet {first + number}"})
        found.append((time.perf_counter() - started) * 1000)
        number += 1
    return Figures(time.monotonic() - began, found)


# --- one dead endpoint ---------------------------------------------------------------------------


def dead_rows(folder: Path, *, seconds: float) -> list[Row]:
    """A hundred webhooks, then the same with one that takes connections and never answers."""
    runs = {}
    for is_dead in (False, True):
        filled = seed(folder / f"dead-{is_dead}", entries=1000, users=5, projects=5)
        with receiving(folder) as receiver, start(filled) as server:
            for number in range(MANY_HOOKS - 1):
                hook(server, filled, receiver.url(f"/good/{number}"), f"Hook {number}")
            hook(server, filled, receiver.url("/dead/0" if is_dead else "/good/last"), "Last")
            good = MANY_HOOKS - is_dead
            warm = paced_changes(server, filled, rate=2, seconds=2, first=1_000_000)
            receiver.wait_for(len(warm) * good, WAIT_SECONDS)
            sent = paced_changes(server, filled, rate=2, seconds=seconds)
            receiver.wait_for((len(warm) + len(sent)) * good, WAIT_SECONDS)
            runs[is_dead] = latencies_ms(sent, receiver.arrived())
    factor = round(runs[True].percentile(0.99) / runs[False].percentile(0.99), 2)
    figures = (summary([runs[True]]), summary([runs[False]]))
    return [Row("99 webhooks beside a dead one: p99", "100 that live", factor, 2.0, False, "times", *figures)]


# --- live streams --------------------------------------------------------------------------------


def streams_rows(folder: Path, *, streams: int) -> list[Row]:
    """What open streams hold in the memory of the process that answers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, streams * 2 + 500)), hard))
    filled = seed(folder / "streams", entries=1000, users=5, projects=5)
    with start(filled) as server, contextlib.ExitStack() as opened:
        for _ in range(20):
            ask(server, filled, "GET", "/tags")
        before = server.memory_mb()
        for _ in range(streams):
            opened.enter_context(_stream(server, filled))
        time.sleep(2)
        held = server.memory_mb() - before
    name = f"{streams:,} idle live streams"
    return [Row(name, "", round(held, 1), 100.0 * streams / STREAMS, False, "MB", note=f"{before:.0f} MB before")]


@contextlib.contextmanager
def _stream(server: Server, filled: Filled) -> Iterator[socket.socket]:
    """One stream, open and begun."""
    path = f"/api/hourbook/v1/workspaces/{filled.workspace_id}/events"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as found:
        found.sendall(request("GET", path, filled.api_key))
        answer = found.recv(4096)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a stream was answered {answer[:200]!r}")
        yield found
