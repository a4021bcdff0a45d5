"""What is sent comes after who waits for an answer: the worker yields from the first webhook on, names have threads."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hourbook.worker import posting, process
from tests.conftest import DATABASE
from tests.databases import fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.worker_kills import next_worker
from tests.durability.writers import Caller
from tests.harness import SECRET_KEY

WAIT_SECONDS = 60.0


def test_the_worker_yields_from_the_first_webhook_on(tmp_path: Path) -> None:
    with fresh_database(tmp_path) as url:
        database = url if DATABASE == "postgresql" else None
        environment = {"HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "HOURBOOK_SECRET_KEY": SECRET_KEY}
        server = HourbookProcess(tmp_path, database=database, log=tmp_path / "log", environment=environment)
        office = server.create_owner()
        server.start()
        caller = Caller(office, server.port)
        try:
            worker, web = next_worker(server.pid, None), nice_of(server.pid)
            assert caller.send("POST", "/tags", {"name": "before"})[0] == 201
            time.sleep(1.5)
            assert nice_of(worker) == web
            source = {"triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
            body = {"name": "Yielding", "url": "http://127.0.0.1:8099/", "webhookEvent": "NEW_TAG", **source}
            status, answer = caller.send("POST", "/webhooks", body)
            assert status == 201, answer
            until = time.monotonic() + WAIT_SECONDS
            while nice_of(worker) == web and time.monotonic() < until:
                time.sleep(0.02)
            # Once, however often it is woken.
            for number in range(3):
                assert caller.send("POST", "/tags", {"name": f"after {number}"})[0] == 201
                time.sleep(0.1)
            assert (nice_of(worker), nice_of(server.pid)) == (min(web + process.NICENESS, 19), web)
        finally:
            caller.close()
            server.kill(with_children=True)


def nice_of(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names that a name server never answers for, until the test is over; who asks for them is noted."""
    asked: list[str] = []
    over = threading.Event()

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        if host.startswith("hangs"):
            over.wait(WAIT_SECONDS)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]

    posting._lookup_threads.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked
    over.set()
    posting._lookup_threads().shutdown(wait=True)
    posting._lookup_threads.cache_clear()


def test_names_that_nobody_answers_for_hold_neither_the_loop_nor_its_threads(hanging: list[str]) -> None:
    """More of them than the loop's own executor has threads: what ends soon still ends soon, and so do other names."""

    async def work() -> None:
        count = posting.LOOKUPS_AT_ONCE - 1
        waiting = [asyncio.create_task(posting.look_up(f"hangs{number}.example", 443)) for number in range(count)]
        while len(hanging) < count:
            await asyncio.sleep(0.005)
        for _ in range(50):
            assert await asyncio.wait_for(asyncio.to_thread(threading.get_ident), 20)
        assert await asyncio.wait_for(posting.look_up("quick.example", 443), 20) == ["93.184.216.34"]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(asyncio.wait_for(work(), 50))


def test_only_so_many_names_are_looked_up_at_once(hanging: list[str]) -> None:
    async def work() -> None:
        count = posting.LOOKUPS_AT_ONCE + 5
        waiting = [asyncio.create_task(posting.look_up(f"hangs{number}.example", 443)) for number in range(count)]
        while len(hanging) < posting.LOOKUPS_AT_ONCE:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        assert len(hanging) == posting.LOOKUPS_AT_ONCE
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(asyncio.wait_for(work(), 50))
