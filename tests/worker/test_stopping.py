"""A worker that is told to stop lets what it is sending end, and nothing comes twice."""

import signal
import time
from pathlib import Path

from hourbook.cli import supervisor
from hourbook.worker import posting, process, verb_server
from tests.conftest import DATABASE
from tests.databases import fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.writers import Caller
from tests.harness import SECRET_KEY
from tests.worker.receiver import Got, Receiver, Say

# Longer than the rest of a worker's work is waited for.
SLOW_SECONDS = process.FINISH_SECONDS + 1.5
WAIT_SECONDS = 20.0


def test_each_waits_longer_than_whom_it_waits_for() -> None:
    waits = (posting.WHOLE_SECONDS, process.TRY_SECONDS, verb_server.LEAVING_SECONDS, supervisor.STOP_MARGIN_SECONDS)
    assert list(waits) == sorted(set(waits))


def test_a_try_at_a_slow_receiver_ends_before_the_server_does(tmp_path: Path, receiver: Receiver) -> None:
    def answer(got: Got) -> Say:
        time.sleep(SLOW_SECONDS)
        return Say()

    receiver.answer = answer
    with fresh_database(tmp_path) as url:
        database = url if DATABASE == "postgresql" else None
        environment = {"HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "HOURBOOK_SECRET_KEY": SECRET_KEY}
        server = HourbookProcess(tmp_path, database=database, log=tmp_path / "log", environment=environment)
        office = server.create_owner()
        try:
            program = server.launch()
            server.wait_until_ready()
            caller = Caller(office, server.port)
            webhook_id = hook(caller, receiver)
            assert caller.send("POST", "/tags", {"name": "slow"})[0] == 201
            wait_for_one(receiver)
            caller.close()
            program.send_signal(signal.SIGTERM)
            assert program.wait(2 * WAIT_SECONDS) == 0
            server.start()
            caller = Caller(office, server.port)
            found = caller.send("GET", f"/webhooks/{webhook_id}/statuses")[1]
            caller.close()
            assert [one["status"] for one in found] == ["SUCCEEDED"]
            assert len(receiver.ids) == 1
        finally:
            server.kill(with_children=True)


def hook(caller: Caller, receiver: Receiver) -> str:
    source = {"triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    body = {"name": "Slow", "url": receiver.url, "webhookEvent": "NEW_TAG", **source}
    status, answer = caller.send("POST", "/webhooks", body)
    assert status == 201, answer
    return str(answer["id"])


def wait_for_one(receiver: Receiver) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not receiver.ids and time.monotonic() < until:
        time.sleep(0.01)
    assert len(receiver.ids) == 1
