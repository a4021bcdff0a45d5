"""POST .../reports/summary: which moments a range is about, in which zone, and its days and weeks."""

from typing import Any

import pytest

from tests.harness import REFUSED, UNREADABLE, Answer, Office, Person
from tests.resources.reports.reporting import ask, make, summary, times, track


def put_zone(person: Person, zone: str, **more: Any) -> None:
    answer = person.raw("PATCH", "/api/hourbook/v1/user/settings", {"timeZone": zone, **more})
    assert answer.status == 200, answer


def at(person: Person, start: str, seconds: int = 1, **more: Any) -> None:
    """An entry of a second that begins at an instant, known by it."""
    from hourbook.core.calendar import format_instant, parse_instant

    end = format_instant(parse_instant(start) + seconds)
    answer = person.post("/time-entries", {"start": start, "end": end, "description": start, **more})
    assert answer.status == 201, answer


def within(person: Person, start: str, end: str, zone: str | None = None, **more: Any) -> list[str]:
    """The instants of the entries in a range."""
    asked = {"dateRangeStart": start, "dateRangeEnd": end, "timeZone": zone, **more}
    return [row["name"] for row in summary(person, ["TIMEENTRY"], **asked)["groupOne"]]


def days(person: Person, start: str, end: str, zone: str, group: str = "DATE", **more: Any) -> list[Any]:
    return times(person, [group], dateRangeStart=start, dateRangeEnd=end, timeZone=zone, **more)


# --- reading a range -------------------------------------------------------------------------------


def test_a_range_is_wall_clock_in_the_zone_of_the_report(office: Office) -> None:
    """The recorded window: a Z pins nothing (detailed-date-window)."""
    instant = "2026-08-07T22:15:00Z"
    at(office.owner, instant)
    window = ("2026-08-08T00:00:00Z", "2026-08-08T01:00:00Z")
    recorded = {
        "Europe/Belgrade": [instant],
        "UTC": [],
        "Pacific/Auckland": [],
        "America/Los_Angeles": [],
    }
    for zone, expected in recorded.items():
        assert within(office.owner, *window, zone) == expected, zone
    assert within(office.owner, "2026-08-07T22:00:00Z", "2026-08-07T23:00:00Z", "UTC") == [instant]
    assert within(office.owner, "2026-08-07T15:00:00", "2026-08-07T16:00:00", "America/Los_Angeles") == [instant]


@pytest.mark.parametrize("offset", ["", "Z", "z", ".000Z", ".999", "+05:30", "-0800", "+14", ",5Z"])
def test_whatever_offset_is_written_says_nothing(office: Office, offset: str) -> None:
    at(office.owner, "2026-05-04T09:00:00Z")
    at(office.owner, "2026-05-04T10:00:00Z")
    at(office.owner, "2026-05-04T10:00:01Z")
    found = within(office.owner, f"2026-05-04T09:00:00{offset}", f"2026-05-04T10:00:00{offset}")
    assert found == ["2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"]


def test_the_zone_and_the_week_are_those_of_whoever_asks(office: Office) -> None:
    at(office.owner, "2026-05-03T12:30:00Z")
    put_zone(office.owner, "Pacific/Auckland", weekStart="SUNDAY")
    answer = ask(office.owner, ["DATE"])
    assert [row["name"] for row in answer.body["groupOne"]] == ["2026-05-04"]
    assert answer.headers["X-Hourbook-Time-Zone"] == "Pacific/Auckland"
    assert answer.headers["X-Hourbook-Week-Start"] == "SUNDAY"
    assert times(office.owner, ["WEEK"]) == [("2026-05-03", 1)]
    assert times(office.owner, ["WEEK"], weekStart="TUESDAY", dateRangeStart="2026-04-01") == [("2026-04-28", 1)]
    assert times(office.owner, ["DATE"], timeZone="") == [("2026-05-04", 1)]
    assert times(office.admin, ["DATE"]) == [("2026-05-03", 1)]


def test_a_midnight_at_the_end_belongs_to_the_next_day_and_any_other_second_counts(office: Office) -> None:
    for instant in ("2026-05-04T23:59:59Z", "2026-05-05T00:00:00Z", "2026-05-05T00:00:01Z"):
        at(office.owner, instant)
    day = "2026-05-04T00:00:00Z"
    assert within(office.owner, day, "2026-05-05T00:00:00Z") == ["2026-05-04T23:59:59Z"]
    assert within(office.owner, day, "2026-05-04T23:59:59.999Z") == ["2026-05-04T23:59:59Z"]
    assert within(office.owner, day, "2026-05-04T23:59:58Z") == []
    assert within(office.owner, day, "2026-05-05T00:00:01Z") == [
        "2026-05-04T23:59:59Z",
        "2026-05-05T00:00:00Z",
        "2026-05-05T00:00:01Z",
    ]
    # One moment is that second.
    assert within(office.owner, "2026-05-05T00:00:00", "2026-05-05T00:00:00") == ["2026-05-05T00:00:00Z"]


def test_a_date_alone_is_all_of_its_day(office: Office) -> None:
    for instant in ("2026-05-03T23:59:59Z", "2026-05-04T00:00:00Z", "2026-05-04T23:59:59Z", "2026-05-05T00:00:00Z"):
        at(office.owner, instant)
    one_day = ["2026-05-04T00:00:00Z", "2026-05-04T23:59:59Z"]
    assert within(office.owner, "2026-05-04", "2026-05-04") == one_day
    assert within(office.owner, "2026-05-04T00:00", "2026-05-04") == one_day
    assert within(office.owner, "2026-05-04T12:00:00Z", "2026-05-04") == one_day[1:]


def test_an_entry_belongs_to_the_day_of_its_start(office: Office) -> None:
    at(office.owner, "2026-05-04T23:00:00Z", 7200)
    assert within(office.owner, "2026-05-05", "2026-05-05") == []
    assert times(office.owner, ["DATE"], dateRangeEnd="2026-05-04") == [("2026-05-04", 7200)]


def test_words_for_ranges_do_not_change_dates_that_are_given(office: Office) -> None:
    at(office.owner, "2026-05-04T09:00:00Z")
    for word in ("TODAY", "LAST_YEAR", "PAST_TWO_WEEKS", "ABSOLUTE"):
        assert len(times(office.owner, dateRangeType=word)) == 1


def test_centuries_are_a_range_too(office: Office) -> None:
    instants = ["1970-01-01T00:00:00Z", "2026-05-04T09:00:00Z", "2999-12-31T23:59:58Z"]
    for instant in instants:
        at(office.owner, instant)
    for start, end in (
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01", "9999-12-31"),
        ("1969-12-30T00:00:00Z", "3000-01-02T00:00:00Z"),
    ):
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
            assert within(office.owner, start, end, zone) == instants, (start, end, zone)
            for group in ("DATE", "WEEK", "MONTH"):
                assert len(days(office.owner, start, end, zone, group)) == 3
    assert within(office.owner, "1926-01-01T00:00:00Z", "2126-01-01T00:00:00Z") == instants[:2]
    assert within(office.owner, "0001-01-01", "0001-01-01") == []
    assert within(office.owner, "9999-12-31", "9999-12-31") == []


# --- what is no range ------------------------------------------------------------------------------


def refused(office: Office, **asked: Any) -> Answer:
    answer = ask(office.owner, **asked)
    assert answer.refusal == REFUSED, answer
    return answer


def test_a_reversed_range_is_refused(office: Office) -> None:
    answer = refused(office, dateRangeStart="2026-05-05T00:00:00Z", dateRangeEnd="2026-05-04T23:59:59+09:00")
    assert answer.message == "dateRangeStart 2026-05-05T00:00:00 is after dateRangeEnd 2026-05-04T23:59:59"
    assert refused(office, dateRangeStart="9999-01-01", dateRangeEnd="0001-01-01").message.endswith(
        "is after dateRangeEnd 0001-01-01T00:00:00"
    )
    refused(office, dateRangeStart="2026-05-05", dateRangeEnd="2026-05-04")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "today",
        "2026",
        "2026-05",
        "2026-5-4",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "0000-01-01",
        "2026-05-04T24:00:00Z",
        "2026-05-04T23:60:00Z",
        "2026-05-04T10",
        "10000-01-01",
        "-2026-05-04",
        "2026-05-04T10:00:00 Europe/Berlin",
        "2026-05-04T10:00:00Zulu",
        "٢٠٢٦-٠٥-٠٤",
        "1779285600",
        "2026-05-04T10:00:00." + "9" * 10_000,
    ],
)
@pytest.mark.parametrize("name", ["dateRangeStart", "dateRangeEnd"])
def test_what_is_no_moment_is_refused(office: Office, name: str, text: str) -> None:
    assert refused(office, **{name: text}).message == f"{name} must be a date and time like 2026-05-20T14:00:00Z"


@pytest.mark.parametrize("value", [None, 5, True, [], {}])
@pytest.mark.parametrize("name", ["dateRangeStart", "dateRangeEnd"])
def test_both_ends_are_required_as_text(office: Office, name: str, value: Any) -> None:
    answer = ask(office.owner, **{name: value})
    assert answer.refusal == UNREADABLE
    assert name in answer.message


def test_a_missing_end_is_refused_by_name(office: Office) -> None:
    for name, other in (("dateRangeStart", "dateRangeEnd"), ("dateRangeEnd", "dateRangeStart")):
        answer = office.owner.report("/reports/summary", {other: "2026-05-04", "summaryFilter": {"groups": ["USER"]}})
        assert answer.refusal == UNREADABLE
        assert name in answer.message


@pytest.mark.parametrize(
    "zone",
    [
        "Europe",
        "localtime",
        "Nowhere/City",
        "posixrules",
        "../../etc/passwd",
        "Europe/Berlin\n",
        " ",
        "+02:00",
        "x" * 999,
    ],
)
def test_a_zone_that_does_not_exist_is_refused(office: Office, zone: str) -> None:
    message = refused(office, timeZone=zone).message
    assert message == f"timeZone {zone[:64]} is unknown; it must be a time zone like Europe/Berlin"


# --- clock changes ---------------------------------------------------------------------------------

# Clocks in Berlin go from 02:00 to 03:00 on 29 March and from 03:00 back to 02:00 on 25 October 2026.
SPRING, AUTUMN = "2026-03-29", "2026-10-25"


def test_days_of_23_and_25_hours_are_whole(office: Office) -> None:
    for instant in (
        "2026-03-28T22:59:59Z",
        "2026-03-28T23:00:00Z",
        "2026-03-29T21:59:59Z",
        "2026-03-29T22:00:00Z",
        "2026-10-24T21:59:59Z",
        "2026-10-24T22:00:00Z",
        "2026-10-25T22:59:59Z",
        "2026-10-25T23:00:00Z",
    ):
        at(office.owner, instant)
    found = days(office.owner, "2026-03-01", "2026-10-31", "Europe/Berlin")
    assert found == [
        ("2026-03-28", 1),
        ("2026-03-29", 2),
        ("2026-03-30", 1),
        ("2026-10-24", 1),
        ("2026-10-25", 2),
        ("2026-10-26", 1),
    ]
    for day in (SPRING, AUTUMN):
        for end in (day, f"{day}T23:59:59", f"{day[:-2]}{int(day[-2:]) + 1:02}T00:00:00"):
            assert len(within(office.owner, f"{day}T00:00:00", end, "Europe/Berlin")) == 2


def test_a_range_in_a_gap_begins_and_ends_at_the_gap(office: Office) -> None:
    before, after = "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"
    for instant in (before, after, "2026-03-29T01:29:59Z", "2026-03-29T01:30:00Z"):
        at(office.owner, instant)
    zone = "Europe/Berlin"
    assert within(office.owner, f"{SPRING}T01:59:59", f"{SPRING}T02:30:00", zone) == [before]
    assert within(office.owner, f"{SPRING}T02:30:00", f"{SPRING}T03:00:00", zone) == [after]
    assert within(office.owner, f"{SPRING}T02:10:00", f"{SPRING}T02:50:00", zone) == []


def test_a_range_over_hours_that_come_twice_has_what_the_clocks_show(office: Office) -> None:
    first, second = "2026-10-25T00:10:00Z", "2026-10-25T01:10:00Z"
    late, later = "2026-10-25T00:50:00Z", "2026-10-25T01:50:00Z"
    for instant in (first, second, late, later, "2026-10-25T02:10:00Z"):
        at(office.owner, instant)
    zone = "Europe/Berlin"
    # All clocks that show 02:00:00 to 02:30:00, both times.
    assert within(office.owner, f"{AUTUMN}T02:00:00", f"{AUTUMN}T02:30:00", zone) == [first, second]
    assert within(office.owner, f"{AUTUMN}T02:30:00", f"{AUTUMN}T02:59:59", zone) == [late, later]
    assert within(office.owner, f"{AUTUMN}T02:30:00", f"{AUTUMN}T03:30:00", zone) == [
        late,
        later,
        "2026-10-25T02:10:00Z",
    ]
    assert within(office.owner, f"{AUTUMN}T01:30:00", f"{AUTUMN}T02:30:00", zone) == [first, second]


def test_a_day_whose_midnight_comes_twice_or_never_is_whole(office: Office) -> None:
    """Havana goes back from 01:00 to 00:00 on 1 November 2026 and on from 00:00 to 01:00 on 8 March."""
    zone = "America/Havana"
    autumn = ["2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z", "2026-11-02T04:59:59Z"]
    spring = ["2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"]
    for instant in (*autumn, *spring):
        at(office.owner, instant)
    assert within(office.owner, "2026-11-01", "2026-11-01", zone) == autumn[1:]
    assert within(office.owner, "2026-10-31T00:00:00", "2026-11-01T00:00:00", zone) == autumn[:1]
    assert within(office.owner, "2026-03-08T00:00:00", "2026-03-08T23:59:59", zone) == spring[1:]
    assert within(office.owner, "2026-03-07T00:00:00", "2026-03-08T00:00:00", zone) == spring[:1]
    assert days(office.owner, "2026-11-01", "2026-11-02", zone) == [("2026-11-01", 3)]
    assert days(office.owner, "2026-03-07", "2026-03-08", zone) == [("2026-03-07", 1), ("2026-03-08", 2)]


def test_a_day_that_a_zone_left_out_has_no_row(office: Office) -> None:
    """Samoa had no 30 December 2011."""
    at(office.owner, "2011-12-30T09:59:59Z")
    at(office.owner, "2011-12-30T10:00:00Z")
    found = days(office.owner, "2011-12-29", "2011-12-31", "Pacific/Apia")
    assert found == [("2011-12-29", 1), ("2011-12-31", 1)]
    assert days(office.owner, "2011-12-30", "2011-12-30", "Pacific/Apia") == []


# --- weeks and months ------------------------------------------------------------------------------


def test_weeks_begin_on_any_day_and_months_on_the_first(office: Office) -> None:
    for day in (3, 4, 9, 10, 31):
        track(office.owner, day, minutes=day)
    sunday, monday, saturday = "SUNDAY", "MONDAY", "SATURDAY"
    assert times(office.owner, ["WEEK"], weekStart=monday) == [
        ("2026-04-27", 180),
        ("2026-05-04", 240 + 540 + 600),
        ("2026-05-25", 1860),
    ]
    assert times(office.owner, ["WEEK"], weekStart=sunday) == [
        ("2026-05-03", 180 + 240 + 540),
        ("2026-05-10", 600),
        ("2026-05-31", 1860),
    ]
    assert [row[0] for row in times(office.owner, ["WEEK"], weekStart=saturday)] == [
        "2026-05-02",
        "2026-05-09",
        "2026-05-30",
    ]
    at(office.owner, "2026-05-31T23:59:59Z")
    found = days(office.owner, "2026-05-01", "2026-06-30", "Europe/Berlin", "MONTH")
    assert found == [("2026-05", (3 + 4 + 9 + 10 + 31) * 60), ("2026-06", 1)]


def test_a_row_has_only_what_lies_in_the_range(office: Office) -> None:
    project = make(office, "/projects", name="Web", isPublic=True)
    track(office.owner, 4, 10, projectId=project)
    track(office.owner, 5, 20, projectId=project)
    asked = {"dateRangeStart": "2026-05-05", "dateRangeEnd": "2026-05-05"}
    assert times(office.owner, ["WEEK", "PROJECT"], **asked) == [("2026-05-04", 1200, [("Web", 1200)])]
    assert times(office.owner, ["MONTH", "DATE"], **asked) == [("2026-05", 1200, [("2026-05-05", 1200)])]
