"""TimeTagger: a record PUT beside our create, a GET of 50 records beside our list of 50.

Installed unmodified into a virtual environment of its own (kept in the folder given), started on
127.0.0.1 with an empty data folder, and asked over the same load generator.
"""

import base64
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.load import Figures, measure
from bench.servers import Server, free_port, running

_API = "/timetagger/api/v2/"
_FIRST_S = 1_700_000_000
LISTED = 50


def install(folder: Path) -> Path:
    """The interpreter of a virtual environment that has TimeTagger."""
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "timetagger"], check=True, capture_output=True)
        (folder / "installed").touch()
    return python


@contextlib.contextmanager
def started(python: Path, data: Path) -> Iterator[tuple[Server, str]]:
    """A running TimeTagger and a token for its local user."""
    port = free_port()
    command = [str(python), "-m", "timetagger", f"--bind=127.0.0.1:{port}", f"--datadir={data}", "--log_level=error"]
    with running(command, port, _API) as server:
        body = base64.b64encode(json.dumps({"method": "localhost"}).encode())
        address = f"http://127.0.0.1:{port}{_API}bootstrap_authentication"
        with urllib.request.urlopen(urllib.request.Request(address, data=body, method="POST"), timeout=10) as answer:
            yield server, json.load(answer)["token"]


def _request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    head = f"{method} {_API}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nauthtoken: {token}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _record(number: int) -> bytes:
    start = _FIRST_S + 3600 * number
    record = {"key": f"k{number}", "mt": int(time.time()), "t1": start, "t2": start + 3600, "ds": "work #billable"}
    return json.dumps([record]).encode()


def put_records(server: Server, token: str, *, connections: int, seconds: float) -> Figures:
    """One record a request, each stored before its answer."""
    return measure(
        server.port,
        lambda number: _request("PUT", "records", token, _record(number)),
        connections=connections,
        seconds=seconds,
    )


def fill(server: Server, token: str) -> None:
    """At least the fifty records that are read."""
    body = json.dumps([json.loads(_record(number))[0] for number in range(LISTED)]).encode()
    done = measure(server.port, lambda _: _request("PUT", "records", token, body), connections=1, count=1)
    if done.failures:
        raise RuntimeError(f"TimeTagger refused records: {done.failures[0]}")


def get_records(server: Server, token: str, *, connections: int, seconds: float) -> Figures:
    """Fifty records a request."""
    window = f"records?timerange={_FIRST_S}-{_FIRST_S + 3600 * LISTED - 1}"
    return measure(server.port, lambda _: _request("GET", window, token), connections=connections, seconds=seconds)
