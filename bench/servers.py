"""Starting and stopping what is measured: Hourbook, its floor, and its peers.

Every server is a process of its own on 127.0.0.1 and is stopped by its process id.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

START_LIMIT_SECONDS = 60
# The load comes with one key.
UNLIMITED = {"HOURBOOK_RATE_LIMIT_PER_SECOND": "0", "HOURBOOK_ADDON_RATE_LIMIT_PER_SECOND": "0"}
_QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass
class Filled:
    """A seeded database: where it is and who may ask it."""

    folder: Path
    database_url: str
    workspace_id: str
    user_id: str
    api_key: str


@dataclass
class Server:
    """A running server."""

    port: int
    pid: int
    start_seconds: float

    def memory_mb(self) -> float:
        """Resident memory now, of the process that answers: a supervised server's is a child."""
        for line in Path(f"/proc/{self._answering_pid()}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no memory figure")

    def processor_seconds(self) -> float:
        """What the processes that answer and that work have used of the processors so far."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self._working_pids()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")

    def _working_pids(self) -> set[int]:
        return {self.web_pid(), self.worker_pid()}

    def worker_pid(self) -> int:
        """The process that makes reports."""
        return self._child(b"\0hourbook-worker")

    def web_pid(self) -> int:
        """The process that speaks HTTP."""
        return self._answering_pid()

    def _answering_pid(self) -> int:
        return self._child(b"\0hourbook-web")

    def _child(self, mark: bytes) -> int:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for child in map(int, children):
            if Path(f"/proc/{child}/cmdline").read_bytes().rstrip(b"\0").endswith(mark):
                return child
        return self.pid


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hourbook(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hourbook.cli.main", *arguments]


def seed(
    folder: Path, *, entries: int, users: int, projects: int, database_url: str | None = None, number: int = 1
) -> Filled:
    """Adds a workspace to a database; the same rows for the same numbers."""
    more = ["--database", database_url] if database_url else []
    command = hourbook("seed", "--data", str(folder), "--entries", str(entries), "--users", str(users))
    command += ["--projects", str(projects), "--seed", str(number), "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"seed failed: {done.stderr[-2000:]}")
    facts = json.loads(done.stdout.strip().splitlines()[-1])
    url = database_url or f"sqlite:///{folder / 'hourbook.db'}"
    return Filled(folder, url, facts["workspaceId"], facts["userId"], facts["apiKey"])


def copy_of(filled: Filled, folder: Path) -> Filled:
    """The same content in a fresh folder (embedded database only)."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(filled.folder, folder)
    return replace(filled, folder=folder, database_url=f"sqlite:///{folder / 'hourbook.db'}")


@contextlib.contextmanager
def running(command: list[str], port: int, ready_path: str, env: dict[str, str] | None = None) -> Iterator[Server]:
    """A process that answers 2xx or 4xx at `ready_path`; ended at the end."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **UNLIMITED, **(env or {})}, **_QUIET)
    try:
        _wait(port, ready_path, process)
        yield Server(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, path: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.perf_counter() + START_LIMIT_SECONDS
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("the server did not start")


def start_hourbook(filled: Filled) -> "contextlib.AbstractContextManager[Server]":
    port = free_port()
    command = hourbook("serve", "--data", str(filled.folder), "--port", str(port))
    return running([*command, "--database", filled.database_url], port, "/ready")


def start_floor(filled: Filled) -> "contextlib.AbstractContextManager[Server]":
    port = free_port()
    path = f"/api/v1/workspaces/{filled.workspace_id}/user/{filled.user_id}/time-entries"
    env = {"FLOOR_DATABASE": filled.database_url}
    return running([sys.executable, "-m", "bench.floor", str(port)], port, path, env)
