"""How much memory columns take, and which of them leave."""

import subprocess
import sys

import pytest

from hourbook.columns import keeping
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.db.tx import Tx
from hourbook.resources.time_entries import actions
from hourbook.resources.time_entries.rules import Draft
from tests.columns.comparing import check_unchanged, opened, photograph
from tests.columns.test_keeping import add
from tests.harness import Office


def fill(office: Office, workspace_id: str, user_id: str, *, count: int = 500) -> None:
    """Entries by the hundreds, so that a workspace is worth its bytes."""

    def work(tx: Tx) -> None:
        tx.workspace_id = workspace_id
        drafts = [Draft(start_s=number, end_s=number + 5) for number in range(count)]
        actions.import_entries(tx, user_id, drafts)

    office.write(work)


@pytest.fixture
def homes(office: Office) -> list[str]:
    """Three workspaces of the same size."""
    homes = [office.workspace_id, office.outsider_workspace_id]
    fill(office, homes[0], office.owner.id)
    fill(office, homes[1], office.outsider.id)
    third = office._owner("Third Person")
    fill(office, third.workspace_id, third.id)
    return [*homes, third.workspace_id]


def size_of_one(office: Office) -> int:
    keeper = ColumnsKeeper(1 << 30)
    with opened(office, keeper):
        pass
    return keeper.nbytes


def test_the_workspace_that_was_not_read_for_longest_leaves_first(
    office: Office, homes: list[str], loads: list[str]
) -> None:
    keeper = ColumnsKeeper(size_of_one(office) * 5 // 2)
    loads.clear()
    for home in (homes[0], homes[1], homes[0], homes[2]):
        with opened(office, keeper, home):
            pass
        assert keeper.nbytes <= keeper.limit_bytes
    assert loads == homes
    with opened(office, keeper, homes[0]):
        pass
    assert loads == homes
    with opened(office, keeper, homes[1]):
        pass
    assert loads == [*homes, homes[1]]


def test_a_workspace_that_somebody_reads_does_not_leave(office: Office, homes: list[str], loads: list[str]) -> None:
    keeper = ColumnsKeeper(size_of_one(office) * 3 // 2)
    loads.clear()
    with opened(office, keeper, homes[0]) as view:
        taken = photograph(view)
        for home in homes[1:]:
            with opened(office, keeper, home):
                pass
        with opened(office, keeper, homes[0]):
            pass
        check_unchanged(view, taken)
    assert loads == homes
    assert 0 < keeper.nbytes <= keeper.limit_bytes


def test_a_workspace_larger_than_the_limit_is_read_and_let_go(
    office: Office, homes: list[str], loads: list[str]
) -> None:
    keeper = ColumnsKeeper(1000)
    loads.clear()
    for _ in range(2):
        with opened(office, keeper) as view:
            assert view.count == 500
            assert keeper.nbytes > 1000
        assert keeper.nbytes == 0
    assert len(loads) == 2


def test_arrays_that_only_an_open_view_shows_are_counted(
    office: Office, homes: list[str], keeper: ColumnsKeeper
) -> None:
    with opened(office, keeper) as view:
        before = keeper.nbytes
        entry_id = view.entry_id(3)
        assert office.owner.put("/time-entries/" + entry_id, {"start": "1970-01-01T00:00:03Z",
            "end": "1970-01-01T00:00:08Z", "description": "other", "billable": True}).status == 200  # fmt: skip
        with opened(office, keeper):
            pass
        columns = keeper._places[office.workspace_id].columns
        assert columns is not None
        edited = columns.buffers["description"].data.nbytes + columns.buffers["flags"].data.nbytes
        assert keeper.nbytes >= before + edited
    assert keeper.nbytes < before + edited


def test_columns_that_were_replaced_are_counted_while_a_view_shows_them(
    office: Office, homes: list[str], keeper: ColumnsKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "STEPS_AT_LEAST", -1)
    monkeypatch.setattr(keeping, "STEPS_SHARE", 1 << 40)
    with opened(office, keeper):
        before = keeper.nbytes
        add(office.owner)
        with opened(office, keeper):
            assert keeper.nbytes >= before * 2
    assert keeper.nbytes < before * 2


def test_memory_is_at_most_64_bytes_an_entry_and_the_texts(office: Office, keeper: ColumnsKeeper) -> None:
    fill(office, office.workspace_id, office.owner.id, count=20_000)
    with opened(office, keeper):
        pass
    assert keeper.nbytes / 20_000 <= 64


def test_a_process_that_never_reads_columns_does_not_load_numpy() -> None:
    code = "import sys; from hourbook.columns.keeping import ColumnsKeeper; ColumnsKeeper(1); assert 'numpy' not in"
    subprocess.run([sys.executable, "-c", code + " sys.modules"], check=True, timeout=60)
