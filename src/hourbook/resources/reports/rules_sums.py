"""Sums of time and money of the rows of a report, exact. Pure.

A tally is made of whole numbers: seconds, and by currency seconds times the rate an hour. Such a number
is 3600 times an amount in minor units; it becomes an amount by one division at the very end (design
section 8).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hourbook.core.money import SECONDS_PER_HOUR
from hourbook.resources.reports.rules import Amount

Path = tuple[int, ...]
# Looked up once: a large report asks for tens of thousands of amounts.
_EARNED, _COST = Amount.EARNED, Amount.COST


class SupportsSums(Protocol):
    """Sums per combination of codes and currency, in the order of the codes; as `columns.summing.Sums` has them."""

    @property
    def keys(self) -> tuple[NDArray[np.int64], ...]: ...
    @property
    def currency(self) -> NDArray[np.int64]: ...
    @property
    def seconds(self) -> NDArray[np.int64]: ...
    @property
    def billable_seconds(self) -> NDArray[np.int64]: ...
    @property
    def count(self) -> NDArray[np.int64]: ...
    @property
    def earned(self) -> NDArray[Any]: ...
    @property
    def cost(self) -> NDArray[Any]: ...
    @property
    def currencies(self) -> tuple[str, ...]: ...


class Tally:
    """What rows add up to. `money`: by currency, rates times seconds of what was earned and of what it cost."""

    __slots__ = ("billable_seconds", "count", "money", "seconds")

    def __init__(self, seconds: int = 0, billable_seconds: int = 0, count: int = 0) -> None:
        self.seconds = seconds
        self.billable_seconds = billable_seconds
        self.count = count
        self.money: dict[str, tuple[int, int]] = {}

    def join(self, other: "Tally") -> None:
        self.seconds += other.seconds
        self.billable_seconds += other.billable_seconds
        self.count += other.count
        for currency, (earned, cost) in other.money.items():
            before = self.money.get(currency, (0, 0))
            self.money[currency] = (before[0] + earned, before[1] + cost)

    def amount(self, kind: Amount, currency: str) -> int:
        """3600 times the minor units of one currency."""
        earned, cost = self.money.get(currency, (0, 0))
        return earned if kind is _EARNED else cost if kind is _COST else earned - cost

    def total(self, kind: Amount) -> int:
        """The plain sum over currencies: what the wire calls the amount; the lists by currency are the truth."""
        total = 0
        for earned, cost in self.money.values():
            total += earned if kind is _EARNED else cost if kind is _COST else earned - cost
        return total


def starts_of(sums: SupportsSums) -> NDArray[np.int64]:
    """Where each combination of codes begins: it has a line for each of its currencies."""
    size = len(sums.seconds)
    is_start = np.zeros(size, dtype=bool)
    is_start[:1] = True
    for codes in sums.keys:
        is_start[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(is_start)


def tallies_of(sums: SupportsSums) -> list[Tally]:
    """A tally for each combination of codes, in their order."""
    found: list[Tally] = []
    names = sums.currencies
    begins = np.zeros(len(sums.seconds), dtype=bool)
    begins[starts_of(sums)] = True
    columns = (begins, sums.currency, sums.seconds, sums.billable_seconds, sums.count, sums.earned, sums.cost)
    for is_new, currency, seconds, billable, count, earned, cost in zip(*(c.tolist() for c in columns), strict=True):
        one = Tally(seconds, billable, count)
        one.money[names[currency]] = (earned, cost)
        if is_new:
            found.append(one)
        else:
            found[-1].join(one)
    return found


def by_path(sums: SupportsSums) -> Iterator[tuple[Path, Tally]]:
    """Tallies with the codes they are of."""
    starts = starts_of(sums)
    paths: Sequence[Path] = list(zip(*(codes[starts].tolist() for codes in sums.keys), strict=True))
    return zip(paths or [()] * len(starts), tallies_of(sums), strict=True)


def nearest(amount: int) -> float:
    """The double nearest to an exact amount (given as 3600 times minor units)."""
    return amount / SECONDS_PER_HOUR


def half_up(amount: int) -> int:
    """Whole minor units, half a unit up (given as 3600 times minor units)."""
    return (2 * amount + SECONDS_PER_HOUR) // (2 * SECONDS_PER_HOUR)
