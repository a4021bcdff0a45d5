"""The naive oracle's attendance: what each person did on each day of the range, beside their capacity."""

import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.properties.reports.book import Entry
from tests.properties.reports.oracle import Body, Question, all_of_whom, passes_people
from tests.properties.reports.oracle_days import DAYS, range_of, wall
from tests.properties.reports.oracle_detailed import name_of

FILTERS = {"break": "break", "work": "totalDuration", "capacity": "capacity", "overtime": "overtime"}
COLUMNS = {"BREAK": "break", "WORK": "totalDuration", "CAPACITY": "capacity", "OVERTIME": "overtime"}
ABSENT = ("HOLIDAY", "TIME_OFF")


def attendance(question: Question) -> Body:
    """The body of the attendance report."""
    own = question.body.get("attendanceFilter", {})
    people = _people(question)
    by_cell: dict[tuple[str, date], list[Entry]] = defaultdict(list)
    for entry in question.entries:
        by_cell[entry.user, question.day(entry)].append(entry)
    rows = [_row(question, user, day, by_cell[user, day]) for day in _days(question) for user in people]
    rows = [row for row in rows if _passes(own, row)]
    column = own.get("sortColumn", "USER")
    places = {user: place for place, user in enumerate(people)}
    rows = _sorted(rows, _key(column, places), is_descending=question.body.get("sortOrder") == "DESCENDING")
    page, size = own.get("page", 1), own.get("pageSize", 50)
    return {"entities": rows[(page - 1) * size : page * size]}


def _people(question: Question) -> list[str]:
    """Active members and who is asked for or has time, as far as the reader may see all of their time; by name."""
    book, asked = question.book, passes_people(question.book, question.reader, question.body, all_states=True)
    users = question.body.get("users", {})
    is_named = bool(users.get("ids")) and users.get("contains") != "DOES_NOT_CONTAIN"
    is_named = is_named or users.get("status", "ALL") != "ALL"
    busy = {entry.user for entry in question.entries}
    seen = all_of_whom(book, question.reader)
    found = [
        one
        for one in book.members.keys() | busy
        if (is_named or one in busy or book.members[one]["status"] == "ACTIVE") and asked(one) and seen(one)
    ]
    return sorted(found, key=lambda one: (name_of(book.users[one]).casefold(), one))


def _days(question: Question) -> list[date]:
    """The days of which the zone has a second within the range."""
    first, last = range_of(question.body)
    days = [first.date() + timedelta(days=number) for number in range((last.date() - first.date()).days + 1)]
    midnights = {day: datetime(day.year, day.month, day.day) for day in days}
    return [
        day
        for day, midnight in midnights.items()
        if _has_a_second(max(first, midnight), min(last, midnight + timedelta(days=1, seconds=-1)), question.zone)
    ]


def _has_a_second(low: datetime, high: datetime, zone: str) -> bool:
    """Whether clocks in the zone show anything from `low` to `high`, which are of one day; they skip whole minutes."""
    minutes = range(1, 24 * 60)
    between = (low.replace(second=0) + timedelta(minutes=number) for number in minutes)
    return any(_exists(one, zone) for one in itertools.chain((low, high), between) if one <= high)


def _exists(shown: datetime, zone: str) -> bool:
    """Whether clocks in the zone ever show this."""
    aware = shown.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == shown


def _row(question: Question, user: str, day: date, entries: list[Entry]) -> Body:
    book = question.book
    seconds: dict[str, int] = defaultdict(int)
    for entry in entries:
        kind = "off" if entry.type in ABSENT else "break" if entry.type == "BREAK" else "work"
        seconds[kind] += question.seconds(entry)
    there = [entry for entry in entries if entry.type not in ABSENT]
    is_running = any(entry.end is None for entry in entries)
    start = min((entry.start for entry in there), default=None)
    end = max((entry.start + question.tracked(entry) for entry in there), default=None)
    capacity = _capacity(question, user, day)
    shown = [None if one is None else wall(one, question.zone).isoformat() for one in (start, end)]
    return {
        "userId": user,
        "userName": name_of(book.users[user]),
        "imageUrl": book.users[user]["profile_picture"],
        "date": f"{day.isoformat()}T00:00:00.000Z",
        "zonedStart": shown[0],
        "zonedEnd": None if is_running else shown[1],
        "startTime": shown[0],
        "endTime": None if is_running else shown[1],
        "break": seconds["break"],
        "capacity": capacity,
        "overtime": max(seconds["work"] - capacity, 0),
        "remainingCapacity": capacity - seconds["work"],
        "timeOff": seconds["off"],
        "totalDuration": seconds["work"],
        "hasRunningEntry": is_running,
    }


def _capacity(question: Question, user: str, day: date) -> int:
    book = question.book
    member = book.members.get(user, {})
    working = json.loads(member.get("working_days") or "null")
    if working is None:
        working = book.settings.get("working_days", DAYS[:5])
    return (member.get("work_capacity_seconds") or 8 * 3600) if DAYS[day.weekday()] in working else 0


def _clock(row: Body, name: str) -> int | None:
    """Seconds after the day's midnight on the clock; more than a day's when it ends on another."""
    if row[name] is None:
        return None
    return int((datetime.fromisoformat(row[name]) - datetime.fromisoformat(row["date"][:19])).total_seconds())


def _passes(own: Body, row: Body) -> bool:
    tests = [_holds(one, row[key]) for name, key in FILTERS.items() for one in own.get(f"{name}Filters", ())]
    for name, key in (("start", "zonedStart"), ("end", "zonedEnd")):
        tests += [_holds_clock(one, _clock(row, key)) for one in own.get(f"{name}Filters", ())]
    if "hasTimeOff" in own:
        tests.append((row["timeOff"] > 0) is own["hasTimeOff"])
    return all(tests)


def _holds(one: Body, seconds: int) -> bool:
    """Hours times a hundred; equal is what is shown with two decimals, half up."""
    hundredths = Fraction(seconds, 36)
    if one["filtrationType"] == "EXACTLY":
        return (hundredths + Fraction(1, 2)) // 1 == int(one["value"])
    return _compared(one, hundredths, int(one["value"]))


def _holds_clock(one: Body, seconds: int | None) -> bool:
    hours, minutes = map(int, one["value"].split(":"))
    if seconds is None:
        return False
    if one["filtrationType"] == "EXACTLY":
        return seconds // 60 % (24 * 60) == hours * 60 + minutes
    return _compared(one, seconds // 60, hours * 60 + minutes)


def _compared(one: Body, value: Fraction | int, than: int) -> bool:
    return value > than if one["filtrationType"] == "LARGER_THAN" else value < than


def _key(column: str, places: dict[str, int]) -> Callable[[Body], Any]:
    if column in ("START", "END"):
        return lambda row: _clock(row, f"zoned{column.title()}")
    if column in ("USER", "DATE"):
        return lambda row: places[row["userId"]] if column == "USER" else row["date"]
    return lambda row: row[COLUMNS.get(column, "timeOff")]


def _sorted(rows: list[Body], key: Callable[[Body], Any], *, is_descending: bool) -> list[Body]:
    """By the column; equal ones by day, then by person, as they came. What has nothing there comes last."""
    known, unknown = [row for row in rows if key(row) is not None], [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=is_descending) + unknown
