"""What a server may answer, and what it may not: over real sockets, from one that says the bytes it is told to."""

import asyncio
import resource
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hourbook.access import outgoing
from hourbook.worker import posting
from hourbook.worker.posting import Answered, Poster
from tests.certificates import certificate_for

HERE = ("127.0.0.0/8", "::1/128")
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Work = Callable[["Sayer", Poster], Awaitable[Any]]


class Sayer:
    """A server that reads a request, says its bytes and, where it is told to, ends the connection."""

    def __init__(self, *answers: bytes, ends: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers)
        self.ends = ends
        self.resets = False
        self.tls = tls
        self.connections = 0
        self.got: list[bytes] = []
        self.writers: list[Writer] = []
        self.port = 0

    async def serve(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.got.append(head + await reader.readexactly(length))
                said = self.answers[min(len(self.got), len(self.answers)) - 1]
                await self.say(writer, said)
                if self.resets:
                    await asyncio.sleep(0.05)  # so that the client has what was said before the reset
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if self.ends or self.resets or not said:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def say(self, writer: Writer, said: bytes) -> None:
        writer.write(said)
        await writer.drain()

    def url(self, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/hook?a=1"

    async def post(self, poster: Poster, **headers: str) -> Answered:
        return await poster.post(self.url(), list(headers.items()), b"{}")


class InPieces(Sayer):
    """Says its words in so many pieces, each of which goes out by itself."""

    pieces = 1

    async def say(self, writer: Writer, said: bytes) -> None:
        size = len(said) // self.pieces + 1
        for begin in range(0, len(said), size):
            writer.write(said[begin : begin + size])
            await asyncio.sleep(0.001)


def with_poster(sayer: Sayer, work: Work) -> Any:
    async def run() -> Any:
        server = await asyncio.start_server(sayer.serve, "127.0.0.1", 0, ssl=sayer.tls)
        sayer.port = server.sockets[0].getsockname()[1]
        poster = Poster(HERE)
        try:
            return await asyncio.wait_for(work(sayer, poster), 60)
        finally:
            await poster.close()
            server.close()
            for writer in sayer.writers:
                writer.close()

    return asyncio.run(run())


def answer_to(*answers: bytes, ends: bool = False) -> Answered:
    found: Answered = with_poster(Sayer(*answers, ends=ends), lambda sayer, poster: sayer.post(poster))
    return found


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_request_is_one_piece_with_all_its_headers() -> None:
    sayer = Sayer(OK)
    with_poster(sayer, lambda sayer, poster: sayer.post(poster, Word="é"))
    (got,) = sayer.got
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert first == b"POST /hook?a=1 HTTP/1.1"
    assert sorted(lines) == [
        b"Accept-Encoding: identity",
        b"Accept: */*",
        b"Content-Length: 2",
        f"Host: 127.0.0.1:{sayer.port}".encode(),
        "Word: é".encode(),
    ]
    assert body == b"{}"


@pytest.mark.parametrize("word", ["a\r\nX-Other: 1", "a\nb", "a\rb", "a\0b"])
def test_a_header_that_would_be_two_is_not_sent(word: str) -> None:
    sayer = Sayer(OK)
    assert with_poster(sayer, lambda sayer, poster: sayer.post(poster, Word=word)).status_code == 0
    assert sayer.got == []


def test_a_connection_is_used_again() -> None:
    sayer = Sayer(OK)

    async def five(sayer: Sayer, poster: Poster) -> list[int]:
        return [(await sayer.post(poster)).status_code for _ in range(5)]

    assert with_poster(sayer, five) == [200] * 5
    assert sayer.connections == 1


def test_connections_are_kept_to_so_many_places_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "KEPT_TARGETS", 1)
    monkeypatch.setattr(posting, "KEPT_SECONDS", 1.0)
    sayer = Sayer(OK)

    async def two_names(sayer: Sayer, poster: Poster) -> list[int]:
        seen = []
        for pause in (0, 0, 1.5):
            await asyncio.sleep(pause)
            await sayer.post(poster)
            await poster.post(sayer.url("localhost"), [], b"{}")
            seen.append(sayer.connections)
        return seen

    # The second name's connections end; the first one's is kept until it was quiet for too long.
    assert with_poster(sayer, two_names) == [2, 3, 5]


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        # More than was asked for: whose answer would it be?
        OK + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_that_says_so_or_too_much_is_not_used_again(said: bytes) -> None:
    sayer = Sayer(said)

    async def two(sayer: Sayer, poster: Poster) -> list[tuple[int, str]]:
        found = []
        for _ in range(2):
            answered = await sayer.post(poster)
            found.append((answered.status_code, answered.text))
            await asyncio.sleep(0.02)
        return found

    assert with_poster(sayer, two) == [(200, "ok")] * 2
    assert sayer.connections == 2


def test_a_connection_that_ends_unseen_costs_no_try() -> None:
    """The server reads the second request and goes without a word: the third goes to a new connection."""
    sayer = Sayer(OK, b"", OK)

    async def two(sayer: Sayer, poster: Poster) -> list[int]:
        return [(await sayer.post(poster)).status_code for _ in range(2)]

    assert with_poster(sayer, two) == [200, 200]
    assert (sayer.connections, len(sayer.got)) == (2, 3)


def test_an_answer_that_breaks_off_counts_and_is_not_asked_for_again() -> None:
    """Its head says that the request was heard."""
    sayer = Sayer(OK, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", OK)

    async def two(sayer: Sayer, poster: Poster) -> list[int]:
        first = (await sayer.post(poster)).status_code
        sayer.resets = True
        return [first, (await sayer.post(poster)).status_code]

    assert with_poster(sayer, two) == [200, 200]
    assert len(sayer.got) == 2


@pytest.mark.parametrize(
    ("said", "ends", "status", "text"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, 204, ""),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", True, 200, "until the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", False, 200, "abc"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, False, 200, "ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, False, 200, "ok"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", False, 302, ""),
    ],
)
def test_an_answer_is_read_however_it_is_written(said: bytes, ends: bool, status: int, text: str) -> None:
    answered = answer_to(said, ends=ends)
    assert (answered.status_code, answered.text) == (status, text)


@pytest.mark.parametrize("pieces", [1, 2, 1000])
@pytest.mark.parametrize(
    ("said", "status", "text"),
    [
        # Bodies that such an answer never has.
        (b"204 No Content\r\nContent-Length: 2\r\n\r\nok", 204, ""),
        (b"204 No Content\r\n\r\nok, thank you", 204, ""),
        (b"204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 204, ""),
        (b"103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", 204, ""),
        # More, less or something else than was said.
        (b"200 OK\r\nContent-Length: 2\r\n\r\nok and more", 200, "ok"),
        (b"200 OK\r\nContent-Length: 9\r\n\r\nok", 200, "ok"),
        (b"202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nok", 202, ""),
        (b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nno number\r\n", 200, "ok"),
        (b"410 Gone\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n", 410, ""),
        (b"200 OK\nContent-Length: 4\n\na\n\nb\n\nc\n\n", 200, "a\n\nb"),
    ],
)
def test_a_status_counts_whatever_is_wrong_with_the_rest(said: bytes, status: int, text: str, pieces: int) -> None:
    sayer = InPieces(b"HTTP/1.1 " + said, ends=True)
    sayer.pieces = pieces
    answered = with_poster(sayer, lambda sayer, poster: sayer.post(poster))
    assert (answered.status_code, answered.text) == (status, text)
    assert len(sayer.got) == 1


def test_what_a_status_asks_for_counts_too() -> None:
    said = b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nno"
    assert answer_to(said, ends=True) == Answered(429, "no", 7)


def test_a_body_that_never_comes_is_waited_for_and_then_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 0.5)
    assert answer_to(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok") == Answered(200, "ok")


def test_a_long_body_full_of_empty_lines_is_read_as_it_is() -> None:
    body = b"".join(b"line %d\r\n\r\n\n\n" % number for number in range(9000))
    said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert answer_to(said).text == body[: posting.ANSWER_LIMIT_BYTES].decode()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"", "The connection broke off before there was an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "The connection broke off before there was an answer"),
        (b"220 mail.example.org ESMTP\r\n", "No answer (HttpParserInvalidStatusError)"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "No answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", "No answer"),
    ],
)
def test_what_is_no_answer_is_none(said: bytes, text: str) -> None:
    answered = answer_to(said, ends=True)
    assert answered.status_code == 0
    assert answered.text.startswith(text.partition(" (")[0])


class Endless(Sayer):
    """Says its last words again and again."""

    async def serve(self, reader: Reader, writer: Writer) -> None:
        self.writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answers[0])
        try:
            while True:
                writer.write(self.answers[1] * 1000)
                await writer.drain()
        except ConnectionError:
            self.ends = True


@pytest.mark.parametrize(
    ("begin", "on", "status"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n", 0),
        (b"HTTP/1.1 200 OK\r\nX: ", b"and more", 0),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", 0),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;x=" + b"y" * 900 + b"\r\nz\r\n", 200),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"and more", 200),
    ],
)
def test_an_answer_without_end_is_left_after_a_while(
    begin: bytes, on: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sayer = Endless(begin, on)
    # The one that is read as far as it may be is not waited for.
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 15.0 if status else 1.0)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answered = with_poster(sayer, lambda sayer, poster: sayer.post(poster))
    assert answered.status_code == status
    assert len(answered.text) <= posting.ANSWER_LIMIT_BYTES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 32 * 1024


def test_a_certificate_must_be_trusted_and_for_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, chain = certificate_for("receiver.example", tmp_path)
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(chain)

    async def look_up(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(posting, "look_up", look_up)

    def status_at(host: str) -> int:
        sayer = Sayer(OK, tls=server_context)

        async def one(sayer: Sayer, poster: Poster) -> int:
            return (await poster.post(sayer.url(host), [], b"{}")).status_code

        found: int = with_poster(sayer, one)
        assert len(sayer.got) == (found == 200)
        return found

    assert status_at("receiver.example") == 0
    trusting = ssl.create_default_context(cafile=authority)
    monkeypatch.setattr(outgoing, "trusted", lambda: trusting)
    assert status_at("receiver.example") == 200
    assert status_at("other.example") == 0


def test_a_name_with_two_addresses_is_reached_at_the_one_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(posting, "look_up", look_up)
    sayer = Sayer(OK)

    async def one(sayer: Sayer, poster: Poster) -> int:
        return (await poster.post(sayer.url("receiver.example"), [], b"{}")).status_code

    assert with_poster(sayer, one) == 200


def test_nobody_there_is_said_in_words() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"

        async def post(sayer: Sayer, poster: Poster) -> Answered:
            return await poster.post(url, [], b"{}")

        assert with_poster(Sayer(OK), post).text == "No connection (ConnectionRefusedError)"
