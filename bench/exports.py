"""What files of a million entries take: the memory they need above the columns, and how long they last.

`python -m bench.exports [--entries N] [--folder F]` measures alone what `bench.run reports` measures among the rest.
Asked over HTTP of a server as people run it; what arrives goes to a file, as a client would have it.
"""

import argparse
import json
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.servers import Filled, Server, seed, start_hourbook
from bench.table import Row

WHOLE = {"dateRangeStart": "1990-01-01T00:00:00Z", "dateRangeEnd": "2050-12-31T23:59:59Z"}
LIMIT_MB = 256
AWAY = 503
PEAK, NOW = "VmHWM", "VmRSS"


def export_memory_rows(server: Server, filled: Filled, folder: Path) -> list[Row]:
    """One row for each kind of file and way to it; the columns are loaded before."""
    _warm(server, filled)
    rows = []
    for kind in ("CSV", "XLSX"):
        for words, work in (("as it is downloaded", _directly), ("in the background", _in_background)):
            target = folder / f"memory.{kind.lower()}"
            peaks, seconds = _peaks(server, lambda w=work, k=kind, t=target: w(server, filled, k, t))  # type: ignore[misc]
            size_mb = target.stat().st_size / 1e6
            target.unlink()
            said = f"memory above the columns for a {kind} of all entries {words} ({seconds:.0f} s, {size_mb:.0f} MB)"
            rows.append(Row(f"worker's {said}", "", round(peaks[0]), LIMIT_MB, False, "MB"))
            rows.append(Row(f"web process's {said}", "", round(peaks[1]), LIMIT_MB, False, "MB"))
    return rows


def _warm(server: Server, filled: Filled) -> None:
    """Loads the columns; patient while the worker starts."""
    body = _body("JSON") | {"summaryFilter": {"groups": ["USER"]}}
    for _ in range(100):
        try:
            _ask(server, filled, "/report/v1{}/reports/summary", body)
            return
        except urllib.error.HTTPError as error:
            if error.code != AWAY:
                raise
            time.sleep(0.2)
    raise RuntimeError("no worker came")


def _peaks(server: Server, work: Callable[[], None]) -> tuple[tuple[float, float], float]:
    """How much more memory than before the worker and the web process had at most; and how long it took."""
    pids = (server.worker_pid(), server.web_pid())
    before = []
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
        before.append(_memory_mb(pid, NOW))
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    worker, web = (_memory_mb(pid, PEAK) - was for pid, was in zip(pids, before, strict=True))
    return (worker, web), seconds


def _memory_mb(pid: int, what: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def _directly(server: Server, filled: Filled, kind: str, target: Path) -> None:
    _ask(server, filled, "/report/v1{}/reports/detailed", _body(kind), target=target)


def _in_background(server: Server, filled: Filled, kind: str, target: Path) -> None:
    path = "/api/hourbook/v1{}/exports"
    started = _ask(server, filled, path, {"type": "DETAILED", "filter": _body(kind)})
    export = f"{path}/{started['id']}"
    while (state := _ask(server, filled, export)["state"]) == "WAITING":
        time.sleep(0.5)
    if state != "DONE":
        raise RuntimeError(f"the export ended as {state}")
    _ask(server, filled, export + "/file", target=target)


def _body(kind: str) -> dict[str, Any]:
    return WHOLE | {"exportType": kind}


def _ask(server: Server, filled: Filled, path: str, body: Any = None, *, target: Path | None = None) -> Any:
    """The answer's JSON, or its content in a file."""
    address = f"http://127.0.0.1:{server.port}" + path.format(f"/workspaces/{filled.workspace_id}")
    headers = {"X-Api-Key": filled.api_key, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=900) as answer:
        if target is None:
            return json.loads(answer.read())
        with target.open("wb") as file:
            shutil.copyfileobj(answer, file, 1 << 16)
    return None


def main() -> None:
    """Prints the rows."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hourbook-bench-", dir=options.folder) as name:
        filled = seed(Path(name, "data"), entries=options.entries, users=100, projects=20)
        with start_hourbook(filled) as server:
            for row in export_memory_rows(server, filled, Path(name)):
                print(f"{row.value:>6} {row.unit}, at most {row.target}: {row.name}", flush=True)


if __name__ == "__main__":
    main()
