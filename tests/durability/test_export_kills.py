"""A worker that is killed while it makes files: what was asked in the background comes whole, what was asked
directly breaks off visibly.

A server as people run it, with its supervisor. Nothing is shortened: the next worker takes up at once what the
one before had in hand. A worker is stopped before it is killed, so that it is certain what it was doing; one that was
too quick for that is asked again.
"""

import contextlib
import csv
import http.client
import io
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook import main as parts
from hourbook.access.actors import SYSTEM
from hourbook.core.types import Origin
from hourbook.db.statement import Statement
from hourbook.db.tables.exports import export_parts, exports
from hourbook.db.tables.jobs import jobs
from hourbook.db.tx import Facts
from tests.databases import IS_SQLITE, fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.worker_kills import worker_pid
from tests.durability.writers import Office

pytestmark = pytest.mark.slow

ENTRIES = 40_000
TRIES_AT_STOPPING = 10
LONG_SECONDS = 120.0
WHOLE = {"dateRangeStart": "1990-01-01T00:00:00Z", "dateRangeEnd": "2050-12-31T23:59:59Z", "exportType": "CSV"}
PARTS = Statement(sa.select(export_parts.c.attempt, export_parts.c.number))
TRIES = Statement(sa.select(jobs.c.attempts).where(jobs.c.kind == "export").order_by(jobs.c.created_at_us))
EXPORTS = Statement(sa.select(exports.c.attempt, exports.c.parts_count, exports.c.state))


class Stage:
    """The server, what its worker has in hand, and the tables seen from beside it."""

    def __init__(self, server: HourbookProcess, office: Office, url: str) -> None:
        self.server, self.office = server, office
        self._beside = parts.build(url)
        self._beside.database.open(writes=not self._beside.engine.one_writer)
        self._last_killed: int | None = None

    def close(self) -> None:
        self._beside.database.close()

    def rows(self, statement: Statement) -> list[Any]:
        facts = Facts(SYSTEM, self._beside.clock.now_us(), "test", self._beside.ids.new_id, Origin.CLI)
        found: list[Any] = self._beside.database.read_now(facts, "", lambda tx: tx.rows(statement))
        return found

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LONG_SECONDS)

    def ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> None:
        headers = {"X-Api-Key": self.office.key, "Content-Type": "application/json"}
        workspace = f"/workspaces/{self.office.workspace_id}"
        text = None if body is None else json.dumps(body)
        connection.request(method, path.replace("{workspace}", workspace), text, headers)

    def answered(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        connection = self.connection()
        try:
            self.ask(connection, method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def own(self, method: str, path: str, body: Any = None) -> Any:
        status, content = self.answered(method, "/api/hourbook/v1{workspace}/exports" + path, body)
        assert status in (200, 201), (status, content)
        return json.loads(content)

    def direct(self) -> bytes:
        """The file that the report's own route answers; patient while a worker starts."""
        for _ in range(50):
            status, content = self.answered("POST", "/report/v1{workspace}/reports/detailed", WHOLE)
            if status == 200:
                return content
            assert status == 503, (status, content)
            time.sleep(0.2)
        raise AssertionError("no worker came back")

    def worker(self) -> int:
        """The worker that runs now, once it is another than the one that was killed."""
        until(lambda: worker_pid(self.server.pid) not in (None, self._last_killed), "no worker came back")
        pid = worker_pid(self.server.pid)
        assert pid is not None
        return pid

    def making(self, suffix: str) -> bool:
        """Whether the worker has written some of a file of this kind, and not all."""
        folder = Path(f"/proc/{worker_pid(self.server.pid) or 0}/fd")
        try:
            return any(
                str(one.readlink()).endswith(suffix) and one.stat().st_size > 0 and is_written(one)
                for one in folder.iterdir()
            )
        except OSError:
            return False

    def kill(self) -> None:
        self._last_killed = self.worker()
        os.kill(self._last_killed, signal.SIGKILL)

    def kill_while(self, is_so: Callable[[], bool], *, unless: Callable[[], bool]) -> bool:
        """Kills the worker in the middle of something; False when it was done before the worker stood still."""
        worker = self.worker()
        until(lambda: is_so() or unless(), "it is never begun")
        os.kill(worker, signal.SIGSTOP)
        until(lambda: stands_still(worker), "the worker goes on")
        if is_so():
            self.kill()
            return True
        os.kill(worker, signal.SIGCONT)
        return False

    def interrupted_export(self) -> str:
        """One whose worker was killed while it made the file, and the next one while it kept what was made."""
        for _ in range(TRIES_AT_STOPPING):
            export_id: str = self.own("POST", "", {"type": "DETAILED", "filter": WHOLE})["id"]
            if self.kill_while(lambda: self.making(".export"), unless=self.is_done) and self.kill_while(
                lambda: not self.is_done() and self.parts_count(2) > 1, unless=self.is_done
            ):
                return export_id
            until(self.is_done, "it is never finished")
            assert self.answered("DELETE", f"/api/hourbook/v1{{workspace}}/exports/{export_id}")[0] == 204
        raise AssertionError("the worker is too quick")

    def interrupted_download(self, whole: bytes) -> tuple[int, str | None, Any]:
        """The answer (its status, when to come back, what it says) about a file whose worker was killed while it made
        it."""
        for _ in range(TRIES_AT_STOPPING):
            assert self.direct() == whole
            with contextlib.closing(self.connection()) as connection:
                self.ask(connection, "POST", "/report/v1{workspace}/reports/detailed", WHOLE)
                is_answered = partial(has_something, connection)
                is_killed = self.kill_while(lambda: self.making(".csv"), unless=is_answered)
                answer = connection.getresponse()
                if is_killed:
                    return answer.status, answer.getheader("Retry-After"), json.loads(answer.read())
                assert answer.read() == whole
        raise AssertionError("the worker is too quick")

    def parts_count(self, attempt: int) -> int:
        return sum(row[0] == attempt for row in self.rows(PARTS))

    def is_done(self) -> bool:
        return [row[2] for row in self.rows(EXPORTS)] == ["DONE"]


def is_written(descriptor: Path) -> bool:
    """Whether it was opened for writing."""
    told = (descriptor.parent.parent / "fdinfo" / descriptor.name).read_text()
    flags = next(line.split()[1] for line in told.splitlines() if line.startswith("flags:"))
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def has_something(connection: http.client.HTTPConnection) -> bool:
    """Whether an answer has begun to come."""
    return bool(select.select([connection.sock], [], [], 0)[0])


def stands_still(pid: int) -> bool:
    """Whether each of its threads is stopped."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(one.read_text().rpartition(")")[2].split()[0] == "T" for one in threads)


def until(is_so: Callable[[], Any], otherwise: str) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.002)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """For both tests: only one of them makes exports."""
    tmp_path = tmp_path_factory.mktemp("exports")
    data = tmp_path / "data"
    data.mkdir()
    with fresh_database(data) as found:
        url = f"sqlite:///{data / 'hourbook.db'}" if IS_SQLITE else found
        log = tmp_path / "server.log"
        server = HourbookProcess(data, database=None if IS_SQLITE else url, log=log, environment={})
        office = server.seed(entries=ENTRIES, users=20, projects=10)
        server.start()
        there = Stage(server, office, url)
        try:
            yield there
        finally:
            there.close()
            server.close()


def test_an_export_whose_worker_is_killed_is_finished_once_and_whole(stage: Stage) -> None:
    export_id = stage.interrupted_export()
    assert stage.own("GET", f"/{export_id}")["state"] == "WAITING"
    assert stage.answered("GET", f"/api/hourbook/v1{{workspace}}/exports/{export_id}/file")[0] in (409, 503)
    stage.worker()
    until(lambda: stage.own("GET", f"/{export_id}")["state"] != "WAITING", "it is never finished")
    shown = stage.own("GET", f"/{export_id}")
    assert (shown["state"], shown["rowsCount"], shown["progressPercent"]) == ("DONE", ENTRIES, 100)
    assert [one["id"] for one in stage.own("GET", "")] == [export_id]
    # Two tries left nothing: only the portions of the third are there, each once.
    assert stage.rows(TRIES)[-1][0] == 3
    ((attempt, count, _),) = stage.rows(EXPORTS)
    assert sorted(map(tuple, stage.rows(PARTS))) == [(attempt, number) for number in range(count)]
    assert attempt == 3
    status, content = stage.answered("GET", f"/api/hourbook/v1{{workspace}}/exports/{export_id}/file")
    assert (status, len(content)) == (200, shown["sizeBytes"])
    assert content == stage.direct()
    assert sum(1 for _ in csv.reader(io.StringIO(content.decode()))) == ENTRIES + 1


def test_a_download_whose_worker_is_killed_never_looks_complete(stage: Stage) -> None:
    whole = stage.direct()
    # While it is sent: its length was promised, and the connection is cut before.
    connection = stage.connection()
    stage.ask(connection, "POST", "/report/v1{workspace}/reports/detailed", WHOLE)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Length")) == (200, str(len(whole)))
    begun = answer.read(1000)
    stage.kill()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answer.read()
    connection.close()
    assert whole.startswith(begun)
    # While it is made: no file, and word to come back.
    status, come_back, said = stage.interrupted_download(whole)
    assert (status, come_back, said["code"]) == (503, "2", 503)
    assert stage.direct() == whole
