"""A process of the server: how the supervisor starts one, and what it does first.

It is a fresh interpreter (a fork would copy threads' locks and connections) and gets everything over its
standard input, so no secret stands in its arguments. That input stays open for as long as the
supervisor lives: its end tells a process that nobody looks after it any more, and it ends at once.
"""

import contextlib
import enum
import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from typing import Any, NamedTuple

from hourbook.core.errors import CannotRun
from hourbook.settings import Settings
from hourbook.worker.places import Places

LENGTH_BYTES = 4
REFUSED_STATUS = 3
# What makes a web process that is stopping give up waiting.
HURRY = signal.SIGUSR1
_BEGIN = "import sys; sys.path[:] = {path!r}; from hourbook.cli.child import main; main()"


class Role(enum.Enum):
    """What a process is there for."""

    WEB = "web"
    WORKER = "worker"


class Orders(NamedTuple):
    """What a process is told. `sock` and `ready` are descriptors it inherited."""

    role: Role
    settings: Settings
    places: Places | None
    sock: int
    ready: int


class Child:
    """One process, seen from the supervisor."""

    def __init__(self, role: Role, settings: Settings, places: Places | None) -> None:
        self._role = role
        self._settings = settings
        self._places = places
        self._process: subprocess.Popen[bytes] | None = None
        self._input: Any = None
        self._was_ready = False
        self.ready = -1

    def start(self, sock: socket.socket, lock: int | None) -> None:
        """Starts it. A web process holds the data folder's lock as well, for as long as it lives."""
        self.ready, told = os.pipe()
        inherited = (told,)
        if self._role is Role.WEB:
            inherited = (told, sock.fileno(), *(() if lock is None else (lock,)))
        # The last words are for whoever looks at a list of processes.
        command = [sys.executable, "-P", "-c", _BEGIN.format(path=sys.path), f"hourbook-{self._role.value}"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=inherited)
        self._input = self._process.stdin
        os.close(told)
        orders = pickle.dumps(Orders(self._role, self._settings, self._places, sock.fileno(), told))
        with contextlib.suppress(BrokenPipeError):
            self._input.write(len(orders).to_bytes(LENGTH_BYTES, "big") + orders)
            self._input.flush()

    def became_ready(self) -> bool:
        """True once, when it has said that it is ready. Never waits."""
        if self._was_ready or not _has_something(self.ready):
            return False
        self._was_ready = os.read(self.ready, 1) != b""
        return self._was_ready

    def status(self) -> int | None:
        """How it ended; None while it lives."""
        return None if self._process is None else self._process.poll()

    def send(self, sig: int) -> None:
        if self._process is not None:
            self._process.send_signal(sig)

    def close(self) -> None:
        """Forgets a process that has ended."""
        os.close(self.ready)
        with contextlib.suppress(BrokenPipeError):
            self._input.close()


def _has_something(descriptor: int) -> bool:
    import select

    return bool(select.select([descriptor], [], [], 0)[0])


def main() -> None:
    """What the process does. A refusal is a sentence, and a status that says it was told."""
    # Nearly everything that a start makes stays: looking for what does not would take a sixth of it.
    gc.disable()
    # A Ctrl-C in a terminal reaches every process of the group; the supervisor decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    length = int.from_bytes(sys.stdin.buffer.read(LENGTH_BYTES), "big")
    orders: Orders = pickle.loads(sys.stdin.buffer.read(length))  # noqa: S301 (from the supervisor)
    threading.Thread(target=_end_with_supervisor, name="hourbook-supervised", daemon=True).start()
    from hourbook import logs

    logs.configure(orders.settings.log_level, orders.settings.log_format)
    try:
        _run(orders)
    except CannotRun as error:
        print(error, file=sys.stderr)
        sys.exit(REFUSED_STATUS)


def _run(orders: Orders) -> None:
    if orders.role is Role.WORKER and orders.places is not None:
        from hourbook.worker import process

        process.run(orders.settings, orders.places)
        return
    from hourbook.cli import serving

    with socket.socket(fileno=orders.sock) as sock:
        serving.run_server(
            orders.settings, sock, places=orders.places, on_start=lambda: _tell(orders.ready), hurry=HURRY
        )


def _tell(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, b".")
    os.close(descriptor)


def _end_with_supervisor() -> None:
    """As after a kill: what was acknowledged is on disk, what was not is as if never asked."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            continue
    os._exit(1)
