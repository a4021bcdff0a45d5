"""A worker that is told to stop lets what it is sending end, and nothing comes twice."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from hourbook.cli import supervisor
from hourbook.settings import load_settings
from hourbook.worker import posting, process, verb_server
from hourbook.worker.places import places
from tests.conftest import DATABASE
from tests.databases import fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.writers import Caller
from tests.harness import SECRET_KEY
from tests.worker.receiver import Got, Receiver, Say

SLOW_SECONDS = 2.0
WAIT_SECONDS = 60.0


def test_each_waits_longer_than_whom_it_waits_for() -> None:
    waits = (posting.WHOLE_SECONDS, process.TRY_SECONDS, verb_server.LEAVING_SECONDS, supervisor.STOP_MARGIN_SECONDS)
    assert list(waits) == sorted(set(waits))


class LastTry:
    """What is posted when the worker is told to stop, until a receiver has answered."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.is_settled = False

    async def finish(self) -> None:
        await self.answered.wait()
        self.is_settled = True


@pytest.mark.parametrize(("stop_seconds", "is_settled"), [("60", True), ("0.1", False)])
def test_a_try_is_waited_for_longer_than_other_work_where_the_server_may_take_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_seconds: str, is_settled: bool
) -> None:
    monkeypatch.setattr(process, "FINISH_SECONDS", 0.1)

    async def stop() -> None:
        last_try, hangs = LastTry(), asyncio.Event()
        other_work = asyncio.create_task(hangs.wait())
        with places(tmp_path) as met:
            worker = process.Worker(load_settings({}, {"HOURBOOK_STOP_SECONDS": stop_seconds}), met)
            if is_settled:
                asyncio.get_running_loop().call_later(0.3, last_try.answered.set)
            await asyncio.wait_for(worker._finish([other_work], last_try), WAIT_SECONDS)  # type: ignore[arg-type,list-item]
        assert last_try.is_settled is is_settled
        await asyncio.wait([other_work])
        assert other_work.cancelled()

    asyncio.run(stop())


def test_a_try_at_a_slow_receiver_ends_before_the_server_does(tmp_path: Path, receiver: Receiver) -> None:
    def answer(got: Got) -> Say:
        time.sleep(SLOW_SECONDS)
        return Say()

    receiver.answer = answer
    with fresh_database(tmp_path) as url:
        database = url if DATABASE == "postgresql" else None
        environment = {"HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "HOURBOOK_SECRET_KEY": SECRET_KEY}
        environment["HOURBOOK_DRAIN_SECONDS"] = "0.1"
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
