"""Ids, instants, durations and money on the wire (wire contract 0.7)."""

import re

import pytest

from tests.contract.world import World
from tests.harness import START_S, Office


@pytest.fixture
def world(office: Office) -> World:
    return World(office)


def test_an_id_begins_with_the_second_of_its_creation(office: Office) -> None:
    office.clock.move(seconds=100)
    tag_id = office.owner.post("/tags", {"name": "x"}).body["id"]
    assert re.fullmatch(r"[0-9a-f]{24}", tag_id)
    assert int(tag_id[:8], 16) == START_S + 100


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-05-20T08:00:00Z", "2026-05-20T08:00:00Z"),
        ("2026-05-20T08:00:00.999Z", "2026-05-20T08:00:00Z"),
        ("2026-05-20T10:00:00+02:00", "2026-05-20T08:00:00Z"),
        ("2026-05-20T02:30:00-05:30", "2026-05-20T08:00:00Z"),
        ("2026-05-20T10:00:00+0200", "2026-05-20T08:00:00Z"),
    ],
)
def test_instants_come_in_with_fractions_and_offsets_and_go_out_as_whole_utc_seconds(
    office: Office, given: str, stored: str
) -> None:
    answer = office.owner.post("/time-entries", {"start": given, "end": "2026-05-20T09:00:00Z"})
    assert answer.status == 201, answer
    assert answer.body["timeInterval"] == {"start": stored, "end": "2026-05-20T09:00:00Z", "duration": "PT1H"}


@pytest.mark.parametrize(
    "text",
    ["2026-05-20", "2026-05-20T08:00:00", "2026-02-30T08:00:00Z", "0000-01-01T00:00:00Z", "3000-01-01T00:00:00Z"]
    + ["1969-12-31T23:59:59Z", "2026-05-20T25:00:00Z", "2026-05-20T08:00:00+99:00", "now", "١٢٣٤-05-20T08:00:00Z"],
)
def test_what_is_no_instant_is_refused(office: Office, text: str) -> None:
    answer = office.owner.post("/time-entries", {"start": text, "end": "2026-05-20T09:00:00Z"})
    assert answer.refusal in ((400, 3002), (400, 501))


def test_hours_never_become_days(office: Office) -> None:
    body = {"start": "2026-05-01T00:00:00Z", "end": "2026-05-04T07:12:00Z"}
    assert office.owner.post("/time-entries", body).body["timeInterval"]["duration"] == "PT79H12M"


def test_no_time_at_all_is_pt0s(office: Office) -> None:
    body = {"start": "2026-05-01T00:00:00Z", "end": "2026-05-01T00:00:00Z"}
    assert office.owner.post("/time-entries", body).body["timeInterval"]["duration"] == "PT0S"


def test_a_running_entry_has_neither_end_nor_duration(office: Office) -> None:
    body = office.owner.post("/time-entries", {"start": "2026-05-20T13:00:00Z"}).body
    assert body["timeInterval"] == {"start": "2026-05-20T13:00:00Z", "end": None, "duration": None}


def test_money_is_whole_minor_units_with_a_currency(world: World) -> None:
    body = {"name": "Paid", "hourlyRate": {"amount": 10_500}}
    made = world.office.owner.post("/projects", body).body
    assert made["hourlyRate"] == {"amount": 10_500, "currency": "USD"}


def test_absent_references_are_null_in_entries_and_empty_texts_in_projects(world: World) -> None:
    entry = world.office.owner.get(f"/time-entries/{world.time_entry_id}").body
    assert (entry["taskId"], entry["kioskId"], entry["tagIds"]) == (None, None, None)
    project = world.office.owner.get(f"/projects/{world.project_id}").body
    assert (project["clientId"], project["clientName"], project["note"]) == ("", "", "")


def test_a_colour_is_six_hex_digits(world: World) -> None:
    assert re.fullmatch(r"#[0-9A-Fa-f]{6}", world.office.owner.post("/projects", {"name": "Some"}).body["color"])
