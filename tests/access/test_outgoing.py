"""Questions to other servers: where they may go, and how long they may take."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hourbook.access import outgoing
from hourbook.access.outgoing import NoAnswer, Outgoing

LOCAL = ("127.0.0.0/8", "::1/128")


@contextlib.contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on this machine that answers one connection so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    thread.join(5)


def test_an_answer_comes_as_it_is() -> None:
    with answering(lambda one: one.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}")) as url:
        found = Outgoing(LOCAL).get(url)
    assert (found.status, found.content, found.json()) == (404, b"{}", {})


def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the head as in the body: no step takes long, all of them together would never end."""
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 0.4)
    for beginning in (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"):

        def drip(one: socket.socket, beginning: bytes = beginning) -> None:
            one.sendall(beginning)
            for _ in range(2000):  # a hundred seconds, unless whoever asked is gone
                one.sendall(b"x")
                time.sleep(0.05)

        began = time.monotonic()
        with answering(drip) as url, pytest.raises(NoAnswer):
            Outgoing(LOCAL).get(url)
        assert time.monotonic() - began < 60


def test_a_port_of_another_trade_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_look_up", lambda host, port: pytest.fail("it was looked up"))
    for port in (25, 6667):
        with pytest.raises(NoAnswer, match=f"port {port} is not one that web servers have"):
            Outgoing(LOCAL).get(f"http://127.0.0.1:{port}/")


def test_what_is_too_long_packed_or_nonsense_is_no_answer() -> None:
    long = b"x" * (outgoing.ANSWER_LIMIT_BYTES + 1)
    for sent in (
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(long), long),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"nonsense\r\n\r\n",
        b"",
    ):

        def say(one: socket.socket, sent: bytes = sent) -> None:
            with contextlib.suppress(OSError):
                one.sendall(sent)

        with answering(say) as url, pytest.raises(NoAnswer):
            Outgoing(LOCAL).get(url)


@pytest.mark.parametrize(
    "address",
    [
        *("https://[fec0::1]/", "https://[::127.0.0.1]/", "https://168.63.129.16/", "https://192.0.0.192/"),
        *("https://169.254.169.254/", "https://100.100.100.200/", "https://[fd00:ec2::254]/", "https://2130706433/"),
        *("https://[64:ff9b::a00:1]/", "https://[2002:a00:1::1]/", "https://10.0.0.1/", "https://[::1]/"),
    ],
)
def test_addresses_inside_are_not_asked(address: str) -> None:
    with pytest.raises(NoAnswer):
        Outgoing().check_address(address)


def test_no_setting_opens_where_clouds_keep_their_secrets() -> None:
    for address in ("https://169.254.169.254/", "https://168.63.129.16/"):
        with pytest.raises(NoAnswer):
            Outgoing(("0.0.0.0/0", "::/0")).check_address(address)
