"""The contract's search where one row is about many things, where something came back, and where rows follow."""

import json
from collections import Counter
from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from hourbook.journal.bulk import Bulk
from hourbook.journal.journal import JournalRow, current_revision, journal_row
from hourbook.resources.audit import actions_search
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.contract.world import World
from tests.harness import START_S, Office, Person
from tests.resources.audit.test_search_audit_log import TIMES, rows

MANY = 1200
FIFTY = {"page-size": 50}


@pytest.fixture
def entries(office: Office) -> list[str]:
    """Many entries of the member, brought long ago."""
    drafts = [Draft(start_s=START_S - 86_400 - 60 * n, end_s=START_S - 86_400) for n in range(MANY)]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    office.clock.move(60)
    found = office.owner.get(f"/user/{office.member.id}/time-entries", page_size=MANY).body
    return [one["id"] for one in found]


def since(office: Office, after_s: int) -> Counter[str]:
    """How often what was done, from page to page."""
    found: Counter[str] = Counter()
    page = 1
    while told := rows(office, page=page, start=format_instant(after_s), **{"page-size": 50}):
        found.update(row["action"] for row in told)
        page += 1
    return found


def undo(person: Person, office: Office) -> None:
    revision = office.read(current_revision)
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/restore"
    office.clock.move(1)
    answer = person.raw("POST", path, {"revision": revision})
    assert answer.status == 200, answer


def test_many_that_were_changed_are_told_one_by_one(office: Office, entries: list[str]) -> None:
    now = office.clock.now_s
    done = office.owner.patch("/time-entries/invoiced", {"timeEntryIds": entries, "invoiced": True})
    assert done.status == 200, done
    assert since(office, now) == {"UPDATE_TIME_FOR_OTHER": MANY}
    newest = rows(office, start=format_instant(now))[0]
    before, after = json.loads(newest["previousContent"]), json.loads(newest["content"])
    assert (before["invoiced"], after["invoiced"]) == (False, True)
    assert {name for name in after if after[name] != before[name]} == {"invoiced"}


def test_many_that_were_deleted_are_told_one_by_one_and_so_is_their_coming_back(
    office: Office, entries: list[str]
) -> None:
    now = office.clock.now_s
    where = f"/user/{office.member.id}/time-entries"
    assert office.member.delete(where, time_entry_ids=entries).status == 200
    assert since(office, now) == {"DELETE_TIME_PERSONAL": MANY}
    (gone, *_) = rows(office, start=format_instant(now))
    assert (json.loads(gone["previousContent"])["user"], gone["content"]) == ("Max Member", "null")
    undo(office.owner, office)
    assert since(office, now) == {"DELETE_TIME_PERSONAL": MANY, "RESTORE_TIME_FOR_OTHER": MANY}


def test_what_follows_from_something_else_is_not_told(office: Office, entries: list[str]) -> None:
    tag = World(office).tag_id
    office.clock.move(60)
    now = office.clock.now_s
    office.owner.put(f"/users/{office.member.id}/hourly-rate", {"amount": 900, "since": "2026-01-01T00:00:00Z"})
    rates = office.owner.get(f"/user/{office.member.id}/time-entries", page_size=MANY).body
    assert {one["hourlyRate"]["amount"] for one in rates} == {900}
    assert since(office, now) == {}
    office.member.post("/time-entries", TIMES | {"tagIds": [tag]})
    assert office.owner.delete(f"/tags/{tag}").status == 200
    assert since(office, now) == {"CREATE_TIME_PERSONAL_MANUAL": 1, "DELETE_TAG": 1}


def test_what_goes_with_a_project_is_not_told(office: Office) -> None:
    world = World(office)
    office.member.post("/time-entries", TIMES | {"projectId": world.project_id, "taskId": world.task_id})
    office.owner.put(f"/projects/{world.project_id}", {"archived": True})
    office.clock.move(60)
    now = office.clock.now_s
    assert office.owner.delete(f"/projects/{world.project_id}").status == 200
    assert since(office, now) == {"DELETE_PROJECT": 1}


def test_what_came_back_is_called_so_and_things_of_the_workspace_are_made_again(office: Office) -> None:
    entry = office.member.post("/time-entries", TIMES).body["id"]
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    office.clock.move(60)
    now = office.clock.now_s
    office.member.delete(f"/time-entries/{entry}")
    undo(office.member, office)
    office.owner.delete(f"/tags/{tag}")
    undo(office.owner, office)
    expected = {"DELETE_TIME_PERSONAL": 1, "RESTORE_TIME": 1, "DELETE_TAG": 1, "CREATE_TAG": 1}
    assert since(office, now) == expected


def test_what_cannot_be_meant_is_not_read(office: Office, entries: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who looks for a deletion does not wait for a thousand rows of other things to be unpacked."""
    for number in range(5):
        assert office.owner.post("/tags", {"name": f"tag {number}"}).status == 201
    office.owner.delete(f"/user/{office.member.id}/time-entries", time_entry_ids=",".join(entries[:3]))
    unpacked: list[str] = []

    def counted(*values: Any) -> JournalRow:
        row = journal_row(*values)
        unpacked.append(row.verb)
        return row

    monkeypatch.setattr("hourbook.resources.audit.actions_search.journal_row", counted)
    found = rows(office, actions=["DELETE_TIME_FOR_OTHER", "DELETE_TAG"], start=format_instant(START_S - 100_000))
    assert [row["action"] for row in found] == ["DELETE_TIME_FOR_OTHER"] * 3
    assert set(unpacked) == {"delete"}


def test_the_way_to_a_deep_page_reads_no_contents(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(130):
        assert office.owner.post("/tags", {"name": f"tag {number}"}).status == 201
    every = [json.loads(row["content"])["tagName"] for page in (1, 2, 3) for row in rows(office, page=page, **FIFTY)]
    assert every == [f"tag {number}" for number in reversed(range(130))]
    unpacked: list[str | None] = []

    def counted(*values: Any) -> JournalRow:
        row = journal_row(*values)
        unpacked.append(row.entity_id)
        return row

    monkeypatch.setattr("hourbook.resources.audit.actions_search.journal_row", counted)
    assert [json.loads(row["content"])["tagName"] for row in rows(office, page=13, **{"page-size": 10})] == every[-10:]
    assert len(unpacked) == 10


def test_of_a_row_about_very_many_the_page_alone_is_unpacked(
    office: Office, entries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.member.delete(f"/user/{office.member.id}/time-entries", time_entry_ids=entries).status == 200
    unpacked: list[int] = []
    original = Bulk.values

    def counted(bulk: Bulk, place: int) -> Any:
        unpacked.append(place)
        return original(bulk, place)

    monkeypatch.setattr(Bulk, "values", counted)
    assert len(rows(office, actions=["DELETE_TIME_PERSONAL"], page=20, **FIFTY)) == 50
    assert unpacked == list(range(950, 1000))


@pytest.mark.parametrize("portion", [7, 1000])
def test_own_things_and_those_of_others_in_one_row_are_told_apart(
    office: Office, entries: list[str], portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where whose a thing is says whether it is meant, rows about many are looked into, page by page."""
    monkeypatch.setattr(actions_search, "PORTION_THINGS", portion)
    drafts = [Draft(start_s=START_S - 60 * n, end_s=START_S) for n in range(60)]
    office.write(lambda tx: time_entries.import_entries(tx, office.owner.id, drafts))
    own = [one["id"] for one in office.owner.get(f"/user/{office.owner.id}/time-entries", page_size=60).body]
    office.clock.move(60)
    now = office.clock.now_s
    mixed = [*entries[:470], *own, *entries[470:]]
    assert office.owner.patch("/time-entries/invoiced", {"timeEntryIds": mixed, "invoiced": True}).status == 200
    both = Counter(told(office, now, ["UPDATE_TIME_FOR_OTHER", "UPDATE_TIME_PERSONAL"]))
    assert both == {"UPDATE_TIME_FOR_OTHER": MANY, "UPDATE_TIME_PERSONAL": 60}
    assert Counter(told(office, now, ["UPDATE_TIME_FOR_OTHER"])) == {"UPDATE_TIME_FOR_OTHER": MANY}
    assert Counter(told(office, now, ["UPDATE_TIME_PERSONAL"])) == {"UPDATE_TIME_PERSONAL": 60}
    assert office.owner.delete(f"/user/{office.owner.id}/time-entries", time_entry_ids=own).status == 200
    assert told(office, now, ["DELETE_TIME_FOR_OTHER"]) == []
    assert told(office, now, ["DELETE_TIME_PERSONAL"]) == ["DELETE_TIME_PERSONAL"] * 60
    assert told(office, START_S - 86_400, ["CREATE_TIME_FOR_OTHER"]) == ["CREATE_TIME_FOR_OTHER"] * (MANY + 60)


def told(office: Office, after_s: int, actions: list[str]) -> list[str]:
    """What was done, from page to page."""
    found: list[str] = []
    while here := rows(office, page=1 + len(found) // 50, start=format_instant(after_s), actions=actions, **FIFTY):
        found += [row["action"] for row in here]
        if len(here) < 50:
            break
    return found
