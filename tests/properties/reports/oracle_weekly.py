"""The naive oracle's weekly report: people and their projects, or the other way round, with their days."""

from collections import defaultdict
from datetime import date

from tests.properties.reports.book import Entry
from tests.properties.reports.oracle import Body, Question, all_of_whom, passes_people
from tests.properties.reports.oracle_detailed import name_of
from tests.properties.reports.oracle_summary import summary

LEVELS = {"USER": ["USER", "PROJECT"], "PROJECT": ["PROJECT", "USER"]}


def weekly(question: Question) -> Body:
    """The body of the weekly report: the rows of a summary by name, each with the days it has time on."""
    groups = LEVELS[question.body["weeklyFilter"]["group"]]
    question.body = question.body | {"summaryFilter": {"groups": groups}}
    rows = summary(question)["groupOne"]
    for row in rows:
        mine = _of(question.entries, groups[0], row["id"])
        row["days"] = _days(question, mine)
        for child in row["children"]:
            child["days"] = _days(question, _of(mine, groups[1], child["id"]))
    settings = question.book.settings
    return {
        "totals": question.totals(question.entries),
        "totalsByDay": _days(question, question.entries),
        "groupOne": rows,
        "usersWithoutTime": _without_time(question),
        "includeUsersWithoutTime": False,
        "decimalFormat": settings.get("duration_format") == "DECIMAL",
        "trackTimeDownToSeconds": settings.get("duration_format") != "COMPACT",
    }


def _of(entries: list[Entry], group: str, id_: str) -> list[Entry]:
    return [entry for entry in entries if getattr(entry, group.lower()) == id_]


def _days(question: Question, entries: list[Entry]) -> list[Body]:
    """Days without time are left out."""
    days: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        days[question.day(entry)].append(entry)
    sums = [(day.isoformat(), question.sum(found)) for day, found in sorted(days.items())]
    return [{"date": day, "duration": one.seconds, "amount": question.amount(one)} for day, one in sums]


def _without_time(question: Question) -> list[Body]:
    """Members who are asked for, active ones unless a state is, and all of whose time the reader may see."""
    book = question.book
    seen = all_of_whom(book, question.reader)
    asked = passes_people(book, question.reader, question.body)
    busy = {entry.user for entry in question.entries}
    ids = [one for one in book.members if seen(one) and one not in busy and asked(one)]
    rows = []
    for id_ in sorted(ids, key=lambda one: (name_of(book.users[one]).casefold(), one)):
        profile = book.user_settings(id_)
        rows.append(
            {
                "id": id_,
                "name": name_of(book.users[id_]),
                "email": book.users[id_]["email"],
                "dateFormat": profile.get("date_format", "MM/DD/YYYY"),
                "timeFormat": profile.get("time_format", "HOUR24"),
                "timeZone": profile.get("time_zone", "UTC"),
                "weekStart": profile.get("week_start", "MONDAY"),
            }
        )
    return rows
