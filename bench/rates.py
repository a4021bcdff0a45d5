"""What it costs to change a rate that many entries carry, and how long others wait meanwhile.

Every rate is one that all the entries get: the workspace's with nobody having a nearer one, and a
person's. The creates are those of another workspace in the same database.
"""

import json
import statistics
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench import scenarios
from bench.load import Figures, measure
from bench.servers import Filled, Server, seed, start_hourbook
from bench.table import Row, summary

CHANGE_LIMIT_S, WAIT_LIMIT_MS = 1.5, 2000.0
CONNECTIONS = 16
BEGINNING = "1970-01-01T00:00:00Z"
# Creates begin this long before the change and go on until it has ended, with a pause between changes.
PAUSE_S = 3.0
Change = Callable[[int], float]


def rates_rows(folder: Path, *, entries: int = 200_000, rounds: int = 5) -> list[Row]:
    """Seconds of a change over all entries, alone and beside another workspace's creates, and their wait."""
    others = seed(folder / "rates", entries=5_000, users=2, projects=5, number=2)
    filled = seed(folder / "rates", entries=entries, users=max(1, entries // 10_000), projects=10)
    one = seed(folder / "rates", entries=entries, users=1, projects=10, number=3)
    with start_hourbook(filled) as server:
        of_workspace = _change(server, filled, "/cost-rate", entries)
        of_person = _change(server, one, f"/users/{one.user_id}/cost-rate", entries)
        quiet = {"workspace": _median(of_workspace, rounds), "person": _median(of_person, rounds)}
        found = scenarios.sample(server, others)
        measure(server.port, scenarios.create(found), connections=CONNECTIONS, seconds=1)
        calm = measure(server.port, scenarios.create(found), connections=CONNECTIONS, seconds=5)
        loud, took = _beside(server, found, of_workspace, rounds)
    words = f"over {entries:,} entries"
    return [
        Row(f"rate of a workspace {words}", "", quiet["workspace"], CHANGE_LIMIT_S, False, "s"),
        Row(f"rate of a person {words}", "", quiet["person"], CHANGE_LIMIT_S, False, "s"),
        Row(f"rate {words} beside creates elsewhere", "", took, CHANGE_LIMIT_S, False, "s"),
        Row(
            f"create elsewhere while a rate changes {words}: p99",
            "",
            round(loud.percentile(0.99)),
            WAIT_LIMIT_MS,
            False,
            "ms",
            summary([loud]),
            summary([calm]),
            note=f"quiet {calm.percentile(0.99):.0f} ms, longest wait {max(loud.latencies_ms):.0f} ms",
        ),
    ]


def _change(server: Server, filled: Filled, path: str, expected: int) -> Change:
    """Sets the rate since the beginning; the seconds it took. RuntimeError unless it touched what it should."""
    address = f"http://127.0.0.1:{server.port}/api/v1/workspaces/{filled.workspace_id}{path}"
    headers = {"X-Api-Key": filled.api_key, "Content-Type": "application/json"}
    turn = iter(range(1_000, 1_000_000))

    def change(_: int) -> float:
        body = json.dumps({"amount": next(turn), "since": BEGINNING}).encode()
        asked = urllib.request.Request(address, body, headers, method="PUT")
        started = time.perf_counter()
        with urllib.request.urlopen(asked, timeout=300) as answer:
            answer.read()
            changed = int(answer.headers["X-Hourbook-Entries-Changed"])
        took = time.perf_counter() - started
        if changed != expected:
            raise RuntimeError(f"{changed} entries got another rate instead of {expected}")
        return took

    return change


def _median(change: Change, rounds: int) -> float:
    return round(statistics.median(change(number) for number in range(rounds)), 2)


def _beside(server: Server, found: scenarios.Sample, change: Change, rounds: int) -> tuple[Figures, float]:
    """Creates while rate after rate changes, and the median of the changes in seconds."""
    ended = threading.Event()
    taken: list[float] = []

    def changes() -> None:
        try:
            for number in range(rounds):
                time.sleep(PAUSE_S)
                taken.append(change(number))
        finally:
            ended.set()

    make = scenarios.create(found)
    thread = threading.Thread(target=changes)
    thread.start()
    loud = measure(
        server.port, lambda number: None if ended.is_set() else make(number), connections=CONNECTIONS, seconds=300
    )
    thread.join()
    if len(taken) < rounds or loud.failures:
        raise RuntimeError(f"{len(taken)} of {rounds} changes, failed creates: {loud.failures[:3]}")
    return loud, round(statistics.median(taken), 2)
