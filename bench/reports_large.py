"""The summary of a report over ten times as many entries: whether it works, and how many times as long it takes.

Both servers run in turn on databases with equal people and projects; the first report, which loads the
columns, is told apart.
"""

from pathlib import Path

from bench import reports
from bench.load import Figures
from bench.servers import seed, start_hourbook
from bench.table import Row, summary

TIMES_AS_MANY = 10
LIMIT_TIMES = 12


def reports_large_rows(folder: Path, *, entries: int = 1_000_000) -> list[Row]:
    """A row for the first report and one for those after it."""
    _, small = _asked(folder / "reports-small", entries)
    first_ms, large = _asked(folder / "reports-large", entries * TIMES_AS_MANY)
    ratio = large.percentile(0.5) / small.percentile(0.5)
    words = f"summary by person and project over {entries * TIMES_AS_MANY:,} entries"
    return [
        Row(f"{words}, the first, which loads", "", round(first_ms / 1000, 1), 60, False, "s"),
        Row(words, f"{entries:,} entries", round(ratio, 2), LIMIT_TIMES, False,
            ours=summary([large]), other=summary([small])),
    ]  # fmt: skip


def _asked(folder: Path, entries: int) -> tuple[float, Figures]:
    """Milliseconds of the first report, and the figures of others."""
    filled = seed(folder, entries=entries, users=reports.USERS, projects=reports.PROJECTS)
    with start_hourbook(filled) as server:
        asked = reports.Asked(server, filled)
        body = reports.WHOLE | reports.BY_TWO
        return asked.once("/reports/summary", body), asked.figures("/reports/summary", body)
