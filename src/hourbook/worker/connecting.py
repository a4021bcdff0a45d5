"""Connections to servers that people named: the one step in which a name is looked up, checked and connected to.

Whatever else a name server says before or after counts for nothing. Connections are kept for a moment, because a
receiver often hears of several events. It is imported when there is something to send, or soon will be.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from hourbook.core.networks import may_be_called
from hourbook.core.targets import Target
from hourbook.worker import posting
from hourbook.worker.posting import Heard

# What the library would add by itself.
FIXED_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}
LONGEST_END = b"\n\r\n"
END_OF_HEAD = re.compile(rb"\n\r?\n")
# Looked for in what comes at once: two that say "wait", and the answer.
HEADS_AT_ONCE = 3


class Lookups:
    """Where names lead. One that is being looked up is not looked up a second time meanwhile.

    A lookup holds a thread for as long as the name server likes, even if nobody waits for it any more: whoever has
    many webhooks at a name that nobody answers for holds one thread and not all of them.
    """

    def __init__(self) -> None:
        self._running: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def of(self, host: str, port: int) -> list[str]:
        with contextlib.suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        key = (host, port)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(posting.look_up(host, port))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)


class CheckedNames(AbstractResolver):
    """Says where names lead, and refuses a name when any of it is closed: half of a name is no name to trust."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._lookups = Lookups()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._lookups.of(host, port)
        if not all(may_be_called(address, self._allowed) for address in found):
            raise posting.Closed(host)
        if not found:
            raise OSError("the name is unknown")
        return [_result(host, address, port) for address in found]

    async def close(self) -> None:
        return

    def socket_to(self, where: tuple[Any, ...]) -> socket.socket:
        """A socket for this address alone; Closed. Not every address comes from a name."""
        family, kind, protocol, _, address = where
        if not may_be_called(str(address[0]), self._allowed):
            raise posting.Closed(address[0])
        return socket.socket(family, kind, protocol)


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST
    )


class HeadsFirst(ResponseHandler):
    """What a connection says is read head by head: a head that is right counts, however wrong what follows it is.

    Together they would be wrong as one, as an answer 204 that has a body is, and nobody would know what it said.
    """

    _last = b""

    def data_received(self, data: bytes) -> None:
        """Nothing at all means that what is there already goes on being read."""
        seen, before = self._last + data, len(self._last)
        self._last = seen[-len(LONGEST_END) + 1 :]
        ends = [one.end() - before for one in islice(END_OF_HEAD.finditer(seen), HEADS_AT_ONCE)]
        begin = 0
        for end in (*(one for one in ends if 0 < one < len(data)), len(data)):
            if self.exception() is None:
                super().data_received(data[begin:end])
            begin = end


class Connections:
    """Posts, over a connection that is there or a new one. Whose it may be says where it leads alone."""

    def __init__(self, allowed: Sequence[str], ssl_context: Any) -> None:
        names = CheckedNames(allowed)
        self._keeping = _session(names, ssl_context, keepalive_timeout=posting.KEPT_SECONDS)
        self._closing = _session(names, ssl_context, force_close=True)
        # Where connections are kept to, who was called longest ago first.
        self._kept: OrderedDict[str, float] = OrderedDict()

    async def post(self, target: Target, headers: Sequence[tuple[str, str]], body: bytes, *, heard: Heard) -> None:
        """An error of the library, or Closed, when there is no answer, or when it ends before it is whole.

        A connection that was kept may end in this moment. Then the request goes out again, once: nothing was said to
        it, and it has an id.
        """
        tried: dict[str, bool] = {}
        try:
            asked = await self._ask(target, headers, body, tried=tried)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not tried:
                raise
            asked = await self._ask(target, headers, body, tried=tried)
        async with asked as answer:
            heard.status, heard.retry_after = answer.status, answer.headers.get("Retry-After")
            await _read_beginning(answer, heard)

    async def close(self) -> None:
        await self._keeping.close()
        await self._closing.close()
        await asyncio.sleep(0)  # the loop closes the connections in its next turn

    async def _ask(
        self, target: Target, headers: Sequence[tuple[str, str]], body: bytes, *, tried: dict[str, bool]
    ) -> aiohttp.ClientResponse:
        """The head of the answer is there, its body is still to come."""
        session = self._keeping if self._keeps(target.authority) else self._closing
        return await session.post(
            _url(target), data=body, headers=headers, allow_redirects=False, trace_request_ctx=tried
        )

    def _keeps(self, authority: str) -> bool:
        """Whether a connection to it is kept for what comes next: there are many places, and few file numbers."""
        now = asyncio.get_running_loop().time()
        while self._kept and next(iter(self._kept.values())) < now - posting.KEPT_SECONDS:
            self._kept.popitem(last=False)
        if authority not in self._kept and len(self._kept) >= posting.KEPT_TARGETS:
            return False
        self._kept[authority] = now
        self._kept.move_to_end(authority)
        return True


class _Connector(aiohttp.TCPConnector):
    """Connections that are read head by head. The library has no word for it but this one of its own."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        reads: type[ResponseHandler] = HeadsFirst
        self._factory = partial(reads, loop=self._loop)


def _session(names: CheckedNames, ssl_context: Any, **how: Any) -> aiohttp.ClientSession:
    connector = _Connector(
        resolver=names,
        socket_factory=names.socket_to,
        use_dns_cache=False,
        ssl=ssl_context,
        # How many there are at the same time decides who calls; a place is never waited for here.
        limit=0,
        **how,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers=FIXED_HEADERS,
        skip_auto_headers=("User-Agent", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=posting.WHOLE_SECONDS, connect=posting.CONNECT_SECONDS),
        trace_configs=[_tracing()],
        read_bufsize=posting.ANSWER_LIMIT_BYTES,
    )


def _tracing() -> aiohttp.TraceConfig:
    """Notes for a request that it went out on a connection that was kept."""
    found = aiohttp.TraceConfig()

    async def note(_: Any, context: Any, __: Any) -> None:
        context.trace_request_ctx["was_kept"] = True

    found.on_connection_reuseconn.append(note)
    return found


@lru_cache(maxsize=1024)
def _url(target: Target) -> URL:
    """Said as it was read: nothing in it is written in another way."""
    return URL(f"{'https' if target.is_tls else 'http'}://{target.authority}{target.path}", encoded=True)


async def _read_beginning(answer: aiohttp.ClientResponse, heard: Heard) -> None:
    """As much as is kept; the rest is never read, the connection is closed instead."""
    found = bytearray()
    try:
        async for part in answer.content.iter_any():
            found += part
            if len(found) >= posting.ANSWER_LIMIT_BYTES:
                answer.close()
                break
    finally:
        heard.body = bytes(found[: posting.ANSWER_LIMIT_BYTES])
