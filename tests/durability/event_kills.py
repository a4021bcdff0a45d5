"""Kills the worker again and again while things change and receivers of webhooks fail, and looks for lost events.

`python -m tests.durability.event_kills [--changes N] [--kills N] [--database URL]`. Two webhooks hear of every new tag;
three of ten events are refused the first time. In the end each of them must have accepted every tag at least
once, under one id; what came twice may be what was in hand when a worker was killed, and nothing without a kill.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.server_process import HourbookProcess
from tests.durability.worker_kills import kill_worker
from tests.durability.writers import Caller, Office
from tests.harness import SECRET_KEY
from tests.worker.receiver import Got, Receiver, Say, running_receiver

WRITERS = 2
SETTLE_SECONDS = 300.0
REFUSED_SHARE = 0.3
# What a worker may have in hand: at most so many of each webhook and turn (worker/deliveries.py).
IN_HAND = 256


@dataclass
class Found:
    """What a run did and found."""

    changes: int = 0
    kills: int = 0
    refused: int = 0
    twice: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [
            f"{self.changes} changes, {self.kills} kills, {self.refused} tries refused, {self.twice} accepted twice",
            f"the last event {self.seconds:.1f} s after the last change",
            *self.faults[:20],
            f"{len(self.faults)} faults",
        ]
        return "\n".join(lines)


class Hearer:
    """A receiver that refuses some events the first time. `accepted`: how often each event was, by id."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self.refused = 0
        self.accepted: Counter[str] = Counter()
        self.tags: dict[str, str] = {}

    def answer(self, got: Got) -> Say:
        with self._lock:
            is_first = got.event_id not in self._seen
            self._seen.add(got.event_id)
            if is_first and self._chance.random() < REFUSED_SHARE:
                self.refused += 1
                return Say(self._chance.choice([500, 503, 404]), b"not now")
            self.accepted[got.event_id] += 1
            self.tags[got.event_id] = got.json()["id"]
        return Say()


class Writing:
    """People who make tags, in threads of their own."""

    def __init__(self, office: Office, port: int, *, kills: int, found: Found) -> None:
        self._office, self._port, self._found = office, port, found
        self._left = found.changes
        # So many between two kills, so that each of them comes in the middle of something.
        self._portion = -(-found.changes // (kills + 1))
        self._lock = threading.Lock()
        self._ends = False
        self.made: list[str] = []
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def give_up(self) -> None:
        self._ends = True

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _take(self) -> bool:
        while self._found.changes - self._left >= self._portion * (self._found.kills + 1) and not self._ends:
            time.sleep(0.005)
        with self._lock:
            self._left -= 1
            return self._left >= 0 and not self._ends

    def _work(self, number: int) -> None:
        caller = Caller(self._office, self._port)
        try:
            while self._take():
                status, body = caller.send("POST", "/tags", {"name": f"{number} {time.time_ns()}"})
                if status != 201:
                    raise RuntimeError(f"a tag was answered {status}: {body}")
                with self._lock:
                    self.made.append(body["id"])
        except Exception as error:
            self._found.faults.append(f"a request failed: {error!r}")
        finally:
            caller.close()


def hook(caller: Caller, receiver: Receiver) -> None:
    body = {"url": receiver.url, "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    status, answer = caller.send("POST", "/webhooks", body)
    if status != 201:
        raise RuntimeError(f"no webhook: {answer}")


def run(folder: Path, *, changes: int, kills: int, chance: random.Random, database: str | None = None) -> Found:
    """One server, two receivers, its kills. `database`: of a server; without it an embedded one."""
    data = folder / "data"
    data.mkdir()
    found = Found(changes=changes)
    hearers = [Hearer(random.Random(chance.random())) for _ in range(2)]
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
            writing = Writing(office, server.port, kills=kills, found=found)
            last = None
            try:
                while found.kills < kills and not found.faults:
                    last = kill_worker(server.pid, last, chance)
                    found.kills += 1
            except BaseException:
                writing.give_up()
                raise
            writing.wait()
            found.seconds = _settle(hearers, len(writing.made))
        finally:
            server.kill(with_children=True)
    _check(found, hearers, writing.made)
    return found


def _settle(hearers: list[Hearer], count: int) -> float:
    """Until everything has arrived, or for as long as that may take; how long it was."""
    began = time.monotonic()
    while time.monotonic() < began + SETTLE_SECONDS:
        if all(len(set(hearer.tags.values())) >= count for hearer in hearers):
            break
        time.sleep(0.05)
    waited = time.monotonic() - began
    time.sleep(1.0)  # what comes twice comes a little later
    return waited


def _check(found: Found, hearers: list[Hearer], made: list[str]) -> None:
    for number, hearer in enumerate(hearers):
        found.refused += hearer.refused
        ids_of = Counter(hearer.tags.values())
        found.faults += [f"receiver {number} never accepted {tag}" for tag in made if tag not in ids_of]
        found.faults += [f"receiver {number} got {tag} under {count} ids" for tag, count in ids_of.items() if count > 1]
        found.twice += sum(count - 1 for count in hearer.accepted.values())
    if found.twice > found.kills * IN_HAND:
        found.faults.append(f"{found.twice} events came twice in {found.kills} kills")
    _check_order(found, hearers)


def _check_order(found: Found, hearers: list[Hearer]) -> None:
    """Both receivers know one event by one id, so its revision says which came first."""
    first, second = (hearer.tags for hearer in hearers)
    found.faults += [f"{id_} is two things" for id_ in first.keys() & second.keys() if first[id_] != second[id_]]
    if found.changes and not found.faults and first.keys() != second.keys():
        found.faults.append("the receivers heard of different events")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--database", default=None)
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        chance = random.Random(seed)
        found = run(Path(folder), changes=asked.changes, kills=asked.kills, chance=chance, database=asked.database)
    print(found.text())
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
