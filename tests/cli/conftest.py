"""Fixtures of the command tests: a database of their own, commands in this process, servers as programs."""

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import hourbook
from hourbook.cli import serving
from hourbook.cli.main import app
from hourbook.settings import SETTINGS
from tests.databases import MIGRATED, fresh_database

START_SECONDS = 60.0
# A path of the suite's own environment may be relative to the folder it was started in.
SOURCES = {"PYTHONPATH": str(Path(hourbook.__file__).parents[1])}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture(scope="module", autouse=True)
def _no_settings_of_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOURBOOK_CONFIG", *(row.variable for row in SETTINGS)):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing lands in the folder the suite was started from."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def own_url(tmp_path: Path) -> Iterator[str]:
    """The address of a database for this test alone: it has today's schema and nothing in it."""
    with MIGRATED.copy(tmp_path) as url:
        yield url


@pytest.fixture
def empty_url(tmp_path: Path) -> Iterator[str]:
    """The address of a database that has no tables, or does not exist yet."""
    with fresh_database(tmp_path / "empty") as url:
        yield url


def command(*words: object, typed: str | None = None) -> Ended:
    """Runs a command in this process."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process: `run("admin", "api-key", "list")`. A server does not get to its loop."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("the server started")

    monkeypatch.setattr(serving, "run_server", started)
    monkeypatch.setattr(serving, "supervise", started)
    return command


@dataclass
class Reply:
    """An answer over the socket."""

    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Program:
    """`hourbook serve` as a program of its own."""

    def __init__(self, log: Path, words: tuple[str, ...], environment: dict[str, str]) -> None:
        self._log = log
        command = [sys.executable, "-m", "hourbook.cli.main", "serve", "--port", "0", *words]
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stream, env={**os.environ, **SOURCES, **environment}, text=True
            )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        address = re.search(r"https?://\S+:(\d+)", self.line)
        if address is None:
            raise AssertionError(f"it did not start: status {self.end()}, {self.log}")
        self.url, self.port = address[0], int(address[1])

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ask(self, path: str, *, method: str = "GET", body: Any = None, **headers: str) -> Reply:
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.url + path, data, {"content-type": "application/json", **named}, method=method
        )
        unchecked = ssl._create_unverified_context() if self.url.startswith("https") else None  # noqa: S323
        try:
            with urllib.request.urlopen(request, timeout=30, context=unchecked) as answer:
                return Reply(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read(), error.headers)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def stop(self, sig: int = signal.SIGTERM) -> int:
        """Sends the signal and waits; the exit status."""
        self.process.send_signal(sig)
        return self.end()

    def end(self) -> int:
        status = self.process.wait(START_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


class Shared:
    """A server, and its database, for all tests of a file that leave it as they found it."""

    def __init__(self, url: str, program: "Program") -> None:
        self.url = url
        self.program = program

    def owner(self, *words: str) -> dict[str, str]:
        """Somebody new, with a workspace and a key; `email` is among what is told."""
        email = f"owner-{secrets.token_hex(6)}@example.org"
        made = command("admin", "create-owner", "--email", email, *words, "--json", "--database", self.url).json
        return {**made, "email": email}


@contextlib.contextmanager
def shared_server(folder: Path, *words: str, **environment: str) -> Iterator[Shared]:
    """For fixtures of a file: a server that runs until the file is done, and then has to end in order."""
    with MIGRATED.copy(folder) as url:
        told = ("--database", url, *words)
        program = Program(folder / "server.log", told, {"HOURBOOK_DRAIN_SECONDS": "0", **environment})
        try:
            yield Shared(url, program)
            assert program.stop() == 0
        finally:
            if program.process.poll() is None:
                program.process.kill()
                program.end()


@pytest.fixture(name="serving")
def start_servers(tmp_path: Path, own_url: str) -> Iterator[Callable[..., Program]]:
    """Starts servers on this test's database: `serving("--workers", "2", HOURBOOK_ACCESS_LOG="1")`."""
    started: list[Program] = []

    def start(*words: str, **environment: str) -> Program:
        log = tmp_path / f"server-{len(started)}.log"
        program = Program(log, ("--database", own_url, *words), {"HOURBOOK_DRAIN_SECONDS": "0", **environment})
        started.append(program)
        return program

    yield start
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.end()


def until(condition: Callable[[], bool]) -> None:
    """Waits for something another program does."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def answers(program: Program, path: str, status: int, **headers: str) -> Callable[[], bool]:
    """For `until`: whether the path answers so."""

    def ask() -> bool:
        with contextlib.suppress(OSError):
            return program.ask(path, **headers).status == status
        return False

    return ask
