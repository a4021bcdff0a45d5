"""docs/webhooks.md by doing: the receiver it shows gets a signed event, and refuses one that is not."""

import asyncio
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hourbook.core.clock import SystemClock
from tests.harness import Office, Server
from tests.watching import AppLog
from tests.worker.posting_rig import Hooks, posting_server
from tests.worker.sink import free_port

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
WAIT_SECONDS = 20.0


def blocks(language: str) -> list[str]:
    """The page's blocks of code, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, whole_log: AppLog) -> Iterator[Server]:
    with posting_server(tmp_path_factory.mktemp("walkthrough"), whole_log) as server:
        yield server


def wait_for(port: int) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the receiver did not start"
            time.sleep(0.05)


def test_the_receiver_of_the_page_gets_a_signed_event(home: Server, tmp_path: Path) -> None:
    hooks = Hooks(Office(home))
    body = json.loads(re.search(r"-d '(\{.*?\})'", blocks("sh")[0], re.DOTALL)[1])  # type: ignore[index]
    port = free_port()
    webhook = hooks.make(f"http://127.0.0.1:{port}/hook", **{key: body[key] for key in body if key != "url"})
    (code,) = blocks("python")
    assert len(code.splitlines()) <= 25
    (tmp_path / "receiver.py").write_text(code, "utf-8")
    environment = {**os.environ, "SECRET": webhook["signingSecret"], "PORT": str(port)}
    process = subprocess.Popen(  # the page's own program
        [sys.executable, str(tmp_path / "receiver.py")], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for(port)
        event_id = hooks.test(webhook)[0]
        deliver_now(hooks)
        assert process.stdout is not None
        assert process.stdout.readline().split()[:2] == ["NEW_TIMER_STARTED", event_id]
        assert hooks.tries(webhook)[0]["status_code"] == 204
        forged = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
        headers = {"webhook-id": event_id, "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
        forged.request("POST", "/hook", b"{}", headers)
        assert forged.getresponse().status == 401
        forged.close()
    finally:
        process.kill()
        process.communicate()


def deliver_now(hooks: Hooks) -> None:
    """With timestamps of this moment, because a receiver compares them with its own clock."""

    async def once() -> None:
        deliverer = hooks.deliverer(clock=SystemClock())
        while await deliverer.work() or deliverer.is_busy:
            await asyncio.sleep(0.01)
        await deliverer.close()

    hooks.server.loop.run_until_complete(asyncio.wait_for(once(), WAIT_SECONDS))
