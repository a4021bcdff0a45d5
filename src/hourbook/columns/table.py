"""What a reader of the columns gets: arrays of entry facts and the dictionaries their codes point into.

A `View` shows one revision. Its arrays never change; its dictionaries may grow behind what its arrays
name, since they only ever do. Nothing here reads the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from hourbook.columns.index import IdIndex
from hourbook.columns.memos import Memos
from hourbook.core.ids import id_to_bytes

BILLABLE = 1
INVOICED = 2
RUNNING = 4
BREAK = 8
HOLIDAY = 16
TIME_OFF = 32
DEAD = 128

FLAG_OF_TYPE = {"REGULAR": 0, "BREAK": BREAK, "HOLIDAY": HOLIDAY, "TIME_OFF": TIME_OFF}
NONE = -1
"""The code of no project and of no task, and the row of an unknown id."""
ID_TYPE = "S12"

Codes = npt.NDArray[np.int32]
Seconds = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
IdBytes = npt.NDArray[np.bytes_]
T = TypeVar("T")


class Ids:
    """A dictionary of ids (24 hex characters). It only grows."""

    __slots__ = ("code_of", "values")

    def __init__(self, values: Sequence[str] = ()) -> None:
        self.values: list[str] = list(values)
        self.code_of: dict[str, int] = {value: code for code, value in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def code(self, value: str) -> int:
        """The code of an id, which is added when it is new."""
        found = self.code_of.get(value)
        if found is None:
            # The value first: who finds the code finds what it means.
            self.values.append(value)
            found = self.code_of[value] = len(self.values) - 1
        return found


class Rates(NamedTuple):
    """The resolved rates of an entry, minor units an hour, and what they are counted in."""

    hourly_minor: int
    cost_minor: int
    currency: str


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """The columns of a workspace at one revision.

    Rows before `sorted_count` are in the order of their start, the rest is in no order. Rows with
    DEAD are no entries any more. `user`, `project`, `task` are codes into the ids (-1: none), `rate`,
    `description`, `tags` into the lists of the same name; tags 0 is the empty set.
    """

    workspace_id: str
    revision: int
    count: int
    sorted_count: int
    dead_count: int
    running_rows: tuple[int, ...]
    ids: IdBytes
    start_s: Seconds
    seconds: Codes
    user: Codes
    project: Codes
    task: Codes
    flags: Flags
    rate: Codes
    description: Codes
    tags: Codes
    users: Ids
    projects: Ids
    tasks: Ids
    tag_ids: Ids
    rates: list[Rates]
    descriptions: list[str]
    tag_sets: list[tuple[int, ...]]
    index: IdIndex
    memos: Memos

    def entry_id(self, row: int) -> str:
        """The id of an entry as people write it."""
        return bytes(self.ids[row]).ljust(12, b"\0").hex()

    def rows_of_ids(self, ids: Iterable[str]) -> Codes:
        """The row of each id in their order, -1 where there is no such entry (any more)."""
        return self.rows_of(packed_ids(ids))

    def rows_of(self, ids: IdBytes) -> Codes:
        """The same for ids as the database has them."""
        rows = self.index.rows_of(self.ids, ids)
        return without_dead(rows, self.flags) if self.dead_count else rows

    def memo(self, name: str, kinds: tuple[str, ...], make: Callable[[], T]) -> T:
        """What `make` makes, kept until a thing of one of the kinds is changed in the journal."""
        return self.memos.get(name, kinds, make)


def without_dead(rows: Codes, flags: Flags) -> Codes:
    """Rows that were found, -1 for those that are no entries any more."""
    return np.where((rows >= 0) & ((flags[rows] & DEAD) == 0), rows, NONE).astype(np.int32)


def packed_ids(ids: Iterable[str]) -> IdBytes:
    """Ids as an array of 12 bytes each; what is no id becomes one that no entry has."""
    return np.frombuffer(b"".join(map(id_to_bytes, ids)), ID_TYPE)
