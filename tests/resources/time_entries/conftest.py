"""A workspace with things to track on."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.harness import Answer, Office, Person

MORNING = "2026-03-02T08:00:00Z"
NOON = "2026-03-02T12:00:00Z"


@dataclass
class Desk:
    """An office with a client, a public project with a task, a private one, and two tags."""

    office: Office
    client: str
    project: str
    task: str
    private: str
    tag: str
    other_tag: str

    def track(self, person: Person | None = None, **said: Any) -> Answer:
        """A finished entry of four hours unless told otherwise."""
        body: dict[str, object] = {"start": MORNING, "end": NOON, **said}
        return (person or self.office.owner).post("/time-entries", {k: v for k, v in body.items() if v is not ...})

    def start(self, person: Person | None = None, **said: object) -> Answer:
        return self.track(person, **{"end": ..., **said})

    def entries(self, person: Person | None = None, **query: object) -> Answer:
        someone = person or self.office.owner
        return someone.get(f"/user/{someone.id}/time-entries", **query)


@pytest.fixture
def desk(office: Office) -> Desk:
    owner = office.owner
    client = owner.post("/clients", {"name": "Acme"}).body["id"]
    project = owner.post("/projects", {"name": "Site", "clientId": client, "isPublic": True, "billable": True}).body
    task = owner.post(f"/projects/{project['id']}/tasks", {"name": "Design"}).body
    private = owner.post("/projects", {"name": "Secret", "isPublic": False, "billable": False}).body
    tags = [owner.post("/tags", {"name": name}).body["id"] for name in ("Urgent", "Remote")]
    return Desk(office, client, project["id"], task["id"], private["id"], *tags)
