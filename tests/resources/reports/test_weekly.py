"""POST .../reports/weekly."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person
from tests.resources.reports.reporting import make_for as make
from tests.resources.reports.reporting import set_rate

WEEK = {"dateRangeStart": "2026-05-11T00:00:00Z", "dateRangeEnd": "2026-05-17T23:59:59Z", "timeZone": "UTC"}
NOT_A_WEEK = "Please select date range of exactly 7 days for weekly report"
HOUR = 3600


def ask(person: Person, group: str | None = "USER", **more: Any) -> Answer:
    own = {} if group is None else {"weeklyFilter": {"group": group}}
    return person.report("/reports/weekly", WEEK | own | more)


def report(person: Person, group: str = "USER", **more: Any) -> dict[str, Any]:
    answer = ask(person, group, **more)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


def track(person: Person, start: str, end: str | None, **more: Any) -> str:
    answer = person.post("/time-entries", {"start": start, "end": end, **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def track_day(person: Person, day: int, hours: int = 1, **more: Any) -> str:
    return track(person, f"2026-05-{day:02}T08:00:00Z", f"2026-05-{day:02}T{8 + hours:02}:00:00Z", **more)


def days(row: dict[str, Any]) -> dict[str, int]:
    return {day["date"]: day["duration"] for day in row["days"]}


def idle(found: dict[str, Any]) -> list[str]:
    return [person["name"] for person in found["usersWithoutTime"]]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_reports_may_be_for_managers_and_admins_only(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member).refusal == DENIED
    assert ask(office.lead).status == 200


def test_an_answer_has_these_keys(office: Office) -> None:
    track_day(office.owner, 11)
    found = report(office.owner, amounts=["EARNED", "COST"])
    assert found.keys() == {
        "totals",
        "totalsByDay",
        "groupOne",
        "usersWithoutTime",
        "includeUsersWithoutTime",
        "decimalFormat",
        "trackTimeDownToSeconds",
    }


def test_rows_are_people_with_their_projects_and_days(office: Office) -> None:
    owner = office.owner
    client = make(owner, "/clients", name="Acme")
    website = make(owner, "/projects", name="Website", clientId=client, color="#D36F5F")
    set_rate(office, "hourly", 6000)
    set_rate(office, "cost", 1000)
    track_day(owner, 11, 2, projectId=website, billable=True)
    track_day(owner, 13, 1, projectId=website, billable=True)
    track_day(owner, 13, 4, billable=False)
    track_day(office.member, 17, 3)
    found = report(owner, amounts=["EARNED", "COST"])
    assert found["totals"][0]["totalTime"] == 10 * HOUR
    assert found["totals"][0]["entriesCount"] == 4
    # Days without time are not there, as was recorded.
    assert found["totalsByDay"] == [
        {"date": "2026-05-11", "duration": 2 * HOUR, "amount": 12_000.0},
        {"date": "2026-05-13", "duration": 5 * HOUR, "amount": 6000.0},
        {"date": "2026-05-17", "duration": 3 * HOUR, "amount": 0.0},
    ]
    member, first = found["groupOne"]
    assert (member["name"], days(member)) == ("Max Member", {"2026-05-17": 3 * HOUR})
    children = first.pop("children")
    assert first == {
        "_id": owner.id,
        "id": owner.id,
        "name": "Olivia Owner",
        "nameLowerCase": "olivia owner",
        "duration": 7 * HOUR,
        "amount": 18_000.0,
        "amounts": [{"type": "EARNED", "value": 18_000.0}, {"type": "COST", "value": 7000.0}],
        "currency": "USD",
        "workspaceCurrencyCode": "USD",
        "days": [
            {"date": "2026-05-11", "duration": 2 * HOUR, "amount": 12_000.0},
            {"date": "2026-05-13", "duration": 5 * HOUR, "amount": 6000.0},
        ],
    }
    assert [(row["_id"], row["name"], row["color"], row["clientName"]) for row in children] == [
        (website, "Website", "#D36F5F", "Acme"),
        ("", "Without project", "#9E9E9E", ""),
    ]
    assert days(children[0]) == {"2026-05-11": 2 * HOUR, "2026-05-13": HOUR}
    assert days(children[1]) == {"2026-05-13": 4 * HOUR}
    assert all("children" not in row for row in children)


def test_rows_may_be_projects_with_their_people(office: Office) -> None:
    website = make(office.owner, "/projects", name="Website", isPublic=True)
    track_day(office.owner, 11, 2, projectId=website)
    track_day(office.member, 11, 1, projectId=website)
    track_day(office.member, 12, 4)
    found = report(office.owner, "PROJECT")
    assert [(row["_id"], days(row)) for row in found["groupOne"]] == [
        (website, {"2026-05-11": 3 * HOUR}),
        ("", {"2026-05-12": 4 * HOUR}),
    ]
    assert [[row["name"] for row in group["children"]] for group in found["groupOne"]] == [
        ["Max Member", "Olivia Owner"],
        ["Max Member"],
    ]
    assert days(found["groupOne"][0]["children"][0]) == {"2026-05-11": HOUR}
    assert idle(found) == ["Adam Admin", "Mia Manager"]


def test_rows_are_in_the_order_of_names_either_way(office: Office) -> None:
    for person in (office.owner, office.member, office.admin):
        track_day(person, 11)
    names = ["Adam Admin", "Max Member", "Olivia Owner"]
    assert [row["name"] for row in report(office.owner)["groupOne"]] == names
    found = report(office.owner, sortOrder="DESCENDING")["groupOne"]
    assert [row["name"] for row in found] == names[::-1]


def test_an_empty_week_has_a_literal_null_for_totals(office: Office) -> None:
    found = report(office.owner)
    assert (found["totals"], found["totalsByDay"], found["groupOne"]) == ([None], [], [])
    assert idle(found) == ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-05-11T00:00:00Z", "2026-05-17T23:59:59Z"),
        ("2026-05-11T00:00:00.000Z", "2026-05-17T23:59:59.999Z"),
        ("2026-05-11T00:00:00Z", "2026-05-18T00:00:00Z"),
        ("2026-05-14T00:00:00Z", "2026-05-20T23:59:59Z"),
        ("2026-05-14T00:00:00Z", "2026-05-21T00:00:00Z"),
        ("2026-05-11", "2026-05-17"),
        ("1969-12-29T00:00:00Z", "1970-01-04T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-07T23:59:59Z"),
    ],
)
def test_a_week_may_begin_on_any_day_and_end_at_midnight(office: Office, start: str, end: str) -> None:
    assert ask(office.owner, dateRangeStart=start, dateRangeEnd=end).status == 200


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-07-27T00:00:00Z", "2026-08-03T23:59:59Z"),
        ("2026-05-11T00:00:00Z", "2026-05-16T23:59:59Z"),
        ("2026-05-11T00:00:00Z", "2026-05-17T00:00:00Z"),
        ("2026-05-11T00:00:00Z", "2026-05-18T00:00:01Z"),
        ("2026-05-11T00:00:00Z", "2026-05-24T23:59:59Z"),
        ("2026-05-01T00:00:00Z", "2026-05-31T23:59:59Z"),
        ("2026-05-11", "2026-05-18"),
        ("2026-05-11T00:00:00Z", "2026-05-11T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2026-05-17T00:00:00Z", "2026-05-11T00:00:00Z"),
    ],
)
def test_any_other_range_is_refused_as_recorded(office: Office, start: str, end: str) -> None:
    answer = ask(office.owner, dateRangeStart=start, dateRangeEnd=end)
    assert answer.refusal == REFUSED
    assert answer.body == {"message": NOT_A_WEEK, "code": 501}


@pytest.mark.parametrize(
    "filter_",
    [None, {}, {"group": "TAG"}, {"group": "USER", "subgroup": "PROJECT"}, {"subgroup": "TIME"}, {"group": None}],
)
def test_the_group_is_needed_and_is_one_of_two(office: Office, filter_: Any) -> None:
    assert ask(office.owner, None, weeklyFilter=filter_).status == 400


def test_a_subgroup_that_is_unknown_names_the_accepted_ones(office: Office) -> None:
    answer = ask(office.owner, None, weeklyFilter={"group": "USER", "subgroup": "PROJECT"})
    assert answer.refusal == UNREADABLE
    assert ask(office.owner, None, weeklyFilter={"group": "USER", "subgroup": "TIME"}).status == 200


def test_days_are_those_of_the_zone(office: Office) -> None:
    track(office.owner, "2026-05-12T22:30:00Z", "2026-05-12T23:30:00Z")
    assert days(report(office.owner, timeZone="UTC")["groupOne"][0]) == {"2026-05-12": HOUR}
    assert days(report(office.owner, timeZone="Europe/Berlin")["groupOne"][0]) == {"2026-05-13": HOUR}
    assert days(report(office.owner, timeZone="Pacific/Auckland")["groupOne"][0]) == {"2026-05-13": HOUR}


@pytest.mark.parametrize(
    ("week", "day", "hours"),
    [
        # The clocks go forward on the last day, and back.
        (("2026-03-23T00:00:00Z", "2026-03-29T23:59:59Z"), "2026-03-29", 23),
        (("2026-10-19T00:00:00Z", "2026-10-26T00:00:00Z"), "2026-10-25", 25),
    ],
)
def test_a_day_on_which_clocks_change_is_whole(office: Office, week: tuple[str, str], day: str, hours: int) -> None:
    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    # An entry in each hour of the day, and in the ones before and after it.
    for hour in range(-1, hours + 1):
        start = begin + timedelta(hours=hour, minutes=10)
        track(office.owner, f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{start + timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}")
    found = report(office.owner, timeZone="Europe/Berlin", dateRangeStart=week[0], dateRangeEnd=week[1])
    assert days(found["groupOne"][0])[day] == 600 * hours
    assert found["totals"][0]["totalTime"] == 600 * (hours + 1)


def test_time_outside_the_week_is_not_there(office: Office) -> None:
    track(office.owner, "2026-05-10T23:59:59Z", "2026-05-11T01:00:00Z")
    track(office.owner, "2026-05-18T00:00:00Z", "2026-05-18T01:00:00Z")
    track(office.owner, "2026-05-17T23:59:59Z", "2026-05-18T01:00:00Z", description="of its start")
    found = report(office.owner)
    assert days(found["groupOne"][0]) == {"2026-05-17": HOUR + 1}
    later = report(office.owner, dateRangeEnd="2026-05-18T00:00:00Z")
    assert later["groupOne"] == found["groupOne"]


def test_a_running_entry_counts_until_now(office: Office) -> None:
    track(office.owner, "2026-05-20T13:00:00Z", None)
    found = report(office.owner, dateRangeStart="2026-05-18T00:00:00Z", dateRangeEnd="2026-05-24T23:59:59Z")
    assert days(found["groupOne"][0]) == {"2026-05-20": HOUR}


def test_each_entry_is_rounded_by_itself(office: Office) -> None:
    for hour in (8, 9):
        track(office.owner, f"2026-05-11T0{hour}:00:00Z", f"2026-05-11T0{hour}:08:00Z")
    assert days(report(office.owner, rounding=True)["groupOne"][0]) == {"2026-05-11": 1800}
    assert days(report(office.owner)["groupOne"][0]) == {"2026-05-11": 960}


def test_filters_are_those_of_the_summary(office: Office) -> None:
    website = make(office.owner, "/projects", name="Website")
    track_day(office.owner, 11, 2, projectId=website)
    track_day(office.owner, 12, 1)
    found = report(office.owner, projects={"ids": [website]})
    assert found["totals"][0]["totalTime"] == 2 * HOUR
    assert days(found["groupOne"][0]) == {"2026-05-11": 2 * HOUR}


# --- who has no time -----------------------------------------------------------------------------


def test_who_has_no_time_is_named_with_the_formats_of_the_profile(office: Office) -> None:
    track_day(office.owner, 11)
    track_day(office.admin, 4)
    found = report(office.owner)
    assert idle(found) == ["Adam Admin", "Max Member", "Mia Manager"]
    assert found["usersWithoutTime"][1] == {
        "id": office.member.id,
        "name": "Max Member",
        "email": office.member.email,
        "dateFormat": "MM/DD/YYYY",
        "timeFormat": "HOUR24",
        "timeZone": "UTC",
        "weekStart": "MONDAY",
    }
    assert found["includeUsersWithoutTime"] is False


def test_of_people_whose_time_one_may_not_see_nothing_is_said(office: Office) -> None:
    assert idle(report(office.member)) == ["Max Member"]
    assert idle(report(office.lead)) == ["Lea Lead", "Max Member"]
    track_day(office.member, 11)
    assert idle(report(office.lead)) == ["Lea Lead"]
    assert idle(report(office.member)) == []


def test_filters_of_people_name_who_could_have_time(office: Office) -> None:
    group = make(office.owner, "/user-groups", name="Team")
    assert office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id}).status == 200
    assert idle(report(office.owner, users={"ids": [office.admin.id]})) == ["Adam Admin"]
    others = {"ids": [office.admin.id, office.owner.id], "contains": "DOES_NOT_CONTAIN"}
    assert idle(report(office.owner, users=others)) == ["Max Member", "Mia Manager"]
    assert idle(report(office.owner, userGroups={"ids": [group]})) == ["Max Member"]
    assert idle(report(office.owner, userGroups={"ids": [group]}, users={"ids": [office.admin.id]})) == []


def test_who_has_no_time_is_narrowed_by_what_fields_say_of_people(office: Office) -> None:
    size = make(office.owner, "/custom-fields", name="Size", type="NUMBER", entityType="USER")
    answer = office.owner.put(f"/users/{office.member.id}/custom-field/{size}/value", {"value": 44})
    assert answer.status in (200, 201)
    assert idle(report(office.owner, userCustomFields=[{"id": size, "value": 44}])) == ["Max Member"]
    assert idle(report(office.owner, userCustomFields=[{"id": size, "value": 45}])) == []
    track_day(office.member, 12)
    assert idle(report(office.owner, userCustomFields=[{"id": size, "value": 44}])) == []


def test_only_active_members_have_no_time_unless_others_are_asked_for(office: Office) -> None:
    path = f"/users/{office.member.id}"
    assert office.owner.put(path, {"status": "INACTIVE"}).status == 200
    assert idle(report(office.owner)) == ["Adam Admin", "Mia Manager", "Olivia Owner"]
    assert idle(report(office.owner, users={"status": "INACTIVE"})) == ["Max Member"]


# --- who sees what -------------------------------------------------------------------------------


def test_people_see_their_own_time(office: Office) -> None:
    track_day(office.owner, 11)
    track_day(office.member, 12)
    found = report(office.member)
    assert [row["name"] for row in found["groupOne"]] == ["Max Member"]
    assert [day["date"] for day in found["totalsByDay"]] == ["2026-05-12"]
    assert found["totals"][0]["entriesCount"] == 1


def test_hidden_money_is_nowhere(office: Office) -> None:
    set_rate(office, "hourly", 6000)
    track_day(office.owner, 11, billable=True)
    found = report(office.owner, amountShown="HIDE_AMOUNT")
    assert found["groupOne"][0]["amount"] == found["totalsByDay"][0]["amount"] == 0.0
    assert found["groupOne"][0]["amounts"] == []
    office.set(only_admins_see_billable_rates=True, only_admins_see_all_time_entries=False)
    seen = report(office.member)
    assert [row["name"] for row in seen["groupOne"]] == ["Olivia Owner"]
    assert {seen["groupOne"][0]["amount"], seen["totalsByDay"][0]["amount"], seen["totals"][0]["totalAmount"]} == {0.0}


@pytest.mark.parametrize(
    ("format_", "is_decimal", "has_seconds"),
    [("FULL", False, True), ("COMPACT", False, False), ("DECIMAL", True, True)],
)
def test_the_format_of_durations_is_the_workspaces(
    office: Office, format_: str, is_decimal: bool, has_seconds: bool
) -> None:
    office.set(duration_format=format_)
    found = report(office.owner)
    assert (found["decimalFormat"], found["trackTimeDownToSeconds"]) == (is_decimal, has_seconds)


def test_headers_say_what_was_used(office: Office) -> None:
    answer = ask(office.owner, timeZone="Europe/Berlin", weekStart="THURSDAY")
    assert answer.headers["X-Hourbook-Time-Zone"] == "Europe/Berlin"
    assert answer.headers["X-Hourbook-Week-Start"] == "THURSDAY"
    assert answer.headers["X-Hourbook-Rounding"] == "none"
    assert int(answer.headers["X-Hourbook-Revision"]) > 0
