"""How many requests a credential may send: who is counted, under which limit, and what is said about it.

Counted is a key or session in a workspace, an add-on in a workspace, an address that asks without a credential,
and an address that sends wrong ones. Counts are kept in this process, or in a Valkey or Redis that servers share
(`limits_shared.py`); while that is away, each process counts for itself. Nothing here reads a body or a database.
"""

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

from hourbook.access.actors import Actor
from hourbook.core.clock import SystemClock, seconds_of
from hourbook.core.errors import TooManyRequests
from hourbook.core.networks import counted_network
from hourbook.http.messages import Request

Name = tuple[str, str, str]
"""Who is counted: the kind of limit, a credential or address, a workspace."""

Headers = tuple[tuple[bytes, bytes], ...]

MICROSECONDS = 1_000_000
_CLOCK = SystemClock()
# How many may be counted at the same time in this process: about 10 MB.
COUNTED_LIMIT = 50_000
# A burst that a person's key may send at once, in seconds of its rate.
BURST_SECONDS = 2
# Wrong credentials of one address. A page whose session is over sends a few at once.
WRONG_A_SECOND, WRONG_BURST = 10, 100


@dataclass(frozen=True, eq=False)
class Limit:
    """So many requests a second, and so many at once by who was quiet before."""

    rate: int
    burst: int
    name: str = "key"

    @cached_property
    def step_us(self) -> int:
        """What one request uses up."""
        return max(1, MICROSECONDS // self.rate)

    @cached_property
    def room_us(self) -> int:
        """How far ahead of the clock the requests of a burst may run."""
        return self.step_us * self.burst

    @cached_property
    def fixed_headers(self) -> Headers:
        """What is the same in every answer (draft-ietf-httpapi-ratelimit-headers)."""
        window = max(1, round(self.burst / self.rate))
        policy = f'"{self.name}";q={self.burst};w={window}'
        return (b"x-ratelimit-limit", b"%d" % self.burst), (b"ratelimit-policy", policy.encode())

    @cached_property
    def name_sent(self) -> bytes:
        return self.name.encode()


class Counts(Protocol):
    """Keeps for each name until when its requests use up its rate."""

    def spend(self, name: Name, limit: Limit) -> int:
        """Counts one request: the microseconds used up with it, or minus those to wait when it is one too many."""


class CountsHere:
    """The counts of this process. The generic cell rate algorithm: one number for each that is counted."""

    def __init__(self, *, most: int = COUNTED_LIMIT) -> None:
        self._until_us: dict[Name, int] = {}
        self._most = most

    def spend(self, name: Name, limit: Limit) -> int:
        now_us = time.monotonic_ns() // 1000
        until_us = self._until_us.get(name)
        used_us = limit.step_us if until_us is None or until_us < now_us else until_us - now_us + limit.step_us
        if used_us > limit.room_us:
            return limit.room_us - used_us
        if until_us is None and len(self._until_us) >= self._most:
            self._forget(now_us)
        self._until_us[name] = now_us + used_us
        return used_us

    def _forget(self, now_us: int) -> None:
        """Whoever has all of its rate again; where that is not half of them, those nearest to it."""
        kept = sorted(((until, name) for name, until in self._until_us.items() if until > now_us), reverse=True)
        self._until_us = {name: until for until, name in kept[: self._most // 2]}

    def __len__(self) -> int:
        return len(self._until_us)


class SharedCounts(Protocol):
    """Counts that servers share."""

    async def spend(self, name: Name, limit: Limit) -> int | None:
        """As `Counts.spend`; None when nobody knows."""

    async def close(self) -> None: ...


@lru_cache(maxsize=256)
def limit_of(rate: int, burst_seconds: int, name: str) -> Limit:
    return Limit(rate, rate * burst_seconds, name)


WRONG = Limit(WRONG_A_SECOND, WRONG_BURST, "wrong-credentials")


class Limits:
    """The limits of this server. `rate` and `addon_rate`: requests a second; 0 is off.

    What a workspace asks for counts where it is less, or where this server asks for nothing.
    """

    def __init__(self, rate: int = 0, addon_rate: int = 0, *, shared: SharedCounts | None = None) -> None:
        self._rate = rate
        self._addon_rate = addon_rate
        self._counts = CountsHere()
        self._shared = shared
        self.refused_count = 0

    def check(self, request: Request, actor: Actor) -> Awaitable[None] | None:
        """Counts a request and notes what its answer says of the limit; TooManyRequests for one too many.

        Where servers count together, that happens when the answer is awaited.
        """
        if actor.kind == "addon":
            rate, burst_seconds, kind = _least(self._addon_rate, actor.settings.addon_requests_per_second), 1, "addon"
        else:
            rate, burst_seconds, kind = _least(self._rate, actor.settings.requests_per_second), BURST_SECONDS, "key"
        if not rate:
            return None
        who = actor.credential_id or counted_network(request.client)
        return self._spend(request, (kind, who, actor.workspace_id), limit_of(rate, burst_seconds, kind))

    def check_wrong(self, request: Request) -> Awaitable[None] | None:
        """Counts a credential that is good for nothing; TooManyRequests when its address sent too many of them."""
        if not self._rate:
            return None
        return self._spend(request, ("wrong", counted_network(request.client), ""), WRONG)

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()

    def _spend(self, request: Request, name: Name, limit: Limit) -> Awaitable[None] | None:
        if self._shared is not None:
            return self._spend_shared(self._shared, request, name, limit=limit)
        self._note(request, limit, self._counts.spend(name, limit))
        return None

    async def _spend_shared(self, shared: SharedCounts, request: Request, name: Name, *, limit: Limit) -> None:
        used_us = await shared.spend(name, limit)
        self._note(request, limit, self._counts.spend(name, limit) if used_us is None else used_us)

    def _note(self, request: Request, limit: Limit, used_us: int) -> None:
        if used_us <= 0:
            self.refused_count += 1
            request.told = _headers(limit, 0, limit.room_us)
            raise TooManyRequests(retry_after_seconds=-(used_us // MICROSECONDS))
        request.told = _headers(limit, (limit.room_us - used_us) // limit.step_us, used_us)


def _least(of_server: int, of_workspace: int) -> int:
    return min(of_server, of_workspace) if of_server and of_workspace else of_server or of_workspace


def _headers(limit: Limit, remaining: int, used_us: int) -> Headers:
    """`used_us`: until all of it is there again."""
    seconds = -(-used_us // MICROSECONDS)
    # The moment, as the field of this name has it elsewhere; RateLimit has the seconds until then.
    return _written(limit, remaining, seconds, seconds_of(_CLOCK.now_us()) + seconds)


@lru_cache(maxsize=4096)
def _written(limit: Limit, remaining: int, seconds: int, reset_s: int) -> Headers:
    """Whoever asks now and then is told the same all the time."""
    return (
        *limit.fixed_headers,
        (b"x-ratelimit-remaining", b"%d" % remaining),
        (b"x-ratelimit-reset", b"%d" % reset_s),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (limit.name_sent, remaining, seconds)),
    )
