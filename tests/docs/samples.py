"""Makes docs/samples/: files of reports as the real server makes them from the data of `hourbook demo`.

`python -m tests.docs.samples [--folder F]`. Starts the demo in a folder of its own, downloads, stops it. The
demo's company is made anew around the day it is run on, so the files differ from run to run in dates and figures.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.servers import free_port

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "samples"
START_SECONDS = 90
# File to report, kind and what is asked besides.
GROUPS = {"summaryFilter": {"groups": ["CLIENT", "PROJECT"]}}
SAMPLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "detailed.csv": ("detailed", "CSV", {"description": "sign-in"}),
    "detailed.xlsx": ("detailed", "XLSX", {"description": "sign-in"}),
    "detailed.pdf": ("detailed", "PDF", {"description": "sign-in"}),
    "summary.xlsx": ("summary", "XLSX", GROUPS),
    "summary.pdf": ("summary", "PDF", GROUPS),
}


def last_month() -> dict[str, str]:
    """The whole month before this one."""
    last = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    return {
        "dateRangeStart": f"{last:%Y-%m}-01T00:00:00",
        "dateRangeEnd": f"{last:%Y-%m-%d}T23:59:59",
        "amountShown": "EARNED",
    }


@contextmanager
def running_demo(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Its address and its note."""
    port = free_port()
    command = [sys.executable, "-m", "hourbook.cli.main", "demo", "--data", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address)
        yield address, json.loads((folder / "demo.json").read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address + "/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the demo did not start")


def download(address: str, note: dict[str, str], report: str, body: dict[str, Any]) -> bytes:
    """One file; patient while the worker starts."""
    path = f"{address}/report/v1/workspaces/{note['workspaceId']}/reports/{report}"
    headers = {"X-Api-Key": note["apiKey"], "Content-Type": "application/json"}
    for _ in range(50):
        try:
            request = urllib.request.Request(path, json.dumps(body).encode(), headers)
            with urllib.request.urlopen(request, timeout=120) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise RuntimeError(f"{report}: {error.code} {error.read()[:300]!r}") from None
            time.sleep(0.2)
    raise RuntimeError("no worker came")


def main() -> None:
    """Writes the files and says how large they are."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.samples", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hourbook-samples-") as name, running_demo(Path(name)) as (address, note):
        for file, (report, kind, more) in SAMPLES.items():
            content = download(address, note, report, last_month() | more | {"exportType": kind})
            (folder / file).write_bytes(content)
            print(f"{file}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
