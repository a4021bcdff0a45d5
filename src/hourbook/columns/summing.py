"""Sums of time and money over rows, by groups and by currency; exact.

Groups are small integers made into one key, by which seconds, entries and rates times seconds are
counted. They are counted in doubles where no sum can reach 2^53, which is exact, and where one could
(an `int64` does not hold every accepted rate times every time) by rate first and then in whole numbers.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hourbook.columns.selecting import Flags, Part, Rows
from hourbook.columns.table import BILLABLE, View
from hourbook.core.errors import ReportTooLarge
from hourbook.core.rounding import Rounding

Ints: TypeAlias = NDArray[np.int64]
# Whole numbers, as objects of Python where 64 bits might not hold them.
Whole: TypeAlias = NDArray[Any]
# Up to so many bins are counted in an array with a place for each; above, what occurs is found by sorting.
BINS_LIMIT = 1 << 22
# Above so many bins places are only kept for what occurs: fewer bins are nearer to the processor.
SPARSE_LIMIT = 1 << 17
# Up to these, sums in doubles and in 64 bits are exact, however they are added.
EXACT_LIMIT, WHOLE_LIMIT = 1 << 53, 1 << 62
# Rows are counted in pieces of so many, where there are fewer bins than a share of that.
PIECE_ROWS = 1 << 17
FEW_BINS = 8
# So many combinations with members of sets are held at a time.
SPREAD_ROWS = 1 << 20


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

    def has(self, rows: Rows, code: int) -> Flags:
        """Which rows have this code."""
        return np.asarray(self.of(rows) == code)


@dataclass(frozen=True)
class ByTime:
    """Rows by the stretch their start is in: stretch n begins at `bounds[n]`. Rows before the first are a mistake.

    `buckets`: which bucket each stretch belongs to, below `size`.
    """

    start_s: NDArray[np.int64]
    bounds: Ints
    buckets: Ints
    size: int

    def of(self, rows: Rows) -> Ints:
        start = self.start_s[rows]
        if isinstance(rows, slice):
            # Sorted: the bounds are looked up in the rows, not the rows in the bounds.
            cuts = np.searchsorted(start, self.bounds)
            return np.repeat(self.buckets, np.diff(np.append(cuts, len(start))))
        return self.buckets[np.searchsorted(self.bounds, start, side="right") - 1]

    def has(self, rows: Rows, code: int) -> Flags:
        """Which rows are in this bucket."""
        return np.asarray(self.of(rows) == code)


@dataclass(frozen=True)
class BySet:
    """Rows by each member of a set: code n of the column has `members[offsets[n]:offsets[n + 1]]`, at least one."""

    codes: NDArray[np.int32]
    offsets: Ints
    members: Ints
    size: int

    def of(self, rows: Rows) -> NDArray[np.int32]:
        """The code of each row's set: rows are counted by sets, what comes of it by their members."""
        return self.codes[rows]

    def has(self, rows: Rows, code: int) -> Flags:
        """Which rows have this member in their set."""
        places, members = self.spread(np.arange(self.sets_count))
        is_in = np.zeros(self.sets_count, dtype=bool)
        is_in[places[members == code]] = True
        return is_in[self.codes[rows]]

    @property
    def sets_count(self) -> int:
        return len(self.offsets) - 1

    def spread(self, codes: Ints) -> tuple[Ints, Ints]:
        """(place among the codes, member) for each member of each set."""
        counts = self.offsets[codes + 1] - self.offsets[codes]
        places = np.repeat(np.arange(len(codes)), counts)
        within = np.arange(len(places)) - (np.cumsum(counts) - counts)[places]
        return places, self.members[self.offsets[codes][places] + within]


Key: TypeAlias = ByColumn | ByTime | BySet


@dataclass(frozen=True)
class Sums:
    """Sums per combination of codes (`keys`, one array a level) and currency, in the order of the codes.

    `currency` codes into `currencies`. `earned`, `cost`: rate times seconds, so 3600 times minor units,
    earned for billable time alone. Each combination stands there once; none has no entries.
    """

    keys: tuple[Ints, ...]
    currency: Ints
    seconds: Ints
    billable_seconds: Ints
    count: Ints
    earned: Whole
    cost: Whole
    currencies: tuple[str, ...]

    @property
    def _numbers(self) -> list[Whole]:
        return [self.seconds, self.billable_seconds, self.count, self.earned, self.cost]

    def without_last(self, sizes: Sequence[int]) -> "Sums":
        """One level less; `sizes` of the levels that stay. Wrong where an entry is in several groups below."""
        codes, numbers = _summed([*self.keys[:-1], self.currency], [*sizes, len(self.currencies)], self._numbers)
        return _made(codes, numbers, self.currencies)


def _made(codes: list[Ints], numbers: list[Whole], currencies: tuple[str, ...]) -> Sums:
    seconds, billable_seconds, count, earned, cost = numbers
    return Sums(tuple(codes[:-1]), codes[-1], seconds, billable_seconds, count, earned, cost, currencies)


@dataclass(frozen=True)
class Counting:
    """How entries are counted: each rounded by itself first, and what else than time, entries and earnings is."""

    rounding: Rounding | None = None
    costs: bool = True
    billable_seconds: bool = True


def sums(
    view: View,
    parts: Sequence[Part],
    *,
    keys: Sequence[Key] = (),
    counting: Counting = Counting(),
    most_rows: int = BINS_LIMIT,
) -> Sums:
    """Sums of all parts. With sets among the keys an entry counts once for each member. What is not counted is 0.

    ReportTooLarge when members of sets make more than `most_rows` combinations.
    """
    rates = _RateTables(view, counting)
    sizes = [key.sets_count if isinstance(key, BySet) else key.size for key in keys] + [len(rates.currencies)]
    pieces = _pieces(parts) if math.prod(sizes) <= PIECE_ROWS // FEW_BINS else parts
    found = [_part_sums(view, part, keys, sizes=sizes, rates=rates) for part in pieces]
    codes, numbers = found[0]
    if len(found) > 1:
        codes = [np.concatenate(levels) for levels in zip(*(one for one, _ in found), strict=True)]
        numbers = [np.concatenate(ones) for ones in zip(*(many for _, many in found), strict=True)]
        codes, numbers = _summed(codes, sizes, numbers)
    if any(isinstance(key, BySet) for key in keys):
        codes, numbers = _spread(keys, (codes, numbers), currencies_count=sizes[-1], most_rows=most_rows)
    return _made(codes, numbers, rates.currencies)


def _pieces(parts: Sequence[Part]) -> list[Part]:
    """The same parts in pieces that the processor keeps near while it counts them."""
    found = []
    for part in parts:
        rows = part.rows
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        for low in range(0, max(count, 1), PIECE_ROWS):
            high = min(low + PIECE_ROWS, count)
            some = slice(rows.start + low, rows.start + high) if isinstance(rows, slice) else rows[low:high]
            found.append(Part(some, part.sign, None if part.seconds is None else part.seconds[low:high]))
    return found


class _RateTables:
    """What a rate is worth, by twice its code and one more where the time is billable."""

    def __init__(self, view: View, counting: Counting) -> None:
        rates = list(view.rates)
        self.counting = counting
        self.currencies = tuple(sorted({rate.currency for rate in rates})) or ("",)
        place = {currency: code for code, currency in enumerate(self.currencies)}
        self.hourly = [amount for rate in rates for amount in (0, rate.hourly_minor)]
        self.cost = [amount for rate in rates for amount in (rate.cost_minor, rate.cost_minor)]
        self.currency = np.array([place[rate.currency] for rate in rates for _ in (0, 1)], dtype=np.int64)
        self.highest = max([1, *map(abs, self.hourly), *map(abs, self.cost)])
        self.has_costs = counting.costs and any(self.cost)


_Found: TypeAlias = tuple[list[Ints], list[Whole]]


def _part_sums(view: View, part: Part, keys: Sequence[Key], *, sizes: list[int], rates: _RateTables) -> _Found:
    rows = part.rows
    seconds = rounded(view.seconds[rows] if part.seconds is None else part.seconds, rates.counting.rounding)
    if not len(seconds):
        return [np.zeros(0, np.int64) for _ in sizes], [np.zeros(0, np.int64) for _ in range(5)]
    money = (view.rate[rows] << 1) | (view.flags[rows] & BILLABLE)
    codes = [key.of(rows) for key in keys]
    if len(rates.currencies) > 1:
        codes.append(rates.currency[money])
    keyed = _keyed(codes, sizes, rows_count=len(seconds))
    if keyed.size * len(rates.hourly) <= SPARSE_LIMIT or not _is_exact(seconds, rates):
        counted, numbers = _counted_by_rate(keyed, seconds, money, rates=rates)
    else:
        counted, numbers = _counted(keyed, seconds, money, rates=rates)
    if len(rates.currencies) == 1:
        counted = [*counted, np.zeros(len(numbers[0]), np.int64)]
    return counted, [one * part.sign for one in numbers]


def _is_exact(seconds: Whole, rates: _RateTables) -> bool:
    """Whether no sum of rates times seconds can be too large for a double to tell from its neighbour."""
    return int(seconds.sum(dtype=np.int64)) * rates.highest < EXACT_LIMIT


def rounded(seconds: Whole, rounding: Rounding | None) -> Whole:
    """The time of each entry, rounded by itself."""
    if rounding is None:
        return seconds
    step = rounding.step_seconds
    return (seconds.astype(np.int64) + rounding.offset_seconds) // step * step


def _counted(keyed: "_Keyed", seconds: Whole, money: Ints, *, rates: _RateTables) -> _Found:
    """Counted in doubles, exactly."""
    key, size = keyed.key, keyed.size
    count = np.bincount(key, minlength=size)
    present = np.flatnonzero(count)
    weights = seconds.astype(np.float64)

    def counted(worth: Sequence[int] | None, *, is_wanted: bool = True) -> Ints:
        """Seconds times what they are worth by rate and billability."""
        if not is_wanted:
            return np.zeros(len(present), np.int64)
        times = weights if worth is None else weights * np.array(worth, dtype=np.float64)[money]
        return np.bincount(key, weights=times, minlength=size)[present].astype(np.int64)

    billable = [code & 1 for code in range(len(rates.hourly))]
    numbers = [
        counted(None),
        counted(billable, is_wanted=rates.counting.billable_seconds),
        count[present],
        counted(rates.hourly),
        counted(rates.cost, is_wanted=rates.has_costs),
    ]
    return keyed.codes_of(present), list(numbers)


def _counted_by_rate(keyed: "_Keyed", seconds: Whole, money: Ints, *, rates: _RateTables) -> _Found:
    """Seconds counted by rate, and multiplied afterwards as whole numbers of any size."""
    sizes = list(keyed.sizes)
    keyed.add(money, len(rates.hourly))
    count = np.bincount(keyed.key, minlength=keyed.size)
    present = np.flatnonzero(count)
    totals = np.bincount(keyed.key, weights=seconds, minlength=keyed.size)[present].astype(np.int64)
    codes = keyed.codes_of(present)
    by_rate = codes[-1]
    kind: type = np.int64 if _is_exact(totals, rates) else object
    whole: Whole = totals.astype(kind)
    hourly: Whole = np.array(rates.hourly, dtype=kind)[by_rate]
    cost: Whole = np.array(rates.cost, dtype=kind)[by_rate]
    billable = totals * (by_rate & 1) if rates.counting.billable_seconds else totals * 0
    cost = whole * cost if rates.has_costs else whole * 0
    numbers: list[Whole] = [totals, billable, count[present], whole * hourly, cost]
    return _summed(codes[:-1], sizes, numbers)


def _spread(keys: Sequence[Key], found: _Found, *, currencies_count: int, most_rows: int) -> _Found:
    """Sums by sets as sums by their members, some at a time: tags times groups of people may be very many.

    ReportTooLarge as soon as it is certain that there are more than `most_rows`.
    """
    codes, numbers = found
    sizes = [*(key.size for key in keys), currencies_count]
    widths = np.ones(len(codes[0]))
    for key, level in zip(keys, codes, strict=False):
        if isinstance(key, BySet):
            widths *= np.diff(key.offsets)[level]
    _check_rows(int(widths.max(initial=0)), most_rows)
    cuts = np.flatnonzero(np.diff(np.cumsum(widths) // SPREAD_ROWS)) + 1
    whole: _Found | None = None
    for low, high in itertools.pairwise([0, *cuts.tolist(), len(widths)]):
        members = _spread_rows(keys, [one[low:high] for one in codes], [one[low:high] for one in numbers])
        if whole is not None:
            members = _joined(whole[0], members[0]), _joined(whole[1], members[1])
        whole = _summed(members[0], sizes, members[1])
        _check_rows(-(-len(whole[1][0]) // currencies_count), most_rows)
    return whole or found


def _joined(before: list[Whole], more: list[Whole]) -> list[Whole]:
    return [np.concatenate(pair) for pair in zip(before, more, strict=True)]


def _check_rows(rows_count: int, most_rows: int) -> None:
    if rows_count > most_rows:
        raise ReportTooLarge(most_rows, rows_count)


def _spread_rows(keys: Sequence[Key], codes: list[Ints], numbers: list[Whole]) -> _Found:
    for level, key in enumerate(keys):
        if isinstance(key, BySet):
            places, members = key.spread(codes[level])
            codes = [one[places] for one in codes]
            codes[level] = members
            numbers = [one[places] for one in numbers]
    return codes, numbers


def _summed(codes: list[Ints], sizes: Sequence[int], numbers: list[Whole]) -> _Found:
    """Equal combinations put together, as whole numbers; what adds up to no entry is gone."""
    if not len(numbers[0]):
        return codes, numbers
    keyed = _keyed(codes, sizes, rows_count=len(numbers[0]))
    totals = []
    for one in map(_roomy, numbers):
        total = np.zeros(keyed.size, dtype=one.dtype)
        np.add.at(total, keyed.key, one)
        totals.append(total)
    present = np.flatnonzero(totals[2])
    return keyed.codes_of(present), [one[present] for one in totals]


def _roomy(numbers: Whole) -> Whole:
    """The numbers as they are, or as objects of Python where a sum of some of them may be too large."""
    is_roomy = numbers.dtype == object or np.abs(numbers).sum(dtype=np.float64) < WHOLE_LIMIT
    return numbers if is_roomy else numbers.astype(object)


def _keyed(codes: Sequence[Ints | NDArray[np.int32]], sizes: Sequence[int], *, rows_count: int) -> "_Keyed":
    keyed = _Keyed(rows_count)
    for one, levels in zip(codes, sizes, strict=False):
        keyed.add(one, levels)
    return keyed


class _Keyed:
    """Codes of several levels as one key, kept small enough to count by.

    A key is a place among the combinations that occur (`_known` says their codes), followed by the
    codes of the levels added since.
    """

    def __init__(self, rows_count: int) -> None:
        self.key: Ints = np.zeros(rows_count, dtype=np.int64)
        self.size = 1
        self.sizes: list[int] = []
        self._known: list[Ints] = []
        self._levels: list[int] = []

    def add(self, codes: Ints | NDArray[np.int32], levels: int) -> None:
        """One level more, its codes from 0 up to before `levels`."""
        if self.size > 1 and self.size * levels > SPARSE_LIMIT:
            occurs = np.bincount(self.key, minlength=self.size) > 0
            present = np.flatnonzero(occurs)
            if 2 * len(present) < self.size:
                self._keep(present, (np.cumsum(occurs) - 1)[self.key])
        self.key = codes.astype(np.int64) if self.size == 1 else self.key * np.int64(levels) + codes
        self.size *= levels
        self.sizes.append(levels)
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
        return [*(one[keys] for one in self._known), *reversed(found)]
