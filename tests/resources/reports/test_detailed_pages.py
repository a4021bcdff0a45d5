"""Pages, totals, order and audit of the detailed report."""

from typing import Any

import pytest

from tests.harness import REFUSED, UNREADABLE, Office
from tests.resources.reports.reporting import make_for as make
from tests.resources.reports.test_detailed import (
    HOUR,
    SORTS,
    ask,
    report,
    rows,
    texts,
    track,
    track_hours,
)


def test_without_a_filter_of_its_own_the_newest_fifty_come_first(office: Office) -> None:
    track_hours(office.owner, 1, 2, 3)
    assert texts(office.owner) == ["number 2", "number 1", "number 0"]
    assert texts(office.owner, {}) == texts(office.owner)
    assert texts(office.owner, None, detailedFilter=None) == texts(office.owner)


def test_pages_are_exact_and_totals_are_of_all_of_them(office: Office) -> None:
    track_hours(office.owner, 1, 2, 3, 4, 5)
    pages = [report(office.owner, {"page": page, "pageSize": 2, "sortColumn": "DURATION"}) for page in (1, 2, 3, 4)]
    assert [[row["timeInterval"]["duration"] // HOUR for row in page["timeentries"]] for page in pages] == [
        [1, 2],
        [3, 4],
        [5],
        [],
    ]
    assert all(page["totals"] == pages[0]["totals"] for page in pages)
    assert pages[0]["totals"][0]["entriesCount"] == 5


def test_a_page_far_beyond_the_end_is_empty(office: Office) -> None:
    track_hours(office.owner, 1)
    assert rows(office.owner, {"page": 2**62, "pageSize": 1000}) == []


def test_a_page_beside_the_filter_is_ignored(office: Office) -> None:
    track_hours(office.owner, 1, 1)
    assert len(rows(office.owner, None, page=2, pageSize=1)) == 2


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"page": 0}, "Page number must be greater than or equal to 1"),
        ({"page": -1}, "Page number must be greater than or equal to 1"),
        ({"pageSize": 0}, "Page size must be between 1 and 1000"),
        ({"pageSize": 1001}, "Page size must be between 1 and 1000"),
    ],
)
def test_pages_outside_the_limits_are_refused(office: Office, filter_: dict[str, int], message: str) -> None:
    answer = ask(office.owner, filter_)
    assert answer.refusal == REFUSED
    assert answer.message == message
    assert ask(office.owner, {"pageSize": 1000}).status == 200


@pytest.mark.parametrize("filter_", [{"sortColumn": "COLOUR"}, {"options": {"totals": "SOME"}}, {"page": "two"}])
def test_unknown_words_are_refused(office: Office, filter_: dict[str, Any]) -> None:
    assert ask(office.owner, filter_).refusal == UNREADABLE


def test_a_range_is_needed(office: Office) -> None:
    assert office.owner.report("/reports/detailed", {"detailedFilter": {}}).status == 400


def test_a_reversed_range_is_refused(office: Office) -> None:
    assert ask(office.owner, dateRangeStart="2026-06-01T00:00:00Z").refusal == REFUSED


def test_excluded_totals_are_an_empty_list(office: Office) -> None:
    track_hours(office.owner, 1)
    found = report(office.owner, {"options": {"totals": "EXCLUDE"}})
    assert (found["totals"], len(found["timeentries"])) == ([], 1)
    assert report(office.owner, {"options": {"totals": "CALCULATE"}})["totals"][0]["totalTime"] == HOUR


def test_totals_of_nothing_are_a_literal_null(office: Office) -> None:
    assert report(office.owner) == {"totals": [None], "timeentries": []}
    assert report(office.owner, {"options": {"totals": "EXCLUDE"}}) == {"totals": [], "timeentries": []}


# --- order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("DESCRIPTION", ["Alpha", "alpha", "beta", "Gamma"]),
        ("DURATION", ["alpha", "Gamma", "Alpha", "beta"]),
        ("DATE", ["Gamma", "beta", "Alpha", "alpha"]),
        ("ZONED_DATE", ["Gamma", "beta", "Alpha", "alpha"]),
        ("NATURAL", ["Gamma", "beta", "Alpha", "alpha"]),
        # Max Member before Olivia Owner, each by start.
        ("USER", ["beta", "alpha", "Gamma", "Alpha"]),
        ("USER_DATE", ["beta", "alpha", "Gamma", "Alpha"]),
        ("ID", ["alpha", "Alpha", "beta", "Gamma"]),
    ],
)
def test_rows_are_sorted(office: Office, sort: str, expected: list[str]) -> None:
    track(office.member, "2026-05-18T13:00:00Z", "2026-05-18T14:00:00Z", description="alpha")
    track(office.owner, "2026-05-18T12:00:00Z", "2026-05-18T15:00:00Z", description="Alpha")
    track(office.member, "2026-05-18T09:00:00Z", "2026-05-18T13:00:00Z", description="beta")
    track(office.owner, "2026-05-18T08:00:00Z", "2026-05-18T10:00:00Z", description="Gamma")
    assert texts(office.owner, {"sortColumn": sort}, sortOrder="ASCENDING") == expected
    assert texts(office.owner, {"sortColumn": sort}, sortOrder="DESCENDING") == expected[::-1]


@pytest.mark.parametrize("sort", SORTS)
def test_equal_rows_keep_the_order_of_their_ids_through_all_pages(office: Office, sort: str) -> None:
    made = [track_hours(office.owner, 1, description="same")[0] for _ in range(7)]
    pages = [
        rows(office.owner, {"sortColumn": sort, "page": n, "pageSize": 3}, sortOrder="ASCENDING") for n in (1, 2, 3)
    ]
    assert [row["_id"] for page in pages for row in page] == sorted(made)


# --- audit ---------------------------------------------------------------------------------------


def test_the_audit_finds_entries_without_project_or_task(office: Office) -> None:
    project = make(office.owner, "/projects", name="Website")
    task = make(office.owner, f"/projects/{project}/tasks", name="Design")
    track_hours(office.owner, 1, day=18, description="neither")
    track_hours(office.owner, 1, day=19, description="project", projectId=project)
    track_hours(office.owner, 1, day=20, description="both", projectId=project, taskId=task)

    def audit(**audit: Any) -> list[str]:
        return texts(office.owner, {"auditFilter": audit}, sortOrder="ASCENDING")

    assert audit(withoutProject=True) == ["neither"]
    assert audit(withoutTask=True) == ["neither", "project"]
    assert audit(withoutProject=True, withoutTask=True) == ["neither"]
    assert audit(withoutProject=False, withoutTask=False) == ["neither", "project", "both"]
    assert texts(office.owner, {"auditFilter": {"withoutTask": True}}, projects={"ids": [project]}) == ["project"]
    assert texts(office.owner, {"auditFilter": {"withoutProject": True}}, projects={"ids": [project]}) == []
    assert texts(office.owner, {"auditFilter": {"withoutTask": True}}, tasks={"ids": [task]}) == []
    assert report(office.owner, {"auditFilter": {"withoutProject": True}})["totals"][0]["entriesCount"] == 1


def test_the_audit_finds_entries_that_are_longer_or_shorter_than_so_many_seconds(office: Office) -> None:
    track_hours(office.owner, 1, 2, 3)
    track(office.member, "2026-05-20T13:00:00Z", None, description="running for an hour")

    def audit(**audit: Any) -> list[str]:
        return sorted(texts(office.owner, {"auditFilter": audit}))

    assert audit(duration=2 * HOUR) == ["number 2"]
    assert audit(duration=2 * HOUR, durationShorter=False) == ["number 2"]
    assert audit(duration=2 * HOUR, durationShorter=True) == ["number 0", "running for an hour"]
    assert audit(duration=HOUR - 1) == ["number 0", "number 1", "number 2", "running for an hour"]
    assert audit(duration=None, durationShorter=True) == audit()
    assert audit(duration=2**62) == []
    found = report(office.owner, {"auditFilter": {"duration": 2 * HOUR, "durationShorter": True}})
    assert found["totals"][0]["totalTime"] == 2 * HOUR
