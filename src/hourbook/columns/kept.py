"""The columns of one workspace as they are kept: arrays that grow, and dictionaries with their codes.

Writers change them under the workspace's lock. What an open View shows is never changed: an array is
copied before an edit of it while somebody reads it, and rows are added behind what readers count.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from hourbook.columns.index import GONE, IdIndex
from hourbook.columns.memos import MemoStore
from hourbook.columns.table import DEAD, ID_TYPE, RUNNING, Codes, IdBytes, Ids, Rates, View, without_dead

TYPES: dict[str, Any] = {
    "ids": ID_TYPE,
    "start_s": np.int64,
    "seconds": np.int32,
    "user": np.int32,
    "project": np.int32,
    "task": np.int32,
    "flags": np.uint8,
    "rate": np.int32,
    "description": np.int32,
    "tags": np.int32,
}
BYTES_A_ROW: int = sum(np.dtype(type_).itemsize for type_ in TYPES.values()) + 6
# Room for new rows, as a share of what is there: one in so many.
SPARE = 16
SMALLEST = 64
# Rows that are dead or behind the sorted part: how many there may be, at least and as a share.
COMPACT_AT_LEAST = 1000
COMPACT_SHARE = 10
# Texts that no entry has any more: as many as there are others, and at least so many.
UNUSED_AT_LEAST = 1000
ID_OVERHEAD = 250
Rows = npt.NDArray[np.intp]
TEXT_OVERHEAD = 160


class Buffer:
    """An array (or the index) with the number of open Views that show it."""

    __slots__ = ("data", "readers")

    def __init__(self, data: Any) -> None:
        self.data = data
        self.readers = 0


def capacity_for(count: int) -> int:
    return max(SMALLEST, count + count // SPARE)


class Columns:
    """Made by `loading.py`, changed by `applying.py`, shown by `keeping.py`."""

    def __init__(self, workspace_id: str, revision: int) -> None:
        self.workspace_id = workspace_id
        self.revision = revision
        self.count = 0
        self.sorted_count = 0
        self.dead_count = 0
        self.running: set[int] = set()
        self.buffers: dict[str, Buffer] = {name: Buffer(np.empty(0, type_)) for name, type_ in TYPES.items()}
        self._index = Buffer(IdIndex(0))
        self._retired: list[Buffer] = []
        self._readers_lock = threading.Lock()
        self.open_count = 0
        self.users, self.projects, self.tasks, self.tag_ids = Ids(), Ids(), Ids(), Ids()
        self.rates: list[Rates] = []
        self.rate_codes: dict[Rates, int] = {}
        self.descriptions: list[str] = []
        self.description_codes: dict[str, int] = {}
        self.text_bytes = 0
        self.tag_sets: list[tuple[int, ...]] = [()]
        self.tag_set_codes: dict[tuple[int, ...], int] = {(): 0}
        self.memos = MemoStore(revision)

    # --- codes -------------------------------------------------------------------------------

    def rate_code(self, rates: Rates) -> int:
        return _code(self.rates, self.rate_codes, rates)

    def description_code(self, text: str) -> int:
        found = self.description_codes.get(text)
        if found is None:
            self.text_bytes += sys.getsizeof(text)
            found = _code(self.descriptions, self.description_codes, text)
        return found

    def tag_set_code(self, codes: tuple[int, ...]) -> int:
        """Of a set of tags, codes in ascending order."""
        return _code(self.tag_sets, self.tag_set_codes, codes)

    # --- arrays ------------------------------------------------------------------------------

    def column(self, name: str) -> Any:
        """The rows of a column, to be read."""
        return self.buffers[name].data[: self.count]

    def edited(self, name: str) -> Any:
        """The rows of a column, to be changed: a copy of its own while somebody reads it."""
        buffer = self.buffers[name]
        if buffer.readers:
            buffer = self._replace(name, buffer.data.copy())
        return buffer.data[: self.count]

    @property
    def index(self) -> IdIndex:
        """To be read, or to get new ids, which readers do not know the rows of."""
        found: IdIndex = self._index.data
        return found

    def edited_index(self) -> IdIndex:
        """To point ids elsewhere."""
        if self._index.readers:
            self._replace_index(self.index.copy())
        return self.index

    def rows_of(self, ids: IdBytes) -> Codes:
        """The row of each id, -1 for what is no entry (any more)."""
        rows = self.index.rows_of(self.column("ids"), ids)
        return without_dead(rows, self.column("flags")) if self.dead_count else rows

    def append(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Adds rows, to the sorted part when they begin no earlier than its last one. An id may be a dead row's."""
        new, first = len(arrays["ids"]), self.count
        if not new:
            return
        order = np.argsort(arrays["start_s"], kind="stable")
        self._make_room(new)
        for name, buffer in self.buffers.items():
            buffer.data[first : first + new] = arrays[name][order]
        starts = self.buffers["start_s"].data
        if self.sorted_count == first and (first == 0 or starts[first - 1] <= starts[first]):
            self.sorted_count = first + new
        before, ids = self.column("ids"), arrays["ids"][order]
        self.count = first + new
        rows = np.arange(first, self.count, dtype=np.int32)
        found = self.index.rows_of(before, ids)
        again = found >= 0
        if again.any():
            if ((self.column("flags")[found[again]] & DEAD) == 0).any():
                raise LookupError("an entry that is there already")
            self.edited_index().point(before, ids[again], rows[again])
        self.index.add(self.column("ids"), rows[~again])
        self.running.update(rows[(self.column("flags")[first:] & RUNNING) != 0].tolist())

    def kill(self, rows: Codes) -> None:
        """The rows are no entries any more."""
        self.edited("flags")[rows] |= DEAD
        self.dead_count += len(rows)
        self.running.difference_update(rows.tolist())

    def note_running(self, row: int, *, is_running: bool) -> None:
        if is_running:
            self.running.add(row)
        else:
            self.running.discard(row)

    def compact_when_due(self) -> None:
        """Puts all rows in order and drops the dead ones, when these are a tenth."""
        out_of_place = self.dead_count + self.count - self.sorted_count
        if out_of_place <= max(COMPACT_AT_LEAST, self.count // COMPACT_SHARE):
            return
        rows = np.flatnonzero((self.column("flags") & DEAD) == 0)
        rows = rows[np.argsort(self.column("start_s")[rows], kind="stable")]
        becomes = np.full(self.count, GONE, np.int32)
        becomes[rows] = np.arange(len(rows), dtype=np.int32)
        self.set_arrays({name: self.column(name) for name in TYPES}, order=rows)
        if self.index.capacity > 2 * capacity_for(self.count):
            self.index_ids(np.arange(self.count, dtype=np.int32))
        else:
            self._replace_index(self.index.with_rows(becomes))
        self._forget_unused_texts()

    def _forget_unused_texts(self) -> None:
        """Other dictionaries of texts, when most of what they hold is in no row; Views keep theirs.

        So do their memos, in which codes may stand: they mean something else from here on.
        """
        codes = self.column("description")
        used = np.flatnonzero(np.bincount(codes, minlength=1))
        if len(self.descriptions) - len(used) <= max(UNUSED_AT_LEAST, len(used)):
            return
        texts, becomes = self.descriptions, np.zeros(len(self.descriptions), TYPES["description"])
        self.descriptions, self.description_codes, self.text_bytes = [], {}, 0
        becomes[used] = [self.description_code(texts[code]) for code in used.tolist()]
        self.edited("description")[:] = becomes[codes]
        self.memos = MemoStore(self.revision)

    def _make_room(self, new: int) -> None:
        needed = self.count + new
        if needed > len(self.buffers["ids"].data):
            for name in TYPES:
                data = np.empty(capacity_for(needed), TYPES[name])
                data[: self.count] = self.column(name)
                self._replace(name, data)
        if self.index.used + new > self.index.capacity:
            self.index_ids(self.index.rows(), capacity=capacity_for(needed))

    def index_ids(self, rows: Codes, *, capacity: int = 0) -> None:
        """A new index of the ids of these rows."""
        index = IdIndex(capacity or capacity_for(len(rows)))
        index.add(self.column("ids"), rows)
        self._replace_index(index)

    def set_arrays(self, arrays: dict[str, npt.NDArray[Any]], *, order: Rows) -> None:
        """Takes whole new columns, the rows of `arrays` in the order of their start; none is dead.

        To be followed by an index of their ids. The arrays are taken out one by one, so that there are never two
        sets of all.
        """
        count = self.count = self.sorted_count = len(order)
        self.dead_count = 0
        for name in TYPES:
            data = np.empty(capacity_for(count), TYPES[name])
            np.take(arrays.pop(name), order, out=data[:count], mode="clip")
            self._replace(name, data)
        self.running = set(np.flatnonzero(self.column("flags") & RUNNING).tolist())

    def _replace(self, name: str, data: Any) -> Buffer:
        self._retire(self.buffers[name])
        made = self.buffers[name] = Buffer(data)
        return made

    def _replace_index(self, index: IdIndex) -> None:
        self._retire(self._index)
        self._index = Buffer(index)

    def _retire(self, buffer: Buffer) -> None:
        with self._readers_lock:
            if buffer.readers:
                self._retired.append(buffer)

    # --- readers -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def shown(self) -> Iterator[View]:
        """A View of what is here now. Entered under the workspace's lock, left without it."""
        with self._readers_lock:
            buffers = [*self.buffers.values(), self._index]
            for buffer in buffers:
                buffer.readers += 1
            self.open_count += 1
        try:
            yield self._view()
        finally:
            with self._readers_lock:
                for buffer in buffers:
                    buffer.readers -= 1
                self.open_count -= 1
                self._retired = [buffer for buffer in self._retired if buffer.readers]

    def _view(self) -> View:
        arrays = {name: self._frozen(name) for name in TYPES}
        return View(
            workspace_id=self.workspace_id,
            revision=self.revision,
            count=self.count,
            sorted_count=self.sorted_count,
            dead_count=self.dead_count,
            running_rows=tuple(sorted(self.running)),
            **arrays,
            users=self.users,
            projects=self.projects,
            tasks=self.tasks,
            tag_ids=self.tag_ids,
            rates=self.rates,
            descriptions=self.descriptions,
            tag_sets=self.tag_sets,
            index=self.index,
            memos=self.memos.reader(),
        )

    def _frozen(self, name: str) -> Any:
        rows = self.column(name)
        rows.setflags(write=False)
        return rows

    @property
    def nbytes(self) -> int:
        """What all of it takes, copies for open Views and memos included."""
        with self._readers_lock:
            buffers = [*self.buffers.values(), self._index, *self._retired]
            arrays: int = sum(buffer.data.nbytes for buffer in buffers)
        ids = len(self.users) + len(self.projects) + len(self.tasks) + len(self.tag_ids)
        others = len(self.descriptions) + len(self.rates) + len(self.tag_sets)
        return arrays + ids * ID_OVERHEAD + self.text_bytes + others * TEXT_OVERHEAD + self.memos.nbytes


def _code(values: list[Any], codes: dict[Any, int], value: Any) -> int:
    found: int | None = codes.get(value)
    if found is None:
        # The value first: who finds the code finds what it means.
        values.append(value)
        found = codes[value] = len(values) - 1
    return found
