"""Rows in an order, and a page of it without sorting the rest.

An order is a list of keys, each of which gives rows numbers to compare; the id is always the last, so
every order is total and pages are exact however deep. Nothing here knows what a report is.
"""

import bisect
import threading
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hourbook.columns.selecting import RowNumbers
from hourbook.columns.table import IdBytes, View
from hourbook.core.text import fold

Key = Callable[[RowNumbers], NDArray[np.generic]]
# So few rows are sorted rather than searched.
FEW = 2048
# One new text in so many is many.
MANY = 16
_ID_PARTS = np.dtype([("head", ">u8"), ("rest", ">u4")])


def by_values(values: NDArray[np.generic]) -> Key:
    """The number that stands at the row itself."""
    return lambda rows: values[rows]


def by_codes(codes: NDArray[np.int32], ranks: NDArray[np.int64]) -> Key:
    """The rank of the row's code."""
    return lambda rows: ranks[codes[rows]]


def by_id(view: View) -> tuple[Key, Key]:
    """The id, as two numbers."""
    return lambda rows: _parts(view.ids, rows)["head"].astype(np.uint64), lambda rows: _parts(view.ids, rows)[
        "rest"
    ].astype(np.uint32)


def _parts(ids: IdBytes, rows: RowNumbers) -> NDArray[np.void]:
    return ids[rows].view(_ID_PARTS)


def window(rows: RowNumbers, keys: Sequence[Key], *, low: int, high: int, is_descending: bool = False) -> RowNumbers:
    """The rows that have the places from `low` up to before `high` in the order."""
    if is_descending:
        low, high = len(rows) - high, len(rows) - low
    found = _window(rows, keys, low=max(low, 0), high=min(high, len(rows)))
    return found[::-1] if is_descending else found


def _window(rows: RowNumbers, keys: Sequence[Key], *, low: int, high: int) -> RowNumbers:
    if low >= high:
        return rows[:0]
    if not keys or high - low == len(rows) or len(rows) <= FEW:
        return ordered(rows, keys)[low:high]
    values = keys[0](rows)
    placed = np.partition(values, (low, high - 1))
    first, last = placed[low], placed[high - 1]
    before = int(np.count_nonzero(values < first))
    if first == last:
        return _window(rows[values == first], keys[1:], low=low - before, high=high - before)
    # All between two values is in the page; of those equal to one of them, the other keys decide.
    head, end = rows[values == first], rows[values == last]
    middle = rows[(values > first) & (values < last)]
    left = high - before - len(head) - len(middle)
    return np.concatenate(
        [
            _window(head, keys[1:], low=low - before, high=len(head)),
            ordered(middle, keys),
            _window(end, keys[1:], low=0, high=left),
        ]
    )


def window_by_start(view: View, rows: RowNumbers, *, low: int, high: int, is_descending: bool = False) -> RowNumbers:
    """The same by start, then id, for rows in the columns' order: all but a short tail lie sorted already."""
    if is_descending:
        return window_by_start(view, rows, low=len(rows) - high, high=len(rows) - low)[::-1]
    keys = (by_values(view.start_s), *by_id(view))
    low, high = max(low, 0), min(high, len(rows))
    sorted_count = int(np.searchsorted(rows, view.sorted_count))
    tail = rows[sorted_count:]
    # Rows of the tail may come before any of the others, so a page begins at most so many of these earlier.
    first = 0 if low <= len(tail) else _place_of(view, rows[:sorted_count], low - len(tail), side="left")
    last = _place_of(view, rows[:sorted_count], high - 1, side="right")
    return window(np.concatenate([rows[first:last], tail]), keys, low=low - first, high=high - first)


def _place_of(view: View, rows: RowNumbers, place: int, *, side: Literal["left", "right"]) -> int:
    """Where those that start together with the row of a place begin, or end."""
    if not 0 <= place < len(rows):
        return len(rows)
    row = np.searchsorted(view.start_s[: view.sorted_count], view.start_s[rows[place]], side=side)
    return int(np.searchsorted(rows, row))


def ordered(rows: RowNumbers, keys: Sequence[Key]) -> RowNumbers:
    """All of the rows in the order. The further keys are looked at where the first is equal only."""
    if not keys or len(rows) < 2:
        return rows
    values = keys[0](rows)
    order = np.argsort(values, kind="stable")
    found = rows[order]
    values = values[order]
    is_same = values[1:] == values[:-1]
    if len(keys) == 1 or not is_same.any():
        return found
    in_run = np.zeros(len(found), dtype=bool)
    in_run[1:] = is_same
    in_run[:-1] |= is_same
    places = np.flatnonzero(in_run)
    run = np.cumsum(np.concatenate([[False], ~is_same]))[places]
    inner = found[places]
    found[places] = inner[np.lexsort([*(key(inner) for key in reversed(keys[1:])), run])]
    return found


class TextOrder:
    """The ranks of the texts of a dictionary, kept up as it grows: a new text finds its place among the old ones."""

    def __init__(self, texts: list[str]) -> None:
        self._lock = threading.Lock()
        self._texts = texts
        self._order = self.ranks = np.empty(0, dtype=np.int64)
        self.ranks_of(texts)

    @property
    def nbytes(self) -> int:
        return self._order.nbytes + self.ranks.nbytes

    def ranks_of(self, texts: list[str]) -> NDArray[np.int64]:
        """The place of each text by its code, without regard to case first. `texts` only grows; another list is new."""
        with self._lock:
            count = len(texts)
            # When much is new, finding the places one by one is no quicker than sorting all.
            if self._texts is not texts or (count - len(self._order)) * MANY > count:
                self._texts, self._order = texts, np.empty(0, dtype=np.int64)
            known = len(self._order)
            if known < count or known != len(self.ranks):
                self._take_in(self._sorted(known, count))
            return self.ranks

    def _sorted(self, low: int, high: int) -> list[int]:
        """The codes from `low` up to before `high` in order."""
        # One text to compare instead of two: no text holds a NUL, which comes before everything.
        keys = [f"{fold(text)}\0{text}" for text in self._texts[low:high]]
        return [low + place for place in sorted(range(high - low), key=keys.__getitem__)]

    def _take_in(self, codes: list[int]) -> None:
        order = self._order
        places = [bisect.bisect(order, self._key(code), key=self._key) for code in codes] if len(order) else 0
        self._order = np.insert(order, places, codes)
        self.ranks = np.empty(len(self._order), dtype=np.int64)
        self.ranks[self._order] = np.arange(len(self._order))

    def _key(self, code: int) -> tuple[str, str]:
        text = self._texts[code]
        return fold(text), text
