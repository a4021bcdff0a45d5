"""A worker that is killed while it makes files: what was asked in the background comes whole, what was asked
directly breaks off visibly.

A server as people run it, with its supervisor. Nothing is shortened: the next worker takes up at once what the
one before had in hand.
"""

import csv
import http.client
import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
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

ENTRIES = 60_000
LONG_SECONDS = 120.0
WHOLE = {"dateRangeStart": "1990-01-01T00:00:00Z", "dateRangeEnd": "2050-12-31T23:59:59Z", "exportType": "CSV"}
PARTS = Statement(sa.select(export_parts.c.attempt, export_parts.c.number))
TRIES = Statement(sa.select(jobs.c.attempts).where(jobs.c.kind == "export"))
EXPORTS = Statement(sa.select(exports.c.attempt, exports.c.parts_count))


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
        """Whether the worker has written some of a file of this kind."""
        folder = Path(f"/proc/{worker_pid(self.server.pid) or 0}/fd")
        try:
            return any(str(one.readlink()).endswith(suffix) and one.stat().st_size > 0 for one in folder.iterdir())
        except OSError:
            return False

    def kill(self) -> None:
        self._last_killed = self.worker()
        os.kill(self._last_killed, signal.SIGKILL)


def until(is_so: Callable[[], Any], otherwise: str) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.002)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
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
    stage.worker()
    export_id = stage.own("POST", "", {"type": "DETAILED", "filter": WHOLE})["id"]
    until(lambda: stage.making(".export"), "the file is never begun")
    stage.kill()
    stage.worker()
    until(lambda: len(stage.rows(PARTS)) > 1, "no portion is ever written")
    stage.kill()
    assert stage.own("GET", f"/{export_id}")["state"] == "WAITING"
    assert stage.answered("GET", f"/api/hourbook/v1{{workspace}}/exports/{export_id}/file")[0] in (409, 503)
    stage.worker()
    until(lambda: stage.own("GET", f"/{export_id}")["state"] != "WAITING", "it is never finished")
    shown = stage.own("GET", f"/{export_id}")
    assert (shown["state"], shown["rowsCount"], shown["progressPercent"]) == ("DONE", ENTRIES, 100)
    assert [one["id"] for one in stage.own("GET", "")] == [export_id]
    # Two tries left nothing: only the portions of the third are there, each once.
    assert [row[0] for row in stage.rows(TRIES)] == [3]
    ((attempt, count),) = stage.rows(EXPORTS)
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
    assert stage.direct() == whole
    connection = stage.connection()
    stage.ask(connection, "POST", "/report/v1{workspace}/reports/detailed", WHOLE)
    until(lambda: stage.making(".csv"), "the file is never begun")
    stage.kill()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Retry-After")) == (503, "2")
    assert json.loads(answer.read())["code"] == 503
    connection.close()
    assert stage.direct() == whole
