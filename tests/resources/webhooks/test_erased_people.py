"""What was made for webhooks says nothing of somebody who is erased, whomever the event was about."""

import asyncio
import threading
import time
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hourbook.db.tx import Tx
from hourbook.resources.privacy import actions as privacy
from hourbook.resources.privacy.rules import ERASED_NAME, Confirmed
from hourbook.resources.users.store import USER
from hourbook.resources.webhooks import actions_erasing, actions_fanout
from hourbook.resources.webhooks.rules_fanout import Due
from tests.fanouts import fanout_of, hook, sent, tell, told
from tests.harness import Office, Person

SLOW_SECONDS = 0.5


def erase(office: Office, person: Person, email: str = "") -> None:
    office.write(lambda tx: privacy.erase(tx, Confirmed(person.id, email or person.email)))


def test_who_let_people_in_and_who_came_together(office: Office) -> None:
    invited, limited = hook(office, "USERS_INVITED_TO_WORKSPACE"), hook(office, "LIMITED_USERS_ADDED_TO_WORKSPACE")
    assert office.admin.post("/users", {"email": "guest@example.org"}, send_email=False).status == 200
    assert office.owner.post("/limited-users", {"users": [{"name": "Lee"}, {"name": "Kim"}]}).status in (200, 201)
    first, second = told(office, invited, limited)
    assert first.body["inviter"]["email"] == office.admin.email
    assert second.body["invitedUserNames"] == ["Lee", "Kim"]
    erase(office, office.admin)
    assert sent(office, invited, limited) == []


def test_managers_of_groups(office: Office) -> None:
    groups, tags = hook(office, "USER_GROUP_UPDATED"), hook(office, "NEW_TAG")
    group_id = office.owner.post("/user-groups", {"name": "Crew"}).body["id"]
    office.grant(office.manager, "TEAM_MANAGER", group_id)
    assert office.owner.put(f"/user-groups/{group_id}", {"name": "Team"}).status == 200
    assert office.owner.post("/tags", {"name": "urgent"}).status == 201
    named = [one.body["teamManagers"][0]["id"] for one in told(office, groups)]
    assert named == [office.manager.id]
    erase(office, office.manager)
    assert (sent(office, groups), len(sent(office, tags))) == ([], 1)


def test_what_is_told_only_afterwards_names_nobody(office: Office) -> None:
    events = "USER_EMAIL_CHANGED USER_UPDATED USERS_INVITED_TO_WORKSPACE NEW_TIME_ENTRY USER_JOINED_WORKSPACE"
    hooks = [hook(office, event) for event in f"{events} USER_DELETED_FROM_WORKSPACE".split()]
    person = office.hire("Zeb Quackenbush")
    assert office.owner.post("/users", {"email": "guest2@example.org"}, send_email=False).status == 200
    entry = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    assert person.post("/time-entries", entry).status == 201

    moved, renamed = {"email": "zeb@elsewhere.example"}, {"name": "Quackenbush, Zeb"}
    for event, fields in (("USER_EMAIL_CHANGED", moved), ("USER_UPDATED", renamed)):

        def change(tx: Tx, event: str = event, fields: dict[str, str] = fields) -> None:
            before = tx.get(USER, person.id)
            tx.update(USER, before, replace(before, **fields), event=event, subject=person.id)

        office.write(change)
    erase(office, person, moved["email"])
    found = told(office, *hooks)
    text = msgspec.json.encode([one.body for one in found]).decode().lower()
    assert not [word for word in ("quackenbush", "zeb", "digest:") if word in text]
    assert ERASED_NAME.lower() in text


# --- while messages are made ------------------------------------------------------------------------------


def tracked(office: Office) -> str:
    """A webhook, and an entry of the member's that it is to hear of."""
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    entry = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    assert office.member.post("/time-entries", entry).status == 201
    return webhook_id


def names(office: Office, webhook_id: str) -> list[str]:
    return [one.body["user"]["name"] for one in sent(office, webhook_id)]


def here(office: Office) -> Due:
    (found,) = [one for one in office.read(actions_fanout.list_due) if one.workspace_id == office.workspace_id]
    return found


def test_what_was_read_before_somebody_was_erased_is_thrown_away_and_made_anew(office: Office) -> None:
    webhook_id, fanout, run = tracked(office), fanout_of(office.server), office.server.loop.run_until_complete
    due = here(office)
    made = run(fanout._read(due, due.cursor))
    unpacked = fanout._bulks
    assert office.member.name.encode() in made[1][0].body
    erase(office, office.member)
    assert run(fanout._keep(due, made)) is False
    assert names(office, webhook_id) == []
    run(fanout._read(here(office), due.cursor))
    assert fanout._bulks is not unpacked
    tell(office, fanout)
    assert names(office, webhook_id) == [ERASED_NAME]


def test_what_was_looked_at_and_not_told_is_not_looked_at_again(office: Office) -> None:
    webhook_id, fanout = hook(office, "NEW_TIME_ENTRY"), fanout_of(office.server)
    assert office.owner.post("/tags", {"name": "urgent"}).status == 201
    tell(office, fanout)
    assert office.workspace_id in fanout._silent
    erase(office, office.manager)
    tell(office, fanout)
    entry = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    assert office.member.post("/time-entries", entry).status == 201
    tell(office, fanout)
    assert len(sent(office, webhook_id)) == 1


def test_messages_that_come_while_somebody_is_being_erased_are_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id, fanout, loop = tracked(office), fanout_of(office.server), office.server.loop
    due = here(office)
    made = loop.run_until_complete(fanout._read(due, due.cursor))
    forget_about, is_forgotten = actions_erasing.forget_about, threading.Event()

    def slowly(tx: Any, *about: Any) -> None:
        forget_about(tx, *about)
        is_forgotten.set()
        time.sleep(SLOW_SECONDS)

    monkeypatch.setattr(actions_erasing, "forget_about", slowly)
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/users/{office.member.id}/erase"
    asked = office.owner.prepared("POST", path, {"confirmation": office.member.email})

    async def keep() -> bool:
        assert await asyncio.to_thread(is_forgotten.wait, 30)
        return await fanout._keep(due, made)

    async def at_once() -> list[Any]:
        return list(await asyncio.gather(office.server.ask_on_loop(*asked), keep()))

    answer, is_kept = loop.run_until_complete(asyncio.wait_for(at_once(), 60))
    assert (answer.status, is_kept, names(office, webhook_id)) == (200, False, [])
