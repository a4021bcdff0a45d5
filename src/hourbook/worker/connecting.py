"""Connections to servers that people named: the one step in which a name is looked up, checked and connected to.

Whatever else a name server says before or after counts for nothing. It is what `posting.py` gives the library for
connections as its network, and it is imported with the first event that is sent.
"""

import asyncio
import contextlib
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import httpcore

from hourbook.core.networks import may_be_called
from hourbook.core.targets import Target
from hourbook.worker import posting


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


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._inner = httpcore.AnyIOBackend()
        self._lookups = Lookups()

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
        found = await self._lookups.of(host, port)
        if not all(may_be_called(address, self._allowed) for address in found):
            raise posting.Closed(host)
        if not found:
            raise httpcore.ConnectError("the name is unknown")
        return found

    async def connect_unix_socket(self, path: str, *_: Any, **how: Any) -> httpcore.AsyncNetworkStream:
        raise posting.Closed(path)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Pools:
    """Connections that are kept for a moment, because a receiver often hears of several events.

    Each target has a pool of its own: at every request the library looks at every connection of the pool, so that
    one pool for all receivers costs more time than everything else about a delivery.
    """

    def __init__(self, allowed: Sequence[str], ssl_context: Any, *, limit: int) -> None:
        self._network = CheckedNetwork(allowed)
        self._ssl_context = ssl_context
        self._limit = limit
        self._pools: OrderedDict[Target, httpcore.AsyncConnectionPool] = OrderedDict()

    async def of(self, target: Target) -> httpcore.AsyncConnectionPool:
        """The pool of a target; the one that was not asked for longest lets its connections go."""
        found = self._pools.get(target)
        if found is None:
            found = self._pools[target] = self._new()
            await self._drop_oldest()
        self._pools.move_to_end(target)
        return found

    async def close(self) -> None:
        while self._pools:
            await self._pools.popitem()[1].aclose()

    async def _drop_oldest(self) -> None:
        """Those in use stay, however many they are."""
        for target in list(self._pools)[: max(len(self._pools) - posting.KEPT_TARGETS, 0)]:
            pool = self._pools.get(target)
            if pool is not None and all(connection.is_idle() for connection in pool.connections):
                del self._pools[target]
                await pool.aclose()

    def _new(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=self._ssl_context,
            max_connections=self._limit,
            max_keepalive_connections=posting.KEPT_CONNECTIONS,
            keepalive_expiry=posting.KEPT_SECONDS,
            network_backend=self._network,
        )
