"""Sums of time and money of the rows of a report, exact. Pure.

A tally is made of whole numbers: seconds, and seconds times rate by currency. It becomes an amount
by one division at the very end (design section 8).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from hourbook.core.money import SECONDS_PER_HOUR
from hourbook.resources.reports.rules import Amount

Path = tuple[int, ...]


class Tally:
    """What rows add up to. `money`: by currency, rate times seconds of what was earned and of what it cost."""

    __slots__ = ("billable_seconds", "count", "money", "seconds")

    def __init__(self) -> None:
        self.seconds = 0
        self.billable_seconds = 0
        self.count = 0
        self.money: dict[str, list[int]] = {}

    def add(self, seconds: int, count: int, *, rates: tuple[int, int, str], is_billable: bool) -> None:
        """Counts entries of one billability at (billable rate, cost rate, currency)."""
        hourly, cost, currency = rates
        self.seconds += seconds
        self.count += count
        found = self.money.get(currency)
        if found is None:
            found = self.money[currency] = [0, 0]
        if is_billable:
            self.billable_seconds += seconds
            found[0] += seconds * hourly
        found[1] += seconds * cost

    def join(self, other: "Tally") -> None:
        self.seconds += other.seconds
        self.billable_seconds += other.billable_seconds
        self.count += other.count
        for currency, (earned, cost) in other.money.items():
            found = self.money.setdefault(currency, [0, 0])
            found[0] += earned
            found[1] += cost

    def amount(self, kind: Amount, currency: str) -> Fraction:
        """Minor units of one currency."""
        earned, cost = self.money.get(currency, (0, 0))
        return Fraction({Amount.EARNED: earned, Amount.COST: cost}.get(kind, earned - cost), SECONDS_PER_HOUR)

    def total(self, kind: Amount) -> Fraction:
        """The plain sum over currencies: what the wire calls the amount; the lists by currency are the truth."""
        return sum((self.amount(kind, currency) for currency in self.money), Fraction(0))


def tallies_of(sums: Any, rates: Sequence[tuple[int, int, str]]) -> dict[Path, Tally]:
    """A tally for each combination of codes."""
    found: dict[Path, Tally] = {}
    paths: Iterable[Path] = zip(*(keys.tolist() for keys in sums.keys), strict=True) if sums.keys else ()
    if not sums.keys:
        paths = [()] * len(sums.rate)
    numbers = zip(sums.rate.tolist(), sums.billable.tolist(), sums.seconds.tolist(), sums.count.tolist(), strict=True)
    for path, (rate, is_billable, seconds, count) in zip(paths, numbers, strict=True):
        tally = found.get(path)
        if tally is None:
            tally = found[path] = Tally()
        tally.add(seconds, count, rates=rates[rate], is_billable=is_billable)
    return found


def rolled_up(tallies: dict[Path, Tally]) -> dict[Path, Tally]:
    """One level less: what all with the same beginning add up to."""
    found: dict[Path, Tally] = {}
    for path, tally in tallies.items():
        parent = found.get(path[:-1])
        if parent is None:
            parent = found[path[:-1]] = Tally()
        parent.join(tally)
    return found


def nearest(amount: Fraction) -> float:
    """The double nearest to an exact amount."""
    return amount.numerator / amount.denominator


def half_up(amount: Fraction) -> int:
    """Whole minor units, half a unit up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
