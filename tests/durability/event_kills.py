"""Kills the worker again and again while things change and receivers of webhooks fail, and looks for lost events.

`python -m tests.durability.event_kills [--changes N] [--kills N] [--database postgresql]`. Two receivers hear of every
tag that is made or renamed; three of ten events are refused the first time. In the end each of them must have accepted
every change at least once, under one id, and the revisions in the ids must tell what became of a tag after what. What
comes twice may be what was in hand when a worker was killed, and nothing without a kill.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hourbook.worker.deliveries import IN_HAND
from tests.durability.server_process import HourbookProcess
from tests.durability.worker_kills import next_worker
from tests.durability.writers import Caller, Office
from tests.harness import SECRET_KEY
from tests.postgres_server import running_postgres
from tests.worker.receiver import Got, Receiver, Say, running_receiver

WRITERS = 2
EVENTS = ("NEW_TAG", "TAG_UPDATED")
RENAMED_SHARE = 0.3
REFUSED_SHARE = 0.3
# Nothing new for so long: more than a worker's longest pause and the one after a refusal, less than a lease,
# for nobody may have to wait until a killed worker's leases end by themselves.
PATIENCE_SECONDS = 60.0
# A killed worker is dead, and what it posted is answered, before the next one begins. Waited for twice, for a machine
# that stands still lets time go by and nothing happen.
DYING_SECONDS = 0.25
# After so many accepted events a worker is in the middle of its work.
MIDDLE = 10
BEGUN_SECONDS = 20.0


class Change(NamedTuple):
    """A tag got this name, which no other change gave."""

    tag: str
    name: str


@dataclass
class Found:
    """What a run did and found. `most_twice`: of what was accepted first before one kill."""

    changes: int = 0
    kills: int = 0
    refused: int = 0
    twice: int = 0
    most_twice: int = 0
    working_seconds: float = 0.0
    settling_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [
            f"{self.changes} changes in {self.working_seconds:.1f} s, {self.kills} kills, {self.refused} tries refused",
            f"{self.twice} accepted twice, at most {self.most_twice} by one kill",
            f"the last event {self.settling_seconds:.1f} s after the last change",
            *self.faults[:20],
            f"{len(self.faults)} faults",
        ]
        return "\n".join(lines)


class Hearer:
    """A receiver that refuses some events the first time. `accepted`: how often each event was, by id."""

    def __init__(self, found: Found, chance: random.Random) -> None:
        self.found = found
        self._chance = chance
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self.refused = 0
        self.accepted: Counter[str] = Counter()
        self.changes: dict[str, Change] = {}
        # By event: how many kills there had been when it was accepted first.
        self.kills_before: dict[str, int] = {}

    def answer(self, got: Got) -> Say:
        with self._lock:
            is_first = got.event_id not in self._seen
            self._seen.add(got.event_id)
            if is_first and self._chance.random() < REFUSED_SHARE:
                self.refused += 1
                return Say(self._chance.choice([500, 503, 404]), b"not now")
            self.accept(got.event_id, Change(got.json()["id"], got.json()["name"]))
        return Say()

    def accept(self, event_id: str, change: Change) -> None:
        self.accepted[event_id] += 1
        self.kills_before.setdefault(event_id, self.found.kills)
        self.changes[event_id] = change


class Writing:
    """People who make tags and give them other names, in threads of their own. `done`: their changes, each tag's in
    order."""

    def __init__(self, office: Office, port: int, *, kills: int, found: Found) -> None:
        self._office, self._port, self._found = office, port, found
        self._left = found.changes
        # So many between two kills, so that each of them comes in the middle of something.
        self._portion = -(-found.changes // (kills + 1))
        self._lock = threading.Lock()
        self._ends = False
        self.done: list[Change] = []
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def give_up(self) -> None:
        self._ends = True

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _is_too_early(self) -> bool:
        """Whether the next portion's kill has yet to come. After the last change nobody waits for one."""
        taken = self._found.changes - self._left
        return self._left > 0 and taken >= self._portion * (self._found.kills + 1) and not self._ends

    def _take(self) -> bool:
        while self._is_too_early():
            time.sleep(0.005)
        with self._lock:
            self._left -= 1
            return self._left >= 0 and not self._ends

    def _work(self, number: int) -> None:
        caller = Caller(self._office, self._port)
        chance = random.Random(number)
        mine: list[str] = []
        try:
            while self._take():
                renamed = chance.choice(mine) if mine and chance.random() < RENAMED_SHARE else None
                change = _changed(caller, renamed, f"{number} {time.time_ns()}")
                if renamed is None:
                    mine.append(change.tag)
                with self._lock:
                    self.done.append(change)
        except Exception as error:
            self._found.faults.append(f"a request failed: {error!r}")
            self.give_up()
        finally:
            caller.close()


def _changed(caller: Caller, tag: str | None, name: str) -> Change:
    """A tag gets another name; without one, it is made."""
    method, path = ("POST", "/tags") if tag is None else ("PUT", f"/tags/{tag}")
    status, body = caller.send(method, path, {"name": name})
    if status not in (200, 201):
        raise RuntimeError(f"{method} {path} was answered {status}: {body}")
    return Change(body["id"], name)


def hook(caller: Caller, receiver: Receiver) -> None:
    for event in EVENTS:
        body = {"url": receiver.url, "webhookEvent": event, "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
        status, answer = caller.send("POST", "/webhooks", body)
        if status != 201:
            raise RuntimeError(f"no webhook: {answer}")


def run(folder: Path, *, changes: int, kills: int, chance: random.Random, database: str | None = None) -> Found:
    """One server, two receivers, its kills. `database`: of a server; without it an embedded one."""
    data = folder / "data"
    data.mkdir()
    found = Found(changes=changes)
    hearers = [Hearer(found, random.Random(chance.random())) for _ in range(2)]
    environment = {"HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "HOURBOOK_SECRET_KEY": SECRET_KEY}
    with running_receiver(hearers[0].answer) as first, running_receiver(hearers[1].answer) as second:
        server = HourbookProcess(data, database=database, log=folder / "server.log", environment=environment)
        office = server.create_owner()
        server.start()
        try:
            caller = Caller(office, server.port)
            hook(caller, first)
            hook(caller, second)
            caller.close()
            began = time.monotonic()
            writing = Writing(office, server.port, kills=kills, found=found)
            try:
                _kill_again_and_again(server, hearers, kills, chance)
            except BaseException:
                writing.give_up()
                raise
            writing.wait()
            found.working_seconds = time.monotonic() - began
            found.settling_seconds = _settle(hearers, len(writing.done))
        finally:
            server.kill(with_children=True)
    judge(found, hearers, writing.done)
    return found


def _kill_again_and_again(server: HourbookProcess, hearers: list[Hearer], kills: int, chance: random.Random) -> None:
    """Every other time while it sends; else at any moment, be it before it has begun."""
    found, last = hearers[0].found, None
    while found.kills < kills and not found.faults:
        last = next_worker(server.pid, last)
        if found.kills % 2:
            time.sleep(chance.uniform(0.0, 1.5))
        else:
            _wait_for_more(hearers)
        os.kill(last, signal.SIGKILL)
        for _ in range(2):
            time.sleep(DYING_SECONDS)
        found.kills += 1


def _wait_for_more(hearers: list[Hearer]) -> None:
    """Until a little more was accepted, or for as long as a worker may need to begin."""
    enough = _count(hearers) + MIDDLE
    deadline = time.monotonic() + BEGUN_SECONDS
    while _count(hearers) < enough and time.monotonic() < deadline:
        time.sleep(0.001)


def _count(hearers: list[Hearer]) -> int:
    return sum(len(hearer.changes) for hearer in hearers)


def _settle(hearers: list[Hearer], count: int) -> float:
    """Until everything has arrived, or nothing more comes; how long it was."""
    began = moved = time.monotonic()
    heard = -1
    while time.monotonic() < moved + PATIENCE_SECONDS:
        if all(len(hearer.changes) >= count for hearer in hearers):
            break
        if _count(hearers) > heard:
            heard, moved = _count(hearers), time.monotonic()
        time.sleep(0.05)
    waited = time.monotonic() - began
    time.sleep(1.0)  # what comes twice comes a little later
    return waited


def judge(found: Found, hearers: list[Hearer], done: list[Change]) -> None:
    """Compares what was heard with what was done."""
    wanted = set(done)
    by_kill: Counter[int] = Counter()
    for number, hearer in enumerate(hearers):
        found.refused += hearer.refused
        ids_of = Counter(hearer.changes.values())
        found.faults += [f"receiver {number} never accepted {one}" for one in done if one not in ids_of]
        found.faults += [f"receiver {number} got {one} under {count} ids" for one, count in ids_of.items() if count > 1]
        found.faults += [f"receiver {number} heard of {one}, which nobody did" for one in ids_of.keys() - wanted]
        for event, count in hearer.accepted.items():
            by_kill[hearer.kills_before[event]] += count - 1
    _check_order(found, hearers, done)
    found.twice, found.most_twice = by_kill.total(), max(by_kill.values(), default=0)
    for kill, count in by_kill.items():
        # What the worker that lived to the end accepted it does not send again.
        if count > (IN_HAND if kill < found.kills else 0):
            found.faults.append(f"{count} of those that were accepted after {kill} kills came again")


def _check_order(found: Found, hearers: list[Hearer], done: list[Change]) -> None:
    """Both receivers know one event by one id, and its revision says what became of a tag after what."""
    first, second = (hearer.changes for hearer in hearers)
    both = first.keys() & second.keys()
    found.faults += [f"{id_} is two things" for id_ in sorted(both) if first[id_] != second[id_]]
    names: dict[str, list[str]] = {}
    for one in done:
        names.setdefault(one.tag, []).append(one.name)
    heard: dict[str, list[str]] = {}
    for id_ in sorted(both, key=_revision):
        heard.setdefault(first[id_].tag, []).append(first[id_].name)
    if not found.faults:
        found.faults += [f"the revisions tell {tag} in another order" for tag in names if names[tag] != heard[tag]]


def _revision(event_id: str) -> int:
    return int(event_id.split(".")[1])


def main() -> int:
    """The exit status says whether anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, {asked.database}", flush=True)

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(running_postgres(durable=True)) if asked.database == "postgresql" else None
        chance = random.Random(seed)
        found = run(folder, changes=asked.changes, kills=asked.kills, chance=chance, database=database)
    print(found.text())
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
