"""The tree of a summary, made of sums: what is under what, and in which order. Pure.

Groups of what an entry does not have (no project, no tag) come last by name (wire-reports section 8).
What a row is, without the arrays it is made from, is in `rules_rows.py`.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.resources.reports.rules import Amount, SummarySort
from hourbook.resources.reports.rules_rows import Label, LabelOf, Node
from hourbook.resources.reports.rules_sums import SupportsSums, starts_of, tallies_of
from hourbook.resources.reports.rules_tallies import Tally

Ints = NDArray[np.int64]


class Order(msgspec.Struct, frozen=True):
    """By which column, and which way. `shown`: the money in `amount`; None when the reader may see none."""

    sort: SummarySort
    is_descending: bool
    shown: Amount | None
    visible: tuple[Amount, ...]

    def rank_of_names(self, labels: Sequence[Label]) -> Ints:
        """The place of each label by name, then by id. Groups of what has none come last either way."""
        is_descending = self.is_descending and self.sort is SummarySort.GROUP
        places = sorted(range(len(labels)), key=lambda n: (labels[n].name_key, labels[n].id), reverse=is_descending)
        places.sort(key=lambda n: not labels[n].id)
        rank = np.zeros(len(labels), dtype=np.int64)
        rank[places] = np.arange(len(labels))
        return rank

    def rank_of_numbers(self, tallies: Sequence[Tally]) -> Ints:
        """The place of each row by its number; equal numbers have one place."""
        if self.sort is SummarySort.GROUP:
            return np.zeros(len(tallies), dtype=np.int64)
        numbers = [self._number(tally) for tally in tallies]
        # As objects: a rate times seconds may not fit into 64 bits.
        rank = np.unique(np.array(numbers, dtype=object), return_inverse=True)[1].astype(np.int64)
        return -rank if self.is_descending else rank

    def _number(self, tally: Tally) -> int:
        if self.sort is SummarySort.DURATION:
            return tally.seconds
        kind = self.shown if self.sort is SummarySort.AMOUNT else Amount(self.sort.value)
        # By money that is not to be seen nothing is told apart.
        return tally.total(kind) if kind is not None and kind in self.visible else 0


class _LevelRows(msgspec.Struct):
    """The rows of one level in the order of the answer. `parents`: the place of each one's parent, ascending."""

    nodes: list[Node]
    parents: Ints
    places: Ints


def tree_of(levels: Sequence[SupportsSums], labels: Sequence[LabelOf], *, order: Order) -> list[Node]:
    """The rows of the first level with all below, sorted; `levels`: the sums of each prefix of the groups."""
    rows: list[_LevelRows] = []
    for depth, sums in enumerate(levels):
        rows.append(_ordered(sums, labels[depth], above=rows[-1] if rows else None, order=order))
    for upper, lower in itertools.pairwise(rows):
        ends = np.cumsum(np.bincount(lower.parents, minlength=len(upper.nodes))).tolist()
        begin = 0
        for node, end in zip(upper.nodes, ends, strict=True):
            node.children = lower.nodes[begin:end]
            begin = end
    return rows[0].nodes


def _ordered(sums: SupportsSums, label_of: LabelOf, *, above: _LevelRows | None, order: Order) -> _LevelRows:
    starts = starts_of(sums)
    tallies = tallies_of(sums)
    parents = np.zeros(len(starts), dtype=np.int64)
    if above is not None and len(starts):
        # Rows come in the order of their codes, so those of one parent follow one another, as the parents do.
        is_new = np.zeros(len(starts), dtype=bool)
        for codes in sums.keys[:-1]:
            is_new[1:] |= np.diff(codes[starts]) != 0
        parents = above.places[np.cumsum(is_new)]
    distinct, places = np.unique(sums.keys[-1][starts], return_inverse=True)
    labels: list[Any] = [label_of(code) for code in distinct.tolist()]
    by_name = order.rank_of_names(labels)[places] if labels else places
    sequence = np.lexsort((by_name, order.rank_of_numbers(tallies), parents))
    final = np.zeros(len(starts), dtype=np.int64)
    final[sequence] = np.arange(len(starts))
    keys = [label.name_key for label in labels]
    which = places[sequence].tolist()
    nodes = [Node(labels[one], keys[one], tallies[at], None) for at, one in zip(sequence.tolist(), which, strict=True)]
    return _LevelRows(nodes, parents[sequence], final)
