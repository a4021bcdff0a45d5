"""Undo of changes of rates: entries get back what they had, also what no timeline knows any more."""

import pytest

from hourbook.core.calendar import format_instant
from hourbook.journal.journal import current_revision
from tests.contract.world import World
from tests.harness import START_S, Office
from tests.journal.state import check_everything
from tests.resources.undo.test_restore import TIMES, last, undo

SINCE = "2026-01-01T00:00:00Z"


@pytest.fixture
def entry(office: Office) -> str:
    """An entry with the rate of a project that is gone."""
    project = World(office).project_id
    office.owner.put(f"/projects/{project}", {"isPublic": True, "hourlyRate": {"amount": 4000, "since": SINCE}})
    made = office.member.post("/time-entries", TIMES | {"projectId": project, "billable": True}).body["id"]
    office.owner.put(f"/projects/{project}", {"archived": True})
    assert office.owner.delete(f"/projects/{project}").status == 200
    office.clock.move(1)
    assert rate(office, str(made)) == 4000
    return str(made)


def rate(office: Office, entry: str) -> int:
    amount: int = office.owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"]
    return amount


def change(office: Office) -> int:
    """Gives the workspace a rate, and with it the entry; the revision of that."""
    assert office.owner.put("/hourly-rate", {"amount": 900, "since": SINCE}).status == 200
    return last(office)


def test_a_rate_that_no_timeline_knows_comes_back(office: Office, entry: str) -> None:
    changed = change(office)
    assert rate(office, entry) == 900
    assert undo(office.owner, changed).status == 200
    assert rate(office, entry) == 4000
    assert undo(office.owner, last(office)).status == 200
    assert rate(office, entry) == 900
    check_everything(office)


def test_nor_does_one_go_that_was_the_new_one_by_chance(office: Office, entry: str) -> None:
    """The operation did not touch the entry, and taking it back must not either."""
    assert office.owner.put("/hourly-rate", {"amount": 4000, "since": SINCE}).status == 200
    assert undo(office.owner, last(office)).status == 200
    assert rate(office, entry) == 4000
    check_everything(office)


def test_words_that_were_written_since_do_not_matter(office: Office, entry: str) -> None:
    changed = change(office)
    office.member.put(f"/time-entries/{entry}", TIMES | {"description": "since", "billable": True})
    last(office)
    assert undo(office.owner, changed).status == 200
    assert rate(office, entry) == 4000
    check_everything(office)


def test_an_entry_that_was_moved_since_has_the_rate_of_where_it_is(office: Office, entry: str) -> None:
    changed = change(office)
    other = office.owner.post("/projects", {"name": "Other", "isPublic": True}).body["id"]
    office.member.put(f"/time-entries/{entry}", TIMES | {"projectId": other, "billable": True})
    last(office)
    assert rate(office, entry) == 900
    assert undo(office.owner, changed).status == 200
    assert rate(office, entry) == 0
    check_everything(office)


def test_an_entry_that_has_another_rate_by_now_keeps_to_the_timelines(office: Office, entry: str) -> None:
    changed = change(office)
    later = {"amount": 1200, "since": format_instant(START_S - 86_400)}
    assert office.owner.put(f"/users/{office.member.id}/hourly-rate", later).status == 200
    last(office)
    assert rate(office, entry) == 1200
    assert undo(office.owner, changed).status == 200
    assert rate(office, entry) == 1200
    check_everything(office)


def test_an_entry_that_is_gone_stays_gone(office: Office, entry: str) -> None:
    changed = change(office)
    office.member.delete(f"/time-entries/{entry}")
    last(office)
    assert undo(office.owner, changed).status == 200
    assert office.owner.get(f"/time-entries/{entry}").status == 400
    assert office.read(current_revision) > changed
    check_everything(office)
