"""From ids to rows: a hash table in one array.

Six bytes an entry, a few milliseconds for a hundred thousand look-ups, and an id is added or pointed
elsewhere without touching the rest. It keeps rows alone; the ids themselves stand in the columns.
"""

import numpy as np
import numpy.typing as npt

EMPTY = -1
GONE = -2
SMALLEST = 64
# How many ids are taken in at a time: what is needed on the way stays small.
PORTION_ROWS = 1 << 16
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_PAIR = np.dtype([("first", "<u8"), ("last", "<u4")])
_SHIFT = np.uint64(32)

Rows = npt.NDArray[np.int32]
Slots = npt.NDArray[np.int64]
IdBytes = npt.NDArray[np.bytes_]
Parts = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]


class IdIndex:
    """Slots of rows. A slot that was used is never empty again, so that a search does not end too early.

    `capacity`: for how many ids; a third of the slots stays empty.
    """

    __slots__ = ("capacity", "table", "used")

    def __init__(self, capacity: int) -> None:
        self.capacity = max(capacity, SMALLEST)
        self.table: Rows = np.full(self.capacity + self.capacity // 2, EMPTY, np.int32)
        self.used = 0

    @property
    def nbytes(self) -> int:
        return self.table.nbytes

    def copy(self) -> "IdIndex":
        """The same in an array of its own."""
        made = IdIndex.__new__(IdIndex)
        made.capacity, made.used, made.table = self.capacity, self.used, self.table.copy()
        return made

    def rows_of(self, ids: IdBytes, wanted: IdBytes) -> Rows:
        """Where in `ids` each wanted one is, -1 for none. Rows behind `ids` are not known."""
        return self._find(ids, wanted)[0]

    def add(self, ids: IdBytes, rows: Rows) -> None:
        """Takes in `ids[rows]`, none of which is known. The caller looks to the capacity."""
        for first in range(0, len(rows), PORTION_ROWS):
            self._add(ids, rows[first : first + PORTION_ROWS])

    def _add(self, ids: IdBytes, rows: Rows) -> None:
        table, size = self.table, len(self.table)
        slots = self._slots(ids[rows])
        self.used += len(rows)
        while len(rows):
            free = table[slots] == EMPTY
            table[slots[free]] = rows[free]
            # Of several that wanted one slot, the last has it.
            left = table[slots] != rows
            rows, slots = rows[left], slots[left] + 1
            slots[slots == size] = 0

    def point(self, ids: IdBytes, wanted: IdBytes, rows: Rows) -> None:
        """Points known ids to other rows. `ids`: where they are found up to now."""
        found, slots = self._find(ids, wanted)
        if (found < 0).any():
            raise LookupError("an id that is not in the index")
        self.table[slots] = rows

    def with_rows(self, becomes: Rows) -> "IdIndex":
        """The same with every row led to what it becomes: another row, or GONE."""
        made = self.copy()
        is_row = made.table >= 0
        made.table[is_row] = becomes[made.table[is_row]]
        return made

    def rows(self) -> Rows:
        """All rows that an id leads to."""
        return self.table[self.table >= 0]

    def _slots(self, ids: IdBytes) -> Slots:
        first, last = _parts(ids)
        mixed = first * _MIX[0] ^ last * _MIX[1]
        mixed ^= mixed >> np.uint64(29)
        mixed *= _MIX[0]
        slots: Slots = ((mixed >> _SHIFT) * np.uint64(len(self.table)) >> _SHIFT).astype(np.int64)
        return slots

    def _find(self, ids: IdBytes, wanted: IdBytes) -> tuple[Rows, Slots]:
        """Row and slot of each wanted id; what is not there has row -1."""
        slots = self._slots(wanted)
        if not len(ids):
            return np.full(len(wanted), EMPTY, np.int32), slots
        there, looked_for, size = _parts(ids), _parts(wanted), len(self.table)
        rows = self.table[slots]
        is_hit = _same(there, rows, looked_for)
        left = np.flatnonzero(~is_hit & (rows != EMPTY))
        rows[~is_hit] = EMPTY
        while len(left):
            at = slots[left] + 1
            at[at == size] = 0
            slots[left] = at
            found = self.table[at]
            is_hit = _same(there, found, (looked_for[0][left], looked_for[1][left]))
            rows[left[is_hit]] = found[is_hit]
            left = left[~is_hit & (found != EMPTY)]
        return rows, slots


def _parts(ids: IdBytes) -> Parts:
    """An id as two numbers, which are compared faster than bytes."""
    pairs = np.ascontiguousarray(ids).view(_PAIR)
    return pairs["first"], pairs["last"]


def _same(there: Parts, rows: Rows, looked_for: Parts) -> npt.NDArray[np.bool_]:
    """Whether the ids of these rows are the ones looked for. Rows behind the ids are not."""
    first, last = there
    is_row = (rows >= 0) & (rows < len(first))
    safe = np.where(is_row, rows, 0)
    same: npt.NDArray[np.bool_] = (first[safe] == looked_for[0]) & (last[safe] == looked_for[1]) & is_row
    return same
