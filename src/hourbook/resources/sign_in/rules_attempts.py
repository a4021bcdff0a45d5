"""How failed sign-ins are counted and how long one has to wait after them. Pure.

Three counts stand beside each other: of an address, of an account, and of both together. Each has
some free tries; after them a wait that doubles with each failure, up to fifteen minutes. A
failure that was refused because of a wait is not counted, or the wait would never end.
"""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from hourbook.core.errors import TooManyAttempts

MICROSECONDS = 1_000_000
LONGEST_WAIT_SECONDS = 15 * 60


class Limit(msgspec.Struct, frozen=True):
    """One way to count. After `forgotten_seconds` without a failure counting begins anew."""

    name: str
    free: int
    first_wait_seconds: int
    forgotten_seconds: int


# Somebody who mistypes, or tries one account from one place.
PAIR = Limit("pair", free=5, first_wait_seconds=2, forgotten_seconds=3600)
# One place that tries many accounts. An office may share it, so it has more tries.
ADDRESS = Limit("address", free=50, first_wait_seconds=2, forgotten_seconds=3600)
# Many places that try one account. It does not hold for places its owner has signed in from.
ACCOUNT = Limit("account", free=20, first_wait_seconds=2, forgotten_seconds=24 * 3600)
# Links to set a new password: of one account, and asked from one place.
RESET_ACCOUNT = Limit("reset account", free=3, first_wait_seconds=300, forgotten_seconds=3600)
RESET_ADDRESS = Limit("reset address", free=20, first_wait_seconds=60, forgotten_seconds=3600)


class Count(msgspec.Struct, frozen=True):
    """The failures so far under one digest."""

    failed_count: int = 0
    last_failed_at_us: int = 0
    blocked_until_us: int = 0


class Key(msgspec.Struct, frozen=True):
    """What is counted: a limit and the digest of what the failures have in common."""

    limit: Limit
    digest: bytes


def key_of(limit: Limit, *parts: str) -> Key:
    """The digest tells neither the address nor the account."""
    text = "\0".join(("hourbook attempts", limit.name, *parts))
    return Key(limit, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def keys_of_sign_in(account: str, address: str, *, is_known_place: bool) -> tuple[Key, ...]:
    """What a sign-in is counted under. `account`: the folded e-mail address, be there such an account or not."""
    keys = (key_of(PAIR, account, address), key_of(ADDRESS, address))
    return keys if is_known_place else (*keys, key_of(ACCOUNT, account))


def after_failure(limit: Limit, count: Count, now_us: int) -> Count:
    """The count with one more failure."""
    is_forgotten = count.last_failed_at_us + limit.forgotten_seconds * MICROSECONDS <= now_us
    failed = 1 if is_forgotten else count.failed_count + 1
    return Count(failed, now_us, now_us + wait_seconds(limit, failed) * MICROSECONDS)


def wait_seconds(limit: Limit, failed_count: int) -> int:
    """How long nothing is accepted after so many failures."""
    beyond = failed_count - limit.free
    if beyond < 0:
        return 0
    return min(LONGEST_WAIT_SECONDS, limit.first_wait_seconds << min(beyond, 20))


def check_open(counts: Iterable[Count], now_us: int) -> None:
    """TooManyAttempts, with the whole seconds to wait, while one of the counts asks for a wait."""
    until_us = max((_until_us(count, now_us) for count in counts), default=0)
    if until_us > now_us:
        raise TooManyAttempts(-(-(until_us - now_us) // MICROSECONDS))


def is_open(counts: Mapping[bytes, Count], key: Key, now_us: int) -> bool:
    """Whether one key asks for no wait."""
    return _until_us(counts.get(key.digest, Count()), now_us) <= now_us


def _until_us(count: Count, now_us: int) -> int:
    """When a wait ends. One beyond the longest was noted by a clock that went wrong, and holds nobody."""
    is_possible = count.blocked_until_us - now_us <= LONGEST_WAIT_SECONDS * MICROSECONDS
    return count.blocked_until_us if is_possible else 0
