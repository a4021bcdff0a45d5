"""Posting to servers that people named: where a name leads is checked in the very step that connects to it.

What connects (`connecting.py`) looks a name up, refuses closed addresses (core/networks.py) and goes to the address
it looked at, so no second answer of a name server counts. No redirects, no proxies of the environment, no cookies; a
bounded time, and a bounded part of the answer is read. Nothing here knows webhooks.
"""

import asyncio
import email.utils
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from hourbook.core.clock import SystemClock, seconds_of
from hourbook.core.targets import BadTarget, read_target

if TYPE_CHECKING:
    from hourbook.worker.connecting import Connections

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
ANSWER_LIMIT_BYTES = 20 * 1024
# Connections are kept for what comes next, to so many places.
KEPT_SECONDS = 20.0
KEPT_TARGETS = 64
# Names looked up at the same time.
LOOKUPS_AT_ONCE = 32
FIRST_FINAL_STATUS = 200


class Closed(Exception):
    """A name leads, or an address is, where nobody may be called."""


class Answered(msgspec.Struct, frozen=True):
    """`status_code` 0: there was no answer, and `text` says why. `retry_after_s`: what the answer asked for."""

    status_code: int
    text: str
    retry_after_s: int | None = None


class Heard:
    """As much of an answer as has come. `status` 0: not even its head. `body`: as much as is kept."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.retry_after: str | None = None


class Poster:
    """Posts. `allowed`: networks that may be called though they are closed."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._made: Connections | None = None

    async def post(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Answered:
        """What came back. Never raises for what the other side does.

        A status that was said stands, whatever is wrong with the rest of the answer.
        """
        heard, reason = Heard(), ""
        try:
            target = _target(url)
            async with asyncio.timeout(WHOLE_SECONDS):
                await self._connections().post(target, headers, body, heard=heard)
        except BadTarget as error:
            return Answered(0, str(error))
        except Closed:
            return Answered(0, "The address is not on the public internet, so nothing was sent")
        except Exception as error:
            # Whatever a strange server makes the libraries do, others go on.
            reason = _reason(error)
        if not heard.status:
            return Answered(0, reason)
        if heard.status < FIRST_FINAL_STATUS:
            return Answered(0, "No answer (it speaks another protocol)")
        return Answered(heard.status, _text(heard.body), _retry_after(heard.retry_after))

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
_target = lru_cache(maxsize=1024)(read_target)


def _text(content: bytes) -> str:
    """Databases keep no NUL in a text."""
    return content.decode("utf-8", "replace").replace("\0", "\ufffd")


def _retry_after(value: str | None) -> int | None:
    """Seconds, given as such or as a date; None for what is neither."""
    if value is None:
        return None
    text = value.strip()
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
    import aiohttp

    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"No connection within {CONNECT_SECONDS:.0f} seconds"
    if isinstance(error, TimeoutError):
        return f"No answer within {WHOLE_SECONDS:.0f} seconds"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "No connection (the name is unknown)"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"No connection ({type(error.os_error).__name__})"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "No connection (the certificate is not for this name, or nobody trusts it)"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | aiohttp.ClientPayloadError):
        return "The connection broke off before there was an answer"
    return f"No answer ({type(error).__name__})"


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
