"""Fifty threads send one POST with one Idempotency-Key, again and again, while the server is killed: one effect."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.databases import IS_SQLITE, fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.writers import GONE, Caller, Office

pytestmark = pytest.mark.slow
SENDERS, ROUNDS, KILLS = 50, 2, 2
PATIENCE_SECONDS = 120.0
# The server is away or stopping, or a twin is being answered: the request is sent again.
AGAIN = {409, 503}


class Sender(threading.Thread):
    """Sends until it has an answer that is one."""

    def __init__(self, office: Office, server: HourbookProcess, key: str, body: Any) -> None:
        super().__init__()
        self._office, self._server, self._key, self._body = office, server, key, body
        self.status = 0
        self.answer: Any = None
        self.is_replayed = False
        self.sent_count = 0

    def run(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                self._send()
            except GONE:
                time.sleep(0.05)
                continue
            if self.status not in AGAIN:
                return
            time.sleep(0.02)

    def _send(self) -> None:
        self.sent_count += 1
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=20)
        headers = {"X-Api-Key": self._office.key, "Content-Type": "application/json", "Idempotency-Key": self._key}
        try:
            path = f"/api/v1/workspaces/{self._office.workspace_id}/time-entries"
            connection.request("POST", path, json.dumps(self._body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        self.status, self.answer = answer.status, json.loads(text)
        self.is_replayed = answer.headers.get("Idempotency-Replayed") == "true"


def send_all(office: Office, server: HourbookProcess, number: int, kill: Callable[[], None]) -> list[Sender]:
    body = {"start": "2026-05-20T10:00:00Z", "end": "2026-05-20T11:00:00Z", "description": f"request {number}"}
    senders = [Sender(office, server, f"key {number}", body) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    kill()
    for sender in senders:
        sender.join()
    return senders


def test_fifty_twins_have_one_effect_whenever_the_server_is_killed(tmp_path: Path) -> None:
    chance = random.Random()
    data = tmp_path / "data"
    data.mkdir()
    with fresh_database(tmp_path) as url:
        server = HourbookProcess(data, database=None if IS_SQLITE else url, log=tmp_path / "log", environment={})
        try:
            office = server.create_owner()
            server.start()

            def kill() -> None:
                for _ in range(KILLS):
                    time.sleep(chance.uniform(0.0, 0.15))
                    server.kill(with_children=True)
                    server.start()

            rounds = [send_all(office, server, number, kill) for number in range(ROUNDS)]
            caller = Caller(office, server.port)
            entries = caller.read_all(f"/user/{office.user_id}/time-entries")
            caller.close()
            fault = server.doctor()
        finally:
            server.close()
    assert [sender.status for senders in rounds for sender in senders] == [201] * (SENDERS * ROUNDS)
    assert sorted(entry["description"] for entry in entries) == [f"request {number}" for number in range(ROUNDS)]
    for senders in rounds:
        assert len({sender.answer["id"] for sender in senders}) == 1
        assert sum(not sender.is_replayed for sender in senders) <= 1
    assert sum(sender.sent_count for senders in rounds for sender in senders) > SENDERS * ROUNDS
    assert fault is None
