"""Deleting a workspace: the wish, the waiting time, and that nothing of anybody else goes."""

import hashlib
from typing import Any

import pytest

from hourbook.db.erasing import tables_of_a_workspace
from hourbook.db.tables import METADATA
from hourbook.resources.workspaces import actions_ownership
from tests.contract.world import World
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.journal.workload import Workload
from tests.own_surface import own

DAY_SECONDS = 86_400
NAME = "Olivia Owner's office"
# Rows of tables without a workspace: they belong to accounts or to nobody.
SHARED = {"workspaces"}


def wish(office: Office) -> str:
    answer = own(office.owner, "POST", "/deletion", {"name": NAME})
    assert answer.status == 200, answer
    return str(answer.body["deletesAt"])


def due(office: Office) -> bool:
    return office.workspace_id in office.read(actions_ownership.due_workspaces)


def erase(office: Office, rows: int = 5000) -> int:
    """What the janitor does with one workspace; how many portions it took."""
    portions = 0
    while office.write(lambda tx: actions_ownership.erase_portion(tx, rows)):
        portions += 1
    return portions


# --- the wish ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_only_the_owner_may_wish_and_call_off(office: Office, method: str) -> None:
    assert own(office.anonymous, method, "/deletion", {"name": NAME}).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager, office.admin):
        assert own(person, method, "/deletion", {"name": NAME}).refusal == DENIED
    assert own(office.owner, "GET").body["deletesAt"] is None


@pytest.mark.parametrize("name", [None, "", "olivia owner's office", NAME + " "])
def test_the_name_is_repeated_exactly(office: Office, name: str | None) -> None:
    assert own(office.owner, "POST", "/deletion", {"name": name}).refusal == REFUSED
    assert own(office.owner, "GET").body["deletesAt"] is None


def test_the_workspace_waits_fourteen_days_and_everybody_sees_it(office: Office) -> None:
    assert wish(office) == "2026-06-03T14:00:00Z"
    assert own(office.member, "GET").body["deletesAt"] == "2026-06-03T14:00:00Z"
    assert own(office.owner, "POST", "/deletion", {"name": NAME}).refusal == REFUSED
    assert office.member.post("/tags", {"name": "still here"}).status == 201
    office.clock.move(14 * DAY_SECONDS - 1)
    assert not due(office)
    assert erase(office) == 0
    assert office.member.get("/tags").status == 200


def test_it_can_be_called_off_until_the_time_is_over(office: Office) -> None:
    wish(office)
    office.clock.move(13 * DAY_SECONDS)
    assert own(office.owner, "DELETE", "/deletion").body["deletesAt"] is None
    assert own(office.owner, "DELETE", "/deletion").status == 200
    office.clock.move(2 * DAY_SECONDS)
    assert not due(office)
    assert erase(office) == 0
    assert office.member.get("/tags").status == 200


def test_when_the_time_is_over_nobody_gets_in_and_nothing_can_be_called_off(office: Office) -> None:
    wish(office)
    office.clock.move(14 * DAY_SECONDS)
    office.hire("Nobody Special")  # a change of members, so that nobody is remembered
    for person in (office.owner, office.member):
        assert person.get("/tags").refusal == DENIED
    assert own(office.owner, "DELETE", "/deletion").refusal == DENIED
    assert office.owner.raw("GET", "/api/v1/workspaces").body == []
    # Whoever was inside a moment ago is forgotten before it is taken apart.
    assert not due(office)
    office.clock.move(5)
    assert due(office)


# --- the deletion ------------------------------------------------------------------------------


def everything(office: Office) -> dict[str, dict[str, str]]:
    """By table: the digest of each row, under its workspace (of the workspaces themselves: their id)."""
    connection = office.server.runtime.engine.connect(read_only=True)
    found: dict[str, dict[str, str]] = {}
    try:
        for table in METADATA.sorted_tables:
            names = [column.name for column in table.columns]
            rows = connection.fetch_text(f"SELECT {', '.join(names)} FROM {table.name}")
            owner = (
                names.index("workspace_id") if "workspace_id" in names else names.index("id") if "id" in names else 0
            )
            found[table.name] = {
                hashlib.sha256(
                    repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).encode()
                ).hexdigest(): (
                    bytes(row[owner]).hex() if isinstance(row[owner], bytes | memoryview) else str(row[owner])
                )
                for row in rows
            }
    finally:
        connection.close()
    return found


def fill(office: Office, seed: int) -> None:
    """One of everything, and what comes of a hundred random requests."""
    world = World(office)
    world.asker = office.owner
    assert world.time_entry_id
    assert world.spare_currency_id
    assert world.group_id
    assert world.file_token
    Workload(office, seed).run(100)


def of_workspaces(name: str) -> bool:
    return name in SHARED or "workspace_id" in METADATA.tables[name].c


@pytest.mark.parametrize("portion", [5000, 7])
def test_everything_of_it_goes_and_nothing_else_does(office: Office, portion: int) -> None:
    other = Office(office.server)
    fill(office, 1)
    fill(other, 1)
    wish(office)
    office.clock.move(15 * DAY_SECONDS)
    before = everything(office)
    portions = erase(office, portion)
    after = everything(office)
    assert portions > (1 if portion == 7 else 0)
    mine = office.workspace_id
    for name, rows in before.items():
        kept = {digest for digest, owner in rows.items() if not (of_workspaces(name) and owner == mine)}
        assert after[name].keys() == kept, name
    emptied = [name for name, rows in before.items() if of_workspaces(name) and mine in rows.values()]
    assert {"time_entries", "journal", "workspace_revisions", "clients", "project_totals", "workspaces"} <= set(emptied)
    assert other.owner.get("/tags").status == 200
    assert office.owner.get("/tags").refusal == DENIED
    assert not due(office)


def test_an_interrupted_deletion_is_found_again_and_goes_on(office: Office) -> None:
    fill(office, 2)
    wish(office)
    office.clock.move(15 * DAY_SECONDS)
    office.write(lambda tx: actions_ownership.erase_portion(tx, 3))
    assert due(office)
    assert erase(office, 50) > 1
    assert not due(office)


def test_no_table_of_workspaces_is_forgotten() -> None:
    """The workspace's own row goes last, by its id; the people go first."""
    emptied = [table.name for table in tables_of_a_workspace()]
    assert sorted(emptied) == sorted(name for name, table in METADATA.tables.items() if "workspace_id" in table.c)
    assert (emptied[0], emptied[-1]) == ("workspace_members", "workspace_revisions")
    assert "workspaces" not in emptied


def test_people_without_a_workspace_go_on_with_their_account(office: Office) -> None:
    wish(office)
    office.clock.move(15 * DAY_SECONDS)
    erase(office)
    me: Any = office.owner.raw("GET", "/api/v1/user")
    assert (me.status, me.body["activeWorkspace"]) == (200, "")
    changed = office.owner.raw("PATCH", "/api/hourbook/v1/user/settings", {"name": "Olivia Again"})
    assert (changed.status, changed.body["name"]) == (200, "Olivia Again")
    fresh = office.owner.raw("POST", "/api/v1/workspaces", {"name": "A new start"})
    assert fresh.status == 201
    assert office.owner.at(fresh.body["id"]).get("/tags").status == 200
