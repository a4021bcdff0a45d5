"""`hourbook demo`: the sample company, its folder, and that it stays on this machine."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import Run
from tests.databases import IS_SQLITE

pytestmark = pytest.mark.skipif(not IS_SQLITE, reason="a demo is always an embedded database")


class Demo:
    """A running demo and what it printed."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "hourbook.cli.main", "demo", "--data", str(folder), "--port", "0"]
        environment = {**os.environ, "HOURBOOK_DRAIN_SECONDS": "0"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        self.text = ""
        while "Ctrl-C" not in self.text:
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.text}"
            self.text += line
        self.url = self.found(r"Open\s+(\S+)")
        self.key = self.found(r"API key\s+(\S+)")
        self.workspace = "/api/v1/workspaces/" + self.found(r"Workspace\s+(\S+)")

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.text)
        assert match, self.text
        return match[1]

    def get(self, path: str) -> Any:
        with urlopen(Request(self.url + path, headers={"X-Api-Key": self.key})) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        headers = {"X-Api-Key": self.key, "Content-Type": "application/json"}
        try:
            with urlopen(Request(self.url + path, json.dumps(body).encode(), headers)) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "folder"


@pytest.fixture(scope="module")
def first(folder: Path) -> Demo:
    """A demo that ran once."""
    ended = Demo(folder)
    ended.stop()
    return ended


@pytest.fixture(scope="module")
def demo(first: Demo, folder: Path) -> Iterator[Demo]:
    """The same again: what it shows was made by the first start."""
    with Demo(folder) as running:
        yield running


def test_it_has_twelve_people_in_three_time_zones(demo: Demo) -> None:
    people = demo.get(f"{demo.workspace}/users?page-size=50")
    assert len(people) == 12
    assert {person["settings"]["timeZone"] for person in people} == {
        "Europe/Berlin", "America/New_York", "Asia/Kolkata"
    }  # fmt: skip


def test_it_has_thirty_projects_in_eight_clients_with_tasks_and_tags(demo: Demo) -> None:
    projects = demo.get(f"{demo.workspace}/projects?page-size=200&hydrated=true")
    assert len(projects) == 30
    assert len({project["clientId"] for project in projects}) == 8
    assert all(project["tasks"] for project in projects)
    assert sum(project["archived"] for project in projects) == 2
    assert len(demo.get(f"{demo.workspace}/tags")) == 12


def test_it_has_a_year_of_entries_and_one_running_timer(demo: Demo) -> None:
    people = demo.get(f"{demo.workspace}/users?page-size=50")
    for person in people:
        entries = demo.get(f"{demo.workspace}/user/{person['id']}/time-entries?page-size=5000")
        assert len(entries) > 500
        finished = [entry["timeInterval"] for entry in entries if entry["timeInterval"]["end"]]
        assert all(later["start"] >= earlier["end"] for later, earlier in itertools.pairwise(finished))
    assert len(demo.get(f"{demo.workspace}/time-entries/status/in-progress")) == 1


def test_it_has_custom_fields_with_values(demo: Demo) -> None:
    me = demo.get("/api/v1/user")["id"]
    finished = demo.get(f"{demo.workspace}/user/{me}/time-entries?page-size=50")[1:]
    shown = [{value["name"]: value["value"] for value in entry["customFieldValues"]} for entry in finished]
    assert {one["Place"] for one in shown} <= {"Office", "Home", "Client"}
    assert {one["Ticket"] is None for one in shown} == {True, False}
    people = demo.get(f"{demo.workspace}/users?page-size=50")
    assert sum(person["customFields"][0]["value"] is not None for person in people) == 11


def test_webhooks_may_go_to_this_machine_and_it_says_so(demo: Demo) -> None:
    words = re.sub(r"[│\s]+", " ", demo.text)
    assert "Webhooks may go to this machine (127.0.0.0/8, ::1/128); `hourbook serve` forbids that" in words
    heard: Queue[str] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.put(self.headers["webhook-id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    body = {"name": "First", "webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        url = f"http://127.0.0.1:{receiver.server_port}/hook"
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        try:
            status, made = demo.post(f"{demo.workspace}/webhooks", body | {"url": url})
            assert (status, made["url"]) == (201, url)
            own = demo.workspace.replace("/api/v1/", "/api/hourbook/v1/")
            status, asked = demo.post(f"{own}/webhooks/{made['id']}/test", {})
            assert (status, heard.get(timeout=60)) == (202, asked["eventId"])
        finally:
            receiver.shutdown()
            thread.join(10)
    # And nowhere else that is not public.
    status, _ = demo.post(f"{demo.workspace}/webhooks", body | {"url": "http://10.0.0.1/hook"})
    assert status == 400


def test_the_note_is_for_its_owner_alone(demo: Demo, folder: Path) -> None:
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((folder / "demo.json").read_text())["apiKey"] == demo.key


def test_a_second_start_shows_the_same_company_with_the_same_key(first: Demo, demo: Demo) -> None:
    assert (demo.key, demo.workspace) == (first.key, first.workspace)
    assert demo.found(r"Sign-in\s+(.*?) *│") == first.found(r"Sign-in\s+(.*?) *│")
    assert demo.get("/api/v1/user")["email"] == "ada@northlight.example"


def test_a_demo_that_was_interrupted_while_it_was_made_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text('{"isComplete": false}')
    (tmp_path / "hourbook.db").write_bytes(b"half")
    with Demo(tmp_path) as demo:
        assert len(demo.get(f"{demo.workspace}/projects?page-size=200")) == 30


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    ended = run("demo", "--data", tmp_path)
    assert ended.status == 1
    assert "is not empty and no demo made it" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_database_of_a_real_server_is_refused(run: Run, tmp_path: Path) -> None:
    run("admin", "create-owner", "--email", "a@example.org", "--data", tmp_path)
    ended = run("demo", "--data", tmp_path)
    assert ended.status == 1
    assert "no demo made it" in ended.err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_an_address_that_others_reach_is_refused(run: Run, tmp_path: Path, host: str) -> None:
    ended = run("demo", "--data", tmp_path / "new", "--host", host)
    assert ended.status == 1
    assert ended.err.startswith(f"The demo is for this machine only and does not go to {host}.")
    assert not (tmp_path / "new").exists()


def test_a_damaged_note_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{")
    ended = run("demo", "--data", tmp_path)
    assert ended.status == 1
    assert "demo.json is damaged" in ended.err
