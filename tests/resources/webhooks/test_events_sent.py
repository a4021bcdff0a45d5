"""Which of the 51 events are sent, what each family can be narrowed down to, and that the documentation says so."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hourbook.db import tx
from hourbook.http.operation import OPERATIONS
from hourbook.resources.webhooks import actions_deliveries
from hourbook.resources.webhooks.rules import EVENTS, Family, Source
from hourbook.resources.webhooks.rules_deliveries import message_id
from tests.fanouts import fanout_of, hook, sent, tell, told
from tests.harness import Office
from tests.own_surface import own

DOCS = Path(__file__).parents[3] / "docs" / "webhooks.md"
# Slices that do not exist yet; nothing splits an entry, and nobody changes an address.
SILENT_FAMILIES = {
    Family.INVOICE,
    Family.APPROVAL,
    Family.TIME_OFF,
    Family.BALANCE,
    Family.EXPENSE,
    Family.EXPENSE_IDS,
    Family.ASSIGNMENT,
}
SILENT_EVENTS = {"TIME_ENTRY_SPLIT", "USER_EMAIL_CHANGED"}


def test_every_event_is_journaled_by_an_operation_or_known_to_be_silent(office: Office) -> None:
    journaled = {event for operation in OPERATIONS.values() for event in operation.journals}
    silent = {name for name, kind in EVENTS.items() if kind.family in SILENT_FAMILIES} | SILENT_EVENTS
    assert EVENTS.keys() - journaled == silent


def test_the_documentation_tells_which_are_sent() -> None:
    text = " ".join(DOCS.read_text("utf-8").split())
    silent = sum(kind.family in SILENT_FAMILIES for kind in EVENTS.values()) + len(SILENT_EVENTS)
    found = re.search(r"(\d+) of the (\d+) are sent\. (.*?) yet\.", text)
    assert found is not None
    assert (int(found[1]), int(found[2])) == (len(EVENTS) - silent, len(EVENTS))
    for word in ("invoices", "approvals", "time off", "balances", "expenses", "assignments", *SILENT_EVENTS):
        assert word in found[3], word


def test_a_silent_event_can_be_asked_for(office: Office) -> None:
    """A program that is ready for what comes later need not be changed then."""
    body = {"url": "https://receiver.example/", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    assert office.owner.post("/webhooks", {**body, "webhookEvent": "NEW_INVOICE"}).status == 201


def made(answer: Any) -> str:
    assert answer.status in (200, 201), answer
    return str(answer.body["id"])


def _projects(office: Office) -> tuple[list[str], Callable[[int], str]]:
    """Things of a family, and what makes an event of the first, or of another."""
    ids = [made(office.owner.post("/projects", {"name": name})) for name in ("one", "other")]
    return ids, lambda which: made(office.owner.put(f"/projects/{ids[which]}", {"name": f"new {which}"}))


def _tasks(office: Office) -> tuple[list[str], Callable[[int], str]]:
    projects, _ = _projects(office)
    tasks = [made(office.owner.post(f"/projects/{one}/tasks", {"name": "Build"})) for one in projects]

    def change(which: int) -> str:
        return made(office.owner.put(f"/projects/{projects[which]}/tasks/{tasks[which]}", {"name": f"new {which}"}))

    return [*projects, *tasks], change


def _tags(office: Office) -> tuple[list[str], Callable[[int], str]]:
    ids = [made(office.owner.post("/tags", {"name": name})) for name in ("one", "other")]
    return ids, lambda which: made(office.owner.put(f"/tags/{ids[which]}", {"name": f"new {which}"}))


def _people(office: Office) -> tuple[list[str], Callable[[int], str]]:
    people = [office.hire("One Person"), office.hire("Other Person")]

    def change(which: int) -> str:
        settings = "/api/hourbook/v1/user/settings"
        assert people[which].raw("PATCH", settings, {"name": f"New {which}"}).status == 200
        return people[which].id

    return [one.id for one in people], change


@pytest.mark.parametrize(
    ("event", "source", "make", "place"),
    [
        ("PROJECT_UPDATED", Source.PROJECT_ID, _projects, 0),
        ("TASK_UPDATED", Source.PROJECT_ID, _tasks, 0),
        ("TASK_UPDATED", Source.TASK_ID, _tasks, 2),
        ("TAG_UPDATED", Source.TAG_ID, _tags, 0),
        ("USER_UPDATED", Source.USER_ID, _people, 0),
    ],
)
def test_each_family_is_narrowed_down_to_what_the_webhook_names(
    office: Office, event: str, source: Source, make: Callable[..., Any], place: int
) -> None:
    ids, change = make(office)
    webhook_id = hook(office, event, source, ids[place])
    change(1)
    wanted = change(0)
    assert [one.body["id"] for one in told(office, webhook_id)] == [wanted]


def test_events_of_projects_can_be_narrowed_down_to_who_made_them(office: Office) -> None:
    webhook_id = hook(office, "NEW_PROJECT", Source.USER_ID, office.admin.id)
    made(office.owner.post("/projects", {"name": "the owner's"}))
    wanted = made(office.admin.post("/projects", {"name": "the admin's"}))
    assert [one.body["id"] for one in told(office, webhook_id)] == [wanted]


@pytest.mark.parametrize("ids", [("one", "other"), ("other", "one")])
def test_a_webhook_may_name_several(office: Office, ids: tuple[str, str]) -> None:
    (one, other), change = _tags(office)
    third = made(office.owner.post("/tags", {"name": "third"}))
    named = {"one": one, "other": other}
    webhook_id = hook(office, "TAG_UPDATED", Source.TAG_ID, *(named[name] for name in ids))
    change(0)
    made(office.owner.put(f"/tags/{third}", {"name": "new third"}))
    change(1)
    assert [found.body["id"] for found in told(office, webhook_id)] == [one, other]


def test_a_webhook_of_somebody_who_is_deactivated_is_silent_until_they_are_back_or_an_admin_saves_it(
    office: Office,
) -> None:
    body = {"url": "https://receiver.example/", "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID"}
    webhook_id = made(office.admin.post("/webhooks", {**body, "triggerSource": []}))
    fanout = fanout_of(office.server)

    def tell_of(name: str) -> list[str]:
        made(office.owner.post("/tags", {"name": name}))
        tell(office, fanout)
        return [one.body["name"] for one in sent(office, webhook_id)]

    def switch(status: str) -> None:
        assert office.owner.put(f"/users/{office.admin.id}", {"status": status}).status == 200

    switch("INACTIVE")
    assert tell_of("silent") == []
    switch("ACTIVE")
    assert tell_of("back") == ["back"]
    switch("INACTIVE")
    assert tell_of("silent again") == ["back"]
    assert office.owner.put(f"/webhooks/{webhook_id}", {**body, "triggerSource": []}).body["userId"] == office.owner.id
    assert tell_of("saved") == ["back", "saved"]


def test_an_event_has_the_id_of_its_change_in_the_feed_and_of_a_bulk_change_the_place_of_its_thing_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tx, "ROWS_JOURNALED_ONE_BY_ONE", 2)
    one, many = hook(office, "NEW_TAG"), hook(office, "TIME_ENTRY_DELETED")
    made(office.owner.post("/tags", {"name": "urgent"}))
    times = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    entries = [made(office.owner.post("/time-entries", times)) for _ in range(3)]
    path = f"/user/{office.owner.id}/time-entries"
    assert office.owner.delete(path, **{"time-entry-ids": ",".join(entries)}).status == 200
    feed = own(office.owner, "GET", "/changes").body["changes"]
    changes = {change["id"]: change for change in feed}
    (tag,), deleted = told(office, one), told(office, many)
    assert changes[message_id(office.workspace_id, tag.revision, tag.part)]["entityId"] == tag.body["id"]
    bulk = changes[message_id(office.workspace_id, deleted[0].revision, 0)]
    assert bulk["event"] == "TIME_ENTRY_DELETED"
    assert {found.revision for found in deleted} == {bulk["revision"]}
    assert [bulk["entityIds"][found.part] for found in deleted] == [found.body["id"] for found in deleted]
    assert sorted(found.body["id"] for found in deleted) == sorted(entries)


def test_what_happened_while_deliveries_were_off_is_not_told_once_they_are_on(office: Office) -> None:
    """Though the fan-out comes to it only afterwards."""
    body = {"url": "https://receiver.example/", "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID"}
    webhook_id = made(office.owner.post("/webhooks", {**body, "triggerSource": []}))
    made(office.owner.post("/tags", {"name": "before"}))
    give_up = partial(actions_deliveries.disable, webhook_id=webhook_id, url=body["url"], is_gone=True)
    assert office.write(lambda tx: give_up(tx))
    made(office.owner.post("/tags", {"name": "meanwhile"}))
    assert office.owner.put(f"/webhooks/{webhook_id}", {**body, "triggerSource": []}).status == 200
    made(office.owner.post("/tags", {"name": "after"}))
    assert [one.body["name"] for one in told(office, webhook_id)] == ["before", "after"]
