"""Custom fields changed at once: no value or override outlives its field, its project or the limit."""

import pytest

from hourbook.core.types import Deployment
from hourbook.db.checks import REFERENCES, run
from tests.durability.test_races import FEW_ROUNDS, Racers
from tests.harness import Asked, Office


@pytest.fixture
def racers(office: Office) -> Racers:
    return Racers(office)


def check_references(office: Office) -> None:
    """Nothing leads to a field, project or person that is gone."""
    custom = [check for check in REFERENCES if "custom" in check.name]
    assert custom
    assert office.read(lambda tx: [found for check in custom if (found := run(tx.connection, check))]) == []


def field_of(racers: Racers, number: int, entity: str = "TIMEENTRY", status: str = "INVISIBLE") -> str:
    body = {"name": f"Field {number}", "type": "TXT", "entityType": entity, "status": status}
    return racers.made("/custom-fields", body)


def test_two_fields_of_one_name_become_one(racers: Racers) -> None:
    def one_round(number: int) -> list[Asked]:
        body = {"name": f"Field {number}", "type": "TXT"}
        return [racers.ask("POST", "/custom-fields", body) for _ in range(3)]

    for answers in racers.run(one_round, {201, 400}, rounds=FEW_ROUNDS):
        assert sorted(answer.status for answer in answers) == [201, 400, 400]


def test_the_limit_holds_however_many_come_at_once(
    racers: Racers, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.server.runtime.pipeline, "deployment", Deployment(custom_fields_limit=4))

    def one_round(number: int) -> list[Asked]:
        return [racers.ask("POST", "/custom-fields", {"name": f"Field {n}", "type": "TXT"}) for n in range(8)]

    ((*answers,),) = racers.run(one_round, {201, 400}, rounds=1)
    assert sum(answer.status == 201 for answer in answers) == 4
    assert len(office.owner.get("/custom-fields").body) == 4


def test_a_value_and_the_end_of_its_field(racers: Racers, office: Office) -> None:
    def one_round(number: int) -> list[Asked]:
        field = field_of(racers, number, "USER")
        path = f"/users/{office.owner.id}/custom-field/{field}/value"
        put = [racers.ask("PUT", path, {"value": value}) for value in ("a", "b")]
        return [*put, racers.ask("DELETE", f"/custom-fields/{field}"), racers.ask("PUT", path, {"value": None})]

    racers.run(one_round, {201, 204, 404}, rounds=2 * FEW_ROUNDS)
    check_references(office)


def test_an_override_and_the_end_of_its_field_or_project(racers: Racers, office: Office) -> None:
    def one_round(number: int) -> list[Asked]:
        field, project = field_of(racers, number), racers.made("/projects", {"name": f"Site {number}"})
        office.owner.put(f"/projects/{project}", {"name": f"Site {number}", "archived": True})
        path = f"/projects/{project}/custom-fields/{field}"
        goes = f"/projects/{project}" if number % 2 else f"/custom-fields/{field}"
        patches = [racers.ask("PATCH", path, {"defaultValue": value}) for value in ("a", "b")]
        return [*patches, racers.ask("DELETE", goes), racers.ask("DELETE", path)]

    racers.run(one_round, {200, 204, 400}, rounds=2 * FEW_ROUNDS)
    check_references(office)


def test_time_is_tracked_while_fields_come_change_and_go(racers: Racers, office: Office) -> None:
    def one_round(number: int) -> list[Asked]:
        field = field_of(racers, number, status="VISIBLE")
        entry = {
            "start": "2026-03-02T08:00:00Z",
            "end": "2026-03-02T12:00:00Z",
            "customFields": [{"customFieldId": field, "value": "x"}],
        }
        hidden = {"name": f"Field {number}", "type": "TXT", "status": "INACTIVE"}
        return [
            racers.ask("POST", "/time-entries", entry),
            racers.ask("PUT", f"/custom-fields/{field}", hidden),
            racers.ask("POST", "/time-entries", entry),
            racers.ask("DELETE", f"/custom-fields/{field}"),
        ]

    racers.run(one_round, {200, 201, 204, 400}, rounds=2 * FEW_ROUNDS)
    assert all(entry["customFieldValues"] == [] for entry in office.owner.get(racers.mine).body)
