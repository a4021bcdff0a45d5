"""Passwords: what a good one is, and how it is kept (argon2id).

The library is imported when first needed, because the start is measured. No password is stored
or logged here. A hash takes about a tenth of a second and 46 MB on purpose, so it is made in a
lane of its own (`http/preparing.py`), never on the event loop and never inside a transaction.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hourbook.core.errors import InvalidValue
from hourbook.core.text import fold

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
LONGEST = 256


@dataclass(frozen=True)
class Cost:
    """What one hash costs. A stored hash of another cost is made anew at the next sign-in."""

    passes: int = 2
    kibibytes: int = 47_104
    # Threads of one hash; more of them would take the event loop's core.
    lanes: int = 1


COST = Cost()


def check_password(password: str, email: str) -> str:
    """The password; InvalidValue when it is too short or long, or is the e-mail address or a part of it."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidValue(f"A password must have {SHORTEST} to {LONGEST} characters")
    folded, address = fold(password), fold(email)
    if folded in (address, address.partition("@")[0]) or len(set(folded)) < 3:
        raise InvalidValue("The password is too easy to guess: it is the e-mail address, or the same few characters")
    return password


def hash_password(password: str) -> str:
    """The stored form of a password."""
    return _hasher(COST).hash(_bytes(password))


def is_password(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. Where none is stored it takes as long, and the answer is no."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    nobodys = _nobodys_hash(COST)
    try:
        _hasher(COST).verify(stored or nobodys, _bytes(password[: LONGEST + 1]))
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether it was made at another cost than today's."""
    return _hasher(COST).check_needs_rehash(stored)


@lru_cache(maxsize=4)
def _hasher(cost: Cost) -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.kibibytes, parallelism=cost.lanes)


@lru_cache(maxsize=4)
def _nobodys_hash(cost: Cost) -> str:
    """What is looked at for an account that does not exist: the password of nobody."""
    import secrets

    return _hasher(cost).hash(secrets.token_bytes(32))


def _bytes(password: str) -> bytes:
    """The same text typed on different keyboards is the same password."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
