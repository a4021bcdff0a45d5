"""The keeper: the reader's moment, what is read again and when, several readers, the limit of memory."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.columns import applying, keeping, loading
from hourbook.columns.changes import CannotApply
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.calendar import format_instant
from hourbook.core.errors import InvalidValue
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx, Tx
from hourbook.journal.journal import current_revision
from hourbook.resources.time_entries import actions
from hourbook.resources.time_entries.rules import Draft
from tests.columns.comparing import check, check_unchanged, facts_of_view, opened, photograph, reading
from tests.harness import Office, Person

HOUR = 3600
FORGET_JOURNAL = Statement(
    sa.delete(journal).where(journal.c.workspace_id == bind("workspace_id"), journal.c.revision == bind("revision"))
)


def add(person: Person, *, start: int = -HOUR, seconds: int = 60, **more: Any) -> str:
    """An entry that begins so many seconds from now; its id."""
    start_s = person.server.clock.now_s + start
    body = {"start": format_instant(start_s), "end": format_instant(start_s + seconds), **more}
    answer = person.post("/time-entries", body)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def entries_of(office: Office, keeper: ColumnsKeeper) -> int:
    with opened(office, keeper) as view:
        return view.count - view.dead_count


# --- whose moment ----------------------------------------------------------------------------


def test_an_empty_workspace_has_empty_columns(office: Office, keeper: ColumnsKeeper) -> None:
    with opened(office, keeper) as view:
        assert (view.count, view.sorted_count, view.running_rows, view.tag_sets) == (0, 0, (), [()])
        assert view.rows_of_ids(["f" * 24]).tolist() == [-1]
        assert view.rows_of_ids([]).tolist() == []


def test_a_write_is_in_the_columns_of_the_next_reader_and_not_in_those_that_are_open(
    office: Office, keeper: ColumnsKeeper, loads: list[str]
) -> None:
    first = add(office.owner)
    with opened(office, keeper) as before:
        taken = photograph(before)
        second = add(office.owner, start=-2 * HOUR, description="earlier")
        third = add(office.member, start=0, seconds=0, tagIds=[])
        assert office.owner.delete(f"/time-entries/{first}").status == 204
        with opened(office, keeper) as after:
            assert set(facts_of_view(after)) == {second, third}
            check_unchanged(before, taken)
        check_unchanged(before, taken)
    assert loads == [office.workspace_id]


def test_a_reader_with_an_older_snapshot_gets_a_new_one(office: Office, keeper: ColumnsKeeper) -> None:
    add(office.owner)
    with reading(office) as tx:
        old = current_revision(tx)
        add(office.owner)
        with opened(office, keeper) as view:
            assert view.revision > old
        with keeper.opened(tx) as view:
            assert view.revision > old
            check(view, tx)


def test_a_reader_that_cannot_renew_its_snapshot_gets_nothing_rather_than_something_else(
    office: Office, keeper: ColumnsKeeper
) -> None:
    with reading(office) as tx:
        current_revision(tx)
        add(office.owner)
        assert entries_of(office, keeper) == 1
        tx.begin = None
        with pytest.raises(RuntimeError), keeper.opened(tx):
            pass
    assert entries_of(office, keeper) == 1


def test_a_transaction_that_writes_or_sees_no_one_moment_is_refused(office: Office, keeper: ColumnsKeeper) -> None:
    def work(tx: Tx) -> None:
        with pytest.raises(TypeError), keeper.opened(tx):
            pass

    office.write(work)
    connection = office.server.runtime.engine.connect(read_only=True)
    facts = office.server.facts(None)
    with pytest.raises(TypeError), keeper.opened(ReadTx(connection, facts, office.workspace_id)):
        pass
    connection.close()


def test_what_was_rolled_back_leaves_nothing(office: Office, keeper: ColumnsKeeper, loads: list[str]) -> None:
    add(office.owner)
    assert entries_of(office, keeper) == 1

    def refused(tx: Tx) -> None:
        drafts = [Draft(start_s=1_000, end_s=2_000, description="never was")] * 3
        actions.import_entries(tx, office.owner.id, drafts)
        raise InvalidValue("no")

    with pytest.raises(InvalidValue):
        office.write(refused)
    with opened(office, keeper) as view:
        assert view.count == 1
        assert "never was" not in view.descriptions
    assert len(loads) == 1


def test_workspaces_do_not_see_each_other(office: Office, keeper: ColumnsKeeper) -> None:
    add(office.owner)
    add(office.outsider.at(office.outsider_workspace_id), seconds=7)
    with opened(office, keeper) as here, opened(office, keeper, office.outsider_workspace_id) as there:
        assert not set(facts_of_view(here)) & set(facts_of_view(there))
        assert here.rows_of_ids(facts_of_view(there)).tolist() == [-1]


# --- odd entries -----------------------------------------------------------------------------


def test_entries_of_ten_years_of_no_time_and_running_ones(office: Office, keeper: ColumnsKeeper) -> None:
    long = add(office.owner, start=-3_652 * 86_400, seconds=3_652 * 86_400)
    none = add(office.owner, seconds=0)
    running = str(office.owner.post("/time-entries", {"description": "runs"}).body["id"])
    for one in (keeper, ColumnsKeeper(1)):
        with opened(office, one) as view:
            seconds = dict(
                zip((long, none, running), view.seconds[view.rows_of_ids([long, none, running])], strict=True)
            )
            assert seconds == {long: 3_652 * 86_400, none: 0, running: 0}
            assert [view.entry_id(row) for row in view.running_rows] == [running]
    office.clock.move(seconds=10)
    end = {"end": format_instant(office.clock.now_s)}
    assert office.owner.patch(f"/user/{office.owner.id}/time-entries", end).status == 200
    with opened(office, keeper) as view:
        assert view.running_rows == ()
        assert view.seconds[view.rows_of_ids([running])[0]] == 10


def test_an_entry_whose_start_changes_is_found_at_its_new_row(office: Office, keeper: ColumnsKeeper) -> None:
    moved, other = add(office.owner), add(office.owner, start=-100)
    with opened(office, keeper) as before:
        row = before.rows_of_ids([moved])[0]
        start = office.clock.now_s - 40 * 86_400
        body = {"start": format_instant(start), "end": format_instant(start + 5)}
        assert office.owner.put(f"/time-entries/{moved}", body).status == 200
        with opened(office, keeper) as view:
            assert (view.dead_count, view.count, view.sorted_count) == (1, 3, 2)
            assert view.rows_of_ids([moved, other]).tolist() == [2, before.rows_of_ids([other])[0]]
        assert before.rows_of_ids([moved])[0] == row


def test_an_entry_that_comes_back_under_its_old_id_is_there_again(office: Office, keeper: ColumnsKeeper) -> None:
    from hourbook.resources.time_entries.store import TIME_ENTRY

    entry_id = add(office.owner)
    entry = office.read(lambda tx: tx.get(TIME_ENTRY, entry_id))
    with opened(office, keeper) as first:
        taken = photograph(first)
        assert office.owner.delete(f"/time-entries/{entry_id}").status == 204
        with opened(office, keeper) as second:
            assert second.rows_of_ids([entry_id]).tolist() == [-1]
            office.write(lambda tx: tx.insert(TIME_ENTRY, entry))
            with opened(office, keeper) as third:
                assert third.rows_of_ids([entry_id]).tolist() == [1]
            assert second.rows_of_ids([entry_id]).tolist() == [-1]
        check_unchanged(first, taken)


# --- when the tables are read again ----------------------------------------------------------


def test_a_gap_in_the_journal_makes_the_tables_be_read_again(
    office: Office, keeper: ColumnsKeeper, loads: list[str]
) -> None:
    add(office.owner)
    assert entries_of(office, keeper) == 1
    add(office.owner)
    revision = office.read(current_revision)
    office.write(lambda tx: tx.write_derived(FORGET_JOURNAL, revision=revision))
    assert entries_of(office, keeper) == 2
    assert len(loads) == 2
    add(office.owner)
    office.write(lambda tx: tx.write_derived(FORGET_JOURNAL, revision=revision + 1))
    add(office.owner)
    assert entries_of(office, keeper) == 4
    assert len(loads) == 3


@pytest.mark.parametrize("error", [RuntimeError("a bug"), CannotApply("unknown")])
def test_a_change_that_fails_halfway_makes_the_tables_be_read_again(
    office: Office, keeper: ColumnsKeeper, loads: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    entry_id = add(office.owner)
    insert = applying._VERBS["insert"]

    def fails(columns: Any, step: Any) -> None:
        insert(columns, step)
        raise error

    with opened(office, keeper) as view:
        taken = photograph(view)
        add(office.owner)
        office.owner.delete(f"/time-entries/{entry_id}")
        monkeypatch.setitem(applying._VERBS, "insert", fails)
        assert entries_of(office, keeper) == 1
        check_unchanged(view, taken)
    assert len(loads) == 2


def test_a_verb_or_a_field_that_is_not_known_makes_the_tables_be_read_again(
    office: Office, keeper: ColumnsKeeper, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [add(office.owner) for _ in range(3)]
    assert entries_of(office, keeper) == 3
    monkeypatch.delitem(applying._VERBS, "delete")
    office.owner.delete(f"/time-entries/{ids[0]}")
    assert entries_of(office, keeper) == 2
    assert len(loads) == 2
    monkeypatch.setattr(applying, "_FLAG_FIELDS", {})
    monkeypatch.setattr("hourbook.db.tx.ROWS_JOURNALED_ONE_BY_ONE", 1)
    body = {"timeEntryIds": ids[1:], "invoiced": True}
    assert office.owner.patch("/time-entries/invoiced", body).status == 200
    assert entries_of(office, keeper) == 2
    assert len(loads) == 3


def test_far_too_many_changes_make_the_tables_be_read_again(
    office: Office, keeper: ColumnsKeeper, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(office.owner)
    assert entries_of(office, keeper) == 1
    monkeypatch.setattr(keeping, "STEPS_AT_LEAST", 2)
    add(office.owner)
    add(office.owner)
    assert entries_of(office, keeper) == 3
    assert len(loads) == 1
    for _ in range(3):
        add(office.owner)
    assert entries_of(office, keeper) == 6
    assert len(loads) == 2
    monkeypatch.setattr(applying, "NEW_ROWS_AT_LEAST", 10)
    monkeypatch.setattr("hourbook.db.tx.ROWS_JOURNALED_ONE_BY_ONE", 1)
    drafts = [Draft(start_s=1_000, end_s=2_000)] * 17
    office.write(lambda tx: actions.import_entries(tx, office.owner.id, drafts))
    assert entries_of(office, keeper) == 23
    assert len(loads) == 3


def test_columns_that_could_not_be_loaded_are_loaded_by_the_next_reader(
    office: Office, keeper: ColumnsKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(office.owner)
    with monkeypatch.context() as patch:
        patch.setattr(loading, "_load_tags", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError), reading(office) as tx, keeper.opened(tx):
            pass
    assert keeper.nbytes == 0
    assert entries_of(office, keeper) == 1


def test_a_lost_connection_is_the_readers_trouble_and_the_next_one_reads_again(
    office: Office, keeper: ColumnsKeeper, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hourbook.db.trouble import Trouble

    add(office.owner)
    assert entries_of(office, keeper) == 1
    add(office.owner)
    with monkeypatch.context() as patch:
        patch.setattr(type(office.server.runtime.engine), "trouble", lambda *_: Trouble.AWAY)
        patch.setitem(applying._VERBS, "insert", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError), reading(office) as tx, keeper.opened(tx):
            pass
    assert len(loads) == 1
    assert entries_of(office, keeper) == 2
    assert len(loads) == 2


def test_a_workspace_that_was_deleted_has_no_columns_left(office: Office, keeper: ColumnsKeeper) -> None:
    from hourbook.db import erasing

    home = office.outsider_workspace_id
    add(office.outsider.at(home))
    with opened(office, keeper, home) as view:
        assert view.count == 1

    def erase(tx: Tx) -> None:
        tx.workspace_id = home
        while erasing.erase_portion(tx, 10_000):
            pass

    office.write(erase)
    with opened(office, keeper, home) as view:
        assert (view.count, view.revision) == (0, 0)


# --- several readers -------------------------------------------------------------------------


@pytest.fixture
def in_threads() -> Callable[[list[Callable[[], Any]]], None]:
    """Runs things at the same time; the first error of any is raised."""

    def run(works: list[Callable[[], Any]]) -> None:
        errors: list[BaseException] = []

        def guarded(work: Callable[[], Any]) -> None:
            try:
                work()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        if errors:
            raise errors[0]

    return run


def test_readers_at_the_same_time_load_once_and_all_see_their_moment(
    office: Office, keeper: ColumnsKeeper, loads: list[str], in_threads: Any
) -> None:
    add(office.owner)
    together = threading.Barrier(6)
    stop = threading.Event()

    def read() -> None:
        together.wait()
        for _ in range(12):
            with opened(office, keeper) as view:
                taken = photograph(view)
                check_unchanged(view, taken)

    def write() -> None:
        together.wait()
        numbers = iter(range(10_000))
        while not stop.is_set():
            start_s = 5_000 - next(numbers) % 7
            drafts = [Draft(start_s=start_s, end_s=9_000, description=f"{next(numbers)}")] * 3
            office.write(lambda tx: actions.import_entries(tx, office.owner.id, drafts))  # noqa: B023 (run at once)

    def read_then_stop() -> None:
        try:
            read()
        finally:
            stop.set()

    in_threads([write, read_then_stop, read, read, read, read])
    assert len(loads) == 1


def test_a_reader_of_another_workspace_does_not_wait_for_a_load(
    office: Office, keeper: ColumnsKeeper, monkeypatch: pytest.MonkeyPatch, in_threads: Any
) -> None:
    loading_now, go_on = threading.Event(), threading.Event()
    load = loading.load

    def slowly(tx: ReadTx, revision: int, *, count: int) -> Any:
        if tx.workspace_id == office.workspace_id:
            loading_now.set()
            assert go_on.wait(30)
        return load(tx, revision, count=count)

    monkeypatch.setattr(loading, "load", slowly)

    def other() -> None:
        assert loading_now.wait(30)
        with opened(office, keeper, office.outsider_workspace_id):
            go_on.set()

    in_threads([lambda: entries_of(office, keeper), other])
