"""POST .../reports/detailed."""

import itertools
from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, Answer, Office, Person
from tests.resources.reports.reporting import make_for as make
from tests.resources.reports.reporting import set_rate

MAY = {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z", "timeZone": "UTC"}
SORTS = ["ID", "DESCRIPTION", "USER", "DURATION", "DATE", "ZONED_DATE", "NATURAL", "USER_DATE"]
HOUR = 3600
MONEY_KEYS = {"amount", "rate", "earnedAmount", "earnedRate", "costAmount", "costRate", "currency"}


def ask(person: Person, filter_: dict[str, Any] | None = None, **more: Any) -> Answer:
    own = {} if filter_ is None else {"detailedFilter": filter_}
    return person.report("/reports/detailed", MAY | own | more)


def report(person: Person, filter_: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    answer = ask(person, filter_, **more)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    assert found.keys() == {"totals", "timeentries"}
    return found


def rows(person: Person, filter_: dict[str, Any] | None = None, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report(person, filter_, **more)["timeentries"]
    return found


def texts(person: Person, filter_: dict[str, Any] | None = None, **more: Any) -> list[str]:
    return [row["description"] for row in rows(person, filter_, **more)]


def track(person: Person, start: str, end: str | None, **more: Any) -> str:
    answer = person.post("/time-entries", {"start": start, "end": end, **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def track_hours(person: Person, *hours: int, day: int = 18, **more: Any) -> list[str]:
    """Entries of so many hours, one after the other, named by their number."""
    starts = [8, *(8 + sum(hours[: place + 1]) for place in range(len(hours)))]
    return [
        track(
            person,
            f"2026-05-{day:02}T{start:02}:00:00Z",
            f"2026-05-{day:02}T{end:02}:00:00Z",
            **{"description": f"number {place}"} | more,
        )
        for place, (start, end) in enumerate(itertools.pairwise(starts))
    ]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_reports_may_be_for_managers_and_admins_only(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member).refusal == DENIED
    assert ask(office.lead).status == 200


def track_example(office: Office) -> dict[str, str]:
    """An hour of the owner's with all that an entry can have; the ids of it and of its things."""
    owner = office.owner
    client = make(owner, "/clients", name="Acme")
    project = make(owner, "/projects", name="Website", clientId=client, color="#D36F5F", isPublic=True)
    task = make(owner, f"/projects/{project}/tasks", name="Design")
    second, first = make(owner, "/tags", name="urgent"), make(owner, "/tags", name="Billing")
    set_rate(office, "hourly", 4321)
    set_rate(office, "cost", 876)
    entry = track(
        owner,
        "2026-05-12T09:00:00Z",
        "2026-05-12T10:00:00Z",
        description="Example",
        projectId=project,
        taskId=task,
        tagIds=[second, first],
        billable=True,
    )
    return {"client": client, "project": project, "task": task, "first": first, "second": second, "entry": entry}


def test_a_row_says_all_of_an_entry(office: Office) -> None:
    owner, ids = office.owner, track_example(office)
    found = report(owner, timeZone="Europe/Belgrade", amounts=["EARNED", "COST", "PROFIT"])
    assert found["timeentries"] == [
        {
            "_id": ids["entry"],
            "id": ids["entry"],
            "description": "Example",
            "userId": owner.id,
            "userName": "Olivia Owner",
            "userEmail": owner.email,
            "billable": True,
            "projectId": ids["project"],
            "projectName": "Website",
            "projectColor": "#D36F5F",
            "clientId": ids["client"],
            "clientName": "Acme",
            "taskId": ids["task"],
            "taskName": "Design",
            "tags": [
                {"_id": ids["first"], "id": ids["first"], "name": "Billing"},
                {"_id": ids["second"], "id": ids["second"], "name": "urgent"},
            ],
            "type": "REGULAR",
            "isLocked": False,
            "customFields": [],
            "approvalRequestId": None,
            "timeInterval": {
                "start": "2026-05-12T11:00:00+02:00",
                "end": "2026-05-12T12:00:00+02:00",
                "duration": HOUR,
            },
            "amount": 4321.0,
            "rate": 4321.0,
            "earnedAmount": 4321.0,
            "earnedRate": 4321.0,
            "costAmount": 876.0,
            "costRate": 876.0,
            "currency": "USD",
        }
    ]


def test_totals_say_all_of_time_and_money(office: Office) -> None:
    track_example(office)
    found = report(office.owner, timeZone="Europe/Belgrade", amounts=["EARNED", "COST", "PROFIT"])
    assert found["totals"] == [
        {
            "_id": "",
            "totalTime": HOUR,
            "totalBillableTime": HOUR,
            "entriesCount": 1,
            "numOfCurrencies": 1,
            "totalAmount": 4321.0,
            "totalAmountByCurrency": [{"currency": "USD", "amount": 4321.0}],
            "amounts": [
                {"type": kind, "value": value, "amountByCurrency": [{"currency": "USD", "amount": value}]}
                for kind, value in (("EARNED", 4321.0), ("COST", 876.0), ("PROFIT", 3445.0))
            ],
        }
    ]


def test_what_an_entry_does_not_have_is_null(office: Office) -> None:
    track_hours(office.owner, 1, description="")
    (row,) = rows(office.owner)
    nulls = ("projectId", "projectName", "projectColor", "clientId", "clientName", "taskId", "taskName")
    assert {row[key] for key in nulls} == {None}
    assert (row["tags"], row["description"], row["approvalRequestId"]) == ([], "", None)


def test_an_entry_of_a_project_without_client_has_no_client(office: Office) -> None:
    project = make(office.owner, "/projects", name="Internal")
    track_hours(office.owner, 1, projectId=project)
    (row,) = rows(office.owner)
    assert (row["projectName"], row["clientId"], row["clientName"]) == ("Internal", None, None)


def test_a_break_says_so(office: Office) -> None:
    track_hours(office.owner, 1, type="BREAK")
    assert rows(office.owner)[0]["type"] == "BREAK"


@pytest.mark.parametrize(
    ("zone", "is_found", "start"),
    [
        ("Europe/Belgrade", True, "2026-08-08T00:15:00+02:00"),
        ("UTC", False, "2026-08-07T22:15:00Z"),
        ("America/Los_Angeles", False, "2026-08-07T15:15:00-07:00"),
        ("Pacific/Auckland", False, "2026-08-08T10:15:00+12:00"),
    ],
)
def test_the_range_is_wall_clock_of_the_zone_and_times_are_local(
    office: Office, zone: str, is_found: bool, start: str
) -> None:
    track(office.owner, "2026-08-07T22:15:00Z", "2026-08-07T22:30:00Z")
    window: dict[str, Any] = {"dateRangeStart": "2026-08-08T00:00:00Z", "dateRangeEnd": "2026-08-08T01:00:00Z"}
    assert bool(rows(office.owner, timeZone=zone, **window)) is is_found
    month: dict[str, Any] = {"dateRangeStart": "2026-08-01T00:00:00Z", "dateRangeEnd": "2026-08-31T23:59:59Z"}
    (row,) = rows(office.owner, timeZone=zone, **month)
    assert row["timeInterval"]["start"] == start


def test_across_a_clock_change_each_moment_has_its_own_offset(office: Office) -> None:
    track(office.owner, "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")
    march: dict[str, Any] = {"dateRangeStart": "2026-03-29T00:00:00Z", "dateRangeEnd": "2026-03-29T23:59:59Z"}
    (row,) = rows(office.owner, timeZone="Europe/Berlin", **march)
    assert row["timeInterval"] == {
        "start": "2026-03-29T01:30:00+01:00",
        "end": "2026-03-29T03:30:00+02:00",
        "duration": HOUR,
    }


def test_offsets_may_have_half_hours_and_be_behind(office: Office) -> None:
    track_hours(office.owner, 1)
    assert rows(office.owner, timeZone="Asia/Kolkata")[0]["timeInterval"]["start"] == "2026-05-18T13:30:00+05:30"
    assert rows(office.owner, timeZone="America/St_Johns")[0]["timeInterval"]["start"] == "2026-05-18T05:30:00-02:30"


def test_time_that_is_not_billable_costs_and_earns_nothing(office: Office) -> None:
    set_rate(office, "hourly", 3000)
    set_rate(office, "cost", 1001)
    track(office.owner, "2026-05-18T08:00:00Z", "2026-05-18T08:20:00Z", billable=False)
    (row,) = rows(office.owner, amountShown="PROFIT")
    assert (row["earnedRate"], row["earnedAmount"]) == (0.0, 0.0)
    assert (row["costRate"], row["costAmount"]) == (1001.0, 1001 / 3)
    assert (row["rate"], row["amount"]) == (-1001.0, -1001 / 3)
    (row,) = rows(office.owner, amountShown="COST")
    assert (row["rate"], row["amount"]) == (1001.0, 1001 / 3)


def test_hidden_amounts_leave_no_money_key(office: Office) -> None:
    track_hours(office.owner, 1)
    found = report(office.owner, amountShown="HIDE_AMOUNT")
    assert not MONEY_KEYS & found["timeentries"][0].keys()
    assert (found["totals"][0]["totalAmount"], found["totals"][0]["amounts"]) == (0.0, [])


def test_a_member_sees_no_costs(office: Office) -> None:
    track_hours(office.member, 1)
    (row,) = rows(office.member, amounts=["EARNED", "COST", "PROFIT"])
    assert row.keys() & MONEY_KEYS == {"amount", "rate", "earnedAmount", "earnedRate", "currency"}
    (row,) = rows(office.member, amountShown="COST", amounts=["EARNED"])
    assert row.keys() & MONEY_KEYS == {"earnedAmount", "earnedRate", "currency"}


def test_billable_rates_may_be_for_admins_only(office: Office) -> None:
    office.set(only_admins_see_billable_rates=True)
    track_hours(office.member, 1)
    assert not rows(office.member)[0].keys() & MONEY_KEYS
    assert rows(office.admin)[0].keys() >= MONEY_KEYS


def test_rounding_changes_durations_and_amounts_and_nothing_else(office: Office) -> None:
    set_rate(office, "hourly", 6000)
    track(office.owner, "2026-05-18T08:00:00Z", "2026-05-18T08:08:00Z", billable=True)
    (row,) = rows(office.owner, rounding=True)
    assert row["timeInterval"] == {"start": "2026-05-18T08:00:00Z", "end": "2026-05-18T08:08:00Z", "duration": 900}
    assert (row["amount"], row["earnedAmount"], row["rate"]) == (1500.0, 1500.0, 6000.0)
    assert report(office.owner, rounding=True)["totals"][0]["totalTime"] == 900
    assert rows(office.owner)[0]["timeInterval"]["duration"] == 480


def test_a_running_entry_is_there_with_the_time_so_far(office: Office) -> None:
    set_rate(office, "hourly", 1000)
    track(office.owner, "2026-05-20T13:30:00Z", None, billable=True)
    found = report(office.owner)
    assert found["timeentries"][0]["timeInterval"] == {"start": "2026-05-20T13:30:00Z", "end": None, "duration": 1800}
    assert found["timeentries"][0]["amount"] == 500.0
    assert found["totals"][0]["totalTime"] == 1800
    office.clock.move(60)
    assert rows(office.owner)[0]["timeInterval"]["duration"] == 1860


def test_a_zero_length_entry_and_one_of_ten_years(office: Office) -> None:
    track(office.owner, "2026-05-18T08:00:00Z", "2026-05-18T08:00:00Z", description="none")
    track(office.owner, "2016-05-18T08:00:00Z", "2026-05-18T08:00:00Z", description="long")
    found = report(office.owner, {"sortColumn": "DURATION"}, dateRangeStart="2010-01-01T00:00:00Z")
    assert [row["timeInterval"]["duration"] for row in found["timeentries"]] == [0, 3652 * 86_400]
    assert found["totals"][0]["totalTime"] == 3652 * 86_400


def test_custom_fields_are_those_the_entry_has(office: Office) -> None:
    field = make(office.owner, "/custom-fields", name="Ticket", type="TXT", status="VISIBLE")
    project = make(office.owner, "/projects", name="Website")
    hidden = office.owner.patch(f"/projects/{project}/custom-fields/{field}", {"status": "INVISIBLE"})
    assert hidden.status == 200, hidden
    first = track_hours(office.owner, 1, customFields=[{"customFieldId": field, "value": "A-1"}])[0]
    second = track_hours(office.owner, 1, day=19)[0]
    track_hours(office.owner, 1, day=20, projectId=project)
    found = rows(office.owner, sortOrder="ASCENDING")
    said = {"customFieldId": field, "name": "Ticket", "type": "TXT"}
    assert [row["customFields"] for row in found] == [
        [said | {"timeEntryId": first, "value": "A-1"}],
        [said | {"timeEntryId": second, "value": None}],
        [],
    ]


def test_locked_entries_say_so(office: Office) -> None:
    track_hours(office.owner, 1, day=4, description="old")
    track_hours(office.owner, 1, day=18, description="new")
    office.set(lock_time_entries=1_778_889_600)  # 16 May
    assert {row["description"]: row["isLocked"] for row in rows(office.owner)} == {"old": True, "new": False}


# --- who sees what -------------------------------------------------------------------------------


def test_people_see_their_own_time_and_managers_that_of_their_people(office: Office) -> None:
    track_hours(office.owner, 1, description="owner")
    track_hours(office.member, 1, description="member")
    project = make(office.owner, "/projects", name="Website")
    office.grant(office.manager, "PROJECT_MANAGER", project)
    track_hours(office.owner, 1, day=19, description="on the project", projectId=project)
    assert texts(office.member) == ["member"]
    assert texts(office.lead) == ["member"]
    assert texts(office.manager) == ["on the project"]
    assert sorted(texts(office.admin)) == ["member", "on the project", "owner"]
    assert report(office.member)["totals"][0]["entriesCount"] == 1


def test_a_filter_widens_nothing(office: Office) -> None:
    track_hours(office.owner, 1)
    assert report(office.member, users={"ids": [office.owner.id]}) == {"totals": [None], "timeentries": []}


def test_every_acknowledged_write_is_there(office: Office) -> None:
    entry = track_hours(office.owner, 1, 1)[0]
    assert len(rows(office.owner)) == 2
    body = {"start": "2026-05-18T08:00:00Z", "end": "2026-05-18T10:30:00Z", "description": "changed"}
    assert office.owner.put(f"/time-entries/{entry}", body).status == 200
    found = report(office.owner, {"sortColumn": "DURATION"})
    assert [row["description"] for row in found["timeentries"]] == ["number 1", "changed"]
    assert found["totals"][0]["totalTime"] == 3.5 * HOUR
    assert office.owner.delete(f"/time-entries/{entry}").status == 204
    assert texts(office.owner) == ["number 1"]
    assert report(office.owner)["totals"][0]["totalTime"] == HOUR


def test_names_are_those_of_now(office: Office) -> None:
    project = make(office.owner, "/projects", name="Website")
    track_hours(office.owner, 1, projectId=project)
    assert rows(office.owner)[0]["projectName"] == "Website"
    assert office.owner.put(f"/projects/{project}", {"name": "Shop", "color": "#03A9F4"}).status == 200
    (row,) = rows(office.owner)
    assert (row["projectName"], row["projectColor"]) == ("Shop", "#03A9F4")


def test_headers_say_what_was_used(office: Office) -> None:
    answer = ask(office.owner, timeZone="Europe/Berlin", weekStart="SUNDAY", rounding=True)
    assert answer.headers["X-Hourbook-Time-Zone"] == "Europe/Berlin"
    assert answer.headers["X-Hourbook-Week-Start"] == "SUNDAY"
    assert answer.headers["X-Hourbook-Rounding"] == "nearest; minutes=15"
    assert int(answer.headers["X-Hourbook-Revision"]) > 0
