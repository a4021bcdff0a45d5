"""Whatever was done, undone: the tables are as before, but for their stamps, and everything derived is right."""

from collections import Counter
from typing import Any

import pytest

from hourbook.db.entities import STAMP_NAMES
from hourbook.journal.fold import State, compare, table_state
from hourbook.journal.journal import current_revision, read_since
from tests.harness import Office
from tests.journal.state import check_everything
from tests.journal.workload import Workload

STEPS = 200


def without_stamps(state: State) -> State:
    return {
        kind: {key: {n: v for n, v in fields.items() if n not in STAMP_NAMES} for key, fields in things.items()}
        for kind, things in state.items()
    }


def undo(office: Office, revision: int) -> Any:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/restore"
    return office.owner.raw("POST", path, {"revision": revision})


@pytest.mark.parametrize("seed", range(3))
def test_what_was_done_and_undone_leaves_the_tables_as_they_were(office: Office, seed: int) -> None:
    work = Workload(office, seed)
    work.run(40)
    undone: Counter[str] = Counter()
    for _ in range(STEPS):
        before, revision = office.read(table_state), office.read(current_revision)
        work.run(1)
        # Otherwise two operations of one moment would look like one.
        office.clock.move(0.001)
        rows = office.read(lambda tx, after=revision: read_since(tx, after))
        if not rows or len({row.request_id for row in rows}) > 1:
            continue
        answer = undo(office, rows[work.chance.randrange(len(rows))].revision)
        office.clock.move(0.001)
        assert answer.status in (200, 400, 409), answer
        if answer.status != 200:
            undone[f"refused: {answer.message[:60]}"] += 1
            continue
        after = office.read(table_state)
        told = [(row.kind, row.verb, row.event) for row in rows]
        assert compare(without_stamps(before), without_stamps(after)) == [], told
        undone[str(rows[0].event or rows[0].kind)] += 1
        work.run(1)
        office.clock.move(0.001)
    check_everything(office)
    assert sum(count for what, count in undone.items() if not what.startswith("refused")) > STEPS // 8, undone


# What cannot be taken back, by what it says; nothing before it can be reached then.
FOR_GOOD = {"do_change_status", "do_invite"}


@pytest.mark.parametrize("seed", range(3, 5))
def test_undone_from_the_newest_back_everything_is_as_it_was_at_each_moment(office: Office, seed: int) -> None:
    work = Workload(office, seed, without=FOR_GOOD)
    work.run(40)
    office.clock.move(0.001)
    moments = []
    for _ in range(STEPS):
        moments.append((office.read(table_state), office.read(current_revision)))
        work.run(1)
        office.clock.move(0.001)
    end = office.read(current_revision)
    undone = 0
    for before, revision in reversed(moments):
        for row in reversed(operations(office, revision, end)):
            answer = undo(office, row.revision)
            office.clock.move(0.001)
            assert answer.status == 200, (row.kind, row.verb, row.event, answer)
            undone += 1
        end = revision
        after = office.read(table_state)
        assert compare(without_stamps(before), without_stamps(after)) == []
    check_everything(office)
    assert undone > STEPS // 10, undone


def operations(office: Office, after: int, until: int) -> list[Any]:
    """A row of each operation that left rows within these revisions, in their order."""
    rows = office.read(lambda tx: read_since(tx, after))
    return list({(row.request_id, row.at_us): row for row in rows if row.revision <= until}.values())
