"""Pages of every list (wire contract 0.5)."""

import inspect

import pytest

from hourbook import resources
from hourbook.http.operation import OPERATIONS, Operation
from hourbook.http.wire import Paged
from tests.addon_server import installed, shared_addon_server
from tests.contract.world import SCHEDULE, World, invite, sending_mail
from tests.harness import Office, Person

resources.load()

PAGED = [
    record
    for record in OPERATIONS.values()
    if record.method == "GET" and inspect.isclass(record.query) and issubclass(record.query, Paged)
]
paged_lists = pytest.mark.parametrize("record", PAGED, ids=lambda record: record.name)


def path_of(world: World, record: Operation) -> str:
    """The path of a list with things of this workspace at its places."""
    values = {"workspace_id": world.office.workspace_id, "user_id": world.asker.id}
    for name in record.path_names:
        values.setdefault(name, str(getattr(world, name, "")))
    return record.full_path.format(**values)


def ask(world: World, person: Person, record: Operation, **query: object) -> tuple[list[str], str | None]:
    answer = person.raw("GET", path_of(world, record), query=query)
    assert answer.status == 200, answer
    assert isinstance(answer.body, list)
    # Pages of add-ons have no id of their own.
    return [row.get("id") or str(row) for row in answer.body], answer.headers.get("Last-Page")


@pytest.fixture
def world(office: Office) -> World:
    """A few rows in every list."""
    world = World(office)
    for number in range(5):
        world.make("/tags", {"name": f"tag {number}"})
        world.make("/clients", {"name": f"client {number}"})
        world.make("/user-groups", {"name": f"group {number}"})
        world.make("/projects", {"name": f"project {number}"})
        world.make(f"/projects/{world.project_id}/tasks", {"name": f"task {number}"})
        world.make("/time-entries", {"start": f"2026-05-2{number}T08:00:00Z", "end": f"2026-05-2{number}T09:00:00Z"})
    for number in range(3):
        assert installed(office, shared_addon_server(), f"addon-{number}").status == 201
    for number in range(4):
        invite(office.owner, f"guest.{number}.{office.workspace_id}@example.com")
    exported = {"exportType": "CSV", "dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}
    for _ in range(3):
        body = {"type": "DETAILED", "filter": exported}
        path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/exports"
        assert world.asker.raw("POST", path, body).status == 201
    with sending_mail(office.server):
        for _ in range(3):
            path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/scheduled-reports"
            assert world.asker.raw("POST", path, SCHEDULE | {"recipients": [world.asker.id]}).status == 201
    for person in (office.admin, office.manager, office.member):
        office.grant(person, "TEAM_MANAGER", office.owner.id)
    for person in (office.owner, office.admin, office.member):
        assert person.post("/time-entries", {"start": "2026-05-20T10:00:00Z"}).status == 201
    return world


@paged_lists
def test_pages_put_together_are_the_list(world: World, record: Operation) -> None:
    everything, last = ask(world, world.asker, record)
    assert last == "true"
    assert len(everything) == len(set(everything)) >= 3
    for size in (1, 2, len(everything)):
        found: list[str] = []
        page, last = 1, "false"
        while last == "false":
            rows, last = ask(world, world.asker, record, page=page, page_size=size)
            assert len(rows) == size or last == "true"
            found += rows
            page += 1
        assert found == everything


@paged_lists
def test_a_page_past_the_end_is_empty_and_the_last(world: World, record: Operation) -> None:
    for page in (99, 2**31, 10**17):
        assert ask(world, world.asker, record, page=page, page_size=10) == ([], "true")


@paged_lists
@pytest.mark.parametrize(("name", "value"), [("page", 0), ("page", -1), ("page_size", 0), ("page_size", 100_000)])
def test_a_page_outside_the_limits_is_refused(world: World, record: Operation, name: str, value: int) -> None:
    answer = world.asker.raw("GET", path_of(world, record), query={name: value})
    assert answer.refusal == (400, 501)


@paged_lists
def test_other_spellings_of_the_page_size_are_ignored(world: World, record: Operation) -> None:
    everything = ask(world, world.asker, record)
    for spelling in ("pageSize", "pagesize", "per_page", "size", "limit"):
        answer = world.asker.raw("GET", path_of(world, record), query=f"{spelling}=1".encode())
        assert len(answer.body) == len(everything[0])


def test_the_lists_that_have_pages() -> None:
    assert {record.name for record in PAGED} >= {"list_tags", "list_clients", "list_projects", "list_tasks"}


def test_the_list_of_workspaces_has_no_pages(office: Office) -> None:
    answer = office.owner.raw("GET", "/api/v1/workspaces", query={"page": 5, "page_size": 1})
    assert [workspace["id"] for workspace in answer.body] == [office.workspace_id]
    assert "Last-Page" not in answer.headers
