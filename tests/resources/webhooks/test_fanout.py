"""From the journal to messages: who is told of what, once and in order."""

import asyncio
import time
from typing import Any

import msgspec
import pytest

from hourbook.db import tx as tx_module
from hourbook.db.tx import Tx
from hourbook.journal import fanout as fanout_rules
from hourbook.journal.bulk import Bulk
from hourbook.journal.fanout import EventRow
from hourbook.journal.journal import JournalRow, current_revision
from hourbook.resources.webhooks import actions_fanout as actions
from hourbook.resources.webhooks import rules_fanout, store_fanout
from hourbook.resources.webhooks.rules import Source
from hourbook.resources.webhooks.rules_fanout import Message
from hourbook.resources.webhooks.store import WEBHOOK
from hourbook.worker import fanout as fanout_module
from hourbook.worker.frames import Unreachable
from tests.fanouts import cursor, due, fanout_of, hook, sent, tell, told
from tests.harness import Office
from tests.watching import StatementLog

START = "2026-05-20T08:00:00Z"
END = "2026-05-20T09:00:00Z"


def entry(office: Office, **more: object) -> str:
    answer = office.member.post("/time-entries", {"start": START, "end": END, **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def project(office: Office, name: str = "Apollo", **more: object) -> str:
    return str(office.owner.post("/projects", {"name": name, "isPublic": True, **more}).body["id"])


def test_a_workspace_without_webhooks_is_never_looked_at(office: Office) -> None:
    entry(office)
    assert office.workspace_id not in [due.workspace_id for due in office.read(actions.list_due)]
    assert cursor(office) is None


def test_a_webhook_gets_what_happens_after_it_was_made(office: Office) -> None:
    entry(office, description="before")
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    entry(office, description="after")
    found = told(office, webhook_id)
    assert [(one.event, one.body["description"], one.state) for one in found] == [
        ("NEW_TIME_ENTRY", "after", "WAITING")
    ]


def test_a_second_webhook_gets_nothing_of_what_came_before_it_though_the_fan_out_was_behind(office: Office) -> None:
    first = hook(office, "NEW_TAG")
    office.owner.post("/tags", {"name": "early"})
    second = hook(office, "NEW_TAG")
    office.owner.post("/tags", {"name": "late"})
    found = told(office, first, second)
    assert [(one.body["name"], one.webhook_id) for one in found] == sorted(
        [("early", first), ("late", first), ("late", second)]
    )


def test_one_message_serves_all_webhooks(office: Office) -> None:
    ids = {hook(office, "NEW_TAG") for _ in range(3)}
    office.owner.post("/tags", {"name": "x"})
    found = told(office, *ids)
    assert {one.webhook_id for one in found} == ids
    assert len({(one.revision, one.part) for one in found}) == 1


def test_running_twice_tells_once(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG")
    office.owner.post("/tags", {"name": "x"})
    assert len(told(office, webhook_id)) == 1
    assert len(told(office, webhook_id)) == 1


def test_two_workers_at_the_same_time_tell_once(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG")
    for number in range(20):
        office.owner.post("/tags", {"name": f"tag {number}"})
    both = [fanout_of(office.server), fanout_of(office.server)]

    async def together() -> None:
        await asyncio.gather(*(one.work() for one in both))

    office.server.loop.run_until_complete(together())
    assert len(told(office, webhook_id)) == 20


def test_the_order_is_that_of_revisions(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG")
    names = [f"tag {number:02}" for number in range(30)]
    for name in names:
        office.owner.post("/tags", {"name": name})
    found = told(office, webhook_id)
    assert [one.body["name"] for one in found] == names
    assert [one.revision for one in found] == sorted(one.revision for one in found)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_portions_follow_one_another_without_gaps(office: Office, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(actions, "REVISIONS_LIMIT", size)
    webhook_id = hook(office, "NEW_TAG")
    names = [f"tag {number:02}" for number in range(12)]
    fanout = fanout_of(office.server)
    for start in (0, 5):  # what comes later is told from where the first ended
        for name in names[start : start + 5 + start]:
            office.owner.post("/tags", {"name": name})
        tell(office, fanout)
    assert [one.body["name"] for one in sent(office, webhook_id)] == names


def test_a_bulk_delete_is_one_event_for_each_entry(office: Office) -> None:
    ids = {entry(office) for _ in range(4)}
    webhook_id = hook(office, "TIME_ENTRY_DELETED")
    path = f"/user/{office.member.id}/time-entries"
    assert office.owner.delete(path, time_entry_ids=",".join(sorted(ids))).status in (200, 204)
    found = told(office, webhook_id)
    assert {one.body["id"] for one in found} == ids
    assert len({(one.revision, one.part) for one in found}) == 4


def test_a_bulk_row_is_one_event_for_each_thing_it_names(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tx_module, "ROWS_JOURNALED_ONE_BY_ONE", 2)
    ids = {entry(office) for _ in range(4)}
    deleted, updated = hook(office, "TIME_ENTRY_DELETED"), hook(office, "TIME_ENTRY_UPDATED")
    body = {"timeEntryIds": sorted(ids), "invoiced": True}
    assert office.owner.patch("/time-entries/invoiced", body).status == 200
    path = f"/user/{office.member.id}/time-entries"
    assert office.owner.delete(path, time_entry_ids=",".join(sorted(ids))).status in (200, 204)
    for webhook_id in (deleted, updated):
        found = told(office, webhook_id)
        assert {one.body["id"] for one in found} == ids
        assert len({one.revision for one in found}) == 1
        assert [one.part for one in found] == [0, 1, 2, 3]


def test_a_row_about_more_than_a_portion_holds_is_told_in_several(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tx_module, "ROWS_JOURNALED_ONE_BY_ONE", 2)
    monkeypatch.setattr(actions, "THINGS_LIMIT", 3)
    ids = {entry(office) for _ in range(7)}
    deleted, updated = hook(office, "TIME_ENTRY_DELETED"), hook(office, "TIME_ENTRY_UPDATED")
    named = hook(office, "NEW_TAG")
    assert office.owner.patch("/time-entries/invoiced", {"timeEntryIds": sorted(ids), "invoiced": True}).status == 200
    path = f"/user/{office.member.id}/time-entries"
    assert office.owner.delete(path, time_entry_ids=",".join(sorted(ids))).status in (200, 204)
    office.owner.post("/tags", {"name": "after"})
    for webhook_id in (deleted, updated):
        found = told(office, webhook_id)
        assert {one.body["id"] for one in found} == ids
        assert [one.part for one in found] == list(range(7))
    assert [one.body["name"] for one in sent(office, named)] == ["after"]
    assert cursor(office) == office.read(current_revision)


def test_things_are_counted_off_from_any_place() -> None:
    rows = [_row(revision, count) for revision, count in ((1, None), (2, 5), (4, None), (5, 2))]
    everything = [(1, 0), *((2, part) for part in range(5)), (4, 0), (5, 0), (5, 1)]
    for limit in range(1, 12):
        found: list[tuple[int, int]] = []
        behind = None
        while True:
            slices, behind = fanout_rules.sliced(rows, behind, limit)
            parts = [(one.of.row.revision, part) for one in slices for part in range(one.first, one.last)]
            assert len(parts) <= limit
            found += parts
            if behind is None:
                break
            assert behind == parts[-1]
        assert found == everything


def _row(revision: int, count: int | None) -> EventRow:
    said: dict[str, Any] = dict.fromkeys(JournalRow.__struct_fields__)
    many = None if count is None else Bulk(revision, "update_many", b"123456789012" * count, None)
    return EventRow(JournalRow(**{**said, "revision": revision}), many)


def test_a_long_list_of_one_workspace_holds_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(office)  # what other tests left, or it takes its turns too
    # So slowly that the long list would take minutes.
    monkeypatch.setattr(fanout_module, "DELIVERIES_A_SECOND", 0.05)
    monkeypatch.setattr(fanout_module, "BURST_SECONDS", 0.0)
    monkeypatch.setattr(fanout_module, "MESSAGES_AT_ONCE", 1)
    other = Office(office.server)
    long, short = hook(office, "NEW_TAG"), hook(other, "NEW_TAG")
    for number in range(10):
        office.owner.post("/tags", {"name": f"tag {number}"})
    other.owner.post("/tags", {"name": "soon"})
    fanout = fanout_of(office.server)

    loop = office.server.loop

    async def on_and_on() -> None:  # what other tests left and need not tell has its turns, too
        while True:
            await fanout.work()
            await asyncio.sleep(0.01)

    working = loop.create_task(on_and_on())
    deadline = time.monotonic() + 60
    while not (sent(other, short) and sent(office, long)) and time.monotonic() < deadline:
        loop.run_until_complete(asyncio.sleep(0.02))
    assert len(sent(other, short)) == 1
    assert 1 <= len(sent(office, long)) < 10
    working.cancel()
    loop.run_until_complete(asyncio.gather(working, return_exceptions=True))
    loop.run_until_complete(fanout.close())
    monkeypatch.setattr(fanout_module, "DELIVERIES_A_SECOND", 1000.0)
    assert len(told(office, long)) == 10


def test_workspaces_that_wait_behind_many_others_are_found(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_fanout, "WORKSPACES_LIMIT", 1)
    monkeypatch.setattr(fanout_module, "WORKSPACES_LIMIT", 1)
    others = [Office(office.server) for _ in range(2)]
    ids = [hook(one, "NEW_TAG") for one in (office, *others)]
    for one in (office, *others):
        one.owner.post("/tags", {"name": "x"})
    tell(office)
    assert [len(sent(one, id_)) for one, id_ in zip((office, *others), ids, strict=True)] == [1, 1, 1]


def test_many_messages_of_one_row_are_kept_in_bites_and_once_when_it_breaks_off(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tx_module, "ROWS_JOURNALED_ONE_BY_ONE", 2)
    monkeypatch.setattr(fanout_module, "MESSAGES_AT_ONCE", 3)
    ids = sorted(entry(office) for _ in range(7))
    webhook_id = hook(office, "TIME_ENTRY_DELETED")
    office.owner.delete(f"/user/{office.member.id}/time-entries", time_entry_ids=",".join(ids))
    broken = fanout_of(office.server)
    calls = 0
    call = broken._verbs.call

    async def breaking(name: str, *more: Any, **named: Any) -> Any:
        nonlocal calls
        calls += name == "webhooks.fanout.store_messages"
        if calls == 3:
            raise Unreachable("killed")
        return await call(name, *more, **named)

    monkeypatch.setattr(broken._verbs, "call", breaking)
    with pytest.raises(Unreachable):
        tell(office, broken)
    assert len(sent(office, webhook_id)) == 6
    found = told(office, webhook_id)
    assert sorted(one.body["id"] for one in found) == ids


@pytest.mark.parametrize("source", [Source.PROJECT_ID, Source.USER_ID, Source.TAG_ID, Source.TASK_ID])
def test_sources_narrow_down_what_is_told(office: Office, source: Source) -> None:
    project_id = project(office)
    task_id = office.owner.post(f"/projects/{project_id}/tasks", {"name": "Build"}).body["id"]
    tag_id = office.owner.post("/tags", {"name": "urgent"}).body["id"]
    target = {
        Source.PROJECT_ID: project_id,
        Source.USER_ID: office.member.id,
        Source.TAG_ID: tag_id,
        Source.TASK_ID: task_id,
    }[source]
    webhook_id = hook(office, "NEW_TIME_ENTRY", source, target)
    wanted = entry(office, projectId=project_id, taskId=task_id, tagIds=[tag_id])
    office.owner.post("/time-entries", {"start": START, "end": END})
    assert [one.body["id"] for one in told(office, webhook_id)] == [wanted]


def test_a_webhook_that_is_off_or_gone_gets_nothing(office: Office) -> None:
    off, gone, on = (hook(office, "NEW_TAG") for _ in range(3))
    office.owner.post("/tags", {"name": "x"})

    def change(tx: Tx) -> None:
        webhook = tx.get(WEBHOOK, off)
        tx.update(WEBHOOK, webhook, msgspec.structs.replace(webhook, enabled=False))
        tx.delete(WEBHOOK, tx.get(WEBHOOK, gone))

    office.write(change)
    assert {one.webhook_id for one in told(office, off, gone, on)} == {on}


def test_a_webhook_that_goes_off_while_its_messages_are_made_gets_none_of_them(office: Office) -> None:
    off, on = hook(office, "NEW_TAG"), hook(office, "NEW_TAG")
    at = due(office)
    stored = at.cursor

    def switch_off(tx: Tx) -> None:
        webhook = tx.get(WEBHOOK, off)
        tx.update(WEBHOOK, webhook, msgspec.structs.replace(webhook, enabled=False))

    office.write(switch_off)
    made = [Message(stored + 1, 0, "NEW_TAG", b"{}", (off,)), Message(stored + 2, 0, "NEW_TAG", b"{}", (off, on))]
    office.write(lambda tx: actions.store_messages(tx, at, stored + 2, messages=made))
    assert [(one.revision, one.webhook_id) for one in sent(office, off, on)] == [(stored + 2, on)]


def test_what_happened_while_a_webhook_was_off_is_not_told_later(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG")

    def switch(*, on: bool) -> None:
        def change(tx: Tx) -> None:
            webhook = tx.get(WEBHOOK, webhook_id)
            tx.update(WEBHOOK, webhook, msgspec.structs.replace(webhook, enabled=on))

        office.write(change)

    switch(on=False)
    office.owner.post("/tags", {"name": "meanwhile"})
    switch(on=True)
    office.owner.post("/tags", {"name": "again"})
    assert [one.body["name"] for one in told(office, webhook_id)] == ["again"]


def test_a_webhook_of_somebody_who_is_no_admin_any_more_gets_nothing(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG", by=office.admin.id)
    of_addon = hook(office, "NEW_TAG", by=office.admin.id, addon_id=office.server.ids.new_id())
    office.owner.post("/tags", {"name": "one"})
    assert len(told(office, webhook_id)) == 1
    answer = office.owner.delete(
        f"/users/{office.admin.id}/roles", {"entityId": office.workspace_id, "role": "WORKSPACE_ADMIN"}
    )
    assert answer.status == 204
    office.owner.post("/tags", {"name": "two"})
    assert [one.body["name"] for one in told(office, webhook_id)] == ["one"]
    assert [one.body["name"] for one in told(office, of_addon)] == ["one", "two"]


def test_with_the_last_webhook_the_cursor_goes(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG")
    assert cursor(office) is not None
    office.write(lambda tx: tx.delete(WEBHOOK, tx.get(WEBHOOK, webhook_id)))
    tell(office)
    assert cursor(office) is None
    again = hook(office, "NEW_TAG")
    office.owner.post("/tags", {"name": "x"})
    assert len(told(office, again)) == 1


def test_the_number_of_statements_does_not_grow_with_the_number_of_events(
    office: Office, statements: StatementLog
) -> None:
    webhook_id = hook(office, "NEW_TIME_ENTRY")

    def count(entries: int) -> int:
        project_id = project(office, f"project of {entries}")
        for number in range(entries):
            entry(office, projectId=project_id, description=str(number))
        with statements.listening() as ran:
            tell(office)
        # How often it looks for workspaces depends on which of all of them is done first.
        return sum(one.statement is not store_fanout.LIST_DUE for one in ran)

    count(1)
    # What other workspaces have to tell is looked at as well; one statement an event would be 23 more.
    assert abs(count(25) - count(2)) < 10
    assert len(sent(office, webhook_id)) == 28


def test_a_backlog_is_worked_off_in_measure(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout_module, "DELIVERIES_A_SECOND", 100.0)
    monkeypatch.setattr(fanout_module, "BURST_SECONDS", 0.1)
    monkeypatch.setattr(fanout_module, "MESSAGES_AT_ONCE", 10)
    webhook_id = hook(office, "NEW_TAG")
    for number in range(40):
        office.owner.post("/tags", {"name": f"tag {number}"})
    began = time.monotonic()
    assert len(told(office, webhook_id)) == 40
    assert time.monotonic() - began > 0.25


def test_what_comes_too_late_is_not_kept(office: Office) -> None:
    webhook_id = hook(office, "NEW_TAG")
    at = due(office)
    stored = at.cursor
    early = msgspec.structs.replace(at, cursor=stored - 1)
    late = [Message(stored + 1, 0, "NEW_TAG", b"{}", (webhook_id,))]
    assert office.write(lambda tx: actions.store_messages(tx, early, stored + 1, messages=late)).is_ours is False
    assert sent(office, webhook_id) == []
    assert cursor(office) == stored
    assert office.write(lambda tx: actions.store_messages(tx, at, stored + 1, messages=late)).is_ours is True
    assert [one.revision for one in sent(office, webhook_id)] == [stored + 1]
