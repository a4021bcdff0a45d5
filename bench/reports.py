"""Reports over a million entries: what they cost beside bare NumPy and SQL, after writes, cold, and for others.

One workspace; each person tracks on each of twenty projects. Everything is asked over HTTP of a server as
people run it, web and worker, with one request in flight unless it says otherwise.
"""

import csv
import io
import json
import statistics
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import reports_floor as floor
from bench import scenarios
from bench.calm import disturbed
from bench.exports import export_memory_rows
from bench.load import Figures, measure, request
from bench.servers import Filled, Server, seed, start_hourbook
from bench.table import Row, summary

USERS, PROJECTS = 100, 20
WHOLE = {"dateRangeStart": "1990-01-01T00:00:00Z", "dateRangeEnd": "2050-12-31T23:59:59Z", "amounts": ["EARNED"]}
MONTH = {"dateRangeStart": "2025-11-01T00:00:00Z", "dateRangeEnd": "2025-11-30T23:59:59Z", "amounts": ["EARNED"]}
YEAR = {"dateRangeStart": "2025-01-01T00:00:00Z", "dateRangeEnd": "2025-12-31T23:59:59Z"}
BY_TWO = {"summaryFilter": {"groups": ["USER", "PROJECT"]}}
BY_DAY = {"summaryFilter": {"groups": ["PROJECT", "DATE"]}}
BY_THREE = {"summaryFilter": {"groups": ["CLIENT", "PROJECT", "USER"]}}
RATE = 4321
TIMES = 15


def reports_rows(folder: Path, *, entries: int = 1_000_000) -> list[Row]:
    """All rows for SQLite."""
    filled = seed(folder / "reports", entries=entries, users=USERS, projects=PROJECTS)
    file = folder / "reports" / "hourbook.db"
    with start_hourbook(filled) as server:
        _set_rate(server, filled, RATE, "1970-01-01T00:00:00Z")
    arrays, fetch_s = floor.fetched(file, filled.workspace_id)
    own = floor.columns_figures(filled.database_url, filled.workspace_id)
    bare_days_ms = floor.median_ms(lambda: floor.by_project_and_day(arrays), TIMES)
    rows = [
        Row(f"cold load of {entries:,} entries ({own.load_s:.2f} s)", "raw fetch into arrays",
            round(own.load_s / fetch_s, 2), 1.5, False),
        Row("bytes an entry in the columns, without dictionaries", "", round(own.bytes_an_entry), 64, False, "bytes"),
        Row(f"sums by project and day over everything, in the columns ({own.days_ms:.1f} ms)",
            f"bare NumPy ({bare_days_ms:.1f} ms)", round(own.days_ms / bare_days_ms, 2), 3, False),
    ]  # fmt: skip
    with start_hourbook(filled) as server:
        asked = Asked(server, filled)
        rows += _sums(asked, arrays)
        rows += _pages(asked, file)
        rows += _after_writes(asked, entries)
        rows += _exports(asked, folder)
        rows += export_memory_rows(server, filled, folder)
        rows += _beside(asked)
    ours = next(row for row in rows if row.ours).ours["p50_ms"]
    query_ms = floor.sqlite_query_ms(file, filled.workspace_id)
    return [*rows, _against_query("SQLite", ours, query_ms, 20)]


def reports_postgresql_rows(folder: Path, *, entries: int = 1_000_000) -> list[Row]:
    """The summary against the best that PostgreSQL does itself."""
    from bench.frame import postgres

    with postgres() as (url, _):
        filled = seed(folder / "reports-pg", entries=entries, users=USERS, projects=PROJECTS, database_url=url)
        with start_hourbook(filled) as server:
            figures = Asked(server, filled).figures("/reports/summary", WHOLE | BY_TWO)
        query_ms = floor.postgresql_query_ms(url, filled.workspace_id)
    return [_against_query("PostgreSQL", figures.percentile(0.5), query_ms, 3)]


def _against_query(database: str, ours_ms: float, query_ms: float, target: float) -> Row:
    words = f"summary by person and project over HTTP, times as fast as the query ({query_ms:,.0f} ms)"
    return Row(words, f"{database}, covering index", round(query_ms / ours_ms, 2), target, True)


class Asked:
    """A server, and how reports are asked of it."""

    def __init__(self, server: Server, filled: Filled) -> None:
        self.server, self.filled = server, filled
        self.base = f"/report/v1/workspaces/{filled.workspace_id}"

    def request(self, path: str, body: Any) -> bytes:
        return request("POST", self.base + path, self.filled.api_key, floor.as_json(body))

    def figures(self, path: str, body: Any, *, times: int = TIMES) -> Figures:
        """One request after the other; the first, which may have to load, is not counted."""
        asked = self.request(path, body)
        measure(self.server.port, lambda _: asked, connections=1, count=2)
        found = measure(self.server.port, lambda _: asked, connections=1, count=times)
        if found.failures:
            raise RuntimeError(f"{path} was refused: {found.failures[0]}")
        return found

    def once(self, path: str, body: Any) -> float:
        """Milliseconds of one request."""
        asked = self.request(path, body)
        found = measure(self.server.port, lambda _: asked, connections=1, count=1)
        if found.failures:
            raise RuntimeError(f"{path} was refused: {found.failures[0]}")
        return found.latencies_ms[0]

    def content(self, path: str, body: Any) -> bytes:
        address = f"http://127.0.0.1:{self.server.port}{self.base}{path}"
        headers = {"X-Api-Key": self.filled.api_key, "Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(address, floor.as_json(body), headers, method="POST"), timeout=600
        ) as answer:
            return bytes(answer.read())


def _sums(asked: Asked, arrays: floor.Arrays) -> list[Row]:
    bare_ms = floor.median_ms(lambda: floor.by_person_and_project(arrays), TIMES)
    two = asked.figures("/reports/summary", WHOLE | BY_TWO)
    days = asked.figures("/reports/summary", WHOLE | BY_DAY)
    three = asked.figures("/reports/summary", MONTH | BY_THREE)
    return [
        Row("summary by person and project over everything, less 10 ms", f"bare NumPy ({bare_ms:.1f} ms)",
            round((two.percentile(0.5) - 10) / bare_ms, 2), 3, False, ours=summary([two])),
        Row("summary by project and day over everything, 40,000 rows of JSON", "",
            round(days.percentile(0.5)), 1000, False, "ms", ours=summary([days])),
        Row("summary of a month by three groups", "", round(three.percentile(0.5), 1), 15, False, "ms",
            ours=summary([three])),
    ]  # fmt: skip


def _pages(asked: Asked, file: Path) -> list[Row]:
    page = {"detailedFilter": {"page": 1, "pageSize": 1000, "options": {"totals": "EXCLUDE"}}}
    body = json.loads(asked.content("/reports/detailed", WHOLE | page))
    ids = [row["_id"] for row in body["timeentries"]]
    bare_ms = floor.fetch_and_encode_ms(file, asked.filled.workspace_id, ids)
    lean = asked.figures("/reports/detailed", WHOLE | page)
    page["detailedFilter"]["options"] = {"totals": "CALCULATE"}
    full = asked.figures("/reports/detailed", WHOLE | page)
    return [
        Row("detailed page of 1000, totals excluded", f"fetch by id and encode ({bare_ms:.1f} ms)",
            round(lean.percentile(0.5) / bare_ms, 2), 2, False, ours=summary([lean])),
        Row("detailed page of 1000 with totals", "", round(full.percentile(0.5), 1), 30, False, "ms",
            ours=summary([full])),
    ]  # fmt: skip


def _after_writes(asked: Asked, entries: int) -> list[Row]:
    """How much longer a report takes that has to take up what was written since the one before."""
    found = scenarios.sample(asked.server, asked.filled)
    make = scenarios.create(found)
    more = []
    asked.once("/reports/summary", WHOLE | BY_TWO)
    for number in range(TIMES):
        before = asked.once("/reports/summary", WHOLE | BY_TWO)
        measure(asked.server.port, lambda _, n=number: make(n), connections=1, count=1)  # type: ignore[misc]
        more.append(asked.once("/reports/summary", WHOLE | BY_TWO) - before)
    changed, since = _latest(asked, min(200_000, entries // 5))
    before = statistics.median(asked.once("/reports/summary", WHOLE | BY_TWO) for _ in range(5))
    bulk = []
    for turn in range(3):
        _set_rate(asked.server, asked.filled, RATE + 1 + turn, since)
        bulk.append(asked.once("/reports/summary", WHOLE | BY_TWO) - before)
    return [
        Row("first report after a write, more than the one before", "",
            round(statistics.median(more), 1), 5, False, "ms"),
        Row(f"first report after a change of {changed:,} entries, more than the one before", "",
            round(statistics.median(bulk), 1), 100, False, "ms"),
    ]  # fmt: skip


def _latest(asked: Asked, count: int) -> tuple[int, str]:
    """About so many entries, the last ones: how many exactly, and since when they are."""
    raw = floor.opened(asked.filled.folder / "hourbook.db")
    workspace = bytes.fromhex(asked.filled.workspace_id)
    starts = [row[0] for row in raw.execute("SELECT start_s FROM time_entries WHERE workspace_id = ?", (workspace,))]
    raw.close()
    starts.sort()
    since_s = starts[-count]
    return sum(start >= since_s for start in starts), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since_s))


def _set_rate(server: Server, filled: Filled, amount: int, since: str) -> None:
    for path in ("/hourly-rate", "/cost-rate"):
        if path == "/hourly-rate" or since.startswith("1970"):
            scenarios.ask(server, filled, "PUT", path, {"amount": amount, "since": since})


def _exports(asked: Asked, folder: Path) -> list[Row]:
    """A file of all entries as it arrives, against the csv module with the same rows in memory."""
    started = time.perf_counter()
    content = asked.content("/reports/detailed", WHOLE | {"exportType": "CSV"})
    took = time.perf_counter() - started
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    bare_s = floor.csv_module_s(rows, folder / "bare.csv")
    words = f"CSV of {len(rows) - 1:,} rows over HTTP ({took:.1f} s), share of the speed"
    return [Row(words, "csv module writing prepared rows", round(bare_s / took, 2), 0.4, True)]


def _beside(asked: Asked) -> list[Row]:
    """Creates while something large is made."""
    found = scenarios.sample(asked.server, asked.filled)
    works: list[tuple[str, Callable[[], Any]]] = [
        ("an export of everything", lambda: asked.content("/reports/detailed", WHOLE | {"exportType": "CSV"})),
        ("a cold load", lambda: _cold(asked)),
        ("ten year-long summaries", lambda: _ten(asked)),
    ]
    rows: list[Row] = []
    for words, work in works:
        rows += disturbed(asked.server, found, words, work)
    return rows


def _cold(asked: Asked) -> None:
    """The worker is ended, and the next one loads the columns anew."""
    import os
    import signal

    os.kill(asked.server.worker_pid(), signal.SIGKILL)
    for _ in range(100):
        time.sleep(0.1)
        try:
            asked.content("/reports/summary", WHOLE | BY_TWO)
        except OSError:
            continue
        return
    raise RuntimeError("no report after the worker was ended")


def _ten(asked: Asked) -> None:
    """Ten at the same time, a few times over."""
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(5):
                asked.content("/reports/summary", YEAR | BY_TWO)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
