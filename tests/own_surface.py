"""Requests to Hourbook's own surface, about the workspace a person speaks of."""

from typing import Any

from hourbook.http.app import OWN_PREFIX
from tests.harness import Answer, Person


def own(person: Person, method: str, path: str = "", body: Any = None) -> Answer:
    """A request below the workspace."""
    return person.raw(method, f"{OWN_PREFIX}/workspaces/{person.workspace_id}{path}", body)


def own_from(address: str, person: Person, method: str, path: str = "", body: Any = None) -> Answer:
    """The same from a network address."""
    asked = person.prepared(method, f"{OWN_PREFIX}/workspaces/{person.workspace_id}{path}", body)
    return person.server.ask_from(address, asked)


def configure(person: Person, **settings: Any) -> Answer:
    """Changes settings by their names on the wire; it must work."""
    answer = own(person, "PATCH", "/settings", settings)
    assert answer.status == 200, answer
    return answer
