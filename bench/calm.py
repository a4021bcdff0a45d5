"""How long a create waits while something large goes on: a bulk edit, a backup, a crowd of bad keys.

The quiet figures are measured right before, on the same server. The disturbance runs in a process
of its own or is one long request; creates never pause.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import scenarios
from bench.load import Figures, Make, measure, request
from bench.servers import Filled, Server, hourbook, seed, start_hourbook
from bench.table import Row, summary

ALLOWED_FACTOR, ALLOWED_WAIT_MS = 5.0, 1000.0
CONNECTIONS = 32
BAD_KEYS = 1000
AROUND_SECONDS = 10.0
Disturbance = Callable[[], Any]


def calm_rows(folder: Path, *, entries: int = 200_000) -> list[Row]:
    """Creates during a bulk edit, a backup and bad keys; two rows each: the 99th percentile and the longest wait."""
    people = max(1, 2 * entries // 10_000)
    filled = seed(folder / "calm", entries=2 * entries, users=people + people // 10, projects=2)
    rows: list[Row] = []
    with start_hourbook(filled) as server:
        found = scenarios.sample(server, filled)
        edited, kept = sorted(found.projects, key=lambda project: _count(filled, project), reverse=True)[:2]
        found.projects = [kept]
        found.tasks.setdefault(kept, _task(server, filled, kept))
        backup = [*hourbook("backup", "--data", str(filled.folder)), str(folder / "copy.hourbook")]
        count = _count(filled, edited)
        rows += disturbed(
            server, found, f"a bulk edit of {count:,} entries", lambda: _archive_and_delete(server, filled, edited)
        )
        rows += disturbed(server, found, "a backup", lambda: _run(backup))
        rows += disturbed(server, found, f"{BAD_KEYS:,} bad keys", lambda: _run(_bad_keys_command(server, filled)))
    return rows


def disturbed(server: Server, found: scenarios.Sample, words: str, disturbance: Disturbance) -> list[Row]:
    make = scenarios.create(found)
    measure(server.port, make, connections=CONNECTIONS, seconds=1)
    quiet = measure(server.port, make, connections=CONNECTIONS, seconds=5)
    loud, took = _measure_beside(server, make, disturbance)
    if quiet.failures or loud.failures:
        raise RuntimeError(f"creates were refused: {(quiet.failures + loud.failures)[:3]}")
    factor = round(loud.percentile(0.99) / quiet.percentile(0.99), 3)
    longest = max(loud.latencies_ms)
    name, figures = f"create during {words}", (summary([loud]), summary([quiet]))
    return [
        Row(f"{name}: p99", "quiet p99", factor, ALLOWED_FACTOR, False, "times", *figures, note=f"{took:.1f} s"),
        Row(f"{name}: longest wait", "", round(longest), ALLOWED_WAIT_MS, False, "ms", *figures),
    ]


def _measure_beside(server: Server, make: Make, disturbance: Disturbance) -> tuple[Figures, float]:
    """Creates while the disturbance runs, and nothing of the calm after it; its seconds."""
    ended = threading.Event()
    errors: list[BaseException] = []
    started = time.perf_counter()

    def disturb() -> None:
        try:
            disturbance()
        except BaseException as error:
            errors.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=disturb)

    def making(number: int) -> bytes | None:
        return None if ended.is_set() and time.perf_counter() - started > AROUND_SECONDS else make(number)

    thread.start()
    found = measure(server.port, making, connections=CONNECTIONS, seconds=120)
    took = time.perf_counter() - started
    thread.join()
    if errors:
        raise errors[0]
    return found, took


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:5])}: {done.stderr[-500:]}")


def _archive_and_delete(server: Server, filled: Filled, project: str) -> None:
    """Deletes a project: its entries lose project and task, in one transaction."""
    path = f"/projects/{project}"
    scenarios.ask(server, filled, "PUT", path, {"archived": True})
    scenarios.ask(server, filled, "DELETE", path)


def _count(filled: Filled, project: str) -> int:
    import sqlite3

    raw = sqlite3.connect(f"file:{filled.folder / 'hourbook.db'}?mode=ro", uri=True)
    found = raw.execute("SELECT count(*) FROM time_entries WHERE project_id = ?", (bytes.fromhex(project),)).fetchone()
    raw.close()
    return int(found[0])


def _task(server: Server, filled: Filled, project: str) -> str:
    made = scenarios.ask(server, filled, "POST", f"/projects/{project}/tasks", {"name": "Measured"})
    return str(made["id"])


def _bad_keys_command(server: Server, filled: Filled) -> list[str]:
    return [sys.executable, "-m", "bench.calm", str(server.port), filled.workspace_id]


def _try_bad_keys(port: int, workspace_id: str) -> None:
    """Asks with keys that nobody has, each another one."""
    found = measure(
        port,
        lambda number: request("GET", f"/api/v1/workspaces/{workspace_id}/tags", f"{number:048}"),
        connections=8,
        count=BAD_KEYS,
    )
    if len(found.failures) != BAD_KEYS:
        raise RuntimeError("a bad key was accepted")


if __name__ == "__main__":
    _try_bad_keys(int(sys.argv[1]), sys.argv[2])
