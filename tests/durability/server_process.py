"""One Hourbook server as a process of its own, to be killed at any moment.

Owns starting it (and measuring how long it takes from exec to the first 200 of /ready), killing it alone or with all
its children, its log, and the command-line calls beside it (create-owner, doctor). All of them share one environment,
so under the power-cut library every program that touches the data is watched. Nothing here knows what is written.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.durability.writers import Office
from tests.ports import free_port

COMMAND = (sys.executable, "-m", "hourbook.cli.main")
READY_SECONDS = 60.0
GONE_SECONDS = 60.0
POLL_SECONDS = 0.005


class Start(NamedTuple):
    """How long a start took: by the clock, without what the server waited for a processor that others held, and what
    it used one for."""

    seconds: float
    own_seconds: float
    processor_seconds: float


class HourbookProcess:
    """A server over one data folder (and a database, when it is not the embedded one)."""

    def __init__(self, data: Path, *, database: str | None, log: Path, environment: Mapping[str, str]) -> None:
        self._where = ["--data", str(data)] + (["--database", database] if database else [])
        self._log = log
        # Its writers send as fast as they can, with one key.
        self._environment = {**os.environ, "HOURBOOK_RATE_LIMIT_PER_SECOND": "0", **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._groups: list[int] = []
        self.port = 0

    def create_owner(self) -> Office:
        """Makes the owner who writes everything."""
        words = ["--email", "owner@example.com", "--password", "correct horse battery", "--name", "Owner"]
        output = self._call("admin", "create-owner", *self._where, *words, "--workspace", "Crash", "--json")
        made = json.loads(output)
        return Office(made["workspaceId"], made["userId"], made["apiKey"])

    def seed(self, *, entries: int, users: int, projects: int) -> Office:
        """Makes a company with so much time; who may see all of it. Before the server is started."""
        sizes = ["--entries", str(entries), "--users", str(users), "--projects", str(projects)]
        made = json.loads(self._call("seed", *self._where, *sizes, "--json").strip().splitlines()[-1])
        return Office(made["workspaceId"], made["userId"], made["apiKey"])

    def delete_workspace(self, workspace_id: str, name: str) -> str:
        """What the operator's command says."""
        return self._call("admin", "delete-workspace", workspace_id, "--confirm", name, *self._where)

    @property
    def pid(self) -> int:
        """Of the process that was started, which looks after the others."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def doctor(self) -> str | None:
        """Runs the doctor beside the server; what it says when it finds anything wrong."""
        try:
            self._call("doctor", *self._where)
        except RuntimeError as error:
            return str(error)
        return None

    def launch(self, *, with_worker: bool = True) -> subprocess.Popen[bytes]:
        """Starts the server and does not wait for it. Without a worker it is one process that nobody supervises."""
        form = [] if with_worker else ["--no-worker"]
        self.port = free_port()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "serve", *self._where, "--host", "127.0.0.1", "--port", str(self.port), *form],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._groups = [*filter(_is_alive, self._groups), self._process.pid]
        return self._process

    def start(self, *, with_worker: bool = True) -> "Start":
        """Starts the server and measures it from exec to the first 200 of /ready."""
        began = time.perf_counter()
        process = self.launch(with_worker=with_worker)
        self.wait_until_ready()
        seconds = time.perf_counter() - began
        used, waited = _processor_seconds(process.pid)
        return Start(seconds, seconds - waited, used)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"the server ended before it was ready:\n{self._end_of_log()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server was not ready in {READY_SECONDS:.0f} s:\n{self._end_of_log()}")
            time.sleep(POLL_SECONDS)

    def kill(self, *, with_children: bool) -> None:
        """SIGKILL to the server; its children must notice by themselves unless they are killed with it."""
        if self._process is None:
            return
        if with_children:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        self._process = None
        if with_children:
            self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """Waits for the last child of every server that was killed; raises when one stays behind."""
        deadline = time.monotonic() + GONE_SECONDS
        while any(_is_alive(group) for group in self._groups):
            if time.monotonic() > deadline:
                raise RuntimeError("a child of a killed server did not end")
            time.sleep(POLL_SECONDS)
        self._groups.clear()

    def close(self) -> None:
        """Leaves nothing behind, whatever happened."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _call(self, *words: str) -> str:
        done = subprocess.run(
            [*COMMAND, *words],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != 0:
            raise RuntimeError(f"hourbook {words[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def _end_of_log(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]


def _processor_seconds(pid: int) -> tuple[float, float]:
    """How long it and the processes it started ran, and how long they were ready to run and did not; 0 where the system
    does not tell.

    The server and its web process start one after the other, so what each waited adds up.
    """
    try:
        told = [Path(f"/proc/{one}/schedstat").read_text().split() for one in (pid, *children(pid))]
    except OSError:
        return 0.0, 0.0
    return sum(int(one[0]) for one in told) / 1e9, sum(int(one[1]) for one in told) / 1e9


def children(pid: int) -> list[int]:
    """The processes that it started and that are there; none where the system does not tell."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_alive(group: int) -> bool:
    """Whether the process group has a member that runs; one that only waits for its parent does not count."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    stats = list(Path("/proc").glob("[0-9]*/stat"))
    return not stats or any(_runs_in(group, stat) for stat in stats)


def _runs_in(group: int, stat: Path) -> bool:
    try:
        state, _, member_of = stat.read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return False
    return int(member_of) == group and state not in "ZX"
