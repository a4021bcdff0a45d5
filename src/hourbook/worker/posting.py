"""Posting to servers that people named: where a name leads is checked in the very step that connects to it.

The network of the connection (`connecting.py`) looks a name up, refuses closed addresses (core/networks.py) and
connects to the address it looked at, so no second answer of a name server counts. No redirects, no proxies of the
environment, no cookies; a bounded time, and a bounded part of the answer is read. Nothing here knows webhooks.
"""

import asyncio
import email.utils
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from hourbook.core.clock import SystemClock, seconds_of
from hourbook.core.targets import BadTarget, Target, read_target

if TYPE_CHECKING:
    import httpcore

    from hourbook.worker.connecting import Pools

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
ANSWER_LIMIT_BYTES = 20 * 1024
# Connections to each target, and targets whose connections are kept.
KEPT_CONNECTIONS = 4
KEPT_TARGETS = 128
KEPT_SECONDS = 20.0
# Names looked up at the same time.
LOOKUPS_AT_ONCE = 32


class Closed(Exception):
    """A name leads, or an address is, where nobody may be called."""


class Answered(msgspec.Struct, frozen=True):
    """`status_code` 0: there was no answer, and `text` says why. `retry_after_s`: what the answer asked for."""

    status_code: int
    text: str
    retry_after_s: int | None = None


class Poster:
    """Posts. `allowed`: networks that may be called though they are closed. `limit`: connections at the same time."""

    def __init__(self, allowed: Sequence[str], *, limit: int = 256) -> None:
        self._allowed = tuple(allowed)
        self._limit = limit
        self._made: Pools | None = None

    async def post(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answered:
        """What came back. Never raises for what the other side does."""
        try:
            target = read_target(url)
            async with asyncio.timeout(WHOLE_SECONDS):
                return await self._post(target, headers, body)
        except BadTarget as error:
            return Answered(0, str(error))
        except Closed:
            return Answered(0, "The address is not on the public internet, so nothing was sent")
        except TimeoutError:
            return Answered(0, f"No answer within {WHOLE_SECONDS:.0f} seconds")
        except Exception as error:
            # Whatever a strange server makes the libraries do, others go on.
            return Answered(0, _reason(error))

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()

    async def _post(self, target: Target, headers: Iterable[tuple[str, str]], body: bytes) -> Answered:
        sent = [("Host", target.authority), *headers, ("Content-Length", str(len(body)))]
        sent += [("Accept", "*/*"), ("Accept-Encoding", "identity")]
        url = _url(target)
        timeouts = {"connect": CONNECT_SECONDS, "read": WHOLE_SECONDS, "write": WHOLE_SECONDS, "pool": WHOLE_SECONDS}
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in sent]
        pool = await self._pools().of(target)
        extensions = {"timeout": timeouts}
        async with pool.stream(b"POST", url, headers=raw, content=body, extensions=extensions) as answer:
            content = await _beginning(answer)
            found = {name.lower(): value for name, value in answer.headers}
            return Answered(answer.status, _text(content), _retry_after(found.get(b"retry-after")))

    def _pools(self) -> "Pools":
        if self._made is None:
            from hourbook.access.outgoing import trusted
            from hourbook.worker import connecting

            self._made = connecting.Pools(self._allowed, trusted(), limit=self._limit)
        return self._made


def _url(target: Target) -> "httpcore.URL":
    import httpcore

    return httpcore.URL(
        scheme=b"https" if target.is_tls else b"http",
        host=target.host.encode("ascii"),
        port=target.port,
        target=target.path.encode("ascii"),
    )


async def _beginning(answer: "httpcore.Response") -> bytes:
    """As much as is kept; the rest is never read, the connection is closed instead."""
    parts, size = [], 0
    async for part in answer.aiter_stream():
        parts.append(part[: ANSWER_LIMIT_BYTES - size])
        size += len(part)
        if size >= ANSWER_LIMIT_BYTES:
            break
    return b"".join(parts)


def _text(content: bytes) -> str:
    """Databases keep no NUL in a text."""
    return content.decode("utf-8", "replace").replace("\0", "\ufffd")


def _retry_after(value: bytes | None) -> int | None:
    """Seconds, given as such or as a date; None for what is neither."""
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    try:
        at = email.utils.parsedate_to_datetime(text)
        seconds = int(at.timestamp())
    except (ValueError, OverflowError, TypeError):  # a day that no calendar has, or no clock
        return None
    return max(seconds - seconds_of(SystemClock().now_us()), 0)


def _reason(error: Exception) -> str:
    """In words that tell a receiver's owner something, and nothing of this machine."""
    names = [type(one).__name__ for one in (error, error.__cause__) if one is not None]
    if "ConnectTimeout" in names:
        return f"No connection within {CONNECT_SECONDS:.0f} seconds"
    words = {"ConnectError": "No connection", "ReadError": "The connection broke off before there was an answer"}
    text = words.get(names[0], "No answer")
    return f"{text} ({', '.join(dict.fromkeys(names))})"


@cache
def _lookup_threads() -> ThreadPoolExecutor:
    """Of their own: the loop's few are for work that ends soon."""
    return ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="hourbook-names")


def _rows_of(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, each once; none for a name that is unknown."""
    try:
        rows = await asyncio.get_running_loop().run_in_executor(_lookup_threads(), _rows_of, host, port)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
