"""Events that cannot be told: they are passed over, so that those behind them arrive. Pure.

Only what is wrong with an event itself counts. A database that is away says nothing of it: it is told later.
"""

import zlib

import msgspec

# What wrong data, or code that is wrong about them, raise. A database, a disk or a network that fails raises others.
ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    msgspec.MsgspecError,
    zlib.error,
)


class Spoiled(msgspec.Struct):
    """In place of what the body of an event shows: why there is none."""

    error: Exception
