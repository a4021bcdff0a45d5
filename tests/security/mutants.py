"""Is the role matrix worth anything? Each row of the policy is made wrong, and the matrix must notice.

`python -m tests.security.mutants [ACTION...]` prints for every mutant which cell caught it. A mutant lives in
memory alone: the row is gone, anybody may, nobody may, the owner alone may, it reaches everything or
nothing. One that changes nothing for anybody under any setting of the matrix is none.
"""

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from hourbook import resources
from hourbook.access.actors import Actor
from hourbook.access.policy import POLICY, Row
from hourbook.access.scope import EVERYTHING, NOTHING
from hourbook.http.operation import Operation
from tests.harness import Server, sqlite_url
from tests.security.matrix import DEFAULTS, SETTINGS, Who, cells, wrong_cells, wrong_rows
from tests.security.samples import operations, operations_in_passing
from tests.security.stage import ROLES, Stage, Stages
from tests.watching import AppLog

TABLE = "the table as it is shown"


@dataclass(frozen=True)
class Mutant:
    """A wrong row; None: it is gone. `caught_by` None: it survived."""

    name: str
    row: Row | None
    caught_by: str | None = None


def mutants_of(row: Row) -> Iterator[Mutant]:
    yield Mutant("gone", None)
    yield Mutant("anybody may", replace(row, may=lambda actor: True))
    yield Mutant("nobody may", replace(row, may=lambda actor: False))
    yield Mutant("only the owner may", replace(row, may=lambda actor: actor.is_owner))
    yield Mutant("everybody but the owner may", replace(row, may=lambda actor: not actor.is_owner))
    yield Mutant("reaches everything", replace(row, reach=lambda actor: EVERYTHING))
    yield Mutant("reaches nothing", replace(row, reach=lambda actor: NOTHING))


@contextlib.contextmanager
def in_force(action: str, row: Row | None) -> Iterator[None]:
    """Inside, the policy has this row for the action."""
    right = dict(POLICY)
    if row is None:
        del POLICY[action]
    else:
        POLICY[action] = row
    try:
        yield
    finally:
        POLICY.clear()
        POLICY.update(right)


def actors_of(stage: Stage) -> list[Actor]:
    """Everybody with a role, as the permission table sees them under each setting."""
    from hourbook.access.explain import standing_of

    found: list[Actor] = []
    for settings in SETTINGS:
        stage.set(DEFAULTS | settings)
        for role in ROLES:
            standing = stage.office.read(lambda tx, id_=stage.people[role].id: standing_of(tx, id_))
            found.append(standing.actor)
    return found


def is_mutant(right: Row, wrong: Row | None, actors: list[Actor]) -> bool:
    """Whether it says something else to anybody."""
    if wrong is None:
        return True
    return any(
        (right.may(one), right.may(one) and right.reach(one)) != (wrong.may(one), wrong.may(one) and wrong.reach(one))
        for one in actors
    )


def tried(stages: Stages, who: Who, action: str, *, others: Sequence[Operation] = ()) -> Iterator[Mutant]:
    """The mutants of an action's row with what caught each.

    First the cells of the operations that ask for the permission, then the table as it is shown.
    `others`: operations to try in between, for rows that are asked in passing.
    """
    asked = [record for record in tried_operations() if record.action == action]
    asked += [record for record in others if record.action != action]
    _make_ready(stages, asked)
    actors = actors_of(stages.shared)
    for mutant in mutants_of(POLICY[action]):
        if is_mutant(POLICY[action], mutant.row, actors):
            with in_force(action, mutant.row):
                yield replace(mutant, caught_by=_caught_by(stages, who, asked))


def tried_operations() -> list[Operation]:
    return [*operations(), *operations_in_passing()]


def _make_ready(stages: Stages, asked: Sequence[Operation]) -> None:
    """What the cells are about is made while the policy is right."""
    for record in asked:
        for cell in cells(record):
            stages.of(record).values(record, whose=cell.whose, kind=cell.kind)


def _caught_by(stages: Stages, who: Who, asked: Sequence[Operation]) -> str | None:
    for record in asked:
        wrong = next(wrong_cells(stages.of(record), who, cells(record)), None)
        if wrong is not None:
            return wrong
    for settings in SETTINGS:
        if next(wrong_rows(stages.shared, who, settings), None) is not None:
            return TABLE
    return None


def sound(stages: Stages, who: Who) -> list[Operation]:
    """The operations that agree with the matrix as the policy is; the others could catch nothing."""
    found = []
    for record in tried_operations():
        wrong = next(wrong_cells(stages.of(record), who, cells(record)), None)
        if wrong is None:
            found.append(record)
        else:
            say(f"unsound   {wrong}")
    return found


def report(stages: Stages, who: Who, actions: Sequence[str]) -> dict[str, int]:
    """Tries and prints every mutant; how many were caught by what."""
    counts = {"cell": 0, "table": 0, "survived": 0}
    others = sound(stages, who)
    for action in actions:
        for found in tried(stages, who, action, others=others):
            kind = "survived" if found.caught_by is None else "table" if found.caught_by == TABLE else "cell"
            counts[kind] += 1
            say(f"{kind:9} {action:30} {found.name:28} {(found.caught_by or '')[:120]}")
    return counts


def say(line: str) -> None:
    """The harness prints what a server says of a fault; a mutant makes many."""
    print(line, file=sys.__stdout__, flush=True)


def main() -> int:
    from tests.security.test_roles import WHO

    parser = argparse.ArgumentParser(description="Make each row of the policy wrong and see the matrix notice.")
    parser.add_argument("actions", nargs="*", help="only these actions")
    chosen = parser.parse_args().actions
    log = AppLog()
    structlog.configure(processors=[log], cache_logger_on_first_use=False)
    resources.load()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        server = Server(sqlite_url(Path(folder)), log)
        server.open()
        try:
            counts = report(Stages(server), WHO, chosen or sorted(POLICY))
        finally:
            server.close()
    say(f"{sum(counts.values())} mutants: {counts}")
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
