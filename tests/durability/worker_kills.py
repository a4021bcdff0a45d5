"""Kills the worker again and again while people work, mails wait and jobs are due, and looks for what was lost.

`python -m tests.durability.worker_kills [--kills N] [--seconds S]`. People start and stop timers the whole time,
first in peace, then while the worker is killed; both give a figure. In the end every mail must have come, every
job be done, every acknowledged write be there, and no request have been refused.
"""

import argparse
import contextlib
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hourbook import main as parts
from hourbook.access.actors import SYSTEM
from hourbook.core.types import Origin
from hourbook.db.tx import Facts
from hourbook.resources.jobs import actions as jobs
from hourbook.resources.jobs.rules import Job, JobState
from hourbook.resources.mail import actions as mails
from hourbook.resources.mail.rules import MailState, QueuedMail
from hourbook.worker.janitor import KIND
from hourbook.worker.sender import AT_ONCE
from tests.durability.server_process import HourbookProcess, children
from tests.durability.writers import Caller, Office
from tests.postgres_server import running_postgres
from tests.worker.sink import Sink, running_sink

PEOPLE = 3
JOBS = 40
INVITE_PAUSE_SECONDS = 0.05
SETTLE_SECONDS = 120.0
START = "2026-05-20T14:00:00Z"


@dataclass
class Found:
    """What a run did and found; the figures are seconds a timer took to start or stop."""

    kills: int = 0
    in_peace: list[float] = field(default_factory=list)
    under_kills: list[float] = field(default_factory=list)
    mails: int = 0
    twice: int = 0
    faults: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(
            [
                f"kills {self.kills}, mails {self.mails}, of them sent twice {self.twice}, jobs {JOBS}",
                f"timers in peace: {_figures(self.in_peace)}",
                f"timers under kills: {_figures(self.under_kills)}",
                *self.faults[:20],
                f"{len(self.faults)} faults",
            ]
        )


def _figures(seconds: list[float]) -> str:
    if len(seconds) < 100:
        return f"{len(seconds)} only"
    cuts = statistics.quantiles(seconds, n=100)
    return f"{len(seconds)}, median {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


class Load:
    """People at work: one thread each, until told to stop."""

    def __init__(self, office: Office, port: int, found: Found) -> None:
        self._office, self._port, self._found = office, port, found
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self.figures = found.in_peace
        self.tags: list[str] = []
        self.invited: list[str] = []
        self._threads = [threading.Thread(target=self._work, args=(self._track, n)) for n in range(PEOPLE)]
        self._threads.append(threading.Thread(target=self._work, args=(self._invite, 0)))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _work(self, step: Callable[[Caller, int, int], None], number: int) -> None:
        caller = Caller(self._office, self._port)
        try:
            count = 0
            while not self._ending.is_set():
                count += 1
                step(caller, number, count)
        except Exception as error:
            self._found.faults.append(f"a request failed: {error!r}")
        finally:
            caller.close()

    def _ask(self, caller: Caller, method: str, path: str, body: Any) -> None:
        status, answer = caller.send(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path} answers {status}: {answer}")

    def _track(self, caller: Caller, number: int, count: int) -> None:
        name = f"tag {number} {count}"
        began = time.perf_counter()
        self._ask(caller, "POST", "/time-entries", {"start": START, "description": name})
        self.figures.append(time.perf_counter() - began)
        if count % 10 == 0:
            self._ask(caller, "POST", "/tags", {"name": name})
            with self._lock:
                self.tags.append(name)

    def _invite(self, caller: Caller, number: int, count: int) -> None:
        address = f"guest{count}@example.org"
        self._ask(caller, "POST", "/users", {"email": address})
        self.invited.append(address)
        self._ending.wait(INVITE_PAUSE_SECONDS)


class Outbox:
    """The tables, seen from beside the server."""

    def __init__(self, url: str) -> None:
        self._runtime = parts.build(url)
        self._runtime.database.open(writes=not self._runtime.engine.one_writer)

    def close(self) -> None:
        self._runtime.database.close()

    def _facts(self) -> Facts:
        return Facts(SYSTEM, self._runtime.clock.now_us(), "test", self._runtime.ids.new_id, Origin.CLI)

    def mails(self) -> list[QueuedMail]:
        found: list[QueuedMail] = self._runtime.database.read_now(
            self._facts(), "", lambda tx: mails.list_recent(tx, 100_000)
        )
        return found

    def jobs(self) -> list[Job]:
        found: list[Job] = self._runtime.database.read_now(self._facts(), "", lambda tx: jobs.list_recent(tx, 100_000))
        return [job for job in found if job.every_seconds is None]


def queue_jobs(url: str, *, over_seconds: float) -> None:
    """Before the server runs: afterwards it alone writes an embedded database."""
    runtime = parts.build(url)
    runtime.database.open()
    facts = Facts(SYSTEM, runtime.clock.now_us(), "test", runtime.ids.new_id, Origin.CLI)

    def work(tx: Any) -> None:
        # Apart, so that some are due at any moment of the run.
        for number in range(JOBS):
            jobs.queue(tx, KIND, run_at_us=tx.now_us + int(number * over_seconds * 1_000_000 / JOBS))

    runtime.database.write_now(facts, "", work)
    runtime.database.close()


def worker_pid(supervisor: int) -> int | None:
    """The process that calls itself the worker; None while there is none, or where it has not begun yet."""
    for pid in children(supervisor):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"\0hourbook-worker\0"):
                return pid
    return None


def next_worker(supervisor: int, last: int | None) -> int:
    """Waits for a worker that is another than the last."""
    deadline = time.monotonic() + 60
    while (pid := worker_pid(supervisor)) is None or pid == last:
        if time.monotonic() > deadline:
            raise RuntimeError("no worker came back")
        time.sleep(0.02)
    return pid


def kill_worker(supervisor: int, last: int | None, chance: random.Random) -> int:
    """Waits for the next worker, gives it a moment, kills it."""
    pid = next_worker(supervisor, last)
    time.sleep(chance.uniform(0.0, 1.5))
    os.kill(pid, signal.SIGKILL)
    return pid


def run(folder: Path, *, kills: int, seconds: float, chance: random.Random, database: str | None = None) -> Found:
    """One server, its load, its kills. `database`: of a server; without it an embedded one."""
    data = folder / "data"
    data.mkdir()
    url = database or f"sqlite:///{data / 'hourbook.db'}"
    found = Found()
    with running_sink() as sink:
        sink.pause_seconds = 0.01
        server = HourbookProcess(data, database=database, log=folder / "server.log", environment=sink.settings())
        office = server.create_owner()
        queue_jobs(url, over_seconds=seconds + kills)
        try:
            _scenario(server, office, found, kills=kills, seconds=seconds, chance=chance, sink=sink, url=url)
        finally:
            server.close()
    return found


def _scenario(server: HourbookProcess, office: Office, found: Found, **with_: Any) -> None:
    server.start()
    load = Load(office, server.port, found)
    load.start()
    outbox = Outbox(with_["url"])
    try:
        time.sleep(with_["seconds"])
        load.figures = found.under_kills
        last = None
        for _ in range(with_["kills"]):
            last = kill_worker(server.pid, last, with_["chance"])
            found.kills += 1
        load.stop()
        _wait_until_settled(outbox, load)
        _check(server, office, found, load, outbox, with_["sink"])
    except RuntimeError as error:
        found.faults.append(str(error))
    finally:
        load.stop()
        outbox.close()


def _wait_until_settled(outbox: Outbox, load: Load) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        waiting = [mail for mail in outbox.mails() if mail.state is MailState.QUEUED]
        undone = [job for job in outbox.jobs() if job.state is JobState.QUEUED]
        if not waiting and not undone:
            return
        time.sleep(0.2)
    raise RuntimeError(f"{len(waiting)} mails and {len(undone)} jobs still wait after {SETTLE_SECONDS:.0f} s")


def _check(server: HourbookProcess, office: Office, found: Found, load: Load, outbox: Outbox, sink: Sink) -> None:
    came = Counter(sink.ids)
    queued = {f"<{mail.id}@example.org>" for mail in outbox.mails()}
    found.mails, found.twice = len(queued), sum(came.values()) - len(came)
    if len(queued) != len(load.invited):
        found.faults.append(f"{len(load.invited)} were invited and {len(queued)} mails queued")
    for name in sorted(queued ^ came.keys()):
        found.faults.append(f"the mail {name} was {'lost' if name in queued else 'never queued'}")
    if found.twice > found.kills * AT_ONCE:
        found.faults.append(f"{found.twice} mails were sent twice, more than were in hand at {found.kills} kills")
    for mail in outbox.mails():
        if mail.state is not MailState.SENT or mail.details != "{}":
            found.faults.append(f"the mail {mail.id} is {mail.state.value}: {mail.reason}")
    done = [job for job in outbox.jobs() if job.state is JobState.DONE]
    if len(done) != JOBS:
        found.faults.append(f"{len(done)} of {JOBS} jobs are done")
    caller = Caller(office, server.port)
    there = {tag["name"] for tag in caller.read_all("/tags")}
    caller.close()
    found.faults += [f"the tag {name} was acknowledged and is gone" for name in load.tags if name not in there]
    said = server.doctor()
    if said is not None:
        found.faults.append(said)


def main() -> int:
    """The exit status says whether anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    words = parser.parse_args()
    chance = random.Random(words.seed)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(running_postgres(durable=True)) if words.database == "postgresql" else None
        found = run(folder, kills=words.kills, seconds=words.seconds, chance=chance, database=database)
    print(found.text())
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
