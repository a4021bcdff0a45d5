"""What rows of a report add up to, exact, and how such sums are told. Pure, and without arrays.

A tally is made of whole numbers: seconds, and by currency seconds times the rate an hour. Such a number
is 3600 times an amount in minor units; it becomes an amount by one division at the very end (design
section 8).
"""

from hourbook.core.money import SECONDS_PER_HOUR
from hourbook.resources.reports.rules import Amount

Path = tuple[int, ...]
# Looked up once: a large report asks for tens of thousands of amounts.
_EARNED, _COST = Amount.EARNED, Amount.COST


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


def nearest(amount: int) -> float:
    """The double nearest to an exact amount (given as 3600 times minor units)."""
    return amount / SECONDS_PER_HOUR


def half_up(amount: int) -> int:
    """Whole minor units, half a unit up (given as 3600 times minor units)."""
    return (2 * amount + SECONDS_PER_HOUR) // (2 * SECONDS_PER_HOUR)
