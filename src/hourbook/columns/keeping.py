"""Who has the columns: one keeper a process, which brings them to a reader's revision.

A reader opens the columns with the first statement of its transaction, so that both see one moment.
Memory is bounded: the workspace that was not asked about for the longest time leaves first, one that
somebody reads never. NumPy is not loaded before somebody asks.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

from hourbook.db.trouble import Trouble
from hourbook.db.tx import ReadTx, Tx
from hourbook.journal.journal import current_revision

if TYPE_CHECKING:
    from hourbook.columns.kept import Columns
    from hourbook.columns.table import View

log = structlog.get_logger("hourbook.columns")
# More changes than this, and a share of the rows: reading the tables again is no slower.
STEPS_AT_LEAST = 1000
STEPS_SHARE = 16


class Place:
    """One workspace's columns, if they are there, and how many wait for them or read them."""

    def __init__(self, workspace_id: str) -> None:
        self.workspace_id = workspace_id
        self.lock = threading.Lock()
        self.columns: Columns | None = None
        # Whether a change may have been applied to the columns by half.
        self.is_whole = True
        self.users_count = 0
        # What is kept here, as last counted: with the columns of before that open Views still show, and with
        # what those that are being loaded will take.
        self.nbytes = 0
        self.expected_bytes = 0
        self.replaced: list[Columns] = []

    def put(self, columns: "Columns | None", *, expected_bytes: int = 0) -> None:
        """Other columns, or none while some are loaded."""
        if self.columns is not None:
            self.replaced.append(self.columns)
        self.columns, self.is_whole, self.expected_bytes = columns, True, expected_bytes

    def counted(self) -> int:
        """Bytes by now."""
        self.replaced = [old for old in self.replaced if old.open_count]
        kept = [*self.replaced, self.columns] if self.columns else self.replaced
        return sum(columns.nbytes for columns in kept) + self.expected_bytes


class ColumnsKeeper:
    """Columns of many workspaces within `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._lock = threading.Lock()
        # The least recently used first.
        self._places: dict[str, Place] = {}
        self._total = 0

    @property
    def nbytes(self) -> int:
        """What all columns take, as last counted."""
        return self._total

    @contextlib.contextmanager
    def opened(self, tx: ReadTx) -> "Iterator[View]":
        """The columns of the transaction's workspace at its revision. It must be the first thing it reads."""
        if isinstance(tx, Tx) or not tx.connection.in_transaction:
            raise TypeError("columns are read in a transaction that sees one moment and writes nothing")
        place = self._entered(tx.workspace_id)
        try:
            with contextlib.ExitStack() as reading:
                with place.lock:
                    view = reading.enter_context(self._current(place, tx).shown())
                yield view
        finally:
            self._left(place)

    def _current(self, place: Place, tx: ReadTx) -> "Columns":
        """The columns at the transaction's revision; the caller holds the place's lock."""
        columns, revision = place.columns, current_revision(tx)
        if columns is not None and columns.revision > revision:
            # The snapshot is of before another reader's.
            tx.renew()
            revision = current_revision(tx)
        if columns is not None and place.is_whole:
            if columns.revision == revision:
                return columns
            place.is_whole = False
            if self._apply(columns, tx, revision):
                place.is_whole = True
                return columns
        del columns  # what is replaced need not wait for what replaces it
        return self._load(place, tx, revision)

    def _apply(self, columns: "Columns", tx: ReadTx, revision: int) -> bool:
        """Brings the columns to a revision; False when it takes a fresh look at the tables."""
        from hourbook.columns.applying import apply
        from hourbook.columns.changes import CannotApply, steps

        behind = revision - columns.revision
        if not 0 < behind <= STEPS_AT_LEAST + columns.count // STEPS_SHARE:
            return False
        try:
            apply(columns, steps(tx, after=columns.revision, until=revision))
        except CannotApply as reason:
            log.info("columns are read again", workspace_id=tx.workspace_id, reason=str(reason))
            return False
        except Exception as error:
            if tx.connection.engine.trouble(error) is Trouble.AWAY:
                raise
            log.exception("columns are read again: a change could not be applied", workspace_id=tx.workspace_id)
            return False
        return True

    def _load(self, place: Place, tx: ReadTx, revision: int) -> "Columns":
        from hourbook.columns import loading

        count = loading.count_rows(tx)
        self._put(place, None, expected_bytes=loading.expected_bytes(count))
        loaded = None
        try:
            loaded = loading.load(tx, revision, count=count)
            return loaded
        finally:
            self._put(place, loaded)

    # --- memory ------------------------------------------------------------------------------

    def _entered(self, workspace_id: str) -> Place:
        with self._lock:
            place = self._places.pop(workspace_id, None) or Place(workspace_id)
            self._places[workspace_id] = place
            place.users_count += 1
            return place

    def _put(self, place: Place, columns: "Columns | None", *, expected_bytes: int = 0) -> None:
        with self._lock:
            place.put(columns, expected_bytes=expected_bytes)
            self._count(place)
            self._make_room()

    def _left(self, place: Place) -> None:
        with self._lock:
            self._count(place)
            place.users_count -= 1
            self._make_room()

    def _count(self, place: Place) -> None:
        """Counts again what a place takes, which may have grown. The caller holds the lock and uses the place."""
        nbytes = place.counted()
        self._total += nbytes - place.nbytes
        place.nbytes = nbytes

    def _make_room(self) -> None:
        """Lets go of what nobody uses until the rest is within the limit. The caller holds the lock."""
        for place in list(self._places.values()):
            if self._total <= self.limit_bytes:
                return
            if not place.users_count:
                self._total -= place.nbytes
                del self._places[place.workspace_id]
