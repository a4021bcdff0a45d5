"""The naive oracle's detailed report: the entries in their order, a page of them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.properties.reports.book import Entry
from tests.properties.reports.oracle import Body, Question, Sum, nearest

NATURAL = ("DATE", "ZONED_DATE", "NATURAL")


def detailed(question: Question) -> Body:
    """The body of the detailed report, custom fields left out."""
    asked = question.body.get("detailedFilter", {})
    found = audited(question, asked.get("auditFilter", {}))
    has_totals = asked.get("options", {}).get("totals") != "EXCLUDE"
    page, size = asked.get("page", 1), asked.get("pageSize", 50)
    rows = in_order(question, found, asked.get("sortColumn", "DATE"))[(page - 1) * size : page * size]
    totals = question.totals(found) if has_totals else []
    return {"totals": totals, "timeentries": [row_of(question, entry) for entry in rows]}


def audited(question: Question, audit: Body) -> list[Entry]:
    return [entry for entry in question.entries if _is_audited(question, audit, entry)]


def _is_audited(question: Question, audit: Body, entry: Entry) -> bool:
    if (audit.get("withoutProject") and entry.project) or (audit.get("withoutTask") and entry.task):
        return False
    if "duration" not in audit:
        return True
    seconds = question.tracked(entry)
    return seconds < audit["duration"] if audit.get("durationShorter") else seconds > audit["duration"]


def in_order(question: Question, entries: list[Entry], column: str) -> list[Entry]:
    """By the column, then by start, then by id; the newest first unless said otherwise, other columns from A to Z."""
    users = question.book.users
    keys: dict[str, Any] = {
        "ID": lambda entry: (),
        "DESCRIPTION": lambda entry: (entry.description.casefold(), entry.description, entry.start),
        "DURATION": lambda entry: (question.seconds(entry), entry.start),
    }
    for name in NATURAL:
        keys[name] = lambda entry: (entry.start,)
    for name in ("USER", "USER_DATE"):
        keys[name] = lambda entry: (name_of(users[entry.user]).casefold(), entry.user, entry.start)
    order = question.body.get("sortOrder") or ("DESCENDING" if column in NATURAL else "ASCENDING")
    return sorted(entries, key=lambda entry: (*keys[column](entry), entry.id), reverse=order == "DESCENDING")


def name_of(user: Body) -> str:
    return str(user["name"] or user["email"])


def local(second: int, zone: str) -> str:
    """With the offset of then; none is written as Z."""
    return datetime.fromtimestamp(second, ZoneInfo(zone)).isoformat().replace("+00:00", "Z")


def row_of(question: Question, entry: Entry) -> Body:
    """One row without custom fields."""
    book = question.book
    user, project = book.users[entry.user], book.projects.get(entry.project)
    tags = sorted(entry.tags, key=lambda tag: (book.tags[tag]["name"].casefold(), tag))
    lock = book.settings.get("lock_time_entries")
    row: Body = {
        "_id": entry.id,
        "id": entry.id,
        "description": entry.description,
        "userId": entry.user,
        "userName": name_of(user),
        "userEmail": user["email"],
        "billable": entry.billable,
        "projectId": entry.project or None,
        "projectName": project["name"] if project else None,
        "projectColor": project["color"] if project else None,
        "clientId": entry.client or None,
        "clientName": book.clients[entry.client]["name"] if entry.client else None,
        "taskId": entry.task or None,
        "taskName": book.tasks[entry.task]["name"] if entry.task else None,
        "tags": [{"_id": tag, "id": tag, "name": book.tags[tag]["name"]} for tag in tags],
        "type": entry.type,
        "isLocked": lock is not None and entry.start < lock,
        "approvalRequestId": None,
        "timeInterval": {
            "start": local(entry.start, question.zone),
            "end": None if entry.end is None else local(entry.end, question.zone),
            "duration": question.seconds(entry),
        },
    }
    return row | _money(question, entry)


def _money(question: Question, entry: Entry) -> Body:
    """What may be seen of money; nothing where amounts are to be hidden."""
    if not question.visible or (question.shown is None and not question.amounts):
        return {}
    alone = Sum()
    alone.add(entry, question.seconds(entry))
    hourly = entry.hourly if entry.billable else 0
    rates = {"EARNED": hourly, "COST": entry.cost, "PROFIT": hourly - entry.cost}
    found: Body = {"currency": entry.currency}
    if question.shown is not None:
        found |= {"amount": question.amount(alone), "rate": float(rates[question.shown])}
    for kind in {"EARNED", "COST"} & question.visible:
        found[f"{kind.lower()}Amount"] = nearest(alone.amount(kind))
        found[f"{kind.lower()}Rate"] = float(rates[kind])
    return found
