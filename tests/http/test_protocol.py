"""A request's head must arrive, and in time."""

import asyncio
import time

import pytest
import uvicorn

from hourbook.http import protocol
from hourbook.http.protocol import Protocol


async def app(scope: dict[str, object], receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body"})  # type: ignore[operator]


async def talk(*parts: bytes) -> tuple[bytes, float]:
    """What a server answers to these parts until it closes, and how long that took."""
    config = uvicorn.Config(app, http=Protocol, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    started = time.monotonic()
    listening = await asyncio.get_running_loop().create_server(
        lambda: Protocol(config=config, server_state=server.server_state, app_state={}), "127.0.0.1", 0
    )
    try:
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        answer = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await writer.wait_closed()
        return answer, time.monotonic() - started
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)


@pytest.mark.parametrize("parts", [(), (b"GET / HTT",), (b"GET / HTTP/1.1\r\n", b"A: b\r\n")])
def test_a_head_that_does_not_come_is_refused(parts: tuple[bytes, ...]) -> None:
    answer, seconds = asyncio.run(talk(*parts))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":3000' in answer
    assert 0.3 <= seconds < 10


def test_so_is_the_head_of_a_later_request() -> None:
    answer, _ = asyncio.run(talk(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT"))
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert b"HTTP/1.1 408 " in answer


def test_a_head_in_pieces_is_a_request_and_its_limit_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 30.0)
    long = b"Long: " + b"x" * (protocol.HEAD_LIMIT_BYTES // 2) + b"\r\n"
    request = (b"GET / HTTP/1.1\r\nHost: x\r\n", long, b"\r\n")
    last = (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", long, b"\r\n")
    answer, _ = asyncio.run(talk(*request, *request, *last))
    assert answer.count(b"HTTP/1.1 204 ") == 3


def test_a_head_over_the_limit_is_refused_while_it_arrives() -> None:
    pieces = [b"A: " + b"x" * 1000 + b"\r\n"] * (protocol.HEAD_LIMIT_BYTES // 1000 + 2)
    answer, _ = asyncio.run(talk(b"GET / HTTP/1.1\r\n", b"".join(pieces)))
    assert answer.startswith(b"HTTP/1.1 431 ")
