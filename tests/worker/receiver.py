"""A real server on this machine that gets events, answers as it is told, and counts who connected."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

CROWD_SECONDS = 10.0


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Say:
    """An answer."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Receiver:
    """`answer(got)` says what is answered; it may block. `connections` counts them, whatever they sent."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], Say] = lambda got: Say()
    connections: int = 0
    open_at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        with self.lock:
            return [one.event_id for one in self.got]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        found = super().get_request()
        with self.receiver.lock:
            self.receiver.connections += 1
        return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with receiver.lock:
            receiver.got.append(got)
            receiver.open_at_once += 1
            receiver.most_at_once = max(receiver.most_at_once, receiver.open_at_once)
        try:
            say = receiver.answer(got)
        finally:
            with receiver.lock:
                receiver.open_at_once -= 1
        self.send_response(say.status)
        for name, value in say.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(say.body)))
        self.end_headers()
        self.wfile.write(say.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@contextmanager
def running_receiver(answer: Callable[[Got], Say] | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    if answer is not None:
        receiver.answer = answer
    server = _Server(receiver)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def wait_for_crowd(receiver: Receiver, count: int) -> None:
    """For answers: until so many came together once. A busy machine may bring them far apart, so some seconds long."""
    until = time.monotonic() + CROWD_SECONDS
    while receiver.most_at_once < count and time.monotonic() < until:
        time.sleep(0.002)


def silent_listener() -> socket.socket:
    """Takes connections and never says a word."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    found.listen(256)
    return found
