"""Which rows of the columns a report is about.

A filter speaks of what entries have in common (a project, a person, a set of tags, a text), so it is a
small table of yes and no by code; rows are looked up in it. Rows are sorted by start but for a short
tail, so a range of time is a slice. Nothing here knows what a report is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hourbook.columns.table import DEAD, View

Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int32]
RowNumbers: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = slice | RowNumbers
Reach = Callable[[View, Rows], Flags]
# Where up to one row in so many is out of order, it is added and taken away instead of looking at each row.
FEW = 16


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Entries that begin from `start_s` up to before `end_s`, and what else must hold of them; None: nothing.

    Tables of yes and no by code; those of projects and tasks have a last place more, for none.
    `flags_set`, `flags_clear`: flags a row must and must not have. `rows`: only these. `reach`: what
    the reader may see. `holes`: entries that begin from the first up to before the second of such a pair of
    seconds are left out.
    """

    start_s: int
    end_s: int
    users: Flags | None = None
    projects: Flags | None = None
    tasks: Flags | None = None
    tag_sets: Flags | None = None
    descriptions: Flags | None = None
    rates: Flags | None = None
    flags_set: int = 0
    flags_clear: int = 0
    rows: RowNumbers | None = None
    reach: Reach | None = None
    holes: tuple[tuple[int, int], ...] = ()

    @property
    def is_all_of_a_span(self) -> bool:
        tables = (self.users, self.projects, self.tasks, self.tag_sets, self.descriptions, self.rates)
        return (
            all(table is None for table in tables)
            and not self.flags_set
            and not self.flags_clear
            and self.rows is None
            and self.reach is None
            and not self.holes
        )


@dataclass(frozen=True)
class Part:
    """Rows that count `sign` times. `seconds`: their time, where it is not what the columns say."""

    rows: Rows
    sign: int = 1
    seconds: NDArray[np.int64] | None = field(default=None, compare=False)


def _span(view: View, wanted: Wanted) -> tuple[slice, RowNumbers]:
    """The sorted rows of the span, and those of the tail."""
    bounds = np.array([wanted.start_s, wanted.end_s])
    low, high = np.searchsorted(view.start_s[: view.sorted_count], bounds)
    tail = view.start_s[view.sorted_count : view.count]
    found = np.flatnonzero((tail >= wanted.start_s) & (tail < wanted.end_s)) + view.sorted_count
    return slice(int(low), int(high)), found


def _mask(view: View, wanted: Wanted, rows: Rows) -> Flags:
    clear = DEAD | wanted.flags_clear
    mask: Flags = (view.flags[rows] & (clear | wanted.flags_set)) == wanted.flags_set
    tables: list[tuple[Flags | None, Codes]] = [
        (wanted.users, view.user),
        (wanted.projects, view.project),
        (wanted.tasks, view.task),
        (wanted.tag_sets, view.tags),
        (wanted.descriptions, view.description),
        (wanted.rates, view.rate),
    ]
    for table, codes in tables:
        if table is not None:
            mask &= table[codes[rows]]
    for first_s, end_s in wanted.holes:
        start_s = view.start_s[rows]
        mask &= (start_s < first_s) | (start_s >= end_s)
    if wanted.reach is not None:
        mask &= wanted.reach(view, rows)
    return mask


def rows_of(view: View, wanted: Wanted) -> RowNumbers:
    """The numbers of all rows that are wanted, in the columns' order."""
    if wanted.rows is not None:
        rows = np.unique(wanted.rows)
        start = view.start_s[rows]
        rows = rows[(start >= wanted.start_s) & (start < wanted.end_s)]
        kept: RowNumbers = rows[_mask(view, wanted, rows)]
        return kept
    sorted_rows, tail = _span(view, wanted)
    found: RowNumbers = np.flatnonzero(_mask(view, wanted, sorted_rows)) + sorted_rows.start
    if not len(tail):
        return found
    return np.concatenate([found, tail[_mask(view, wanted, tail)]])


def parts_of(view: View, wanted: Wanted, *, now_s: int) -> list[Part]:
    """The wanted rows as parts whose sums add up; running ones with their time until `now_s`."""
    odd = _odd_rows(view)
    if wanted.is_all_of_a_span and len(odd) * FEW <= view.count:
        return _span_parts(view, wanted, odd, now_s=now_s)
    rows = rows_of(view, wanted)
    running = np.isin(rows, np.array(view.running_rows, dtype=np.int64)) if view.running_rows else None
    if running is None or not running.any():
        return [Part(rows)]
    return [Part(rows[~running]), _running_part(view, rows[running], now_s)]


def _odd_rows(view: View) -> RowNumbers:
    """Rows that the columns' time is not right for: deleted and running ones."""
    if not view.dead_count:
        return np.array(view.running_rows, dtype=np.int64)
    dead: RowNumbers = view.memo("dead rows", ("TIME_ENTRY",), lambda: np.flatnonzero(view.flags & DEAD))
    return np.concatenate([dead, np.array(view.running_rows, dtype=np.int64)])


def _span_parts(view: View, wanted: Wanted, odd: RowNumbers, *, now_s: int) -> list[Part]:
    """A span as it lies there; what is odd in it is taken away again and the running ones put back."""
    sorted_rows, tail = _span(view, wanted)
    parts = [Part(sorted_rows)]
    if len(tail):
        parts.append(Part(tail))
    start = view.start_s[odd]
    odd = odd[(start >= wanted.start_s) & (start < wanted.end_s)]
    if len(odd):
        parts.append(Part(odd, sign=-1))
        running = odd[(view.flags[odd] & DEAD) == 0]
        if len(running):
            parts.append(_running_part(view, running, now_s))
    return parts


def _running_part(view: View, rows: RowNumbers, now_s: int) -> Part:
    return Part(rows, seconds=seconds_until(view, rows, now_s=now_s))


def seconds_until(view: View, rows: RowNumbers, *, now_s: int) -> NDArray[np.int64]:
    """The time of rows; of running ones until `now_s`, and none before their start."""
    seconds = view.seconds[rows].astype(np.int64)
    if view.running_rows:
        is_running = np.isin(rows, np.array(view.running_rows, dtype=np.int64))
        seconds[is_running] = np.maximum(now_s - view.start_s[rows[is_running]], 0)
    return seconds
