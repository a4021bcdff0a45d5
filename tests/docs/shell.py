"""Runs what our pages show: a shell where `hourbook` is this program, and a server of it on a free port.

`values` of `Shell.run` replace what a reader is to paste; whatever is left to be pasted fails the test.
"""

import contextlib
import json
import os
import re
import secrets
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

import hourbook
from hourbook.cli.main import app
from hourbook.settings import SETTINGS

PACKAGE = str(Path(hourbook.__file__).parents[1])
SECONDS = 60


class Shell:
    """A shell in a folder of its own, where `hourbook` is this program and the database is one of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        program = bin_folder / "hourbook"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m hourbook.cli.main "$@"\n')
        program.chmod(0o755)
        known = {row.variable for row in SETTINGS}
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if name not in known} | {
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": PACKAGE,
            "HOURBOOK_DATABASE": database,
            "HOURBOOK_DRAIN_SECONDS": "0",
            "NO_PROXY": "*",
        }

    def run(self, script: str, **values: str) -> str:
        """What a script prints; the test fails when the script does. `values` replace what is to be pasted."""
        for name, value in values.items():
            script = re.sub(rf"^{name}=.*$", f"{name}={shlex.quote(value)}", script, flags=re.MULTILINE)
        assert "paste-" not in script
        ended = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert ended.returncode == 0, (script, ended.stdout, ended.stderr)
        return ended.stdout

    @contextlib.contextmanager
    def serving(self, **environment: str) -> Iterator[str]:
        """The address of a server on a free port, for as long as the block runs."""
        log = (self.folder / "server.log").open("wb")
        with (
            log,
            subprocess.Popen(
                ["hourbook", "serve", "--port", "0"],
                cwd=self.folder,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                executable=str(self.folder / "bin" / "hourbook"),
            ) as server,
        ):
            try:
                assert server.stdout
                found = re.search(r"http://[\d.]+:\d+", server.stdout.readline())
                assert found, (self.folder / "server.log").read_text()
                yield found[0]
            finally:
                server.terminate()
                server.wait(SECONDS)


def wait_for(port: int) -> None:
    """Until a program that was started listens."""
    until = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < until, f"nobody listens on port {port}"
        time.sleep(0.05)


def objects(printed: str) -> list[Any]:
    """The JSON values that curl printed one after the other."""
    found, decoder, printed = [], json.JSONDecoder(), printed.strip()
    while printed:
        value, end = decoder.raw_decode(printed)
        found.append(value)
        printed = printed[end:].lstrip()
    return found


def owner(shell: Shell) -> Mapping[str, str]:
    """Made in this process, where that costs next to nothing."""
    words = ["admin", "create-owner", "--email", f"me-{secrets.token_hex(6)}@example.com", "--name", "Me", "--json"]
    ended = CliRunner().invoke(app, [*words, "--database", shell.environment["HOURBOOK_DATABASE"]])
    assert ended.exit_code == 0, ended.output
    made: dict[str, str] = json.loads(ended.stdout)
    return made
