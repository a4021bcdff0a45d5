"""The rows of a tree of groups: what each is called, what it adds up to, what is below it. Pure, and without arrays.

A group an entry does not have (no project, no tag) is a group of its own with the empty id.
"""

from collections.abc import Callable

import msgspec

from hourbook.core.text import fold
from hourbook.resources.reports.rules import Group
from hourbook.resources.reports.rules_tallies import Tally

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
    """One row of the tree; `name_key` is the folded name of its label."""

    label: Label
    name_key: str
    tally: Tally
    children: list["Node"] | None


def label_without(group: Group) -> Label:
    """The label of what has none of the kind."""
    if group is Group.PROJECT:
        return Label("", WITHOUT[group], "#9E9E9E", "")
    return Label("", WITHOUT[group])


LabelOf = Callable[[int], Label]
