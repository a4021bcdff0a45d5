"""A project with a task, for the tests of tasks."""

import pytest

from tests.harness import Office


@pytest.fixture
def project_id(office: Office) -> str:
    """A public project of the owner."""
    return str(office.owner.post("/projects", {"name": "Website", "isPublic": True}).body["id"])


@pytest.fixture
def hidden_id(office: Office) -> str:
    """A private project of the owner."""
    return str(office.owner.post("/projects", {"name": "Secret", "isPublic": False}).body["id"])


@pytest.fixture
def tasks(project_id: str) -> str:
    """The path of the public project's tasks."""
    return f"/projects/{project_id}/tasks"


@pytest.fixture
def task_id(office: Office, tasks: str) -> str:
    return str(office.owner.post(tasks, {"name": "Draw"}).body["id"])
