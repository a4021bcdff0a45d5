"""Editing entries, starting timers and changing rates at the same moment: nobody waits in a circle."""

from typing import Any

import pytest

from tests.harness import API, Asked, Office, Person

START, END = "2026-05-11T08:00:00Z", "2026-05-11T10:00:00Z"
ROUNDS = 8


def sent(person: Person, method: str, path: str, body: Any) -> Asked:
    return person.prepared(method, f"{API}/workspaces/{person.workspace_id}{path}", body)


@pytest.fixture
def troubles(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What the database refused, even when the second try went well."""
    found: list[BaseException] = []
    engine = office.database.engine
    real = type(engine).trouble

    def noted(self: Any, error: BaseException) -> Any:
        found.append(error)
        return real(self, error)

    monkeypatch.setattr(type(engine), "trouble", noted)
    return found


def ask(office: Office, asked: list[Asked]) -> None:
    assert {answer.status for answer in office.server.ask_all(asked)} <= {200, 201}


@pytest.mark.parametrize("place", ["member", "project"])
def test_entries_are_edited_while_a_rate_of_theirs_changes(
    office: Office, troubles: list[BaseException], place: str
) -> None:
    project = office.owner.post("/projects", {"name": "One", "isPublic": True}).body["id"]
    body = {"start": START, "end": END, "projectId": project}
    entries = [office.member.post("/time-entries", body).body["id"] for _ in range(5)]
    for number in range(ROUNDS):
        rate = {"amount": 1000 + number, "since": "2026-05-01T00:00:00Z"}
        change = {
            "member": sent(office.owner, "PUT", f"/users/{office.member.id}/hourly-rate", rate),
            "project": sent(office.owner, "PUT", f"/projects/{project}", {"isPublic": True, "hourlyRate": rate}),
        }[place]
        edits = [
            sent(office.member, "PUT", f"/time-entries/{entry}", {**body, "description": str(number)})
            for entry in entries
        ]
        ask(office, [*edits[:2], change, *edits[2:]])
    assert troubles == []
    for entry in entries:
        assert office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 1000 + ROUNDS - 1


def test_a_running_timer_is_edited_while_the_next_one_starts(office: Office, troubles: list[BaseException]) -> None:
    start = {"start": "2026-05-20T13:00:00Z"}
    for number in range(ROUNDS):
        running = office.member.post("/time-entries", start).body["id"]
        edits = [
            sent(office.member, "PUT", f"/time-entries/{running}", {**start, "description": f"{number} {one}"})
            for one in range(3)
        ]
        ask(office, [*edits, sent(office.member, "POST", "/time-entries", {"description": "next"})])
    assert troubles == []
