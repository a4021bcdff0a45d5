"""The naive oracle's summary: the tree of groups, each made by going through its entries again."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

from tests.properties.reports.book import Entry
from tests.properties.reports.oracle import WITHOUT, Body, Question, Sum
from tests.properties.reports.oracle_days import first_day

COUNTS = ("groupOneTotalCount", "groupTwoTotalCount", "groupThreeTotalCount")


def summary(question: Question) -> Body:
    """The body of the summary report."""
    groups = question.body["summaryFilter"]["groups"]
    seen: list[set[str]] = [set() for _ in groups]
    rows = _rows(question, question.entries, groups, seen)
    return {
        "totals": question.totals(question.entries),
        "donutChart": [],
        "groupTotals": {name: len(ids) for name, ids in zip(COUNTS, seen, strict=False)},
        "groupOne": rows,
    }


def _rows(question: Question, entries: list[Entry], groups: list[str], seen: list[set[str]]) -> list[Body]:
    members: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for id_ in ids_of(question, entry, groups[0]):
            members[id_].append(entry)
    seen[0].update(members)
    found = []
    for id_, mine in members.items():
        total = question.sum(mine)
        row = row_of(question, groups[0], id_, total)
        if len(groups) > 1:
            row["children"] = _rows(question, mine, groups[1:], seen[1:])
        found.append((row, total))
    return _sorted(question, found)


def ids_of(question: Question, entry: Entry, group: str) -> list[str]:
    """The rows of a group that an entry is in; under the empty id when it has nothing of the kind."""
    if group == "TAG":
        return list(entry.tags) or [""]
    if group == "USER_GROUP":
        return question.book.groups_of.get(entry.user) or [""]
    if group in ("DATE", "WEEK", "MONTH"):
        day = first_day(question.day(entry), group, question.week_start).isoformat()
        return [day[:7] if group == "MONTH" else day]
    return [entry.description if group == "TIMEENTRY" else getattr(entry, group.lower())]


def row_of(question: Question, group: str, id_: str, total: Sum) -> Body:
    """One row without what is below it."""
    book = question.book
    things = {"CLIENT": book.clients, "PROJECT": book.projects, "TASK": book.tasks, "TAG": book.tags}
    things |= {"USER": book.users, "USER_GROUP": book.groups}
    name = id_
    if group in things:
        name = things[group][id_]["name"] or things[group][id_]["email"] if id_ else f"Without {WITHOUT[group]}"
    row: dict[str, Any] = {
        "_id": id_,
        "id": id_,
        "name": name,
        "nameLowerCase": name.casefold(),
        "duration": total.seconds,
        "amount": question.amount(total),
        "amounts": question.row_amounts(total),
        "currency": next(iter(total.money)) if len(total.money) == 1 else book.workspace["currency"],
        "workspaceCurrencyCode": book.workspace["currency"],
    }
    if group == "PROJECT":
        client = book.projects[id_]["client_id"] if id_ else ""
        row["color"] = book.projects[id_]["color"] if id_ else "#9E9E9E"
        row["clientName"] = book.clients[client]["name"] if client else ""
    return row


def _sorted(question: Question, rows: list[tuple[Body, Sum]]) -> list[Body]:
    """By name, what has none last either way; or by a number, the greatest first unless said otherwise."""
    column = question.body["summaryFilter"].get("sortColumn") or "GROUP"
    order = question.body.get("sortOrder") or ("ASCENDING" if column == "GROUP" else "DESCENDING")
    rows = sorted(rows, key=lambda one: (not one[0]["id"], one[0]["nameLowerCase"], one[0]["id"]))
    if column == "GROUP":
        named = [row for row, _ in rows if row["id"]]
        return (named if order == "ASCENDING" else named[::-1]) + [row for row, _ in rows if not row["id"]]
    kind = question.shown if column == "AMOUNT" else column

    def number(one: tuple[Body, Sum]) -> Fraction | int:
        if kind == "DURATION":
            return one[1].seconds
        return one[1].amount(kind) if kind in question.visible else 0

    rows.sort(key=lambda one: number(one) if order == "ASCENDING" else -number(one))
    return [row for row, _ in rows]
