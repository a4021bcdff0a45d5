"""Sums of time over rows, by groups and by rate; exact.

Groups are small integers made into one key; per key and rate the seconds and entries are counted.
Money is made of the result, in whole numbers, by whoever asks (a rate times seconds does not fit
into 64 bits for every accepted rate). Sums of seconds stay below 2^53, so doubles count them exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hourbook.columns.selecting import Part, Rows
from hourbook.columns.table import BILLABLE, View
from hourbook.core.rounding import Rounding

Ints: TypeAlias = NDArray[np.int64]
# Up to so many bins are counted in an array with a place for each; above, what occurs is found by sorting.
BINS_LIMIT = 1 << 22


@dataclass(frozen=True)
class ByColumn:
    """Rows by a column of codes; `table` maps a code on to another, its last place is for none."""

    codes: NDArray[np.int32]
    size: int
    table: Ints | None = None

    def of(self, rows: Rows) -> Ints:
        """The code of each row, from 0 up to before `size`."""
        found = self.codes[rows]
        if self.table is not None:
            return self.table[found]
        return found.astype(np.int64)


@dataclass(frozen=True)
class ByTime:
    """Rows by the bucket their start is in: bucket n begins at `bounds[n]`. Rows before the first are a mistake."""

    start_s: NDArray[np.int64]
    bounds: Ints

    @property
    def size(self) -> int:
        return len(self.bounds)

    def of(self, rows: Rows) -> Ints:
        start = self.start_s[rows]
        if isinstance(rows, slice):
            # Sorted: the bounds are looked up in the rows, not the rows in the bounds.
            cuts = np.searchsorted(start, self.bounds)
            return np.repeat(np.arange(len(self.bounds)), np.diff(np.append(cuts, len(start))))
        return np.searchsorted(self.bounds, start, side="right") - 1


@dataclass(frozen=True)
class BySet:
    """Rows by each member of a set: code n of the column has `members[offsets[n]:offsets[n + 1]]`, at least one."""

    codes: NDArray[np.int32]
    offsets: Ints
    members: Ints
    size: int

    def spread(self, rows: Rows) -> tuple[Ints, Ints]:
        """(position among the rows, member) for each member of each row."""
        codes = self.codes[rows]
        counts = self.offsets[codes + 1] - self.offsets[codes]
        positions = np.repeat(np.arange(len(codes)), counts)
        first = np.cumsum(counts) - counts
        within = np.arange(len(positions)) - first[positions]
        return positions, self.members[self.offsets[codes][positions] + within]


Key: TypeAlias = ByColumn | ByTime | BySet


@dataclass(frozen=True)
class Sums:
    """Per combination of codes (`keys`, one array a level), rate and billability: seconds and entries.

    `rate` codes into the view's rates. Each combination stands there once; none has no entries.
    """

    keys: tuple[Ints, ...]
    rate: Ints
    billable: NDArray[np.bool_]
    seconds: Ints
    count: Ints


def sums(view: View, parts: Sequence[Part], keys: Sequence[Key], *, rounding: Rounding | None = None) -> Sums:
    """Sums of all parts. With sets among the keys an entry counts once for each member."""
    money = 2 * len(view.rates)
    sizes = [key.size for key in keys] + [max(money, 1)]
    found = [_part_sums(view, part, keys, sizes=sizes, rounding=rounding) for part in parts]
    codes = [np.concatenate([levels[level] for levels, _, _ in found]) for level in range(len(sizes))]
    seconds = np.concatenate([one for _, one, _ in found])
    count = np.concatenate([one for _, _, one in found])
    if len(found) > 1:
        codes, seconds, count = _summed(codes, sizes, seconds, count)
    money_codes = codes[-1]
    return Sums(tuple(codes[:-1]), money_codes >> 1, (money_codes & 1) == 1, seconds, count)


_Found: TypeAlias = tuple[list[Ints], Ints, Ints]


def _part_sums(view: View, part: Part, keys: Sequence[Key], *, sizes: list[int], rounding: Rounding | None) -> _Found:
    rows = part.rows
    seconds: NDArray[np.int32] | Ints = view.seconds[rows] if part.seconds is None else part.seconds
    if rounding is not None:
        step = rounding.step_seconds
        seconds = (seconds.astype(np.int64) + rounding.offset_seconds) // step * step
    money = (view.rate[rows] << 1) | (view.flags[rows] & BILLABLE)
    positions, codes = _codes(keys, rows)
    codes.append(money)
    if positions is not None:
        seconds = seconds[positions]
        codes[-1] = money[positions]
    levels, totals, count = _grouped(codes, sizes, seconds)
    return levels, totals * part.sign, count * part.sign


def _codes(keys: Sequence[Key], rows: Rows) -> tuple[Ints | None, list[Ints]]:
    """The code of each level; where there are sets, of each combination of members, and whose row it is."""
    positions: Ints | None = None
    codes: list[Ints] = []
    for key in keys:
        if not isinstance(key, BySet):
            one = key.of(rows)
            codes.append(one if positions is None else one[positions])
            continue
        owners, members = key.spread(rows)
        if positions is None:
            codes = [one[owners] for one in codes]
            positions = owners
        else:
            positions, codes, members = _joined(positions, codes, owners, members)
        codes.append(members)
    return positions, codes


def _joined(positions: Ints, codes: list[Ints], owners: Ints, members: Ints) -> tuple[Ints, list[Ints], Ints]:
    """Every combination so far with every member that its row has."""
    rows_count = int(owners[-1]) + 1 if len(owners) else 0
    counts = np.bincount(owners, minlength=rows_count)
    first = np.cumsum(counts) - counts
    times = counts[positions]
    repeated = np.repeat(np.arange(len(positions)), times)
    within = np.arange(len(repeated)) - (np.cumsum(times) - times)[repeated]
    owner = positions[repeated]
    return owner, [one[repeated] for one in codes], members[first[owner] + within]


def _grouped(codes: list[Ints], sizes: list[int], seconds: NDArray[np.int32] | Ints) -> _Found:
    """Seconds and entries of each combination of codes that occurs."""
    if not len(seconds):
        return [one[:0] for one in codes], np.zeros(0, np.int64), np.zeros(0, np.int64)
    keyed = _keyed(codes, sizes)
    totals = np.bincount(keyed.key, weights=seconds, minlength=keyed.size)
    count = np.bincount(keyed.key, minlength=keyed.size)
    present = np.flatnonzero(count)
    return keyed.codes_of(present), totals[present].astype(np.int64), count[present]


def _summed(codes: list[Ints], sizes: list[int], seconds: Ints, count: Ints) -> _Found:
    """Equal combinations of several parts put together; what adds up to no entry is gone."""
    if not len(seconds):
        return codes, seconds, count
    keyed = _keyed(codes, sizes)
    # As whole numbers: parts are taken away too, and numbers here are few.
    totals, counts = np.zeros(keyed.size, dtype=np.int64), np.zeros(keyed.size, dtype=np.int64)
    np.add.at(totals, keyed.key, seconds)
    np.add.at(counts, keyed.key, count)
    present = np.flatnonzero(counts)
    return keyed.codes_of(present), totals[present], counts[present]


def _keyed(codes: list[Ints], sizes: list[int]) -> "_Keyed":
    keyed = _Keyed(codes[0].astype(np.int64), sizes[0])
    for one, levels in zip(codes[1:], sizes[1:], strict=True):
        keyed.add(one, levels)
    return keyed


class _Keyed:
    """Codes of several levels as one key, kept small enough to count by.

    A key is a place among the combinations that occur (`_known` says their codes), followed by the
    codes of the levels added since.
    """

    def __init__(self, codes: Ints, levels: int) -> None:
        self.key = codes
        self.size = levels
        self._known: list[Ints] | None = None
        self._levels = [levels]

    def add(self, codes: Ints, levels: int) -> None:
        if self.size * levels > BINS_LIMIT:
            occurs = np.bincount(self.key, minlength=self.size) > 0
            self._keep(np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[self.key])
        self.key = self.key * np.int64(levels) + codes
        self.size *= levels
        self._levels.append(levels)
        if self.size > BINS_LIMIT:
            # Still too many to give each a place: those that occur are found by sorting.
            self._keep(*np.unique(self.key, return_inverse=True))

    def _keep(self, present: Ints, key: Ints) -> None:
        self._known, self._levels = self.codes_of(present), []
        self.key, self.size = key, len(present)

    def codes_of(self, keys: Ints) -> list[Ints]:
        """The codes of each level, by keys."""
        found: list[Ints] = []
        for levels in reversed(self._levels):
            keys, one = np.divmod(keys, levels)
            found.append(one)
        known = [] if self._known is None else [one[keys] for one in self._known]
        return [*known, *reversed(found)]
