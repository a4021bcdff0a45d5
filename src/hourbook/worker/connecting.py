"""Connections to servers that people named: the one step in which a name is looked up, checked and connected to.

Whatever else a name server says before or after counts for nothing. It is what `posting.py` gives the library for
connections as its network, and it is imported with the first event that is sent.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import httpcore

from hourbook.core.networks import may_be_called
from hourbook.worker import posting

# Names looked up at the same time; each lookup holds a thread for as long as the name server likes.
LOOKUPS_AT_ONCE = 16


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._inner = httpcore.AnyIOBackend()
        self._looking_up = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def connect_tcp(self, host: str, port: int, *_: Any, **how: Any) -> httpcore.AsyncNetworkStream:
        """One address after the other, within the time."""
        timeout: float | None = how.get("timeout")
        try:
            async with asyncio.timeout(timeout):
                return await self._first(await self._checked(host, port), port, timeout=timeout)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def _first(
        self, addresses: Sequence[str], port: int, *, timeout: float | None
    ) -> httpcore.AsyncNetworkStream:
        """The last one's refusal is everybody's."""
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, timeout=timeout and timeout / 2)
        return await self._inner.connect_tcp(addresses[-1], port, timeout=timeout)

    async def _checked(self, host: str, port: int) -> list[str]:
        """Where a name leads; Closed when any of it is closed: half of a name is no name to trust."""
        async with self._looking_up:
            found = await posting.look_up(host, port)
        if not all(may_be_called(address, self._allowed) for address in found):
            raise posting.Closed(host)
        if not found:
            raise httpcore.ConnectError("the name is unknown")
        return found

    async def connect_unix_socket(self, path: str, *_: Any, **how: Any) -> httpcore.AsyncNetworkStream:
        raise posting.Closed(path)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def pool(allowed: Sequence[str], ssl_context: Any, *, limit: int) -> httpcore.AsyncConnectionPool:
    """Connections that are kept for a moment, because one receiver often hears of several events."""
    return httpcore.AsyncConnectionPool(
        ssl_context=ssl_context,
        max_connections=limit,
        max_keepalive_connections=posting.KEPT_CONNECTIONS,
        keepalive_expiry=posting.KEPT_SECONDS,
        network_backend=CheckedNetwork(allowed),
    )
