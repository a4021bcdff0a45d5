"""Real servers beside one another: streams go on at the next one, twins meet, and limits hold for all together.

On PostgreSQL two servers share a database; an embedded database has one, which is killed and started again.
"""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.databases import IS_SQLITE, fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.writers import GONE, Caller, Office
from tests.http.redis_server import SERVERS, running_redis

pytestmark = pytest.mark.slow
TAGS, PATIENCE_SECONDS = 60, 90.0
AGAIN = {409, 503}
# Against a machine so busy that a part of it answers too late.
ATTEMPTS = 4


class Listener(threading.Thread):
    """A client that goes on at the next server with its Last-Event-ID whenever its line breaks."""

    def __init__(self, office: Office, servers: list[HourbookProcess]) -> None:
        super().__init__(daemon=True)
        self._office, self._servers = office, servers
        self._last_id = ""
        self.revisions: list[int] = []
        self.lines = 0
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            server = self._servers[self.lines % len(self._servers)]
            with contextlib.suppress(*GONE):
                self._listen(server.port)
            time.sleep(0.05)

    def _listen(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"X-Api-Key": self._office.key, "Accept": "text/event-stream"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        try:
            connection.request("GET", f"/api/hourbook/v1/workspaces/{self._office.workspace_id}/events", None, headers)
            answer = connection.getresponse()
            if answer.status != 200:
                return
            self.lines += 1
            while (line := answer.readline()) and not self.is_over.is_set():
                self._take(line.decode().rstrip("\n"))
        finally:
            connection.close()

    def _take(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if name == "data" and value != "{}":
            found = json.loads(value)
            self.revisions.append(found["revision"])
        elif name == "id":
            self._last_id = value


@contextlib.contextmanager
def running(tmp_path: Path, **environment: str) -> Iterator[tuple[Office, list[HourbookProcess]]]:
    """Two servers of one database, or the one that an embedded database has."""
    environment |= {"HOURBOOK_SECRET_KEY": "a-long-text-for-tests-and-nothing-else"}
    with fresh_database(tmp_path) as url:
        names = ["one"] if IS_SQLITE else ["one", "other"]
        servers = []
        for name in names:
            (tmp_path / name).mkdir()
            database = None if IS_SQLITE else url
            log = tmp_path / f"{name}.log"
            servers.append(HourbookProcess(tmp_path / name, database=database, log=log, environment=environment))
        try:
            office = servers[0].create_owner()
            for server in servers:
                server.start()
            yield office, servers
        finally:
            for server in servers:
                server.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, list[HourbookProcess]]]:
    """Of tests that need no limits; each has tags with other numbers."""
    with running(tmp_path_factory.mktemp("servers")) as found:
        yield found


def post(office: Office, server: HourbookProcess, name: str, key: str = "") -> tuple[int, Any, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"X-Api-Key": office.key, "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    try:
        path = f"/api/v1/workspaces/{office.workspace_id}/tags"
        connection.request("POST", path, json.dumps({"name": name}), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def tag_ids(office: Office, server: HourbookProcess) -> set[str]:
    with contextlib.closing(Caller(office, server.port)) as caller:
        return {tag["id"] for tag in caller.read_all("/tags")}


def post_for_certain(office: Office, servers: list[HourbookProcess], number: int) -> Any:
    """Again and again, at one server after the other, with one key."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    turn = number
    while time.monotonic() < deadline:
        turn += 1
        with contextlib.suppress(*GONE):
            status, body, _ = post(office, servers[turn % len(servers)], f"tag {number}", f"key {number}")
            if status not in AGAIN:
                assert status == 201, body
                return body
        time.sleep(0.05)
    raise AssertionError("nobody answered")


def until(holds: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_stream_goes_on_at_the_next_server_and_skips_nothing_when_servers_are_killed(
    shared: tuple[Office, list[HourbookProcess]],
) -> None:
    office, servers = shared
    listener = Listener(office, servers)
    listener.start()
    until(lambda: listener.lines > 0, "nobody listens")
    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(post_for_certain, office, servers, number) for number in range(TAGS // 2)]
        for kills, server in enumerate(servers, start=1):
            until(lambda: len(listener.revisions) > 3, "nothing is heard")
            server.kill(with_children=True)
            # The rest comes while the first is away, so some of it is heard on another line however fast they are.
            made += [threads.submit(post_for_certain, office, servers, number) for number in range(len(made), TAGS)]
            server.start()
            until(lambda lines=kills: listener.lines > lines, "nobody goes on")
        ids = {one.result()["id"] for one in made}
    assert len(ids) == TAGS
    assert ids <= tag_ids(office, servers[0])
    until(lambda: len(listener.revisions) >= TAGS, f"heard of {len(listener.revisions)}")
    listener.is_over.set()
    post_for_certain(office, servers, TAGS)
    listener.join()
    first = listener.revisions[0]
    assert listener.revisions[:TAGS] == list(range(first, first + TAGS))


def test_twins_at_several_servers_have_one_effect(shared: tuple[Office, list[HourbookProcess]]) -> None:
    office, servers = shared
    before = tag_ids(office, servers[0])
    with ThreadPoolExecutor(16) as threads:
        for number in range(1000, 1010):
            twins = [
                threads.submit(post_for_certain, office, servers[turn % len(servers) :], number) for turn in range(16)
            ]
            assert len({twin.result()["id"] for twin in twins}) == 1
    assert len(tag_ids(office, servers[0]) - before) == 10


@pytest.mark.skipif(not SERVERS, reason="no Valkey or Redis runs here, nor does the wheel of one")
def test_limits_hold_for_all_servers_together_and_for_each_when_the_shared_counts_are_away(tmp_path: Path) -> None:
    with running_redis(SERVERS[0]) as redis:
        limits = {"HOURBOOK_RATE_LIMIT_PER_SECOND": "1", "HOURBOOK_RATE_LIMIT_STORAGE": redis.address}
        with running(tmp_path, **limits) as (office, servers):

            def statuses(name: str) -> list[int]:
                found = [post(office, servers[turn % len(servers)], f"{name} {turn}") for turn in range(8)]
                refused = [(body, headers) for status, body, headers in found if status == 429]
                assert {json.dumps(body) for body, _ in refused} == {'{"message": "Too many requests", "code": 429}'}
                assert {headers["retry-after"] for _, headers in refused} <= {"1", "2"}
                return [status for status, _, _ in found]

            # Two at once, and one for each second that the requests took. On a machine so busy that the counts answer
            # too late, each server counts for itself for a moment: then once more.
            for attempt in range(ATTEMPTS):
                began = time.monotonic()
                taken = statuses(f"shared {attempt}").count(201)
                if 2 <= taken <= 3 + int(time.monotonic() - began):
                    break
                time.sleep(2.5)
            else:
                raise AssertionError(f"{taken} were let through")
            redis.stop()
            time.sleep(2.5)
            began = time.monotonic()
            taken = statuses("alone").count(201)
            assert 2 * len(servers) <= taken <= (3 + int(time.monotonic() - began)) * len(servers)
