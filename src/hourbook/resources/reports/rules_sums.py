"""Sums of time and money as arrays, as the columns give them, made into tallies. Pure.

Whoever only shows a tally needs no arrays: that is in `rules_tallies.py`, and the process that answers
requests loads nothing of this one.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hourbook.resources.reports.rules_tallies import Path, Tally


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
