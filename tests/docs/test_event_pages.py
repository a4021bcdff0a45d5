"""The pages about events by doing: every command they show is run against a server, one page after the other.

What needs an installed add-on or a service manager is left to the tests of add-ons and of deployment.
"""

import json
import re
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hourbook.resources.changes.rules import KINDS
from tests.databases import MIGRATED
from tests.docs.markdown import ROOT, fences, read
from tests.docs.shell import SECONDS, Shell, objects, owner

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
SECRET = {"HOURBOOK_SECRET_KEY": "a-long-text-for-tests-and-nothing-else"}


class Reader:
    """Somebody who copies one block after the other into one terminal."""

    def __init__(self, shell: Shell, made: Mapping[str, str], address: str) -> None:
        self._shell = shell
        self._known = {"SERVER": address, "KEY": made["apiKey"], "WORKSPACE": made["workspaceId"]}

    def runs(self, block: str, stream_seconds: int = 1, /, **pasted: str) -> str:
        assigned = "".join(f"{name}={shlex.quote(value)}\n" for name, value in self._known.items())
        # A stream goes on until somebody leaves.
        block = block.replace("curl -s -N ", f"curl -s -N --max-time {stream_seconds} ").rstrip()
        return self._shell.run(assigned + block + (" || true" if "--max-time" in block else ""), **pasted)

    def wait_for_worker(self) -> None:
        """It starts behind the server; until then long reads are answered with 503 and when to ask again."""
        long_read = 'curl -s -H "X-Api-Key: $KEY" "$SERVER/api/v1/workspaces/$WORKSPACE/entities/created?type=TAGS"'
        until = time.monotonic() + SECONDS
        while objects(self.runs(long_read)) != [[]]:
            assert time.monotonic() < until, "no worker came"
            time.sleep(0.2)

    def asks(self, block: str, **pasted: str) -> list[Any]:
        """The JSON that is answered, with no refusal in it."""
        found = objects(self.runs(block, **pasted))
        assert found
        assert [one for one in found if isinstance(one, dict) and "code" in one] == []
        return found


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder: Path = tmp_path_factory.mktemp("reader")
    with MIGRATED.copy(folder) as database:
        shell = Shell(folder, database)
        shell.environment |= SECRET
        made = owner(shell)
        with shell.serving() as address:
            found = Reader(shell, made, address)
            found.wait_for_worker()
            yield found


def blocks(name: str) -> list[str]:
    return fences(read(ROOT / "docs" / name), "sh")


def test_authentication(reader: Reader) -> None:
    start, who, tag, keys, addon = blocks("authentication.md")
    assert start == "SERVER=http://127.0.0.1:8080\nKEY=paste-the-key-here\n"
    [me] = reader.asks(who)
    assert me["activeWorkspace"]
    [first], [second] = reader.asks(tag), reader.asks(tag)
    assert first == second
    assert first["name"] == "Urgent"
    assert reader.asks(keys) == [{"keys": []}]
    refused = objects(reader.runs(addon, TOKEN="none", ME=me["id"]))
    assert refused == [{"message": "Token is not valid", "code": 4017}] * 2


def test_change_feed(reader: Reader) -> None:
    feed, stream, of_a_window = blocks("change-feed.md")
    assert all(isinstance(one, list) for one in reader.asks(of_a_window))
    [found] = reader.asks(feed)
    shown = json.loads(fences(read(ROOT / "docs" / "change-feed.md"), "json")[0])
    assert found.keys() == shown.keys()
    assert found["changes"][0].keys() == shown["changes"][0].keys()
    wanted = [one["revision"] for one in found["changes"] if one["revision"] > 1]
    for seconds in (1, 5, 20):  # a busy machine has not always a second for it
        text = reader.runs(stream, seconds)
        told = [json.loads(line) for line in re.findall(r"^event: change\ndata: (.*)$", text, re.MULTILINE)]
        if [one["revision"] for one in told] == wanted:
            break
    assert text.startswith("retry: 2000\nid: ")
    assert [one["revision"] for one in told] == wanted


def test_limits(reader: Reader) -> None:
    (twice,) = blocks("limits.md")
    first, second = reader.runs(twice), reader.runs(twice)
    assert first.partition("\r\n\r\n")[2] == second.partition("\r\n\r\n")[2]
    assert " 201 " in first.splitlines()[0]
    assert "idempotency-replayed" not in first.lower()
    assert "idempotency-replayed: true" in second.lower()
    named = re.findall(
        r"^\| `(X-RateLimit-Limit|X-RateLimit-Reset|RateLimit)`", read(ROOT / "docs" / "limits.md"), re.M
    )
    assert len(named) == 3
    assert [name for name in named if f"\n{name.lower()}:" not in first.lower()] == []


def test_the_types_of_a_window_are_named() -> None:
    text = read(ROOT / "docs" / "change-feed.md")
    assert f"one or more of {len(KINDS)} types" in text
    assert [kind.value for kind, rows in KINDS.items() if (f"`{kind.value}`" in text) is not bool(rows)] == []


def test_undo(reader: Reader) -> None:
    (script,) = blocks("undo.md")
    made, undone = reader.asks(script)
    assert made["name"] == "A mistake"
    assert undone.keys() == json.loads(fences(read(ROOT / "docs" / "undo.md"), "json")[0]).keys()
    assert undone["things"] == 1


def test_audit_log(reader: Reader) -> None:
    search, all_of_it, commands = blocks("audit-log.md")
    [found] = reader.asks(search)
    assert {one["action"] for one in found} <= {"CREATE_TAG"}
    rows, verified = reader.asks(all_of_it)
    assert len(rows) == 5
    assert verified["isIntact"] is True
    lines = [json.loads(line) for line in reader.runs("cat audit-log.jsonl").splitlines()]
    assert [line["revision"] for line in lines] == list(range(1, len(lines) + 1))
    verify, head, kept = commands.strip().splitlines()
    assert reader.runs(verify).startswith("ok ")
    digest = re.search(r"\d+:[0-9a-f]{64}", reader.runs(head))
    assert digest
    assert re.search(r"\d+:[0-9a-f]{64}$", kept)
    with_ours = re.sub(r"\d+:[0-9a-f]{64}", digest[0], kept).replace('"Your Company"', "Workspace")
    assert reader.runs(with_ours).startswith("ok ")
