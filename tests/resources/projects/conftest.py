"""Projects of the owner, for the tests of projects."""

import pytest

from tests.harness import Office


@pytest.fixture
def project_id(office: Office) -> str:
    """A public project."""
    body = {"name": "Website", "isPublic": True, "billable": True, "color": "#03A9F4", "note": "n"}
    return str(office.owner.post("/projects", body).body["id"])


@pytest.fixture
def path(project_id: str) -> str:
    """The path of the public project."""
    return f"/projects/{project_id}"


@pytest.fixture
def hidden(office: Office) -> str:
    """The path of a private project."""
    return f"/projects/{office.owner.post('/projects', {'name': 'Secret', 'isPublic': False}).body['id']}"


@pytest.fixture
def client_id(office: Office) -> str:
    return str(office.owner.post("/clients", {"name": "Acme"}).body["id"])


@pytest.fixture
def group_id(office: Office) -> str:
    """A group with the member and the manager."""
    made = office.owner.post("/user-groups", {"name": "Design"}).body["id"]
    body = {"name": "Design", "userIds": [office.member.id, office.manager.id]}
    assert office.owner.put(f"/user-groups/{made}", body).status == 200
    return str(made)
