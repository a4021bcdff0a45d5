"""Start and memory: how long until the first answer, and what an idle server with the demo holds."""

import time
from pathlib import Path

from bench.servers import Filled, free_port, hourbook, running, start_hourbook
from bench.table import Row

SETTLE_SECONDS = 3.0


def start_rows(folder: Path) -> list[Row]:
    """The demo is filled by its first start; what is timed is a later one."""
    data = folder / "demo"
    port = free_port()
    with running(hourbook("demo", "--data", str(data), "--port", str(port)), port, "/ready") as server:
        time.sleep(SETTLE_SECONDS)
        demo_mb = server.memory_mb()
    filled = Filled(data, f"sqlite:///{data / 'hourbook.db'}", "", "", "")
    starts = []
    for _ in range(3):
        with start_hourbook(filled) as server:
            starts.append(server.start_seconds)
            time.sleep(SETTLE_SECONDS / 3)
            idle_mb = server.memory_mb()
    return [
        Row("start to first answer", "", round(sorted(starts)[1], 2), 2.0, False, "s"),
        Row("resident memory, idle, demo just filled", "", round(demo_mb, 1), 150.0, False, "MB"),
        Row("resident memory, idle, started on the demo's data", "", round(idle_mb, 1), 150.0, False, "MB"),
    ]
