"""Connections to servers that people named: the one step in which a name is looked up, checked and connected to.

Whatever else a name server says before or after counts for nothing. Connections are kept for a moment, because a
receiver often hears of several events. It is imported with the first event that is sent.
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import Sequence
from itertools import chain
from typing import Any

from hourbook.core.networks import may_be_called
from hourbook.core.targets import Target
from hourbook.worker import posting
from hourbook.worker.exchanges import Answer, BrokenOff, Exchanges

Origin = tuple[bool, str, int]


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


class CheckedNetwork:
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(self, allowed: Sequence[str], ssl_context: Any) -> None:
        self._allowed = tuple(allowed)
        self._ssl_context = ssl_context
        self._lookups = Lookups()

    async def connect(self, target: Target) -> Exchanges:
        """One address after the other, within the time; NoConnection, or Closed."""
        try:
            async with asyncio.timeout(posting.CONNECT_SECONDS):
                return await self._first(await self._checked(target.host, target.port), target)
        except TimeoutError:
            raise posting.NoConnection(f"No connection within {posting.CONNECT_SECONDS:.0f} seconds") from None
        except OSError as error:  # what encryption complains of is one, too
            raise posting.NoConnection(f"No connection ({type(error).__name__})") from error

    async def _first(self, addresses: Sequence[str], target: Target) -> Exchanges:
        """The last one's refusal is everybody's."""
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(posting.CONNECT_SECONDS / 2):
                    return await self._connect(address, target)
        return await self._connect(addresses[-1], target)

    async def _connect(self, address: str, target: Target) -> Exchanges:
        """The certificate must be for the name, wherever that led."""
        how = {"ssl": self._ssl_context, "server_hostname": target.host} if target.is_tls else {}
        loop = asyncio.get_running_loop()
        _, found = await loop.create_connection(
            lambda: Exchanges(posting.ANSWER_LIMIT_BYTES), address, target.port, **how
        )
        return found

    async def _checked(self, host: str, port: int) -> list[str]:
        """Where a name leads; Closed when any of it is closed: half of a name is no name to trust."""
        found = await self._lookups.of(host, port)
        if not all(may_be_called(address, self._allowed) for address in found):
            raise posting.Closed(host)
        if not found:
            raise posting.NoConnection("No connection (the name is unknown)")
        return found


class Connections:
    """Asks, over a connection that is there or a new one. Whose it may be says where it leads alone."""

    def __init__(self, allowed: Sequence[str], ssl_context: Any) -> None:
        self._network = CheckedNetwork(allowed, ssl_context)
        # Those nobody uses, with the moment of their last answer; what was used last is used first.
        self._idle: dict[Origin, list[tuple[Exchanges, float]]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def ask(self, target: Target, request: bytes) -> Answer:
        """NoAnswer, NoConnection or Closed when there is none.

        A connection that was kept may end in this moment. Then the request goes out again, once: nothing was said to
        it, and it has an id.
        """
        origin = (target.is_tls, target.host, target.port)
        kept = self._taken(origin)
        if kept is not None:
            try:
                return await self._asked(kept, origin, request)
            except BrokenOff as error:
                if not error.was_silent:
                    raise
        return await self._asked(await self._network.connect(target), origin, request)

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        for one, _ in chain.from_iterable(self._idle.values()):
            one.abort()
        self._idle.clear()

    async def _asked(self, connection: Exchanges, origin: Origin, request: bytes) -> Answer:
        answer = await connection.ask(request)
        self._put_back(connection, origin)
        return answer

    def _taken(self, origin: Origin) -> Exchanges | None:
        found = self._idle.get(origin, [])
        while found:
            connection, _ = found.pop()
            if connection.is_open:
                return connection
        return None

    def _put_back(self, connection: Exchanges, origin: Origin) -> None:
        here = self._idle.setdefault(origin, [])
        is_full = len(here) >= posting.KEPT_EACH or sum(map(len, self._idle.values())) >= posting.KEPT_CONNECTIONS
        if is_full or not connection.is_open:
            connection.abort()
            return
        here.append((connection, asyncio.get_running_loop().time()))
        if self._sweeping is None:
            self._sweep()

    def _sweep(self) -> None:
        """Closes what was not used for long; comes back as long as there is something."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - posting.KEPT_SECONDS
        for origin, found in list(self._idle.items()):
            kept = [(one, since) for one, since in found if one.is_open and since > oldest]
            for one in {one for one, _ in found} - {one for one, _ in kept}:
                one.abort()
            self._idle[origin] = kept
            if not kept:
                del self._idle[origin]
        self._sweeping = loop.call_later(posting.KEPT_SECONDS / 2, self._sweep) if self._idle else None
