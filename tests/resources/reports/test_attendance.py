"""POST .../reports/attendance."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

MAY = {"dateRangeStart": "2026-05-18T00:00:00Z", "dateRangeEnd": "2026-05-19T23:59:59Z"}
HOUR = 3600


def ask(person: Person, filter_: dict[str, Any] | None = None, **more: Any) -> Answer:
    own = {} if filter_ is None else {"attendanceFilter": filter_}
    return person.report("/reports/attendance", MAY | own | more)


def rows(person: Person, filter_: dict[str, Any] | None = None, **more: Any) -> list[dict[str, Any]]:
    answer = ask(person, filter_, **more)
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["entities"]
    return found


def track(person: Person, start: str, end: str | None, **more: Any) -> None:
    answer = person.post("/time-entries", {"start": start, "end": end, **more})
    assert answer.status == 201, answer


def of(found: list[dict[str, Any]], person: Person, day: str = "2026-05-18") -> dict[str, Any]:
    return next(row for row in found if row["userId"] == person.id and row["date"].startswith(day))


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_reports_may_be_for_managers_and_admins_only(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member).refusal == DENIED
    assert ask(office.lead).status == 200


def test_everybody_has_a_row_for_each_day_with_or_without_time(office: Office) -> None:
    found = rows(office.owner)
    names = ["Adam Admin", "Max Member", "Mia Manager", "Olivia Owner"]
    assert [(row["userName"], row["date"]) for row in found] == [
        (name, f"2026-05-{day}T00:00:00.000Z") for name in names for day in (18, 19)
    ]
    assert found[0] == {
        "userId": office.admin.id,
        "userName": "Adam Admin",
        "imageUrl": "",
        "date": "2026-05-18T00:00:00.000Z",
        "zonedStart": None,
        "zonedEnd": None,
        "startTime": None,
        "endTime": None,
        "break": 0,
        "capacity": 8 * HOUR,
        "overtime": 0,
        "remainingCapacity": 8 * HOUR,
        "timeOff": 0,
        "totalDuration": 0,
        "hasRunningEntry": False,
    }


def test_a_day_is_work_breaks_and_what_is_beyond_capacity(office: Office) -> None:
    track(office.member, "2026-05-18T07:00:00Z", "2026-05-18T12:00:00Z")
    track(office.member, "2026-05-18T12:00:00Z", "2026-05-18T12:45:00Z", type="BREAK")
    track(office.member, "2026-05-18T12:45:00Z", "2026-05-18T17:15:10Z")
    row = of(rows(office.owner), office.member)
    assert row["totalDuration"] == 9 * HOUR + 1810
    assert row["break"] == 45 * 60
    assert row["overtime"] == HOUR + 1810
    assert row["remainingCapacity"] == -HOUR - 1810
    assert (row["zonedStart"], row["zonedEnd"]) == ("2026-05-18T07:00:00", "2026-05-18T17:15:10")
    assert (row["startTime"], row["endTime"]) == (row["zonedStart"], row["zonedEnd"])
    assert of(rows(office.owner), office.member, "2026-05-19")["totalDuration"] == 0


def test_capacity_is_that_of_the_profile_on_its_working_days(office: Office) -> None:
    profile = {"workCapacity": "PT6H30M", "workingDays": ["TUESDAY", "SATURDAY"]}
    assert office.owner.patch(f"/member-profile/{office.member.id}", profile).status == 200
    office.set(working_days=("MONDAY",))
    found = rows(office.owner)
    capacity = {(row["userName"], row["date"][8:10]): row["capacity"] for row in found}
    assert capacity["Max Member", "18"] == 0
    assert capacity["Max Member", "19"] == int(6.5 * HOUR)
    assert capacity["Mia Manager", "18"] == 8 * HOUR
    assert capacity["Mia Manager", "19"] == 0


def test_a_running_entry_counts_until_now_and_the_day_has_no_end(office: Office) -> None:
    track(office.member, "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z")
    track(office.member, "2026-05-20T13:00:00Z", None)
    today: dict[str, Any] = {"dateRangeStart": "2026-05-20T00:00:00Z", "dateRangeEnd": "2026-05-20T23:59:59Z"}
    row = of(rows(office.owner, **today), office.member, "2026-05-20")
    assert row["hasRunningEntry"] is True
    assert row["totalDuration"] == 2 * HOUR
    assert (row["zonedStart"], row["zonedEnd"]) == ("2026-05-20T08:00:00", None)


def test_an_entry_belongs_to_the_day_of_its_start_in_the_reports_zone(office: Office) -> None:
    track(office.member, "2026-05-18T22:30:00Z", "2026-05-19T06:30:00Z")
    found = rows(office.owner, timeZone="Europe/Berlin")
    assert of(found, office.member)["totalDuration"] == 0
    row = of(found, office.member, "2026-05-19")
    assert row["totalDuration"] == 8 * HOUR
    assert (row["zonedStart"], row["zonedEnd"]) == ("2026-05-19T00:30:00", "2026-05-19T08:30:00")
    assert of(rows(office.owner), office.member)["zonedEnd"] == "2026-05-19T06:30:00"


def test_an_entry_of_ten_years_is_on_one_day(office: Office) -> None:
    track(office.member, "2016-05-23T08:00:00Z", "2026-05-19T08:00:00Z")
    range_ = {"dateRangeStart": "2016-05-22T00:00:00Z", "dateRangeEnd": "2016-05-24T00:00:00Z"}
    found = rows(office.owner, {"sortColumn": "END"}, **range_, timeZone="Europe/Berlin")
    assert found[0]["userId"] == office.member.id
    assert found[0]["totalDuration"] == 3648 * 24 * HOUR
    assert (found[0]["zonedStart"], found[0]["zonedEnd"]) == ("2016-05-23T10:00:00", "2026-05-19T10:00:00")
    assert [row["totalDuration"] for row in found[1:]] == [0] * 7


def test_a_day_on_which_clocks_change_is_one_day(office: Office) -> None:
    track(office.member, "2026-10-24T21:30:00Z", "2026-10-24T22:30:00Z")
    track(office.member, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")
    track(office.member, "2026-10-25T22:30:00Z", "2026-10-25T23:30:00Z")
    range_ = {"dateRangeStart": "2026-10-24T00:00:00Z", "dateRangeEnd": "2026-10-26T23:59:59Z"}
    found = rows(office.owner, {"sortColumn": "START"}, **range_, timeZone="Europe/Berlin")
    mine = {row["date"][:10]: row for row in found if row["userId"] == office.member.id}
    assert list(mine) == ["2026-10-25", "2026-10-24", "2026-10-26"]
    assert mine["2026-10-24"]["totalDuration"] == HOUR
    assert mine["2026-10-25"]["totalDuration"] == 2 * HOUR
    assert mine["2026-10-25"]["zonedStart"] == "2026-10-25T02:30:00"
    assert mine["2026-10-25"]["zonedEnd"] == "2026-10-26T00:30:00"
    assert mine["2026-10-26"]["zonedStart"] is None


def test_time_is_rounded_entry_by_entry_when_asked(office: Office) -> None:
    office.set(round={"round": "Round up to", "minutes": "15"})
    track(office.member, "2026-05-18T08:00:00Z", "2026-05-18T08:01:00Z")
    track(office.member, "2026-05-18T09:00:00Z", "2026-05-18T09:16:00Z")
    row = of(rows(office.owner, rounding=True), office.member)
    assert row["totalDuration"] == 45 * 60
    assert row["zonedEnd"] == "2026-05-18T09:16:00"
    assert of(rows(office.owner), office.member)["totalDuration"] == 17 * 60


def test_each_sees_the_people_whose_time_they_see(office: Office) -> None:
    office.set(only_admins_see_all_time_entries=True)
    assert {row["userId"] for row in rows(office.member)} == {office.member.id}
    assert {row["userId"] for row in rows(office.lead)} == {office.lead.id, office.member.id}
    assert len({row["userId"] for row in rows(office.admin)}) == 5
    office.set(only_admins_see_all_time_entries=False)
    assert len({row["userId"] for row in rows(office.member)}) == 5


def test_a_manager_of_a_project_sees_no_part_of_somebodys_day(office: Office) -> None:
    office.set(only_admins_see_all_time_entries=True)
    project = office.owner.post("/projects", {"name": "Bridge", "isPublic": True}).body["id"]
    office.grant(office.manager, "PROJECT_MANAGER", project)
    track(office.member, "2026-05-18T08:00:00Z", "2026-05-18T09:00:00Z", projectId=project)
    assert {row["userId"] for row in rows(office.manager)} == {office.manager.id}


def test_people_are_filtered_by_id_group_and_state(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Night shift"}).body["id"]
    assert office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id}).status == 200
    assert {row["userId"] for row in rows(office.owner, users={"ids": [office.member.id]})} == {office.member.id}
    others = rows(office.owner, users={"ids": [office.member.id], "contains": "DOES_NOT_CONTAIN"})
    assert {row["userId"] for row in others} == {office.owner.id, office.admin.id, office.manager.id}
    assert {row["userId"] for row in rows(office.owner, userGroups={"ids": [group]})} == {office.member.id}
    assert rows(office.owner, users={"ids": [], "status": "INACTIVE"}) == []


def test_people_are_filtered_by_what_fields_say_of_them(office: Office) -> None:
    field = {"name": "Size", "type": "NUMBER", "entityType": "USER"}
    size = office.owner.post("/custom-fields", field).body["id"]
    answer = office.owner.put(f"/users/{office.member.id}/custom-field/{size}/value", {"value": 44})
    assert answer.status in (200, 201)
    found = rows(office.owner, userCustomFields=[{"id": size, "value": 44}])
    assert {row["userId"] for row in found} == {office.member.id}
    assert rows(office.owner, userCustomFields=[{"id": size, "value": 45}]) == []


def test_inactive_people_have_rows_where_they_have_time_or_are_asked_for(office: Office) -> None:
    track(office.member, "2026-05-18T08:00:00Z", "2026-05-18T09:00:00Z")
    for person in (office.member, office.manager):
        changed = office.owner.put(f"/users/{person.id}", {"membershipStatus": "INACTIVE", "status": "INACTIVE"})
        assert changed.status == 200, changed
    assert {row["userId"] for row in rows(office.owner)} == {office.owner.id, office.admin.id, office.member.id}
    inactive = rows(office.owner, users={"status": "INACTIVE"})
    assert {row["userId"] for row in inactive} == {office.manager.id, office.member.id}
    named = rows(office.owner, users={"ids": [office.manager.id]})
    assert {row["userId"] for row in named} == {office.manager.id}


def test_other_filters_choose_the_entries_that_count(office: Office) -> None:
    track(office.member, "2026-05-18T08:00:00Z", "2026-05-18T09:00:00Z", description="Phone")
    track(office.member, "2026-05-18T10:00:00Z", "2026-05-18T12:00:00Z", description="Mail")
    row = of(rows(office.owner, description="mail"), office.member)
    assert (row["totalDuration"], row["zonedStart"]) == (2 * HOUR, "2026-05-18T10:00:00")


@pytest.fixture
def week(office: Office) -> Office:
    """Max works long on Monday and short on Tuesday; Mia has a break; Adam works into the night."""
    track(office.member, "2026-05-18T08:00:00Z", "2026-05-18T18:00:00Z")
    track(office.member, "2026-05-19T09:00:20Z", "2026-05-19T11:00:00Z")
    track(office.manager, "2026-05-18T10:00:00Z", "2026-05-18T11:00:00Z", type="BREAK")
    track(office.admin, "2026-05-19T20:00:00Z", "2026-05-20T02:00:00Z")
    return office


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"startFilters": [{"filtrationType": "EXACTLY", "value": "09:00"}]}, {"Max 19"}),
        ({"startFilters": [{"filtrationType": "SMALLER_THAN", "value": "10:00"}]}, {"Max 18", "Max 19"}),
        ({"endFilters": [{"filtrationType": "LARGER_THAN", "value": "17:59"}]}, {"Max 18", "Adam 19"}),
        ({"endFilters": [{"filtrationType": "EXACTLY", "value": "02:00"}]}, {"Adam 19"}),
        ({"breakFilters": [{"filtrationType": "EXACTLY", "value": "100"}]}, {"Mia 18"}),
        ({"workFilters": [{"filtrationType": "EXACTLY", "value": "199"}]}, {"Max 19"}),
        ({"workFilters": [{"filtrationType": "LARGER_THAN", "value": "199"}]}, {"Max 18", "Max 19", "Adam 19"}),
        (
            {
                "workFilters": [
                    {"filtrationType": "LARGER_THAN", "value": "0"},
                    {"filtrationType": "SMALLER_THAN", "value": "600"},
                ]
            },
            {"Max 19"},
        ),
        ({"overtimeFilters": [{"filtrationType": "LARGER_THAN", "value": "0"}]}, {"Max 18"}),
        ({"capacityFilters": [{"filtrationType": "SMALLER_THAN", "value": "800"}]}, set()),
        ({"hasTimeOff": True}, set()),
    ],
)
def test_days_are_filtered_by_what_they_hold(week: Office, filter_: dict[str, Any], expected: set[str]) -> None:
    found = rows(week.owner, filter_)
    assert {f"{row['userName'].split()[0]} {row['date'][8:10]}" for row in found} == expected


def test_days_without_time_off_are_all_days_without_it(week: Office) -> None:
    assert len(rows(week.owner, {"hasTimeOff": False})) == 8


@pytest.mark.parametrize(
    ("column", "order", "first"),
    [
        ("USER", "ASCENDING", ["Adam 18", "Adam 19"]),
        ("USER", "DESCENDING", ["Olivia 18", "Olivia 19"]),
        ("DATE", "DESCENDING", ["Adam 19", "Max 19"]),
        ("START", "ASCENDING", ["Max 18", "Max 19", "Mia 18", "Adam 19", "Adam 18"]),
        ("START", "DESCENDING", ["Adam 19", "Mia 18", "Max 19", "Max 18", "Adam 18"]),
        ("END", "DESCENDING", ["Adam 19", "Max 18"]),
        ("BREAK", "DESCENDING", ["Mia 18", "Adam 18"]),
        ("WORK", "DESCENDING", ["Max 18", "Adam 19", "Max 19", "Adam 18"]),
        ("CAPACITY", "ASCENDING", ["Adam 18", "Max 18"]),
        ("OVERTIME", "DESCENDING", ["Max 18", "Adam 18"]),
        ("TIME_OFF", "ASCENDING", ["Adam 18", "Max 18"]),
    ],
)
def test_rows_are_in_the_order_asked_for(week: Office, column: str, order: str, first: list[str]) -> None:
    found = rows(week.owner, {"sortColumn": column}, sortOrder=order)
    assert [f"{row['userName'].split()[0]} {row['date'][8:10]}" for row in found][: len(first)] == first


def test_rows_come_in_pages(office: Office) -> None:
    everything = rows(office.owner)
    pages = [rows(office.owner, {"page": page, "pageSize": 3}) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert [row for page in pages for row in page] == everything
    assert rows(office.owner, {"page": 1 << 62}) == []


def test_there_is_no_money_in_it(office: Office) -> None:
    answer = ask(office.owner, amounts=["EARNED", "COST"])
    assert list(answer.body) == ["entities"]
    assert b"amount" not in answer.content.lower()
    assert b"rate" not in answer.content.lower()


def test_it_says_what_it_used(office: Office) -> None:
    answer = ask(office.owner, timeZone="Asia/Tokyo")
    assert answer.headers["X-Hourbook-Time-Zone"] == "Asia/Tokyo"
    assert int(answer.headers["X-Hourbook-Revision"]) > 0


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"page": 0}, "attendanceFilter.page must be greater than or equal to 1"),
        ({"pageSize": 1001}, "attendanceFilter.pageSize must be between 1 and 1000"),
        ({"pageSize": 0}, "attendanceFilter.pageSize must be between 1 and 1000"),
        (
            {"startFilters": [{"filtrationType": "EXACTLY", "value": "25:00"}]},
            "attendanceFilter.startFilters needs a time like 08:30 as its value",
        ),
        (
            {"workFilters": [{"filtrationType": "EXACTLY", "value": "7:30"}]},
            "attendanceFilter.workFilters needs hours times 100 as its value, like 750 for 7:30",
        ),
        (
            {"workFilters": [{"filtrationType": "EXACTLY", "value": "1"}] * 21},
            "attendanceFilter.workFilters must have at most 20 conditions",
        ),
    ],
)
def test_bad_filters_are_refused(office: Office, filter_: dict[str, Any], message: str) -> None:
    answer = ask(office.owner, filter_)
    assert answer.refusal == REFUSED
    assert answer.message == message


@pytest.mark.parametrize(
    "filter_",
    [{"sortColumn": "AMOUNT"}, {"workFilters": [{"filtrationType": "ABOUT", "value": "1"}]}, {"workFilters": [{}]}],
)
def test_unknown_words_are_refused(office: Office, filter_: dict[str, Any]) -> None:
    assert ask(office.owner, filter_).refusal == UNREADABLE


def test_more_days_of_people_than_anybody_reads_are_refused(office: Office) -> None:
    answer = ask(office.owner, dateRangeStart="1970-01-01T00:00:00Z", dateRangeEnd="2999-12-31T00:00:00Z")
    assert answer.refusal == REFUSED
    assert "1000000" in answer.message


def test_a_reversed_range_is_refused(office: Office) -> None:
    assert ask(office.owner, dateRangeEnd="2026-05-17T00:00:00Z").refusal == REFUSED
