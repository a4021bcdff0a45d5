"""The JSON of rates in bodies, and the headers that say what a change of one did.

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing. The slices whose things have rates nest `RateIn`.
"""

from hourbook.core.errors import InvalidValue
from hourbook.core.money import AMOUNT_LIMIT_MINOR, NewRate
from hourbook.http.wire import In, Int64, instant_of
from hourbook.resources.rates.rules import check_amount


class RateIn(In):
    """A rate in a body. Without `since` it counts from now on; a `currency` beside it means nothing."""

    amount: Int64 | None = None
    since: str | None = None

    def to_rate(self) -> NewRate:
        """InvalidValue when there is no amount, or one that money can not be."""
        if self.amount is None:
            raise InvalidValue(f"Rate amount must be between 0 and {AMOUNT_LIMIT_MINOR}")
        return NewRate(check_amount(self.amount), instant_of(self.since, "since"))


def rate_of(rate: RateIn | None) -> NewRate | None:
    """The rate in a body, None when there is none."""
    return None if rate is None else rate.to_rate()


def entry_headers(changed: int, kept: int) -> dict[str, str]:
    """How many time entries a change of rates gave another rate, and how many invoiced ones kept theirs."""
    return {"X-Hourbook-Entries-Changed": str(changed), "X-Hourbook-Entries-Kept": str(kept)}
