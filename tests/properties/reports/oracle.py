"""The naive oracle of reports: what they must say, one entry after the other.

Written from the words of the published contract and of the roles, and of nothing in `src`: no arrays, no
shortcuts, exact fractions. It uses the zones of the machine and Python's own calendar. What it says
and a report does not is a mistake of one of them; the words decide which.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from tests.properties.reports.book import Book, Entry
from tests.properties.reports.oracle_days import range_of, wall

MONEY = ("EARNED", "COST", "PROFIT")
WITHOUT = {"CLIENT": "client", "PROJECT": "project", "TASK": "task", "TAG": "tag", "USER_GROUP": "group"}
Body = dict[str, Any]
Test = Callable[[Entry], bool]


# --- who sees what (roles.md) -----------------------------------------------------------------------


def is_admin(book: Book, reader: str) -> bool:
    return any(one["user_id"] == reader and one["role"] in ("OWNER", "WORKSPACE_ADMIN") for one in book.grants)


def managed(book: Book, reader: str, role: str) -> set[str]:
    """Projects or people somebody manages; those of a group are whoever is in it now."""
    found: set[str] = set()
    for one in book.grants:
        if (one["user_id"], one["role"]) == (reader, role):
            in_group = {user for user, groups in book.groups_of.items() if one["entity_id"] in groups}
            found |= in_group if one["source_type"] else {one["entity_id"]}
    return found


def manages_any(book: Book, reader: str) -> bool:
    return bool(managed(book, reader, "PROJECT_MANAGER") | managed(book, reader, "TEAM_MANAGER"))


def has_reports(book: Book, reader: str) -> bool:
    """Active members, as set 8 says; managers keep reports."""
    if book.members.get(reader, {}).get("status") != "ACTIVE":
        return False
    return (
        is_admin(book, reader)
        or manages_any(book, reader)
        or "REPORTS" not in book.settings.get("admin_only_pages", ())
    )


def sees(book: Book, reader: str) -> Test:
    """Own time; that of managed projects and people; others' as sets 1 and 2 say."""
    only_admins = book.settings.get("only_admins_see_all_time_entries", True)
    not_public = book.settings.get("only_admins_see_public_projects_entries", True)
    if is_admin(book, reader) or not only_admins:
        return lambda entry: True
    projects, people = managed(book, reader, "PROJECT_MANAGER"), managed(book, reader, "TEAM_MANAGER")

    def test(entry: Entry) -> bool:
        is_public = bool(entry.project and book.projects[entry.project]["is_public"])
        if entry.user == reader or entry.user in people or entry.project in projects:
            return True
        return is_public and not not_public

    return test


def all_of_whom(book: Book, reader: str) -> Callable[[str], bool]:
    """Whose time somebody sees all of."""
    if is_admin(book, reader) or not book.settings.get("only_admins_see_all_time_entries", True):
        return lambda user: True
    people = {reader} | managed(book, reader, "TEAM_MANAGER")
    return lambda user: user in people


def money_seen(book: Book, reader: str) -> set[str]:
    """Set 3 keeps earnings for admins; costs and profit are theirs always."""
    if is_admin(book, reader):
        return set(MONEY)
    return set() if book.settings.get("only_admins_see_billable_rates", False) else {"EARNED"}


# --- filters ----------------------------------------------------------------------------------------


def filters(book: Book, reader: str, body: Body) -> list[Test]:
    """What an entry must pass: all filters of a request."""
    tests = [_by_id(book, body.get(name), name) for name in ("clients", "projects", "tasks")]
    tests += [_by_tags(book, body.get("tags")), _by_currency(book, body.get("currency"))]
    for people in (
        _by_people(book, body.get("users"), groups=False),
        _by_people(book, body.get("userGroups"), groups=True),
        *_by_values_of_person(book, reader, body),
    ):
        if people is not None:
            tests.append(_of_user(people))
    if "billable" in body:
        tests.append(lambda entry: entry.billable is body["billable"])
    if body.get("invoicingState", "ALL") != "ALL":
        tests.append(lambda entry: entry.invoiced is (body["invoicingState"] == "INVOICED"))
    if body.get("approvalState") == "APPROVED":
        tests.append(lambda entry: False)
    if body.get("description"):
        tests.append(lambda entry: body["description"].casefold() in entry.description.casefold())
    if body.get("withoutDescription"):
        tests.append(lambda entry: not entry.description.strip())
    tests += [_by_value(book, one) for one in body.get("customFields", ())]
    return [test for test in tests if test is not None]


def _of_user(test: Callable[[str], bool]) -> Test:
    known = cache(test)
    return lambda entry: known(entry.user)


def _is_listed(filter_: Body, mine: Iterable[str]) -> bool:
    """Any of the ids or none of them; what has nothing of the kind is under the empty id."""
    if not filter_.get("ids"):
        return True
    has_one = bool(set(mine or ("",)) & set(filter_["ids"]))
    return has_one is (filter_.get("contains") != "DOES_NOT_CONTAIN")


def _has_status(filter_: Body, states: list[bool]) -> bool:
    """One of the things is archived or active, as wanted; nothing is not archived."""
    status = filter_.get("status", "ALL")
    return status == "ALL" or any(one is (status == "ARCHIVED") for one in states or [False])


def _by_id(book: Book, filter_: Body | None, name: str) -> Test | None:
    if filter_ is None:
        return None
    things: dict[str, Any] = {"clients": book.clients, "projects": book.projects, "tasks": book.tasks}[name]
    kind = name[:-1]

    def test(entry: Entry) -> bool:
        mine = getattr(entry, kind)
        is_over = bool(mine) and bool(things[mine]["status"] == "DONE" if kind == "task" else things[mine]["archived"])
        return _is_listed(filter_, [mine]) and _has_status(filter_, [is_over])

    return test


def _by_tags(book: Book, filter_: Body | None) -> Test | None:
    if filter_ is None:
        return None
    contains = filter_.get("containedInTimeentry") or filter_.get("contains") or "CONTAINS"
    filter_ = {**filter_, "contains": contains}
    listed = set(filter_.get("ids", ()))

    def test(entry: Entry) -> bool:
        is_listed = _is_listed(filter_, entry.tags)
        if contains == "CONTAINS_ONLY" and listed and entry.tags:
            is_listed = entry.tags == listed - {""}
        # The state is asked of the tags that the filter names, where it names some.
        meant = entry.tags & listed if listed and contains != "DOES_NOT_CONTAIN" else entry.tags
        return is_listed and _has_status(filter_, [bool(book.tags[one]["archived"]) for one in meant])

    return test


def _by_people(book: Book, filter_: Body | None, *, groups: bool) -> Callable[[str], bool] | None:
    if filter_ is None:
        return None
    wanted = {"ALL": ("ACTIVE", "PENDING", "INACTIVE"), "ACTIVE_WITH_PENDING": ("ACTIVE", "PENDING")}
    statuses = wanted.get(filter_.get("status", "ALL"), (filter_.get("status"),))

    def test(user: str) -> bool:
        status = book.members[user]["status"] if user in book.members else "INACTIVE"
        mine = book.groups_of.get(user, ()) if groups else [user]
        return _is_listed(filter_, mine) and status in statuses

    return test


def passes_people(book: Book, reader: str, body: Body, *, all_states: bool = False) -> Callable[[str], bool]:
    """Whether a member is named by the filters of people; without a state in the one of users, active ones are."""
    users = dict(body.get("users", {}))
    if users.get("status", "ALL") == "ALL":
        users["status"] = "ALL" if all_states else "ACTIVE"
    tests = [_by_people(book, users, groups=False), _by_people(book, body.get("userGroups"), groups=True)]
    tests += _by_values_of_person(book, reader, body)
    return lambda user: all(test(user) for test in tests if test is not None)


def _by_currency(book: Book, filter_: Body | None) -> Test | None:
    if filter_ is None:
        return None
    codes = {**filter_, "ids": [book.currencies.get(one, one) for one in filter_.get("ids", ())]}
    return lambda entry: _is_listed(codes, [entry.currency])


def _by_value(book: Book, filter_: Body) -> Test | None:
    """By the custom field of an entry; where its project (or everybody) does not show the field, it has no value."""
    kind = book.fields.get(filter_["id"], {"entity_type": ""})

    def value(entry: Entry) -> Any:
        status = book.overrides.get((entry.project, filter_["id"]), kind["status"])
        is_off = "INACTIVE" in (kind["status"], status) or status != "VISIBLE"
        return None if is_off else entry.custom_fields.get(filter_["id"], [None])[0]

    if kind["entity_type"] != "TIMEENTRY":
        return None if _says_nothing(filter_) else lambda entry: False
    return lambda entry: _fits(filter_, kind["type"], value(entry))


def _by_values_of_person(book: Book, reader: str, body: Body) -> list[Callable[[str], bool] | None]:
    return [_by_value_of_person(book, reader, one) for one in body.get("userCustomFields", ())]


def _by_value_of_person(book: Book, reader: str, filter_: Body) -> Callable[[str], bool] | None:
    """By the field of a person; whoever may not list people knows only what is said of themselves."""
    kind = book.fields.get(filter_["id"], {"entity_type": ""})
    has_team = is_admin(book, reader) or manages_any(book, reader)
    has_team = has_team or "TEAM" not in book.settings.get("admin_only_pages", ())
    if _says_nothing(filter_):
        return None
    if kind["entity_type"] != "USER":
        return lambda user: False
    default = json.loads(kind["default_value"] or "null")

    def test(user: str) -> bool:
        value = book.user_values.get((user, filter_["id"]), default)
        return (has_team or user == reader) and _fits(filter_, kind["type"], value)

    return test


def _says_nothing(filter_: Body) -> bool:
    return filter_.get("value") in (None, "", []) and "isEmpty" not in filter_


def _fits(filter_: Body, kind: str, value: Any) -> bool:
    wanted = filter_.get("value")
    if "isEmpty" in filter_ and (value is None) is not filter_["isEmpty"]:
        return False
    if wanted in (None, "", []):
        return True
    if kind == "CHECKBOX":
        return (value is True) is wanted
    if value is None:
        return False
    if kind == "NUMBER":
        condition = filter_.get("numberCondition", "EQUAL")
        return bool({"EQUAL": value == wanted, "GREATER_THAN": value > wanted, "LESS_THAN": value < wanted}[condition])
    if kind.startswith("DROPDOWN"):
        return bool(set(value if isinstance(value, list) else [value]) & set(wanted))
    return bool(wanted.casefold() in value.casefold())


# --- sums -------------------------------------------------------------------------------------------


def seconds_of(book: Book, entry: Entry, *, rounds: bool) -> int:
    """Tracked time, of a running entry until now; rounded by itself where asked for, half a step up."""
    seconds = max((book.now if entry.end is None else entry.end) - entry.start, 0)
    if not rounds:
        return seconds
    rule = book.settings.get("round", {})
    step = int(rule.get("minutes", 15)) * 60
    steps = Fraction(seconds, step)
    if rule.get("round") == "Round up to":
        return -(-steps // 1) * step
    return steps // 1 * step if rule.get("round") == "Round down to" else (steps + Fraction(1, 2)) // 1 * step


class Sum:
    """What entries add up to. Money by currency in minor units times 3600, which is whole."""

    def __init__(self) -> None:
        self.seconds = self.billable = self.count = 0
        self.money: dict[str, list[int]] = {}

    def add(self, entry: Entry, seconds: int) -> None:
        self.seconds += seconds
        self.count += 1
        money = self.money.setdefault(entry.currency, [0, 0])
        if entry.billable:
            self.billable += seconds
            money[0] += seconds * entry.hourly
        money[1] += seconds * entry.cost

    def by_currency(self, kind: str) -> dict[str, Fraction]:
        return {code: Fraction(_of_kind(kind, *both), 3600) for code, both in sorted(self.money.items())}

    def amount(self, kind: str) -> Fraction:
        return Fraction(sum(_of_kind(kind, *both) for both in self.money.values()), 3600)


def _of_kind(kind: str, earned: int, cost: int) -> int:
    return {"EARNED": earned, "COST": cost, "PROFIT": earned - cost}[kind]


class Question:
    """One request of somebody: the entries it is about, and how its answer shows money."""

    def __init__(self, book: Book, reader: str, body: Body) -> None:
        self.book, self.reader, self.body = book, reader, body
        profile = book.user_settings(reader)
        self.zone = body.get("timeZone") or profile.get("time_zone", "UTC")
        self.week_start = body.get("weekStart") or profile.get("week_start", "MONDAY")
        start, end = range_of(body)
        self.entries = [entry for entry in book.entries if start <= wall(entry.start, self.zone) <= end]
        for test in (*filters(book, reader, body), sees(book, reader)):
            self.entries = list(filter(test, self.entries))
        self.visible = money_seen(book, reader)
        self._seconds = {one.id: seconds_of(book, one, rounds=bool(body.get("rounding"))) for one in self.entries}
        asked = body.get("amountShown", "EARNED")
        named = [_kind(one) for one in body.get("amounts") or [asked]]
        self.shown = _kind(asked) if _kind(asked) in self.visible else None
        self.amounts = [] if asked == "HIDE_AMOUNT" else [one for one in dict.fromkeys(named) if one in self.visible]

    def tracked(self, entry: Entry) -> int:
        """Its time as it is."""
        return seconds_of(self.book, entry, rounds=False)

    def seconds(self, entry: Entry) -> int:
        """Its time as it counts."""
        return self._seconds[entry.id]

    def day(self, entry: Entry) -> date:
        return wall(entry.start, self.zone).date()

    def sum(self, entries: Iterable[Entry]) -> Sum:
        total = Sum()
        for entry in entries:
            total.add(entry, self.seconds(entry))
        return total

    # --- money as answers show it

    def amount(self, total: Sum) -> float:
        return 0.0 if self.shown is None else nearest(total.amount(self.shown))

    def totals(self, entries: list[Entry]) -> list[Body | None]:
        """An array of one; of null without entries."""
        total = self.sum(entries)
        if not entries:
            return [None]
        return [
            {
                "_id": "",
                "totalTime": total.seconds,
                "totalBillableTime": total.billable,
                "entriesCount": total.count,
                "numOfCurrencies": len(total.money),
                "totalAmount": self.amount(total),
                "totalAmountByCurrency": [] if self.shown is None else listed(total.by_currency(self.shown)),
                "amounts": [
                    {
                        "type": kind,
                        "value": nearest(total.amount(kind)),
                        "amountByCurrency": listed(total.by_currency(kind)),
                    }
                    for kind in self.amounts
                ],
            }
        ]

    def row_amounts(self, total: Sum) -> list[Body]:
        """Of a group: whole minor units, half a unit up; by currency where there are several."""
        found = []
        for kind in self.amounts:
            line: Body = {"type": kind, "value": float((total.amount(kind) + Fraction(1, 2)) // 1)}
            if len(total.money) > 1:
                line["amountByCurrency"] = listed(total.by_currency(kind))
            found.append(line)
        return found


def _kind(amount: str) -> str:
    return "EARNED" if amount == "EXPORT" else amount


def nearest(amount: Fraction) -> float:
    return amount.numerator / amount.denominator


def listed(amounts: dict[str, Fraction]) -> list[Body]:
    return [{"currency": code, "amount": nearest(amount)} for code, amount in amounts.items()]
