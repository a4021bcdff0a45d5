"""The walk-through of webhooks by doing: what README and docs/webhooks.md show leads to a signed event at the receiver.

Everything is run as it stands there, but for the port, and for the library, which is installed with the tests.
"""

import contextlib
import http.client
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from queue import Queue

import pytest

from tests.docs.markdown import README, ROOT, fences, read
from tests.docs.shell import SECONDS, Shell, objects, owner, wait_for
from tests.ports import free_port

FIVE_MINUTES = 300
ALLOWED = {
    "HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
    "HOURBOOK_SECRET_KEY": "a-long-text-for-tests-and-nothing-else",
}
PLACES = {"README.md": "An event in five minutes", "docs/webhooks.md": "Five minutes to the first event"}


def section(name: str) -> str:
    found = re.search(rf"^## {PLACES[name]}\n(.*?)(?=^## )", read(ROOT / name), re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


def test_readme_and_guide_show_the_same_steps() -> None:
    of_readme, of_guide = (fences(section(name), "sh", "python") for name in PLACES)
    assert len(of_readme) == 5
    assert of_guide[:5] == of_readme
    assert "pip install standardwebhooks" in of_readme[2]
    assert README.name in PLACES


@contextlib.contextmanager
def receiving(shell: Shell, start: str, secret: str, port: int) -> Iterator["Queue[str]"]:
    """The lines that the page's own receiver prints."""
    python = shell.folder / "receiver" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    script = re.sub(r"^SECRET=paste.*$", f"SECRET={shlex.quote(secret)}", start, flags=re.MULTILINE)
    assert "paste-" not in script
    lines: Queue[str] = Queue()
    process = subprocess.Popen(
        ["sh", "-euc", re.sub(r"^(SECRET=\S+ )(?=receiver)", r"\1exec ", script, flags=re.MULTILINE)],
        cwd=shell.folder,
        env={**shell.environment, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    stream = process.stdout

    def pass_on() -> None:
        for line in stream:
            lines.put(line)

    reader = threading.Thread(target=pass_on, daemon=True)
    reader.start()
    try:
        wait_for(port)
        yield lines
    finally:
        process.kill()
        process.wait(SECONDS)
        reader.join(SECONDS)
        stream.close()


def forged(port: int, event_id: str) -> int:
    """What the receiver answers to an event that somebody else made up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    headers = {"webhook-id": event_id, "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
    with contextlib.closing(connection):
        connection.request("POST", "/hook", b"{}", headers)
        return connection.getresponse().status


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_signed_event_arrives_as_it_is_told(shell: Shell) -> None:
    make, code, _, start, timer = fences(section("README.md"), "sh", "python")
    (ask_for_test,) = fences(section("docs/webhooks.md"), "sh", "python")[5:]
    (shell.folder / "receiver.py").write_text(code, "utf-8")
    made, port, began = owner(shell), free_port(), time.monotonic()
    with shell.serving(**ALLOWED) as address:
        pasted = {"SERVER": address, "KEY": made["apiKey"], "WORKSPACE": made["workspaceId"]}
        known = "".join(f"{name}={shlex.quote(value)}\n" for name, value in pasted.items())
        [webhook] = objects(shell.run(make.replace(":9000/", f":{port}/"), **pasted))
        with receiving(shell, start, webhook["signingSecret"], port) as lines:
            [entry] = objects(shell.run(known + timer))
            event, event_id, thing = lines.get(timeout=SECONDS).split()
            assert (event, thing) == ("NEW_TIMER_STARTED", entry["id"])
            assert event_id.partition(".")[0] == made["workspaceId"]
            [asked] = objects(shell.run(known + ask_for_test, WEBHOOK=webhook["id"]))
            assert lines.get(timeout=SECONDS).split()[:2] == ["NEW_TIMER_STARTED", asked["eventId"]]
            assert forged(port, event_id) == 401
            assert lines.empty()
    assert time.monotonic() - began < FIVE_MINUTES
