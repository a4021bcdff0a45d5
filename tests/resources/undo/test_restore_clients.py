"""Undo of projects and clients: what a project repeats of its client follows, so that lists are in order again."""

from tests.harness import Office
from tests.resources.undo.test_restore import last, undo


def listed(office: Office) -> list[str]:
    found = office.owner.get("/projects", sort_column="CLIENT_NAME").body
    return [project["name"] for project in found]


def made(office: Office, project: str, client: str) -> tuple[str, str]:
    client_id = office.owner.post("/clients", {"name": client}).body["id"]
    return office.owner.post("/projects", {"name": project, "clientId": client_id}).body["id"], client_id


def test_a_project_that_comes_back_is_sorted_by_its_client(office: Office) -> None:
    first, _ = made(office, "Apollo", "Zed")
    made(office, "Beacon", "Mid")
    assert listed(office) == ["Beacon", "Apollo"]
    assert office.owner.put(f"/projects/{first}", {"archived": True}).status == 200
    last(office)
    assert office.owner.delete(f"/projects/{first}").status == 200
    assert undo(office.owner, last(office)).status == 200
    assert listed(office) == ["Beacon", "Apollo"]


def test_a_project_that_gets_its_client_back_is_sorted_by_it(office: Office) -> None:
    first, _ = made(office, "Apollo", "Zed")
    _, other = made(office, "Beacon", "Mid")
    last(office)
    assert office.owner.put(f"/projects/{first}", {"clientId": other}).status == 200
    changed = last(office)
    assert listed(office) == ["Apollo", "Beacon"]
    assert undo(office.owner, changed).status == 200
    assert listed(office) == ["Beacon", "Apollo"]


def test_projects_of_a_client_that_gets_its_name_back_are_sorted_by_it(office: Office) -> None:
    _, client = made(office, "Apollo", "Zed")
    made(office, "Beacon", "Mid")
    last(office)
    assert office.owner.put(f"/clients/{client}", {"name": "Alpha"}).status == 200
    changed = last(office)
    assert listed(office) == ["Apollo", "Beacon"]
    assert undo(office.owner, changed).status == 200
    assert listed(office) == ["Beacon", "Apollo"]
