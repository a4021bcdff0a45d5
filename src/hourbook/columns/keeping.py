"""Who has the columns: one keeper a process, which brings them to a reader's revision.

A reader opens the columns with the first statement of its transaction, so that both see one moment.
Memory is bounded: the workspace that was not asked about for the longest time leaves first, one that
somebody reads never. NumPy is not loaded before somebody asks.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hourbook.db.tx import ReadTx, Tx
from hourbook.journal.journal import current_revision

if TYPE_CHECKING:
    from hourbook.columns.kept import Columns
    from hourbook.columns.table import View


class Place:
    """One workspace's columns, if they are there, and whoever waits for them or reads them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.columns: Columns | None = None
        self.users_count = 0


class ColumnsKeeper:
    """Columns of many workspaces within `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._lock = threading.Lock()
        # The least recently used first.
        self._places: dict[str, Place] = {}

    @contextlib.contextmanager
    def opened(self, tx: ReadTx) -> "Iterator[View]":
        """The columns of the transaction's workspace at its revision. It must be the first thing it reads."""
        if isinstance(tx, Tx) or not tx.connection.in_transaction:
            raise TypeError("columns are read in a transaction that sees one moment and writes nothing")
        place = self._entered(tx.workspace_id)
        try:
            with place.lock:
                shown = self._current(place, tx).shown()
                view = shown.__enter__()
            try:
                yield view
            finally:
                shown.__exit__(None, None, None)
        finally:
            self._left(place)

    def _current(self, place: Place, tx: ReadTx) -> "Columns":
        from hourbook.columns import loading

        revision = current_revision(tx)
        columns = place.columns
        if columns is None or columns.revision != revision:
            columns = place.columns = loading.load(tx, revision)
        return columns

    def _entered(self, workspace_id: str) -> Place:
        with self._lock:
            place = self._places.pop(workspace_id, None) or Place()
            self._places[workspace_id] = place
            place.users_count += 1
            return place

    def _left(self, place: Place) -> None:
        with self._lock:
            place.users_count -= 1
            total = sum(one.columns.nbytes for one in self._places.values() if one.columns)
            for workspace_id, one in list(self._places.items()):
                if total <= self.limit_bytes:
                    return
                if not one.users_count:
                    total -= one.columns.nbytes if one.columns else 0
                    del self._places[workspace_id]
