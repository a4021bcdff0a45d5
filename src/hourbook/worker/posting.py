"""Posting to servers that people named: where a name leads is checked in the very step that connects to it.

What connects (`connecting.py`) looks a name up, refuses closed addresses (core/networks.py) and goes to the address
it looked at, so no second answer of a name server counts. No redirects, no proxies of the environment, no cookies; a
bounded time, and a bounded part of the answer is read (`exchanges.py`). Nothing here knows webhooks.
"""

import asyncio
import email.utils
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from hourbook.core.clock import SystemClock, seconds_of
from hourbook.core.targets import BadTarget, Target, read_target

if TYPE_CHECKING:
    from hourbook.worker.connecting import Connections

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
ANSWER_LIMIT_BYTES = 20 * 1024
# Connections that are kept for what comes next: to each place, and in all.
KEPT_EACH = 16
KEPT_CONNECTIONS = 256
KEPT_SECONDS = 20.0
KEPT_TARGETS = 1024
# Names looked up at the same time.
LOOKUPS_AT_ONCE = 32


class Closed(Exception):
    """A name leads, or an address is, where nobody may be called."""


class NoConnection(Exception):
    """Nobody could be connected to; the text says why."""


class Answered(msgspec.Struct, frozen=True):
    """`status_code` 0: there was no answer, and `text` says why. `retry_after_s`: what the answer asked for."""

    status_code: int
    text: str
    retry_after_s: int | None = None


class Poster:
    """Posts. `allowed`: networks that may be called though they are closed."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._made: Connections | None = None

    async def post(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answered:
        """What came back. Never raises for what the other side does."""
        try:
            target = _target(url)
            request = _request(target, headers, body)
            async with asyncio.timeout(WHOLE_SECONDS):
                answer = await self._connections().ask(target, request)
        except (BadTarget, NoConnection) as error:
            return Answered(0, str(error))
        except Closed:
            return Answered(0, "The address is not on the public internet, so nothing was sent")
        except TimeoutError:
            return Answered(0, f"No answer within {WHOLE_SECONDS:.0f} seconds")
        except Exception as error:
            # Whatever a strange server makes the libraries do, others go on.
            return Answered(0, _reason(error))
        return Answered(answer.status, _text(answer.body), _retry_after(answer.headers.get(b"retry-after")))

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()

    def _connections(self) -> "Connections":
        if self._made is None:
            from hourbook.access.outgoing import trusted
            from hourbook.worker.connecting import Connections

            self._made = Connections(self._allowed, trusted())
        return self._made


# Taken apart once, however much is sent there.
_target = lru_cache(maxsize=KEPT_TARGETS)(read_target)


def _request(target: Target, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """All that goes out, in one piece. ValueError for what would be a header of its own."""
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(body)}", "Accept: */*", "Accept-Encoding: identity"]
    if any(character in line for line in lines for character in "\r\n\0"):
        raise ValueError("a header holds a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _text(content: bytearray) -> str:
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
    from hourbook.worker.exchanges import BrokenOff, NoAnswer

    if isinstance(error, BrokenOff):
        return "The connection broke off before there was an answer"
    return f"No answer ({error if isinstance(error, NoAnswer) else type(error).__name__})"


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
