"""POST .../reports/explain: why a row of a summary says what it says."""

from fractions import Fraction
from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person
from tests.own_surface import configure, own

MAY = {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}
EVERY = ["EARNED", "COST", "PROFIT"]


def ask(person: Person, path: list[str] | None = None, groups: Any = ("PROJECT",), **more: Any) -> Answer:
    page = {name: more.pop(name) for name in ("page", "pageSize") if name in more}
    body = MAY | {"summaryFilter": {"groups": list(groups)}} | more
    return own(person, "POST", "/reports/explain", {"report": body, "path": path or [], **page})


def explained(person: Person, path: list[str] | None = None, groups: Any = ("PROJECT",), **more: Any) -> dict[str, Any]:
    answer = ask(person, path, groups, **more)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def track(person: Person, start: str, end: str, **more: Any) -> str:
    answer = person.post("/time-entries", {"start": start, "end": end, **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def made(person: Person, path: str, body: dict[str, Any]) -> str:
    answer = person.post(path, body)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_reports_may_be_for_managers_and_admins_only(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member).refusal == DENIED


def test_an_entry_says_its_time_its_rates_and_whose_they_are(office: Office) -> None:
    owner = office.owner
    project = made(owner, "/projects", {"name": "Alpha", "hourlyRate": {"amount": 4321}})
    answer = owner.put(
        f"/projects/{project}/users/{owner.id}/cost-rate", {"amount": 876, "since": "2026-05-02T00:00:00Z"}
    )
    assert answer.status == 200, answer
    configure(owner, round={"round": "Round up to", "minutes": "15"})
    entry = track(owner, "2026-05-12T08:00:00Z", "2026-05-12T08:50:01Z", projectId=project, billable=True)
    body = explained(owner, [project], rounding=True)
    assert body["path"] == [{"group": "PROJECT", "id": project, "name": "Alpha"}]
    assert body["rounding"] == {"way": "UP", "minutes": 15}
    assert (body["timeZone"], body["rangeStart"], body["rangeEnd"]) == (
        "UTC",
        "2026-05-01T00:00:00Z",
        "2026-06-01T00:00:00Z",
    )
    assert (body["entriesCount"], body["duration"], body["billableDuration"]) == (1, 3600, 3600)
    (row,) = body["entries"]
    assert (row["id"], row["trackedDuration"], row["duration"]) == (entry, 3001, 3600)
    assert (row["hourlyRate"], row["costRate"], row["earned"], row["cost"]) == (4321, 876, 4321.0, 876.0)
    assert row["hourlyRateSource"]["level"] == "PROJECT"
    assert row["hourlyRateSource"]["targetId"] == project
    assert row["costRateSource"] == {
        "level": "PROJECT_MEMBER",
        "targetId": project,
        "userId": owner.id,
        "since": "2026-05-02T00:00:00Z",
    }
    assert body["sums"] == [
        {
            "billable": True,
            "entriesCount": 1,
            "duration": 3600,
            "currency": "USD",
            "hourlyRate": 4321,
            "costRate": 876,
            "earned": 4321.0,
            "cost": 876.0,
        }
    ]


def test_an_invoiced_entry_keeps_a_rate_that_no_timeline_says(office: Office) -> None:
    owner = office.owner
    project = made(owner, "/projects", {"name": "Alpha", "hourlyRate": {"amount": 4000}})
    entry = track(owner, "2026-05-12T08:00:00Z", "2026-05-12T09:00:00Z", projectId=project, billable=True)
    assert owner.patch("/time-entries/invoiced", {"timeEntryIds": [entry], "invoiced": True}).status == 200
    changed = owner.put(
        f"/projects/{project}", {"name": "Alpha", "hourlyRate": {"amount": 9000, "since": "2026-05-01T00:00:00Z"}}
    )
    assert changed.status == 200, changed
    (row,) = explained(owner, [project])["entries"]
    assert (row["invoiced"], row["hourlyRate"]) == (True, 4000)
    assert row["hourlyRateSource"] == {"level": None, "targetId": None, "userId": None, "since": None}


@pytest.mark.parametrize(
    "groups",
    [
        ("PROJECT", "TAG"),
        ("TAG", "PROJECT", "USER"),
        ("USER_GROUP", "DATE"),
        ("CLIENT", "WEEK", "TIMEENTRY"),
        ("MONTH", "TASK"),
    ],
)
@pytest.mark.parametrize("rounding", [True, False])
def test_every_row_of_a_summary_is_explained_to_the_second_and_the_cent(
    office: Office, groups: tuple[str, ...], rounding: bool
) -> None:
    owner = office.owner
    client = made(owner, "/clients", {"name": "Big"})
    projects = [
        made(owner, "/projects", {"name": "Alpha", "clientId": client, "hourlyRate": {"amount": 4321}}),
        made(owner, "/projects", {"name": "Beta", "isPublic": True, "hourlyRate": {"amount": 999}}),
    ]
    task = made(owner, f"/projects/{projects[0]}/tasks", {"name": "Paint"})
    tags = [made(owner, "/tags", {"name": name}) for name in ("red", "blue")]
    group = owner.post("/user-groups", {"name": "Crew"}).body["id"]
    assert owner.post(f"/user-groups/{group}/users", {"userId": owner.id}).status == 200
    for number, person in enumerate([owner, office.member, owner, owner, office.member]):
        more: dict[str, Any] = {"billable": number % 2 == 0, "description": ("", "one", "two")[number % 3]}
        if number in (0, 3):
            more |= {"projectId": projects[0], "taskId": task}
        elif number == 1:
            more |= {"projectId": projects[1]}
        more["tagIds"] = [[], tags[:1], tags][number % 3]
        track(person, f"2026-05-{10 + number}T08:00:00Z", f"2026-05-{10 + number}T09:0{number}:17Z", **more)
    asked = {"summaryFilter": {"groups": list(groups)}, "rounding": rounding, "amounts": EVERY}
    summary = owner.report("/reports/summary", MAY | asked).body
    total = explained(owner, groups=groups, rounding=rounding)
    assert (total["duration"], total["entriesCount"]) == (summary["totals"][0]["totalTime"], 5)
    for path, row in paths(summary["groupOne"]):
        found = explained(owner, path, groups, rounding=rounding)
        assert found["duration"] == row["duration"] == sum(one["duration"] for one in found["entries"])
        assert found["duration"] == sum(part["duration"] for part in found["sums"])
        earned = sum(
            (Fraction(part["duration"] * part["hourlyRate"], 3600) for part in found["sums"] if part["billable"]),
            Fraction(0),
        )
        assert float(earned) == row["amount"]
        assert found["entriesCount"] == len(found["entries"]) == sum(part["entriesCount"] for part in found["sums"])


def paths(rows: list[dict[str, Any]], above: tuple[str, ...] = ()) -> list[tuple[list[str], dict[str, Any]]]:
    """Every row of a summary with the ids that lead to it."""
    found = []
    for row in rows:
        path = (*above, row["_id"])
        found += [(list(path), row), *paths(row.get("children", []), path)]
    return found


def test_who_may_not_see_money_is_told_of_time_alone(office: Office) -> None:
    office.set(only_admins_see_billable_rates=True)
    project = made(office.owner, "/projects", {"name": "Alpha", "isPublic": True, "hourlyRate": {"amount": 4321}})
    track(office.member, "2026-05-12T08:00:00Z", "2026-05-12T09:00:00Z", projectId=project, billable=True)
    answer = ask(office.member, [project], amounts=EVERY)
    body = answer.body
    assert body["duration"] == 3600
    assert body["amounts"] == []
    (part,), (row,) = body["sums"], body["entries"]
    for found in (part, row):
        assert (found["hourlyRate"], found["costRate"], found["earned"], found["cost"]) == (None, None, None, None)
    assert (row["hourlyRateSource"], row["costRateSource"]) == (None, None)
    assert b"4321" not in answer.content


def test_sums_tell_nothing_apart_by_rates_that_are_not_told(office: Office) -> None:
    for since, amount in (("2026-05-01", 100), ("2026-05-13", 200)):
        answer = office.owner.put("/cost-rate", {"amount": amount, "since": f"{since}T00:00:00Z"})
        assert answer.status == 200, answer
    for day in (12, 14):
        track(office.member, f"2026-05-{day}T08:00:00Z", f"2026-05-{day}T09:00:00Z", billable=True)
    of_owner = explained(office.owner)["sums"]
    assert sorted((one["costRate"], one["entriesCount"]) for one in of_owner) == [(100, 1), (200, 1)]
    (part,) = explained(office.member)["sums"]
    assert (part["costRate"], part["cost"], part["entriesCount"], part["duration"]) == (None, None, 2, 7200)


def test_a_row_of_others_time_does_not_exist_for_who_may_not_see_it(office: Office) -> None:
    project = made(office.owner, "/projects", {"name": "Alpha", "isPublic": True})
    track(office.owner, "2026-05-12T08:00:00Z", "2026-05-12T09:00:00Z", projectId=project)
    assert ask(office.owner, [project]).status == 200
    assert ask(office.member, [project]).refusal == REFUSED
    assert explained(office.member)["entriesCount"] == 0


@pytest.mark.parametrize("path", ["nothing", "6955b900f5b1652291204f8a"])
def test_a_row_that_the_summary_does_not_have_is_refused(office: Office, path: str) -> None:
    track(office.owner, "2026-05-12T08:00:00Z", "2026-05-12T09:00:00Z")
    assert ask(office.owner, [path]).refusal == REFUSED


def test_a_longer_path_than_the_groups_is_refused(office: Office) -> None:
    assert ask(office.owner, ["", ""]).refusal == REFUSED


@pytest.mark.parametrize("page", [{"page": 0}, {"pageSize": 0}, {"pageSize": 1001}])
def test_a_page_that_cannot_be_is_refused(office: Office, page: dict[str, Any]) -> None:
    assert ask(office.owner, **page).refusal == REFUSED


def test_a_request_without_a_report_is_refused(office: Office) -> None:
    assert own(office.owner, "POST", "/reports/explain", {"path": []}).refusal == UNREADABLE


def test_entries_come_in_pages_by_their_start(office: Office) -> None:
    ids = [track(office.owner, f"2026-05-{day}T08:00:00Z", f"2026-05-{day}T09:00:00Z") for day in (14, 12, 13)]
    pages = [explained(office.owner, page=page, pageSize=2) for page in (1, 2, 3)]
    assert [[row["id"] for row in page["entries"]] for page in pages] == [[ids[1], ids[2]], [ids[0]], []]
    assert {page["entriesCount"] for page in pages} == {3}
