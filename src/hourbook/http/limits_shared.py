"""Counts of requests in a Valkey or Redis that servers share (`limits.py` says what is counted).

One script a request does what `CountsHere` does, by the clock of that server. When it does not answer in
time, nobody waits for it: each process counts for itself meanwhile. It is asked again after a moment, and the
log says so once a minute.
"""

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from hourbook.http.limits import Limit, Name

log = structlog.get_logger("hourbook.limits")
# What a request waits for the counts at most.
PATIENCE_SECONDS = 0.25
# How long nobody asks after a failure, so that requests do not wait for a server that is away.
PAUSE_SECONDS = 2.0
LOG_SECONDS = 60.0
# Requests of a moment share so many connections.
CONNECTIONS = 16
PREFIX = "hourbook:limit:"
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local step, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local used = tonumber(redis.call('GET', KEYS[1]) or '0') - now
if used < 0 then used = 0 end
if used > room then used = room end
used = used + step
if used > room then return room - used end
redis.call('SET', KEYS[1], string.format('%.0f', now + used), 'PX', math.ceil(used / 1000))
return used
"""


class CountsInRedis:
    """`address`: as `redis://host:6379/0`; `rediss://` for TLS, `unix://` for a socket."""

    def __init__(self, address: str) -> None:
        # Loaded now: the first request would wait for it longer than for the counts.
        import redis.asyncio  # noqa: F401 (loaded where counts are shared, and nowhere else)

        # `valkey` is the same protocol under its own name.
        self._address = address.replace("valkey", "redis", 1) if address.startswith("valkey") else address
        self._client: Any = None
        self._digest = hashlib.sha1(SCRIPT.encode()).hexdigest()  # noqa: S324 (how the protocol names a script)
        self._paused_until = 0.0
        self._logged_at = -LOG_SECONDS

    async def spend(self, name: "Name", limit: "Limit") -> int | None:
        if time.monotonic() < self._paused_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return int(await self._run(PREFIX + ":".join(name), limit.step_us, limit.room_us))
        except Exception as error:  # whatever it is, it is no reason to be away
            self._note(error)
            return None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _run(self, key: str, step_us: int, room_us: int) -> Any:
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.exceptions import NoScriptError

        if self._client is None:
            pool = BlockingConnectionPool.from_url(self._address, max_connections=CONNECTIONS, timeout=PATIENCE_SECONDS)
            self._client = Redis.from_pool(pool)
        try:
            return await self._client.evalsha(self._digest, 1, key, step_us, room_us)
        except NoScriptError:
            return await self._client.eval(SCRIPT, 1, key, step_us, room_us)

    def _note(self, error: Exception) -> None:
        now = time.monotonic()
        self._paused_until = now + PAUSE_SECONDS
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            # Not the error's text: it may hold the address, and that a password.
            log.warning(
                "the storage of rate limits is away, this process counts for itself", error=type(error).__name__
            )
