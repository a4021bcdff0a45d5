"""Why a row of a summary says what it says. Pure.

The time of each entry, what rounding made of it, its rates and where they come from; and the sum, rate by
rate, so that anybody can do it again on paper.
"""

from collections.abc import Collection, Iterable

import msgspec

from hourbook.core.rounding import Rounding
from hourbook.resources.reports.rules import Amount, MoneyShown, Span, SummaryAsk
from hourbook.resources.reports.rules_detailed import Entry
from hourbook.resources.reports.rules_rows import Label
from hourbook.resources.reports.rules_tallies import Tally


class ExplainAsk(msgspec.Struct, frozen=True, kw_only=True):
    """The row of a summary, by the ids of its groups from the first on; a page of its entries."""

    summary: SummaryAsk
    path: tuple[str, ...]
    page: int = 1
    page_size: int = 50


class RateSource(msgspec.Struct, frozen=True):
    """Whose rate it is (`level`, `target_id`, for somebody on a project `user_id`) and since when.

    All None: the entry has a rate of its own, which no timeline says any more (it is invoiced, or its
    currency is not the one its project counts in now), or nobody has set one.
    """

    level: str | None = None
    target_id: str | None = None
    user_id: str | None = None
    since_s: int | None = None


class Part(msgspec.Struct, frozen=True):
    """Entries of one rate and billability: their time, and money as 3600 times minor units. A rate not told is 0."""

    is_billable: bool
    hourly_minor: int
    cost_minor: int
    currency: str
    count: int
    seconds: int

    @property
    def earned(self) -> int:
        return self.seconds * self.hourly_minor if self.is_billable else 0

    @property
    def cost(self) -> int:
        return self.seconds * self.cost_minor


def parts_told_apart(parts: Iterable[Part], visible: Collection[Amount]) -> tuple[Part, ...]:
    """Parts that differ in nothing the reader may see are one: two lines would tell that there are two rates."""
    sees_earned, sees_cost = Amount.EARNED in visible, Amount.COST in visible
    found: dict[tuple[bool, int, int, str], Part] = {}
    for part in parts:
        hourly, cost = part.hourly_minor if sees_earned else 0, part.cost_minor if sees_cost else 0
        key = (part.is_billable, hourly, cost, part.currency)
        count, seconds = part.count, part.seconds
        if key in found:
            count, seconds = count + found[key].count, seconds + found[key].seconds
        found[key] = Part(*key, count, seconds)
    return tuple(found.values())


class ExplainedEntry(msgspec.Struct, frozen=True):
    """`entry.seconds` is the time that counts, `tracked_seconds` that before rounding.

    `hourly_minor` is the rate it has whether or not its time is billable, as in the sums.
    """

    entry: Entry
    tracked_seconds: int
    hourly_minor: int
    hourly_source: RateSource
    cost_source: RateSource


class Explanation(msgspec.Struct, frozen=True):
    """`labels` of the groups on the path; `parts` add up to `tally`; `entries` are those of the page."""

    span: Span
    money: MoneyShown
    rounding: Rounding | None
    revision: int
    labels: tuple[Label, ...]
    tally: Tally
    parts: tuple[Part, ...]
    entries: tuple[ExplainedEntry, ...]
