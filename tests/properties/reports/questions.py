"""Random valid requests for reports, about a workspace as a book has it."""

import random
from datetime import datetime, timedelta
from typing import Any

from tests.properties.reports.book import Book
from tests.properties.reports.histories import DAY, HOUR, TEXTS, TURNS, ZONES
from tests.properties.reports.oracle_days import DAYS, wall

Body = dict[str, Any]
GROUPS = ("CLIENT", "PROJECT", "TASK", "USER", "USER_GROUP", "TAG", "DATE", "WEEK", "MONTH", "TIMEENTRY")
CONTAINS = ("CONTAINS", "CONTAINS", "DOES_NOT_CONTAIN", "CONTAINS_ONLY", None)
ARCHIVED = ("ALL", "ALL", "ACTIVE", "ARCHIVED", None)
PEOPLE = ("ALL", "ALL", "ACTIVE", "INACTIVE", "PENDING", "ACTIVE_WITH_PENDING", None)
AMOUNTS = ("EARNED", "COST", "PROFIT", "EXPORT", "HIDE_AMOUNT")
# What is written behind the wall clock says nothing.
OFFSETS = ("", "Z", ".000Z", ".999Z", "+05:00", "-0930", "+14")


class Questioner:
    """Draws questions about one book."""

    def __init__(self, book: Book, chance: random.Random) -> None:
        self.book, self.chance = book, chance

    def common(self) -> Body:
        """What all reports over time have in common: range, zone, filters, money."""
        chance = self.chance
        zone = chance.choice([None, *ZONES])
        body = self.range(zone or "UTC")
        optional: Body = {
            "timeZone": zone,
            "weekStart": chance.choice([None, *DAYS]),
            "rounding": chance.choice([None, True, True, False]),
            "amountShown": chance.choice([None, *AMOUNTS[:3], *AMOUNTS]),
            "amounts": chance.choice([None, [], chance.sample(AMOUNTS[:4], chance.randint(1, 4))]),
            "sortOrder": chance.choice([None, "ASCENDING", "DESCENDING"]),
        }
        body |= {name: value for name, value in optional.items() if value is not None}
        for _ in range(chance.choice([0, 0, 1, 1, 2, 3, 5])):
            body |= self.filter()
        return body

    def summary(self) -> Body:
        chance, body = self.chance, self.common()
        own: Body = {"groups": chance.sample(GROUPS, chance.choice([1, 1, 2, 2, 3]))}
        column = chance.choice([None, "GROUP", "GROUP", "DURATION", "AMOUNT", "EARNED", "COST", "PROFIT"])
        return body | {"summaryFilter": own | ({"sortColumn": column} if column else {})}

    def detailed(self) -> Body:
        chance, body = self.chance, self.common()
        columns = ["ID", "DESCRIPTION", "USER", "DURATION", "DATE", "ZONED_DATE", "NATURAL", "USER_DATE"]
        optional: Body = {
            "page": chance.choice([None, 1, 1, 2, 3, 1000]),
            "pageSize": chance.choice([None, 1, 7, 50, 200, 1000]),
            "sortColumn": chance.choice([None, *columns]),
            "options": chance.choice([None, {}, {"totals": "CALCULATE"}, {"totals": "EXCLUDE"}]),
            "auditFilter": chance.choice([None, None, None, self._audit()]),
        }
        own = {name: value for name, value in optional.items() if value is not None}
        return body | ({"detailedFilter": own} if own or chance.random() < 0.5 else {})

    def _audit(self) -> Body:
        chance = self.chance
        found: Body = {}
        for name in ("withoutProject", "withoutTask"):
            if chance.random() < 0.3:
                found[name] = chance.random() < 0.7
        if chance.random() < 0.6:
            found |= {"duration": chance.choice([0, 60, 900, 3600]), "durationShorter": chance.random() < 0.5}
        return found

    def weekly(self) -> Body:
        """Seven days that begin anywhere."""
        chance, body = self.chance, self.common()
        first = wall(self._moment(), body.get("timeZone", "UTC")).replace(hour=0, minute=0, second=0)
        first -= timedelta(days=chance.randint(0, 6))
        last = first + chance.choice([timedelta(days=7), timedelta(days=7, seconds=-1)])
        body |= {"dateRangeStart": first.isoformat() + "Z", "dateRangeEnd": last.isoformat() + ".000Z"}
        return body | {"weeklyFilter": {"group": chance.choice(["USER", "PROJECT"])}}

    def attendance(self) -> Body:
        """Of at most some weeks: it has a row for each person and day."""
        chance, body = self.chance, self.common()
        first = wall(self._moment(), body.get("timeZone", "UTC"))
        last = first + timedelta(seconds=chance.choice([0, HOUR, DAY, 7 * DAY, 20 * DAY]))
        if chance.random() < 0.7:
            first, last = (one.replace(hour=0, minute=0, second=0) for one in (first, last))
            last -= timedelta(seconds=chance.choice([0, 1])) if last > first else timedelta(0)
        body |= {"dateRangeStart": first.isoformat() + "Z", "dateRangeEnd": last.isoformat()}
        columns = ["USER", "DATE", "START", "END", "BREAK", "WORK", "CAPACITY", "OVERTIME", "TIME_OFF"]
        optional: Body = {
            "page": chance.choice([None, 1, 2]),
            "pageSize": chance.choice([None, 3, 200, 1000]),
            "sortColumn": chance.choice([None, *columns]),
            "hasTimeOff": chance.choice([None, None, None, None, True, False]),
        }
        own = {name: value for name, value in optional.items() if value is not None}
        for name in chance.sample(
            ["start", "end", "break", "work", "capacity", "overtime"], chance.choice([0, 0, 0, 1, 2])
        ):
            value = chance.choice(["08:00", "00:00", "12:30"] if name in ("start", "end") else ["0", "25", "800", "1"])
            way = chance.choice(["EXACTLY", "LARGER_THAN", "SMALLER_THAN"])
            own[f"{name}Filters"] = [{"filtrationType": way, "value": value}]
        return body | ({"attendanceFilter": own} if own else {})

    # --- ranges

    def range(self, zone: str) -> Body:
        """From some time to some other; often all there is, days, or the very second of an entry."""
        start, end = self._edges(zone)
        written = [one.isoformat() + self.chance.choice(OFFSETS) for one in (start, end)]
        if self.chance.random() < 0.05:
            written = [one.date().isoformat() for one in (start, end)]
        return {"dateRangeStart": written[0], "dateRangeEnd": written[1]}

    def _edges(self, zone: str) -> tuple[datetime, datetime]:
        chance = self.chance
        kind = chance.random()
        if kind < 0.4:
            last = datetime(chance.choice([2027, 2200]), 12, 31, 23, 59, 59)
            return datetime(chance.choice([1969, 2009]), 1, 1), last
        near = wall(self._moment(), zone)
        if kind < 0.7:
            start = near.replace(hour=0, minute=0, second=0) - timedelta(days=chance.choice([0, 0, 1, 6, 30]))
            end = start + timedelta(days=chance.choice([1, 1, 7, 31, 400]))
            return start, end - timedelta(seconds=chance.choice([0, 1, 1]))
        other = wall(self._moment(), zone)
        if kind < 0.85:
            other = near + timedelta(seconds=chance.choice([0, 1, 1800, HOUR, 2 * HOUR, DAY]))
        return min(near, other), max(near, other)

    def _moment(self) -> int:
        if self.book.entries and self.chance.random() < 0.7:
            return self.chance.choice(self.book.entries).start + self.chance.choice([-1, 0, 0, 1])
        return self.chance.choice(TURNS) + self.chance.choice([0, 1, -1, 600, -600, HOUR, -HOUR, 5 * HOUR])

    # --- filters

    def filter(self) -> Body:
        chance, book = self.chance, self.book
        name = chance.choice(
            ["clients", "projects", "tasks", "tags", "tags", "users", "userGroups", "currency", "billable"]
            + ["invoicingState", "approvalState", "description", "description", "withoutDescription", "archived"]
            + ["customFields", "userCustomFields"]
        )
        things: dict[str, Any] = {"clients": book.clients, "projects": book.projects, "tasks": book.tasks}
        things |= {"tags": book.tags, "users": book.users, "userGroups": book.groups}
        if name in things:
            return {name: self._named(list(things[name]), people=name in ("users", "userGroups"), tags=name == "tags")}
        if name == "currency":
            return {name: self._named([*book.currencies, *book.currencies.values()], people=False)}
        if name in ("customFields", "userCustomFields"):
            kind = "TIMEENTRY" if name == "customFields" else "USER"
            fields = {id_: one["type"] for id_, one in book.fields.items() if one["entity_type"] == kind}
            chosen = chance.sample(sorted(fields), min(len(fields), chance.randint(1, 2)))
            return {name: [self._field_filter(id_, fields[id_]) for id_ in chosen] + self._strange_filter()}
        values: Body = {
            "billable": [True, False],
            "invoicingState": ["INVOICED", "UNINVOICED", "ALL"],
            "approvalState": ["ALL", "UNAPPROVED", "UNAPPROVED", "UNAPPROVED", "APPROVED"],
            "description": [text[: chance.randint(0, 6)] for text in TEXTS] + ["STRASSE", "ss", "%", "_", "ä"],
            "withoutDescription": [True, False],
            "archived": [True, False],
        }
        return {name: chance.choice(values[name])}

    def _field_filter(self, id_: str, kind: str) -> Body:
        chance = self.chance
        found: Body = {"id": id_, "type": kind}
        if chance.random() < 0.3:
            found["isEmpty"] = chance.random() < 0.5
        values: Body = {"TXT": ["", "plan", "ss", "done_"], "NUMBER": [0, -1, 2.5, 3], "CHECKBOX": [True, False]}
        values |= {
            "DROPDOWN_SINGLE": [["red"], ["blue", "gone"], []],
            "DROPDOWN_MULTIPLE": [["red"], ["green", "blue"]],
        }
        if chance.random() < 0.9:
            found["value"] = chance.choice(values.get(kind, ["x"]))
        if kind == "NUMBER" and chance.random() < 0.7:
            found["numberCondition"] = chance.choice(["EQUAL", "GREATER_THAN", "LESS_THAN"])
        return found

    def _strange_filter(self) -> list[Body]:
        """Now and then a field that is not there."""
        return [{"id": "f" * 24, "value": "x"}] if self.chance.random() < 0.1 else []

    def _named(self, ids: list[str], *, people: bool, tags: bool = False) -> Body:
        """Some of the ids, some that are nothing here, and the one for none."""
        chance = self.chance
        known = chance.sample(ids, min(len(ids), chance.choice([0, 0, 1, 1, 2, 4])))
        strange = [one for one in ("", "f" * 24, "no id") if chance.random() < 0.12]
        found: Body = {"ids": known + strange}
        contains, status = chance.choice(CONTAINS), chance.choice(PEOPLE if people else ARCHIVED)
        if contains is not None:
            found["containedInTimeentry" if tags and chance.random() < 0.3 else "contains"] = contains
        if status is not None:
            found["status"] = status
        if chance.random() < 0.05:
            del found["ids"]
        return found
