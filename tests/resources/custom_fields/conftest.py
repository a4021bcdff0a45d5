"""What the tests of custom fields share: a field of each kind, a project, places."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import Office

Make = Callable[..., str]


@pytest.fixture
def field(office: Office) -> Make:
    """Makes a field and returns its id: `field("TXT", required=True)`."""

    def make(kind: str = "TXT", **more: Any) -> str:
        body = {"name": f"Field {office.server.ids.new_id()}", "type": kind, **more}
        answer = office.owner.post("/custom-fields", body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    return make


@pytest.fixture
def project_id(office: Office) -> str:
    """A public project that the manager manages."""
    found = str(office.owner.post("/projects", {"name": "Website", "isPublic": True}).body["id"])
    office.grant(office.manager, "PROJECT_MANAGER", found)
    return found


@pytest.fixture
def hidden_project_id(office: Office) -> str:
    """A private project of the owner."""
    return str(office.owner.post("/projects", {"name": "Secret", "isPublic": False}).body["id"])
