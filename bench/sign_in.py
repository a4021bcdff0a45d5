"""What signing in costs, what it tells, and what a flood of it does to everybody else.

Every try comes from an address of its own (the server believes this machine's X-Forwarded-For), so that
the limits refuse none and each wrong password is hashed: the worst that a flood can do.
"""

import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import scenarios
from bench.load import Figures, Make, measure
from bench.servers import Filled, Server, free_port, hourbook, running, seed
from bench.table import Row, summary

TRIES, QUICK_TRIES = 1000, 200
ACCOUNTS = 100
PASSWORD = "a password of the bench"
SLOWEST_MS, FASTEST_MS, DIFFERENCE_PERCENT, ALLOWED_FACTOR = 250.0, 50.0, 5.0, 2.0
FLOOD_CONNECTIONS, OTHER_CONNECTIONS = 8, 4


def sign_in_rows(folder: Path, *, quick: bool = False) -> list[Row]:
    """The cost of a hash, the medians of known and unknown accounts, and lists and creates during a flood."""
    tries = QUICK_TRIES if quick else TRIES
    filled = seed(folder / "sign-in", entries=2000, users=4, projects=2)
    emails = _make_accounts(filled)
    rows = _hash_rows()
    with _started(filled) as server:
        rows.append(_difference(server, emails, tries))
        found = scenarios.sample(server, filled)
        for name, make in (("list", scenarios.list_fifty(found)), ("create", scenarios.create(found))):
            rows += _beside_a_flood(server, make, name, tries)
    return rows


def _make_accounts(filled: Filled) -> list[str]:
    """Accounts that can sign in, all with one password, made before the server starts."""
    from hourbook import main
    from hourbook.access.actors import SYSTEM
    from hourbook.access.passwords import hash_password
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts, Tx
    from hourbook.resources.users import actions

    runtime = main.build(filled.database_url)
    stored = hash_password(PASSWORD)
    emails = [f"person{number}@sign-in.example" for number in range(ACCOUNTS)]

    def work(tx: Tx) -> None:
        for email in emails:
            actions.create_member(tx, email, name=None, password_hash=stored)

    runtime.database.open()
    facts = Facts(SYSTEM, runtime.clock.now_us(), "bench", runtime.ids.new_id, Origin.CLI)
    runtime.database.write_now(facts, filled.workspace_id, work)
    runtime.database.close()
    return emails


@contextmanager
def _started(filled: Filled) -> Iterator[Server]:
    port = free_port()
    command = [*hourbook("serve", "--data", str(filled.folder), "--port", str(port)), "--database", filled.database_url]
    with running(command, port, "/ready", {"HOURBOOK_TRUSTED_PROXIES": "127.0.0.1"}) as server:
        yield server


def _hash_rows() -> list[Row]:
    from hourbook.access.passwords import hash_password, is_password

    stored = hash_password(PASSWORD)
    took = []
    for _ in range(30):
        started = time.perf_counter()
        is_password("another one", stored)
        took.append((time.perf_counter() - started) * 1000)
    median = round(statistics.median(took), 1)
    return [
        Row("a password hash", "", median, SLOWEST_MS, False, "ms"),
        Row("a password hash, not too cheap", "", median, FASTEST_MS, True, "ms"),
    ]


def _difference(server: Server, emails: list[str], tries: int) -> Row:
    """How far the medians of known and unknown accounts are apart, in percent; in a random order, one at a time."""
    order = random.Random(1)
    is_known = [order.random() < 0.5 for _ in range(tries)]

    def make(number: int) -> bytes:
        email = emails[number % ACCOUNTS] if is_known[number] else f"nobody{number}@sign-in.example"
        return _wrong(email, number)

    found = measure(server.port, make, connections=1, count=tries)
    _check_refused(found)
    known, unknown = (
        statistics.median(ms for ms, one in zip(found.latencies_ms, is_known, strict=True) if one is wanted)
        for wanted in (True, False)
    )
    percent = round(abs(known / unknown - 1) * 100, 2)
    note = f"{known:.1f} and {unknown:.1f} ms over {tries:,} tries"
    name = "wrong sign-ins: known and unknown accounts apart"
    return Row(name, "", percent, DIFFERENCE_PERCENT, False, "%", ours=summary([found]), note=note)


def _beside_a_flood(server: Server, make: Make, name: str, tries: int) -> list[Row]:
    """One kind of request, quiet and during the flood, at a few connections."""
    seconds = 5.0
    measure(server.port, make, connections=OTHER_CONNECTIONS, seconds=1)
    quiet = measure(server.port, make, connections=OTHER_CONNECTIONS, seconds=seconds)
    command = [sys.executable, "-m", "bench.sign_in", str(server.port), str(tries)]
    loud = _during(command, server, make)
    if quiet.failures or loud.failures:
        raise RuntimeError(f"requests were refused: {(quiet.failures + loud.failures)[:3]}")
    figures = (summary([loud]), summary([quiet]))
    rows = []
    for word, share in (("median", 0.5), ("p99", 0.99)):
        factor = round(loud.percentile(share) / quiet.percentile(share), 3)
        text = f"{name} during {tries:,} wrong sign-ins: {word}"
        rows.append(Row(text, f"quiet {word}", factor, ALLOWED_FACTOR, False, "times", *figures))
    return rows


def _during(command: list[str], server: Server, make: Make) -> Figures:
    """What is measured while a command runs, which has to succeed."""
    import subprocess

    ended = threading.Event()
    done: list[subprocess.CompletedProcess[str]] = []

    def run() -> None:
        done.append(subprocess.run(command, capture_output=True, text=True, check=False))
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1)  # the other program starts
    found = measure(
        server.port, lambda number: None if ended.is_set() else make(number), connections=OTHER_CONNECTIONS, seconds=600
    )
    thread.join()
    if done[0].returncode:
        raise RuntimeError(done[0].stderr[-500:])
    return found


def _wrong(email: str, number: int) -> bytes:
    """A wrong sign-in from an address that nobody used before."""
    body = json.dumps({"email": email, "password": f"wrong {number}"}).encode()
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    head = f"POST /api/hourbook/v1/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _check_refused(found: Figures) -> None:
    other = [line for line in found.failures if " 401 " not in line + " "]
    if other or len(found.failures) != len(found.latencies_ms):
        raise RuntimeError(f"a wrong sign-in was answered otherwise: {other[:3]}")


def _flood(port: int, tries: int) -> None:
    """Wrong sign-ins, as many at once as a few connections have."""
    offset = random.SystemRandom().randrange(1 << 22) + (1 << 20)
    found = measure(
        port,
        lambda number: _wrong(f"flood{offset + number}@sign-in.example", offset + number),
        connections=FLOOD_CONNECTIONS,
        count=tries,
    )
    _check_refused(found)


if __name__ == "__main__":
    _flood(int(sys.argv[1]), int(sys.argv[2]))
