"""What the frame costs: Hourbook and its floor in turns, each time on a fresh copy of one database.

Both run on this machine's cores together with the load generator, so only their ratio says
something. Also the peers that are measured side by side with the same generator.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import scenarios
from bench.load import Figures, Make, measure
from bench.peers import timetagger
from bench.servers import Filled, Server, copy_of, seed, start_floor, start_hourbook
from bench.table import Row, compared

WARM_SECONDS = 0.5
Copy = Callable[[str], Filled]


@dataclass(frozen=True)
class Effort:
    """How long and how often is measured."""

    rounds: int = 3
    seconds: float = 2.0


@dataclass(frozen=True)
class Scenario:
    """One kind of request: its name, who makes it, over how many connections, and the wanted share of the floor."""

    name: str
    make: Callable[[], Make]
    connections: int
    target: float


def scenarios_of(samples: Sequence[scenarios.Sample], targets: dict[str, float]) -> list[Scenario]:
    """Requests that go round over the samples (one a workspace)."""

    def around(make: Callable[[scenarios.Sample], Make]) -> Callable[[], Make]:
        def made() -> Make:
            makers = [make(found) for found in samples]
            return lambda number: makers[number % len(makers)](number // len(makers))

        return made

    known = [
        Scenario("read one entry", around(scenarios.read_one), 16, targets["read"]),
        Scenario("list 50", around(scenarios.list_fifty), 16, targets["list"]),
        Scenario("list 50 hydrated", around(lambda s: scenarios.list_fifty(s, "&hydrated=true")), 16, targets["list"]),
        Scenario("create", around(scenarios.create), 32, targets["create"]),
    ]
    return known


def run(server: Server, wanted: Scenario, effort: Effort) -> Figures:
    """One measurement after a short warming up."""
    measure(server.port, wanted.make(), connections=wanted.connections, seconds=WARM_SECONDS)
    found = measure(server.port, wanted.make(), connections=wanted.connections, seconds=effort.seconds)
    if found.failures:
        raise RuntimeError(f"{wanted.name}: {len(found.failures)} refusals, the first {found.failures[0]}")
    return found


def in_turns(copy: Copy, wanted: Sequence[Scenario], effort: Effort) -> dict[str, tuple[list[Figures], list[Figures]]]:
    """Rounds of ours and the floor, which goes first changing: {name: (ours, floor)}."""
    found: dict[str, tuple[list[Figures], list[Figures]]] = {one.name: ([], []) for one in wanted}
    for number in range(effort.rounds):
        starts = [(0, start_hourbook), (1, start_floor)]
        for place, start in starts if number % 2 else reversed(starts):
            with start(copy(f"turn{number}-{place}")) as server:
                for one in wanted:
                    found[one.name][place].append(run(server, one, effort))
    return found


def sqlite_rows(folder: Path, effort: Effort) -> list[Row]:
    """Reads, lists and creates against the floor on SQLite."""
    filled = seed(folder / "small", entries=10_000, users=1, projects=20)
    with start_hourbook(filled) as server:
        found = scenarios.sample(server, filled)
    wanted = scenarios_of([found], {"read": 0.55, "list": 0.7, "create": 0.45})
    runs = in_turns(lambda name: copy_of(filled, folder / "turn"), wanted, effort)
    return [compared(one.name, "floor, SQLite", runs[one.name], one.target) for one in wanted]


def postgresql_rows(folder: Path, effort: Effort, *, workspaces: int) -> list[Row]:
    """The same on PostgreSQL, with requests that go round over some workspaces."""
    samples = []
    with postgres() as (filled_url, copy_url):
        for number in range(workspaces):
            filled = seed(
                folder / "pg", entries=10_000 // workspaces, users=1, projects=20, database_url=filled_url,
                number=number + 1,
            )  # fmt: skip
            with start_hourbook(filled) as server:
                samples.append(scenarios.sample(server, filled))
        wanted = scenarios_of(samples, {"read": 0.4, "list": 0.4, "create": 0.4})
        runs = in_turns(lambda name: copy_url(filled, name), wanted, effort)
    words = "one workspace" if workspaces == 1 else f"{workspaces} workspaces"
    against = f"floor, PostgreSQL, {words}"
    return [compared(one.name, against, runs[one.name], one.target) for one in wanted]


@contextlib.contextmanager
def postgres() -> Iterator[tuple[str, Callable[[Filled, str], Filled]]]:
    """A server that flushes every commit: the address of a database to fill, and how to copy it."""
    from dataclasses import replace

    import psycopg

    from tests.postgres_server import create_database, drop_database, running_postgres

    with running_postgres(durable=True) as url:
        filled_url = create_database(url, "filled")
        before = ""

        def copy(filled: Filled, name: str) -> Filled:
            nonlocal before
            if before:
                drop_database(url, before)
            before = name.replace("-", "_")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {before} TEMPLATE filled")
            return replace(filled, database_url=filled_url.replace("/filled", f"/{before}"))

        yield filled_url, copy


def timetagger_rows(folder: Path, effort: Effort) -> list[Row]:
    """Our create and list beside TimeTagger's record PUT and GET, in turns."""
    python = timetagger.install(folder / "timetagger")
    filled = seed(folder / "beside", entries=10_000, users=1, projects=20)
    with start_hourbook(filled) as server:
        found = scenarios.sample(server, filled)
    _, lists, _, creates = scenarios_of([found], {"read": 0.0, "list": 5.0, "create": 6.0})
    ours: dict[str, list[Figures]] = {"create": [], "list": []}
    theirs: dict[str, list[Figures]] = {"create": [], "list": []}
    for number in range(effort.rounds):
        with start_hourbook(copy_of(filled, folder / "turn")) as server:
            ours["create"].append(run(server, creates, effort))
            ours["list"].append(run(server, lists, effort))
        with timetagger.started(python, folder / f"timetagger{number}") as (peer, token):
            timetagger.fill(peer, token)
            for words, ask, connections in (
                ("create", timetagger.put_records, creates.connections),
                ("list", timetagger.get_records, lists.connections),
            ):
                ask(peer, token, connections=connections, seconds=WARM_SECONDS)
                theirs[words].append(ask(peer, token, connections=connections, seconds=effort.seconds))
    return [
        compared("create", "TimeTagger's record PUT", (ours["create"], theirs["create"]), 6.0),
        compared("list 50", "TimeTagger's GET of 50 records", (ours["list"], theirs["list"]), 5.0),
    ]
