"""The naive oracle's explanation of a summary's row: its entries, each with its rates, and what they add up to.

Where a rate comes from is not said here: the entry has it, and that is what reports count with.
"""

from collections import defaultdict
from datetime import UTC, datetime
from fractions import Fraction

from tests.properties.reports.book import Entry
from tests.properties.reports.oracle import Body, Question, nearest
from tests.properties.reports.oracle_summary import ids_of

SAID = ("entriesCount", "duration", "billableDuration", "sums", "entries")


def explanation(question: Question, path: list[str]) -> Body:
    """What an explanation says of the row, without what it repeats of the question."""
    found = question.entries
    for group, id_ in zip(question.body["summaryFilter"]["groups"], path, strict=False):
        found = [entry for entry in found if id_ in ids_of(question, entry, group)]
    total = question.sum(found)
    found.sort(key=lambda entry: (entry.start, entry.id))
    return {
        "entriesCount": total.count,
        "duration": total.seconds,
        "billableDuration": total.billable,
        "sums": _sums(question, found),
        "entries": [_entry(question, entry) for entry in found],
    }


def in_order(sums: list[Body]) -> list[Body]:
    """One order for the sums by rate, which have none of their own."""
    return sorted(sums, key=repr)


def _sums(question: Question, entries: list[Entry]) -> list[Body]:
    sees_earned, sees_cost = "EARNED" in question.visible, "COST" in question.visible
    by_rate: dict[tuple[bool, int, int, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        # Rates that are not told tell nothing apart.
        hourly, cost = entry.hourly if sees_earned else 0, entry.cost if sees_cost else 0
        by_rate[entry.billable, hourly, cost, entry.currency].append(entry)
    return [
        {"billable": mine[0].billable, "entriesCount": len(mine)}
        | _worth(question, mine[0], sum(map(question.seconds, mine)))
        for mine in by_rate.values()
    ]


def _worth(question: Question, entry: Entry, seconds: int) -> Body:
    """So much time at the rates of the entry; what the reader may not see is null."""
    sees_earned, sees_cost = "EARNED" in question.visible, "COST" in question.visible
    earned = Fraction(seconds * entry.hourly if entry.billable else 0, 3600)
    return {
        "duration": seconds,
        "currency": entry.currency,
        "hourlyRate": entry.hourly if sees_earned else None,
        "costRate": entry.cost if sees_cost else None,
        "earned": nearest(earned) if sees_earned else None,
        "cost": nearest(Fraction(seconds * entry.cost, 3600)) if sees_cost else None,
    }


def _entry(question: Question, entry: Entry) -> Body:
    return {
        "id": entry.id,
        "description": entry.description,
        "userId": entry.user,
        "projectId": entry.project or None,
        "taskId": entry.task or None,
        "start": _written(entry.start),
        "end": None if entry.end is None else _written(entry.end),
        "trackedDuration": question.tracked(entry),
        "billable": entry.billable,
        "invoiced": entry.invoiced,
        **_worth(question, entry, question.seconds(entry)),
    }


def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
