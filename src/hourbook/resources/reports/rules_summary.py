"""The tree of a summary: labels of groups, what is under what, and in which order. Pure.

A group an entry does not have (no project, no tag) is a group of its own with the empty id, and comes
last by name (wire-reports section 8).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from hourbook.core.text import fold
from hourbook.resources.reports.rules import Amount, Group, SummarySort
from hourbook.resources.reports.rules_sums import Path, Tally

WITHOUT = {
    Group.CLIENT: "Without client",
    Group.PROJECT: "Without project",
    Group.TASK: "Without task",
    Group.TAG: "Without tag",
    Group.USER: "Without user",
    Group.USER_GROUP: "Without group",
    Group.TIMEENTRY: "",
}


class Label(msgspec.Struct, frozen=True):
    """What a group is called. `color` and `client_name` are a project's, None of anything else."""

    id: str
    name: str
    color: str | None = None
    client_name: str | None = None

    @property
    def name_key(self) -> str:
        return fold(self.name)


class Node(msgspec.Struct):
    """One row of the tree."""

    label: Label
    tally: Tally
    children: list["Node"] | None


def label_without(group: Group) -> Label:
    """The label of what has none of the kind."""
    if group is Group.PROJECT:
        return Label("", WITHOUT[group], "#9E9E9E", "")
    return Label("", WITHOUT[group])


LabelOf = Callable[[int], Label]


def tree_of(levels: Sequence[dict[Path, Tally]], labels: Sequence[LabelOf], *, order: "Order") -> list[Node]:
    """The rows of the first level with all below, sorted; `levels`: the tallies of each prefix of the groups."""
    below: dict[Path, list[Node]] = {}
    for depth in range(len(levels) - 1, -1, -1):
        grouped: dict[Path, list[Node]] = defaultdict(list)
        is_last = depth == len(levels) - 1
        known: dict[int, Label] = {}
        for path, tally in levels[depth].items():
            code = path[-1]
            label = known.get(code)
            if label is None:
                label = known[code] = labels[depth](code)
            grouped[path[:-1]].append(Node(label, tally, None if is_last else below[path]))
        below = {path: order.sorted(nodes) for path, nodes in grouped.items()}
    return below.get((), [])


class Order(msgspec.Struct, frozen=True):
    """By which column, and which way. `shown`: the money in `amount`; None when the reader may see none."""

    sort: SummarySort
    is_descending: bool
    shown: Amount | None
    visible: tuple[Amount, ...]

    def sorted(self, nodes: list[Node]) -> list[Node]:
        """By the column, then by name and id. Groups of what has none come last by name."""
        nodes.sort(key=lambda node: (node.label.name_key, node.label.id))
        if self.sort is SummarySort.GROUP:
            nodes.sort(key=lambda node: (node.label.name_key, node.label.id), reverse=self.is_descending)
            nodes.sort(key=lambda node: node.label.id == "")
        else:
            nodes.sort(key=self._number, reverse=self.is_descending)
        return nodes

    def _number(self, node: Node) -> Any:
        if self.sort is SummarySort.DURATION:
            return node.tally.seconds
        kind = self.shown if self.sort is SummarySort.AMOUNT else Amount(self.sort.value)
        # By money that is not to be seen nothing is told apart.
        return node.tally.total(kind) if kind is not None and kind in self.visible else Fraction(0)
