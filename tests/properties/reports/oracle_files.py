"""The naive oracle's tables of reports as files: what stands in their columns of numbers, exactly.

A column is a list of fractions, None for an empty cell; time in seconds, money in major units. What files
make of them (two decimals, parts of a day) is undone or done by whoever compares.
"""

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction

from tests.properties.reports.book import Entry
from tests.properties.reports.oracle import Body, Question, Sum
from tests.properties.reports.oracle_attendance import attendance
from tests.properties.reports.oracle_days import range_of
from tests.properties.reports.oracle_detailed import audited, in_order
from tests.properties.reports.oracle_summary import ids_of, summary
from tests.properties.reports.oracle_weekly import LEVELS, weekly

Cells = list[Fraction | None]
Table = dict[str, Cells]
NO_DIGITS, THREE_DIGITS = ("JPY",), ("KWD",)
WORDS = {"EARNED": "Earned", "COST": "Cost", "PROFIT": "Profit"}


def digits_of(currency: str) -> int:
    return 0 if currency in NO_DIGITS else 3 if currency in THREE_DIGITS else 2


def summary_table(question: Question) -> tuple[Table, Table]:
    """The columns of numbers, and the totals below them."""
    groups = question.body["summaryFilter"]["groups"]
    leaves = list(_leaves(question, summary(question)["groupOne"], groups, question.entries))
    return _sums(question, leaves, "Time"), _sums(question, [question.entries], "Time")


def weekly_table(question: Question) -> tuple[Table, Table]:
    groups = LEVELS[question.body["weeklyFilter"]["group"]]
    leaves = list(_leaves(question, weekly(question)["groupOne"], groups, question.entries))
    first = range_of(question.body)[0].date()
    days = [first + timedelta(days=number) for number in range(7)]

    def table(parts: list[list[Entry]]) -> Table:
        by_day: Table = {}
        for day in days:
            sums = (question.sum(one for one in entries if question.day(one) == day) for entries in parts)
            by_day[day.isoformat()] = [Fraction(one.seconds) for one in sums]
        return by_day | _sums(question, parts, "Total")

    return table(leaves), table([question.entries])


def _leaves(question: Question, rows: list[Body], groups: list[str], entries: list[Entry]) -> list[list[Entry]]:
    """The entries of each row of the last group, in the order of the rows."""
    found, by_id = [], defaultdict(list)
    for entry in entries:
        for id_ in ids_of(question, entry, groups[0]):
            by_id[id_].append(entry)
    for row in rows:
        mine = by_id[row["id"]]
        found += _leaves(question, row["children"], groups[1:], mine) if "children" in row else [mine]
    return found


def _sums(question: Question, parts: list[list[Entry]], word: str) -> Table:
    sums = [question.sum(entries) for entries in parts]
    seconds: Cells = [Fraction(one.seconds) for one in sums]
    found = {f"{word} (h)": seconds, f"{word} (decimal)": list(seconds)}
    kinds = [] if question.shown is None else [("Amount", question.shown)]
    kinds += [(WORDS[kind], kind) for kind in question.amounts if kind != question.shown]
    for heading, kind in kinds:
        for currency in _currencies(question, question.entries):
            cells = [_major(one, kind, currency) for one in sums]
            found[f"{heading} ({currency})"] = cells
    return found


def _major(total: Sum, kind: str, currency: str) -> Fraction | None:
    if currency not in total.money:
        return None
    return total.by_currency(kind)[currency] / 10 ** digits_of(currency)


def _currencies(question: Question, entries: list[Entry]) -> set[str]:
    """Those of the report; that of the workspace where there is nothing."""
    return {entry.currency for entry in entries} or {question.book.workspace["currency"]}


def detailed_table(question: Question) -> tuple[Table, Table]:
    """All pages of it."""
    asked = question.body.get("detailedFilter", {})
    found = audited(question, asked.get("auditFilter", {}))
    rows = in_order(question, found, asked.get("sortColumn", "DATE"))
    return _entries(question, rows, [[entry] for entry in rows]), _entries(question, rows, [rows])


def _entries(question: Question, rows: list[Entry], parts: list[list[Entry]]) -> Table:
    sums = [question.sum(entries) for entries in parts]
    seconds: Cells = [Fraction(one.seconds) for one in sums]
    table = {"Duration (h)": seconds, "Duration (decimal)": list(seconds)}
    if question.shown is None and not question.amounts:
        return table
    headings = {"EARNED": "Billable Amount", "COST": "Cost Amount", "PROFIT": "Profit"}
    for currency in _currencies(question, rows):
        for kind in question.visible:
            table[f"{headings[kind]} ({currency})"] = [_major(one, kind, currency) for one in sums]
    return table


def attendance_table(question: Question) -> tuple[Table, Table]:
    """All pages of it."""
    own = question.body.get("attendanceFilter", {})
    question.body = question.body | {"attendanceFilter": own | {"page": 1, "pageSize": 1_000_000}}
    rows = attendance(question)["entities"]
    keys = {"Break": "break", "Work": "totalDuration", "Capacity": "capacity", "Overtime": "overtime"}
    table: Table = {f"{word} (h)": [Fraction(row[key]) for row in rows] for word, key in keys.items()}
    table["Time off (h)"] = [Fraction(row["timeOff"]) for row in rows]
    return table, {heading: [sum((one for one in cells if one), Fraction(0))] for heading, cells in table.items()}
