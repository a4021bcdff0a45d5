"""The supervisor: what dies is started again, a stop reaches everybody, nobody stays behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from hourbook.settings import Settings
from hourbook.worker.places import FILES_NAME, WEB_NAME, WORKER_NAME
from tests.cli.conftest import Program, Run, Shared, answers, shared_server, until
from tests.databases import IS_SQLITE
from tests.worker.sink import Sink, running_sink

Serving = Callable[..., Program]
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="figures are read from /proc")
START_LIMIT_SECONDS, STARTS = 2.0, 4
WEB_LIMIT_BYTES = 150_000_000
WORKER_LIMIT_BYTES = 80_000_000


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """For tests after which somebody else may be there, but everybody is there again."""
    with shared_server(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """A server without a worker."""
    with shared_server(tmp_path_factory.mktemp("alone"), "--no-worker") as running:
        yield running


@pytest.fixture
def owner(run: Run, own_url: str) -> dict[str, str]:
    words = ("--email", "a@example.org", "--password", "correct horse battery")
    made: dict[str, str] = run("admin", "create-owner", *words, "--json", "--database", own_url).json
    return made


def children(program: Program) -> dict[str, int]:
    """Process ids by role."""
    found = {}
    for pid, last_word in programs_below(program.process.pid):
        if last_word.startswith("hourbook-"):
            found[last_word.removeprefix("hourbook-")] = pid
    return found


def programs_below(parent: int) -> Iterator[tuple[int, str]]:
    """Each process that another one started, and the last word it was started with."""
    told = Path(f"/proc/{parent}/task/{parent}/children")
    if told.exists():
        for pid in told.read_text().split():
            # It may end while one looks.
            with contextlib.suppress(OSError):
                yield int(pid), Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").rpartition("\0")[2]
        return
    command = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)]
    for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
        yield int(line.split()[0]), line.split()[-1]


def with_worker(program: Program) -> dict[str, int]:
    until(lambda: "worker" in children(program))
    return children(program)


def storage(owner: dict[str, str]) -> str:
    return f"/api/hourbook/v1/workspaces/{owner['workspaceId']}/storage"


def pauses(program: Program) -> list[float]:
    """How long the supervisor says it waits before it starts something again."""
    return [float(line.split('"pause_seconds": ')[1].split(",")[0]) for line in program.log.splitlines()]


def long_read_works(program: Program, owner: dict[str, str]) -> None:
    until(answers(program, storage(owner), 200, x_api_key=owner["apiKey"]))
    body = program.ask(storage(owner), x_api_key=owner["apiKey"]).json
    assert {row["name"]: row["rowsCount"] for row in body["tables"]}["workspace_members"] == 1


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    return False


def test_a_worker_that_dies_is_started_again_and_the_web_process_answers_meanwhile(shared: Shared) -> None:
    program, owner = shared.program, shared.owner()
    first, told = with_worker(program), len(program.log)
    long_read_works(program, owner)
    os.kill(first["worker"], signal.SIGSTOP)
    os.kill(first["worker"], signal.SIGKILL)
    assert program.ask("/ready").status == 200
    until(lambda: children(program).get("worker") not in (None, first["worker"]))
    long_read_works(program, owner)
    assert children(program)["web"] == first["web"]
    assert "the worker process ended and is started again" in program.log[told:]


def test_without_a_worker_a_long_read_waits_for_one_or_comes_back(serving: Serving, owner: dict[str, str]) -> None:
    program = serving()
    until(answers(program, storage(owner), 200, x_api_key=owner["apiKey"]))
    for _ in range(3):  # the pause before its next start grows each time
        os.kill(with_worker(program)["worker"], signal.SIGKILL)
        until(lambda: "worker" not in children(program))
        reply = program.ask(storage(owner), x_api_key=owner["apiKey"])
        assert (reply.status, reply.headers.get("retry-after")) in ((200, None), (503, "2"))
        assert program.ask("/api/v1/user", x_api_key=owner["apiKey"]).status == 200
    # The worker may be gone, and its read refused, before the supervisor says so.
    until(lambda: len(pauses(program)) >= 3)
    assert pauses(program) == [0.1, 0.2, 0.4]
    long_read_works(program, owner)


def test_a_web_process_that_dies_is_started_again_at_the_same_address(shared: Shared) -> None:
    program, owner = shared.program, shared.owner()
    tags = f"/api/v1/workspaces/{owner['workspaceId']}/tags"
    assert program.ask(tags, method="POST", body={"name": "Kept"}, x_api_key=owner["apiKey"]).status == 201
    first = with_worker(program)
    os.kill(first["web"], signal.SIGKILL)
    until(lambda: children(program).get("web") not in (None, first["web"]))
    until(answers(program, "/ready", 200))
    assert [tag["name"] for tag in program.ask(tags, x_api_key=owner["apiKey"]).json] == ["Kept"]
    long_read_works(program, owner)


def test_when_the_supervisor_is_killed_nobody_stays_and_the_next_server_starts_at_once(
    serving: Serving, owner: dict[str, str]
) -> None:
    program = serving()
    left = with_worker(program)
    program.process.kill()
    program.end()
    again = serving()
    assert again.ask("/api/v1/user", x_api_key=owner["apiKey"]).status == 200
    until(lambda: all(map(is_gone, left.values())))
    assert again.stop() == 0


def test_a_stop_leaves_no_process_and_no_socket(serving: Serving, own_url: str, tmp_path: Path) -> None:
    program = serving()
    left = with_worker(program)
    folder = tmp_path / "own"
    if IS_SQLITE:
        until(lambda: (folder / WORKER_NAME).exists())
        assert (folder / WEB_NAME).exists()
    assert program.stop() == 0
    assert all(map(is_gone, left.values()))
    assert program.log == ""
    if IS_SQLITE:
        assert {path.name for path in folder.iterdir()} == {"hourbook.db", "hourbook.lock"}


@pytest.mark.parametrize("server", ["shared", "alone"])
def test_a_report_holds_what_was_tracked_just_before_at_each_of_its_addresses(
    request: pytest.FixtureRequest, server: str
) -> None:
    running: Shared = request.getfixturevalue(server)
    program, owner = running.program, running.owner()
    key = {"x_api_key": owner["apiKey"]}
    long_read_works(program, owner)
    below = f"/workspaces/{owner['workspaceId']}"
    entry = {"start": "2026-05-20T09:00:00Z", "end": "2026-05-20T10:00:00Z"}
    span = {"dateRangeStart": "2026-05-20T00:00:00Z", "dateRangeEnd": "2026-05-20T23:59:59Z"}
    body = span | {"summaryFilter": {"groups": ["USER"]}}
    for count, prefix in enumerate(("/report/v1", "/v1", "/report"), 1):
        assert program.ask(f"/api/v1{below}/time-entries", method="POST", body=entry, **key).status == 201
        found = program.ask(f"{prefix}{below}/reports/summary", method="POST", body=body, **key)
        assert (found.status, found.json["totals"][0]["totalTime"]) == (200, 3600 * count)


def test_a_worker_removes_what_the_one_before_was_making_when_it_was_killed(shared: Shared) -> None:
    if not IS_SQLITE:
        pytest.skip("its folder has a name of its own in each run")
    program, owner = shared.program, shared.owner()
    left = Path(shared.url.removeprefix("sqlite:///")).parent / FILES_NAME / "half.csv"
    first = with_worker(program)
    left.parent.mkdir(mode=0o700, exist_ok=True)
    left.write_text("half")
    os.kill(first["worker"], signal.SIGKILL)
    until(lambda: not left.exists())
    long_read_works(program, owner)


def test_a_server_without_a_worker_is_one_process_and_answers_long_reads_itself(alone: Shared) -> None:
    long_read_works(alone.program, alone.owner())
    assert children(alone.program) == {}


def test_a_database_that_cannot_be_used_is_a_sentence_and_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "hourbook.db").write_bytes(b"not a database" * 1000)
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "hourbook.cli.main", "serve", "--port", "0", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("The database cannot be opened")
    assert len(ended.stderr.splitlines()) == 1
    assert time.monotonic() - began < 30


def test_a_mail_goes_out_in_the_receivers_language_and_a_lost_password_can_be_set(
    serving: Serving, owner: dict[str, str], sink: Sink, run: Run, own_url: str
) -> None:
    program = serving(**sink.settings(), HOURBOOK_PUBLIC_URL="https://time.example.org")
    asked = program.ask("/api/hourbook/v1/password-reset-requests", method="POST", body={"email": "a@example.org"})
    assert asked.status < 300, asked
    until(lambda: len(sink.mails) == 1)
    assert sink.recipients == ["a@example.org"]
    assert "https://time.example.org/" in sink.texts()[0]
    until(lambda: run("mail", "list", "--json", "--database", own_url).json[0]["state"] == "SENT")
    assert program.stop() == 0
    assert program.log == ""


@needs_proc
def test_starting_and_resting_cost_little(serving: Serving, owner: dict[str, str]) -> None:
    """Processor time, so that a busy machine is no fault of the server; the least of some starts, for one may have
    stood still."""
    spent: list[float] = []
    while not spent or (min(spent) >= START_LIMIT_SECONDS and len(spent) < STARTS):
        program = serving()
        assert program.ask("/api/v1/user", x_api_key=owner["apiKey"]).status == 200
        spent.append(processor_seconds(program.process.pid) + processor_seconds(children(program)["web"]))
        pids = with_worker(program)
        until(partial(has_begun, pids["worker"]))
        resting = {role: resident_bytes(pid) for role, pid in pids.items()}
        assert program.stop() == 0
    assert min(spent) < START_LIMIT_SECONDS
    assert resting["web"] < WEB_LIMIT_BYTES, resting
    assert resting["worker"] < WORKER_LIMIT_BYTES, resting


def has_begun(pid: int) -> bool:
    return processor_seconds(pid) > 0.1


def processor_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def test_the_embedded_file_is_where_the_engine_looks(tmp_path: Path) -> None:
    from hourbook.db.engine import make_engine

    settings = Settings(data=tmp_path / "a folder % ü")
    assert settings.embedded_file == make_engine(settings.database_url).file
    assert Settings(database="postgresql://x/y").embedded_file is None
