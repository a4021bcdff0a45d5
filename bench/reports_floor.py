"""What reports are compared with: the same arrays summed by bare NumPy, SQL with an index that covers the question,
rows fetched with the driver and encoded, Python's csv module.

It reads the embedded database's file directly and knows nothing of Hourbook but its tables.
"""

import csv
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

DAY_S = 86_400
_FIELDS = (
    "id, user_id, project_id, task_id, billable, type, start_s, end_s, hourly_rate_minor, cost_rate_minor, "
    "currency, is_invoiced, description"
)
COVERING = (
    "CREATE INDEX IF NOT EXISTS bench_covering ON time_entries "
    "(workspace_id, user_id, project_id, billable, hourly_rate_minor, start_s, end_s)"
)
# What the summary by person and project says, made by the database alone.
BY_PERSON_AND_PROJECT = (
    "SELECT user_id, project_id, count(*), sum(end_s - start_s), sum((end_s - start_s) * hourly_rate_minor * billable) "
    "FROM time_entries WHERE workspace_id = {id} AND start_s >= {low} AND start_s < {high} "
    "GROUP BY user_id, project_id"
)


@dataclass
class Arrays:
    """Entries as arrays: what a report of them needs at least."""

    user: Any
    project: Any
    start_s: Any
    seconds: Any
    rate: Any
    hourly: Any
    users: int
    projects: int


def opened(file: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    raw.execute("PRAGMA mmap_size = 268435456")
    return raw


def fetched(file: Path, workspace_id: str) -> tuple[Arrays, float]:
    """All entries fetched and put into arrays, with small codes for what repeats; the seconds it took."""
    raw = opened(file)
    started = time.perf_counter()
    rows = raw.execute(f"SELECT {_FIELDS} FROM time_entries WHERE workspace_id = ?", (bytes.fromhex(workspace_id),))
    columns = list(zip(*rows, strict=True))
    np.frombuffer(b"".join(columns[0]), dtype="S12")
    codes = []
    dictionaries: list[dict[Any, int]] = []
    billable = np.array(columns[4])
    rates = list(zip(columns[8], columns[9], columns[10], strict=True))
    for column in (columns[1], columns[2], columns[3], columns[5], columns[12], rates):
        places: dict[Any, int] = {}
        codes.append(np.array([places.setdefault(one, len(places)) for one in column], dtype=np.int32))
        dictionaries.append(places)
    start_s, ends = np.array(columns[6]), np.array([end or 0 for end in columns[7]])
    user, project, _, _, _, rate = codes
    np.array(columns[11])
    took = time.perf_counter() - started
    raw.close()
    # By start, as a report reads them; a bare sum over sorted rows is the faster one to compare with.
    order = np.argsort(start_s, kind="stable")
    hourly = np.array([one[0] for one in dictionaries[5]], dtype=np.float64)
    return (
        Arrays(
            user[order],
            project[order],
            start_s[order],
            np.maximum(ends - start_s, 0)[order].astype(np.int32),
            (rate * 2 + billable)[order],
            np.stack([hourly * 0, hourly], axis=1).ravel(),
            len(dictionaries[0]),
            len(dictionaries[1]),
        ),
        took,
    )


def by_person_and_project(arrays: Arrays) -> None:
    """Time, money and entries by two groups."""
    key = arrays.user * arrays.projects + arrays.project
    _counted(key, arrays)


def by_project_and_day(arrays: Arrays) -> None:
    """The same by project and day, with days that are the same everywhere."""
    days = np.arange(int(arrays.start_s[0]) // DAY_S * DAY_S, int(arrays.start_s[-1]) + 1, DAY_S)
    key = arrays.project * len(days) + (np.searchsorted(days, arrays.start_s, side="right") - 1)
    _counted(key, arrays)


def _counted(key: Any, arrays: Arrays) -> None:
    np.bincount(key)
    np.bincount(key, weights=arrays.seconds)
    np.bincount(key, weights=arrays.seconds * arrays.hourly[arrays.rate])


def best_ms(work: Callable[[], Any], times: int) -> float:
    """The fastest of some tries, in milliseconds."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return min(found)


def median_ms(work: Callable[[], Any], times: int) -> float:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)[times // 2]


def sqlite_query_ms(file: Path, workspace_id: str) -> float:
    """The question asked of SQLite with an index that holds all of it."""
    raw = sqlite3.connect(file)
    raw.execute(COVERING)
    raw.execute("ANALYZE time_entries")
    raw.commit()
    query = BY_PERSON_AND_PROJECT.format(id="?", low="?", high="?")
    try:
        return best_ms(lambda: raw.execute(query, (bytes.fromhex(workspace_id), 0, 1 << 40)).fetchall(), 3)
    finally:
        raw.execute("DROP INDEX bench_covering")
        raw.commit()
        raw.close()


def postgresql_query_ms(url: str, workspace_id: str) -> float:
    """The same of PostgreSQL, with the index and fresh statistics."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(COVERING)
        raw.execute("VACUUM ANALYZE time_entries")
        query = BY_PERSON_AND_PROJECT.format(id="%s", low="%s", high="%s")
        values = (bytes.fromhex(workspace_id), 0, 1 << 40)
        return best_ms(lambda: raw.execute(query, values).fetchall(), 3)


def fetch_and_encode_ms(file: Path, workspace_id: str, ids: list[str]) -> float:
    """The rows of a page by id, with their tags, as JSON of the same size; nothing sorted, filtered or summed."""
    raw = opened(file)
    workspace = bytes.fromhex(workspace_id)
    marks = ", ".join("?" * len(ids))
    entries = f"SELECT {_FIELDS}, custom_fields FROM time_entries WHERE workspace_id = ? AND id IN ({marks})"
    tags = f"SELECT entry_id, tag_id FROM time_entry_tags WHERE workspace_id = ? AND entry_id IN ({marks})"
    names = {
        row[0]: row[1] for row in raw.execute("SELECT id, name FROM projects WHERE workspace_id = ?", (workspace,))
    }
    values = (workspace, *(bytes.fromhex(one) for one in ids))
    encode = msgspec.json.Encoder().encode

    def work() -> bytes:
        of_entry: dict[bytes, list[dict[str, str]]] = {}
        for entry, tag in raw.execute(tags, values):
            of_entry.setdefault(entry, []).append({"_id": tag.hex(), "id": tag.hex(), "name": "name"})
        return encode(
            {"totals": [], "timeentries": [_row(row, of_entry, names) for row in raw.execute(entries, values)]}
        )

    try:
        return median_ms(work, 15)
    finally:
        raw.close()


def _row(row: Any, tags: dict[bytes, list[dict[str, str]]], names: dict[bytes, str]) -> dict[str, Any]:
    """As many keys as a row of the detailed report has."""
    id_, user, project, task, billable, _, start, end, hourly, cost, currency, _, description, _ = row
    project_name = names.get(project)
    return {
        "_id": id_.hex(), "id": id_.hex(), "description": description, "userId": user.hex(), "userName": "name",
        "userEmail": "somebody@example.com", "billable": bool(billable), "projectId": project and project.hex(),
        "projectName": project_name, "projectColor": "#000000", "clientId": None, "clientName": None,
        "taskId": task and task.hex(), "taskName": task and "name", "tags": tags.get(id_, []),
        "timeInterval": {"start": _moment(start), "end": _moment(end), "duration": (end or start) - start},
        "isLocked": False, "customFields": [], "approvalRequestId": None, "amount": hourly * 1.0, "rate": hourly,
        "earnedAmount": hourly * 1.0, "earnedRate": hourly, "costAmount": cost * 1.0, "costRate": cost,
        "currency": currency,
    }  # fmt: skip


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))


def csv_module_s(rows: list[list[str]], file: Path) -> float:
    """Prepared rows written by Python's csv module, every cell quoted."""
    started = time.perf_counter()
    with file.open("w", newline="", encoding="utf-8") as sink:
        csv.writer(sink, quoting=csv.QUOTE_ALL).writerows(rows)
    return time.perf_counter() - started


@dataclass
class ColumnsFigures:
    """Hourbook's own columns in this process: a cold load, their size without dictionaries, sums by project and day."""

    load_s: float
    bytes_an_entry: float
    days_ms: float


def columns_figures(url: str, workspace_id: str) -> ColumnsFigures:
    from hourbook import main
    from hourbook.access.actors import SYSTEM
    from hourbook.columns.keeping import ColumnsKeeper
    from hourbook.core.types import Deployment, Origin
    from hourbook.db.tx import Facts, ReadTx

    runtime = main.build(url)
    runtime.database.open(writes=False)
    facts = Facts(SYSTEM, 1_779_285_600_000_000, "bench", runtime.ids.new_id, Origin.CLI, Deployment())

    def load(tx: ReadTx) -> ColumnsFigures:
        started = time.perf_counter()
        with ColumnsKeeper(1 << 33).opened(tx) as view:
            took = time.perf_counter() - started
            arrays = [getattr(view, name) for name in type(view).__dataclass_fields__]
            size = sum(one.nbytes for one in arrays if isinstance(one, np.ndarray))
            # The way from an id to its row: a place for each row.
            return ColumnsFigures(took, size / view.count + 4, _days_ms(view))

    try:
        return runtime.database.read_now(facts, workspace_id, load)
    finally:
        runtime.database.close()


def _days_ms(view: Any) -> float:
    """What `by_project_and_day` does, by the code that reports use."""
    from hourbook.columns.selecting import Wanted, parts_of
    from hourbook.columns.summing import ByColumn, BySet, ByTime, Counting, sums

    days = np.arange(int(view.start_s[0]) // DAY_S * DAY_S, int(view.start_s[-1]) + 1, DAY_S)
    projects = len(view.projects)
    keys: list[ByColumn | ByTime | BySet] = [
        ByColumn(view.project, projects + 1, np.arange(projects + 1)),
        ByTime(view.start_s, days, np.arange(len(days)), len(days)),
    ]
    wanted = Wanted(start_s=0, end_s=1 << 40)

    def work() -> Any:
        counting = Counting(costs=False, billable_seconds=False)
        return sums(view, parts_of(view, wanted, now_s=1 << 40), keys=keys, counting=counting)

    return median_ms(work, 15)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
