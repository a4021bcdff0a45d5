"""Kills Hourbook at random moments, starts it again and looks for what it lost.

`python -m tests.durability.crash --kills N --cuts N [--database sqlite|postgresql] [--seed S]`. Eight writers keep
ledgers outside the server; after each kill the server is started on the same data and must hold exactly what it
acknowledged, each open request wholly or not at all. A cut is a kill after which the files hold only what was synced
(powercut.c); it is for SQLite, whose files are ours. On PostgreSQL half of the kills hit the postmaster instead.
Ends with 1 when anything was lost, or when starting again takes more than 2 s (see Report.slow_restarts).
"""

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.ledger import Ledger
from tests.durability.powercut import PowerCut
from tests.durability.server_process import HourbookProcess, Start
from tests.durability.writers import GONE, Crowd, Office, read_back
from tests.postgres_server import PostgresServer

WRITERS = 8
RESTART_SECONDS = 2.0
# A single restart may have waited for a disk or a database that others kept busy: so long and no longer.
LONGEST_RESTART_SECONDS = 10.0
MOST_WRITES = 400
# Whether a kill hits the postmaster, and whether it hits the server.
POSTGRESQL_KINDS = ((False, True), (True, False), (False, True), (True, True))
ROUND_SECONDS = 10.0
FAULTS_SHOWN = 40


@dataclass
class Report:
    """What a run did and found."""

    kills: int = 0
    postmaster_kills: int = 0
    kills_while_starting: int = 0
    cuts: int = 0
    sectors_lost: int = 0
    acknowledged: int = 0
    open_requests: int = 0
    doctor_runs: int = 0
    restarts: list[Start] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def slow_restarts(self) -> list[str]:
        """What is wrong with the time that restarts took.

        A busy machine is no fault of the server's, nor one that stood still for a moment. So nine of ten restarts may
        not need 2 s of a processor, half may not take 2 s without the waiting for one, and none may take very long.
        """
        if not self.restarts:
            return []
        used = sorted(start.processor_seconds for start in self.restarts)
        median = statistics.median(start.own_seconds for start in self.restarts)
        slowest = max(start.own_seconds for start in self.restarts)
        measured = [
            ("a tenth of the restarts needed a processor for", used[len(used) * 9 // 10], RESTART_SECONDS),
            ("half of the restarts took more than", median, RESTART_SECONDS),
            ("a restart took", slowest, LONGEST_RESTART_SECONDS),
        ]
        return [f"{what} {seconds:.2f} s" for what, seconds, limit in measured if seconds > limit]

    def add(self, other: "Report") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def text(self) -> str:
        restarts = self.restarts or [Start(0.0, 0.0, 0.0)]
        clock, own = [start.seconds for start in restarts], [start.own_seconds for start in restarts]
        lines = [
            f"kills {self.kills}, of them of the postmaster {self.postmaster_kills}",
            f"kills besides while starting {self.kills_while_starting}",
            f"power cuts {self.cuts} (unsynced sectors lost {self.sectors_lost})",
            f"acknowledged writes {self.acknowledged}, open at a crash {self.open_requests}",
            f"restarts: median {statistics.median(clock):.2f} s, slowest {max(clock):.2f} s; without waiting for a"
            f" processor: median {statistics.median(own):.2f} s, slowest {max(own):.2f} s",
            f"doctor ran {self.doctor_runs} times",
            *self.faults[:FAULTS_SHOWN],
            f"{len(self.faults)} faults",
        ]
        return "\n".join(lines)


class Scenario:
    """One server with its writers' ledgers over one data folder, crashed again and again."""

    def __init__(
        self, server: HourbookProcess, office: Office, *, chance: random.Random, doctor_every: int = 1
    ) -> None:
        self.server = server
        self.report = Report()
        self.chance = chance
        self._office = office
        self._doctor_every = doctor_every
        self._ledgers = [
            Ledger(number, office.user_id, random.Random(chance.getrandbits(64))) for number in range(WRITERS)
        ]
        self._rounds = 0

    def write_until_crash(self, crash: Callable[[], None]) -> None:
        """Writers run until a moment drawn by chance, then the crash comes in the middle of their requests."""
        crowd = Crowd(self._ledgers, self._office, self.server.port)
        # As many crashes come soon after a start as long after it, for each order of magnitude.
        crowd.wait_for(round(MOST_WRITES ** self.chance.random()), seconds=ROUND_SECONDS)
        if self.chance.random() < 0.5:
            crowd.wait_for_large(seconds=ROUND_SECONDS)
        _pass(self.chance.uniform(0, 0.006))
        crash()
        crowd.join()

    def check(self) -> None:
        """Compares the running server with the ledgers."""
        self._rounds += 1
        self.report.open_requests += sum(ledger.open_step is not None for ledger in self._ledgers)
        found, wrong_totals = read_back(self._office, self.server.port)
        faults = list(wrong_totals)
        for ledger in self._ledgers:
            faults += ledger.verdict(found.pop(ledger.number, {}))
            faults += ledger.wrong_answers
            ledger.wrong_answers = []
        self.report.faults += [f"round {self._rounds}: {fault}" for fault in faults]
        self.report.acknowledged = sum(ledger.acknowledged_count for ledger in self._ledgers)
        if self._rounds % self._doctor_every == 0:
            self.ask_doctor()

    def ask_doctor(self) -> None:
        self.report.doctor_runs += 1
        said = self.server.doctor()
        if said is not None:
            self.report.faults.append(f"round {self._rounds}: {said}")

    def restart(self) -> None:
        """Starts the server, with a worker or as one process; in one of ten cases it is killed once while it starts."""
        with_worker = self.chance.random() < 0.5
        if self.chance.random() < 0.1:
            self.server.launch(with_worker=with_worker)
            _pass(self.chance.uniform(0, 0.8))
            self.server.kill(with_children=False)
            self.report.kills_while_starting += 1
        self.report.restarts.append(self.server.start(with_worker=with_worker))

    def kill_server(self) -> None:
        self.server.kill(with_children=self.chance.random() < 0.3)
        self.report.kills += 1

    def run(self, rounds: int, one_round: Callable[[], None]) -> Report:
        """Start, rounds, end. A server that does not come up again is a fault like any other, and the last one."""
        try:
            self.server.start()
            for _ in range(rounds):
                one_round()
                self.check()
            self.server.kill(with_children=False)
            self.server.wait_until_gone()
        except (RuntimeError, *GONE) as error:
            self.report.faults.append(f"after round {self._rounds}: {error!r}")
        finally:
            self.server.close()
        self.report.faults += self.report.slow_restarts()
        return self.report


def crash_sqlite(folder: Path, *, kills: int, chance: random.Random, doctor_every: int = 1) -> Report:
    """Kills of the server over SQLite."""
    data = folder / "data"
    data.mkdir()
    server = HourbookProcess(data, database=None, log=folder / "server.log", environment={})
    scenario = Scenario(server, server.create_owner(), chance=chance, doctor_every=doctor_every)

    def one_round() -> None:
        scenario.write_until_crash(scenario.kill_server)
        scenario.restart()

    return scenario.run(kills, one_round)


def cut_sqlite(folder: Path, *, cuts: int, chance: random.Random, doctor_every: int = 1, lying: bool = False) -> Report:
    """Power cuts over SQLite; with `lying` the server's syncs keep nothing, which must be noticed."""
    power = PowerCut(folder)
    log = folder / "server.log"
    office = HourbookProcess(power.data, database=None, log=log, environment=power.environment()).create_owner()
    server = HourbookProcess(power.data, database=None, log=log, environment=power.environment(lying=lying))
    scenario = Scenario(server, office, chance=chance, doctor_every=doctor_every)

    def one_round() -> None:
        scenario.write_until_crash(lambda: server.kill(with_children=True))
        scenario.report.cuts += 1
        scenario.report.sectors_lost += power.cut(chance)
        scenario.restart()

    return scenario.run(cuts, one_round)


def crash_postgresql(folder: Path, *, kills: int, chance: random.Random, doctor_every: int = 1) -> Report:
    """Kills over PostgreSQL: of the server, of the postmaster under a living server, of both."""
    postgres = PostgresServer(folder / "postgres", durable=True)
    data = folder / "data"
    data.mkdir()
    try:
        postgres.start()
        server = HourbookProcess(data, database=postgres.url, log=folder / "server.log", environment={})
        scenario = Scenario(server, server.create_owner(), chance=chance, doctor_every=doctor_every)
        kinds = itertools.cycle(POSTGRESQL_KINDS)
        return scenario.run(kills, lambda: _one_postgresql_round(scenario, postgres, *next(kinds)))
    finally:
        postgres.close()


def _one_postgresql_round(
    scenario: Scenario, postgres: PostgresServer, hits_postmaster: bool, hits_server: bool
) -> None:
    def crash() -> None:
        if hits_postmaster:
            postgres.kill()
            scenario.report.postmaster_kills += 1
        if hits_server:
            scenario.kill_server()
        else:
            scenario.report.kills += 1

    scenario.write_until_crash(crash)
    if hits_postmaster:
        postgres.start()
    if hits_server:
        scenario.restart()
    else:
        scenario.server.wait_until_ready()


def _pass(seconds: float) -> None:
    """Lets a moment pass that chance has drawn: the kill is what is measured, nothing is waited for."""
    threading.Event().wait(seconds)


def main() -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=None, help="power cuts, SQLite only (default 40)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--doctor-every", type=int, default=1, metavar="N", help="ask the doctor every N rounds")
    options = parser.parse_args()
    if options.database == "postgresql" and options.cuts:
        parser.error("power cuts are for SQLite: PostgreSQL's files are its own; use --kills")
    every = options.doctor_every
    seed = random.randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="hourbook-crash-") as name:
        Path(name).chmod(0o755)  # PostgreSQL may run as another account
        if options.database == "postgresql":
            report.add(crash_postgresql(Path(name), kills=options.kills, chance=chance, doctor_every=every))
        else:
            cuts = 40 if options.cuts is None else options.cuts
            (Path(name) / "cuts").mkdir()
            report.add(crash_sqlite(Path(name), kills=options.kills, chance=chance, doctor_every=every))
            report.add(cut_sqlite(Path(name) / "cuts", cuts=cuts, chance=chance, doctor_every=every))
    print(report.text())
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
