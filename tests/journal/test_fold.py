"""The journal, folded, is the tables; everything derived is what it is derived from."""

from typing import Any

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.db.tx import Tx
from hourbook.journal.fold import State, compare, fold, table_state
from hourbook.journal.journal import BULK_VERBS, JournalRow, current_revision, iterate_since
from hourbook.journal.snapshots import read_snapshot, write_snapshot
from hourbook.resources.tags import actions as tags
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.contract.world import World
from tests.harness import START_S, Asked, Office
from tests.journal.state import check_everything
from tests.journal.workload import Workload


@pytest.mark.parametrize("seed", range(6))
def test_random_work_leaves_a_journal_that_folds_to_the_tables(office: Office, seed: int) -> None:
    work = Workload(office, seed)
    for _ in range(3):
        work.run(60)
        check_everything(office)
        office.write(write_snapshot)
        check_everything(office)


def test_the_random_work_is_work(office: Office) -> None:
    """Most verbs succeed at least once, so that the test above says something."""
    done: set[str] = set()
    for seed in range(2):
        work = Workload(office, seed)
        work.run(600)
        done |= {verb for verb, hundred in work.counts if hundred == 2}
    check_everything(office)
    missing = {verb.__name__ for verb in work._verbs} - done
    assert not missing


def journal_of(office: Office) -> list[JournalRow]:
    return list(office.read(lambda tx: list(iterate_since(tx, 0))))


def verbs_of(office: Office) -> set[str]:
    return {row.verb for row in journal_of(office)}


def import_entries(office: Office, count: int, **fields: Any) -> None:
    drafts = [
        Draft(start_s=START_S - 86_400 - number, end_s=START_S - 86_400, description=f"Entry {number}", **fields)
        for number in range(count)
    ]
    assert office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts)) == count


def test_more_than_a_thousand_rows_share_one_journal_row_and_fold_all_the_same(office: Office) -> None:
    world = World(office)
    fields = {"project_id": world.project_id, "task_id": world.task_id, "tag_ids": (world.tag_id,)}
    import_entries(office, 1500, **fields)
    assert "insert_many" in verbs_of(office)
    check_everything(office)

    assert office.owner.delete(f"/tags/{world.tag_id}").status == 200
    assert "unlink_many" in verbs_of(office)
    check_everything(office)

    rows = office.owner.get(f"/user/{office.member.id}/time-entries", page_size=1100).body
    ids = [row["id"] for row in rows]
    answer = office.owner.patch("/time-entries/invoiced", {"timeEntryIds": ids, "invoiced": True})
    assert answer.status == 200
    check_everything(office)
    answer = office.owner.delete(f"/user/{office.member.id}/time-entries", time_entry_ids=ids)
    assert answer.status == 200
    assert "delete_many" in verbs_of(office)
    check_everything(office)

    import_entries(office, 1100, **{**fields, "tag_ids": ()})
    assert office.owner.put(f"/projects/{world.project_id}", {"archived": True}).status == 200
    assert office.owner.delete(f"/projects/{world.project_id}").status == 200
    assert verbs_of(office) >= BULK_VERBS
    check_everything(office)
    office.write(write_snapshot)
    check_everything(office)


def test_a_snapshot_is_the_state_at_its_revision(office: Office) -> None:
    Workload(office, 7).run(60)
    revision = office.write(write_snapshot)
    at_that_time = office.read(table_state)
    Workload(office, 8).run(60)
    stored_revision, snapshot = office.read(read_snapshot)
    assert stored_revision == revision
    assert compare(at_that_time, snapshot) == []
    rows_until = [row for row in journal_of(office) if row.revision <= revision]
    assert compare(fold(rows_until), snapshot) == []


def test_a_snapshot_has_parts_of_bounded_size_and_leaves_no_journal_row(office: Office) -> None:
    import_entries(office, 5001)
    before = office.read(current_revision)
    assert office.write(write_snapshot) == before
    assert office.write(write_snapshot) == before
    assert office.read(current_revision) == before
    check_everything(office)


def test_a_change_that_fails_leaves_nothing(office: Office) -> None:
    before = office.read(table_state)
    revision = office.read(current_revision)

    def work(tx: Tx) -> None:
        tags.create_tag(tx, "Gone")
        raise InvalidValue("after the change")

    with pytest.raises(InvalidValue):
        office.write(work)
    assert office.read(current_revision) == revision
    assert compare(before, office.read(table_state)) == []


def test_compare_says_what_differs() -> None:
    expected: State = {"TAG": {("1",): {"name": "a"}, ("2",): {"name": "b"}}}
    found: State = {"TAG": {("1",): {"name": "x"}, ("3",): {"name": "c"}}}
    assert compare(expected, found) == [
        "TAG 1: name is 'x' and should be 'a'",
        "TAG 2 is missing",
        "TAG 3 should not be there",
    ]


def test_a_row_says_who_what_when_and_how_it_was(office: Office) -> None:
    tag_id = office.member.post("/tags", {"name": "Old"}).body["id"]
    office.clock.move(seconds=5)
    path = f"/api/v1/workspaces/{office.workspace_id}/tags/{tag_id}"
    office.admin.raw("PUT", path, {"name": "New"}, headers={"X-Request-Id": "the-request"})
    made, changed = journal_of(office)[-2:]
    assert (made.kind, made.verb, made.event, made.actor_id) == ("TAG", "insert", "NEW_TAG", office.member.id)
    assert (changed.kind, changed.verb, changed.event) == ("TAG", "update", "TAG_UPDATED")
    assert (changed.actor_id, changed.auth, changed.origin) == (office.admin.id, "api_key", "api")
    assert (changed.request_id, changed.at_us) == ("the-request", (START_S + 5) * 1_000_000)
    assert (changed.entity_id, changed.changed) == (tag_id, ("name",))
    assert (changed.before, changed.after["name"]) == ({"name": "Old"}, "New")


def test_a_write_that_changes_nothing_leaves_no_row(office: Office) -> None:
    tag_id = office.owner.post("/tags", {"name": "Same"}).body["id"]
    revision = office.read(current_revision)
    assert office.owner.put(f"/tags/{tag_id}", {"name": "Same"}).status == 200
    assert office.read(current_revision) == revision


def test_no_secret_enters_the_journal(office: Office) -> None:
    text = repr([(row.before, row.after, row.rows) for row in journal_of(office)])
    assert "password_hash" not in text
    assert "key_hash" not in text
    assert str(office.owner.key) not in text


def test_work_at_the_same_time_leaves_one_journal_without_gaps(office: Office) -> None:
    """Timers stopping each other, totals of one project and names that only one can have, all at once."""
    world = World(office)
    base = f"/api/v1/workspaces/{office.workspace_id}"
    timer = f'{{"projectId":"{world.project_id}","tagIds":["{world.tag_id}"]}}'.encode()
    entry = timer[:-1] + b',"start":"2026-05-20T08:00:00Z","end":"2026-05-20T08:10:00Z"}'
    asked: list[Asked] = []
    for number in range(60):
        person = (office.owner, office.admin, office.member)[number % 3]
        headers = ((b"x-api-key", str(person.key).encode()),)
        for path, body in (
            ("/time-entries", timer),
            ("/time-entries", entry),
            ("/tags", b'{"name":"t%d"}' % (number % 9)),
        ):
            asked.append(("POST", base + path, (body,), b"", headers))
    statuses = [answer.status for answer in office.server.ask_all(asked)]
    assert set(statuses) == {201, 400}
    assert statuses.count(400) == 60 - 9
    check_everything(office)
