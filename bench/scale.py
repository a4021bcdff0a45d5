"""What size costs: the same requests against a small and a large database, and reading everything.

Both databases have 10,000 entries a person. Two servers run at a time and are asked in turns; the
one that is not asked costs nothing.
"""

import sqlite3
import time
from pathlib import Path

import msgspec

from bench import scenarios
from bench.floor import _out
from bench.floor_sql import ENTRY
from bench.frame import Effort, Scenario, run
from bench.load import Figures
from bench.servers import Filled, Server, seed, start_hourbook
from bench.table import Row, summary

SMALL_ENTRIES = 10_000
CONNECTIONS = 4
PAGE_ROWS = 5000


def scale_rows(folder: Path, effort: Effort, *, large: int) -> list[Row]:
    """Rows for the large database against the small one, then the reading of everything."""
    small = seed(folder / "scale-small", entries=SMALL_ENTRIES, users=1, projects=40)
    people = max(1, large // SMALL_ENTRIES)
    big = seed(folder / "scale-large", entries=large, users=people, projects=40)
    with start_hourbook(small) as small_server, start_hourbook(big) as big_server:
        samples = scenarios.sample(small_server, small), scenarios.sample(big_server, big)
        rows = _in_turns((small_server, big_server), samples, effort, f"{large:,} entries")
        rows.append(_everything(big_server, samples[1], large))
    return rows


def _in_turns(
    servers: tuple[Server, Server], samples: tuple[scenarios.Sample, scenarios.Sample], effort: Effort, words: str
) -> list[Row]:
    makers = [scenarios.reads_at_scale(found) for found in samples]
    rows = []
    for name, (_, allowed) in makers[0].items():
        runs: tuple[list[Figures], list[Figures]] = ([], [])
        for _ in range(effort.rounds):
            for place, server in enumerate(servers):
                wanted = Scenario(name, makers[place][name][0], CONNECTIONS, 0)
                runs[place].append(run(server, wanted, effort))
        rows.append(_slower(f"{name}, {words}", runs, allowed))
    return rows


def _slower(name: str, runs: tuple[list[Figures], list[Figures]], allowed: float) -> Row:
    """How many times as long it takes in the large database: the median over the rounds."""
    import statistics

    small, large = runs
    factor = round(statistics.median(one.rate / other.rate for one, other in zip(small, large, strict=True)), 3)
    against = f"{SMALL_ENTRIES:,} entries"
    return Row(name, against, factor, allowed, False, ours=summary(large), other=summary(small))


def _everything(server: Server, found: scenarios.Sample, large: int) -> Row:
    """All entries in pages of 5000 over HTTP, against one scan of the same rows by hand."""
    started = time.perf_counter()
    count = 0
    for user in found.users:
        number, last = 1, False
        while not last:
            path = f"/user/{user}/time-entries?page-size={PAGE_ROWS}&page={number}"
            content, last = scenarios.ask_page(server, found.filled, path)
            count += content.count(b'"timeInterval"')
            number += 1
    paged_s = time.perf_counter() - started
    if count != large + server_writes(found.filled, large):
        raise RuntimeError(f"{count} entries were read where {large} were seeded")
    scan_s, driver_s = scan(found.filled)
    note = f"pages {paged_s:.1f} s, scan {scan_s:.1f} s of which the driver {driver_s:.1f} s"
    name = f"read all {large:,} in pages of {PAGE_ROWS}"
    return Row(name, "one raw scan, encoded", round(paged_s / scan_s, 3), 2.0, False, note=note)


def server_writes(filled: Filled, seeded: int) -> int:
    """How many entries were added after seeding."""
    with sqlite3.connect(f"file:{filled.folder / 'hourbook.db'}?mode=ro", uri=True) as raw:
        return int(raw.execute("SELECT count(*) FROM time_entries").fetchone()[0]) - seeded


def scan(filled: Filled) -> tuple[float, float]:
    """Seconds to read all rows and their tags once with the driver and encode them, and of the reading alone."""
    raw = sqlite3.connect(f"file:{filled.folder / 'hourbook.db'}?mode=ro", uri=True)
    tags = "SELECT entry_id, tag_id FROM time_entry_tags ORDER BY workspace_id, entry_id, tag_id"
    started = time.perf_counter()
    by_entry: dict[bytes, list[str]] = {}
    for entry, tag in raw.execute(tags):
        by_entry.setdefault(entry, []).append(tag.hex())
    cursor = raw.execute(ENTRY)
    driver_s, encode = 0.0, msgspec.json.encode
    while True:
        asked = time.perf_counter()
        rows = cursor.fetchmany(PAGE_ROWS)
        driver_s += time.perf_counter() - asked
        if not rows:
            break
        encode([_out(row, by_entry.get(row[1], [])) for row in rows])
    raw.close()
    return time.perf_counter() - started, driver_s
