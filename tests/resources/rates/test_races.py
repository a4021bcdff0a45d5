"""Rates and entries that change at the same moment: what stands on an entry is what its places say."""

import time
from typing import Any

import pytest

from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.rules import Level
from tests.harness import API, Asked, Office, Person

SINCE = "2026-05-01T00:00:00Z"
START, END = "2026-05-11T08:00:00Z", "2026-05-11T10:00:00Z"


def put(person: Person, path: str, body: Any) -> Asked:
    return person.prepared("PUT", f"{API}/workspaces/{person.workspace_id}{path}", body)


def post(person: Person, path: str, body: Any) -> Asked:
    return person.prepared("POST", f"{API}/workspaces/{person.workspace_id}{path}", body)


@pytest.fixture
def slow_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks timelines up takes a while until the entries are looked at."""
    for name in ("timelines_of_kind", "timelines_for"):
        real = getattr(rates, name)

        def slow(*given: Any, real: Any = real) -> Any:
            found = real(*given)
            changed = {getattr(change.after, "level", "") for change in given[0].changes}
            time.sleep(0.5 if Level.MEMBER in changed else 0.15)
            return found

        monkeypatch.setattr(rates, name, slow)


@pytest.mark.usefixtures("slow_lines")
@pytest.mark.parametrize("order", [1, -1])
def test_two_places_that_change_at_once_leave_the_nearer_one_s_rate(office: Office, order: int) -> None:
    project = office.owner.post("/projects", {"name": "One", "isPublic": True}).body["id"]
    body = {"start": START, "end": END, "projectId": project}
    entry = office.member.post("/time-entries", body).body["id"]
    asked = [
        put(office.owner, f"/projects/{project}", {"isPublic": True, "hourlyRate": {"amount": 9000, "since": SINCE}}),
        put(office.owner, f"/users/{office.member.id}/hourly-rate", {"amount": 5000, "since": SINCE}),
    ]
    answers = office.server.ask_all(asked[::order])
    assert [one.status for one in answers] == [200, 200]
    assert office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 9000


@pytest.mark.usefixtures("slow_lines")
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("place", ["workspace", "member", "project", "task"])
def test_an_entry_made_while_a_rate_changes_has_the_new_one(office: Office, place: str, order: int) -> None:
    project = office.owner.post("/projects", {"name": "One", "isPublic": True}).body["id"]
    task = office.owner.post(f"/projects/{project}/tasks", {"name": "T"}).body["id"]
    rate = {"amount": 9000, "since": SINCE}
    change = {
        "workspace": put(office.owner, "/hourly-rate", rate),
        "member": put(office.owner, f"/users/{office.member.id}/hourly-rate", rate),
        "project": put(office.owner, f"/projects/{project}", {"isPublic": True, "hourlyRate": rate}),
        "task": put(office.owner, f"/projects/{project}/tasks/{task}/hourly-rate", rate),
    }[place]
    body = {"start": START, "end": END, "projectId": project, "taskId": task}
    old = office.member.post("/time-entries", {**body, "start": "2026-04-11T08:00:00Z"}).body["id"]
    asked = [change, post(office.member, "/time-entries", body), put(office.member, f"/time-entries/{old}", body)]
    answers = office.server.ask_all(asked[::order])
    assert sorted(one.status for one in answers) == [200, 200, 201]
    made = [one.body["id"] for one in answers if one.status == 201]
    for entry in (old, *made):
        assert office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 9000
