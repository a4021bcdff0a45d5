"""Grouped commit: one thread writes, many operations share one sync.

The writer takes what is queued, runs each operation in a savepoint of one transaction, commits
once and only then lets anybody know. A failing operation rolls back alone; a failing commit
fails them all and stops writes until the database answers again (design section 6). The queue
is bounded. Operations marked `alone` (bulk) get a transaction of their own.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from hourbook.core.errors import TryLater
from hourbook.db.engine import Connection, Engine
from hourbook.db.trouble import as_try_later

BATCH_LIMIT = 256
QUEUE_LIMIT = 4096
TRIES = 3

Work = Callable[[Connection], Any]


class Ticket:
    """One queued operation: what to run, and who is told how it ended.

    `deliver(ticket)` is called on the writer thread after the commit (or failure) with
    `result` or `error` set.
    """

    __slots__ = ("alone", "deliver", "error", "result", "work")

    def __init__(self, work: Work, deliver: Callable[[list["Ticket"]], None], *, alone: bool = False) -> None:
        self.work = work
        self.deliver = deliver
        self.alone = alone
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """The only writer of an embedded database."""

    def __init__(
        self, engine: Engine, *, on_commit: Callable[[Any], None] | None = None, queue_limit: int = QUEUE_LIMIT
    ) -> None:
        self._engine = engine
        self._on_commit = on_commit
        self._queue_limit = queue_limit
        self._queue: deque[Ticket] = deque()
        self._ready = threading.Condition()
        self._closing = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="hourbook-writer", daemon=True)
        self.batches_count = 0
        self.operations_count = 0

    def start(self) -> None:
        self._connection = self._engine.connect()
        self._thread.start()

    def close(self) -> None:
        """Refuses new work, finishes what is queued, commits, answers, ends."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def submit(self, ticket: Ticket) -> None:
        """Queues an operation; TryLater when the queue is full or closing."""
        with self._ready:
            if self._closing:
                raise TryLater("The server is shutting down.", retry_after_seconds=5)
            if len(self._queue) >= self._queue_limit:
                raise TryLater("Too many changes are waiting to be written.")
            self._queue.append(ticket)
            self._ready.notify()

    @property
    def waiting_count(self) -> int:
        return len(self._queue)

    def _take(self) -> list[Ticket]:
        with self._ready:
            while not self._queue and not self._closing:
                self._ready.wait()
            queue = self._queue
            batch: list[Ticket] = []
            while queue and len(batch) < BATCH_LIMIT:
                if queue[0].alone and batch:
                    break
                batch.append(queue.popleft())
                if batch[-1].alone:
                    break
            return batch

    def _run(self) -> None:
        while batch := self._take():
            try:
                self._commit_together(batch)
            except BaseException as error:
                self._fail(batch, error)
            self.batches_count += 1
            self.operations_count += len(batch)
            self._tell(batch)
            _deliver(batch)

    def _tell(self, batch: list[Ticket]) -> None:
        if self._on_commit is not None:
            for ticket in batch:
                if ticket.error is None:
                    self._on_commit(ticket.result)

    def _commit_together(self, batch: list[Ticket]) -> None:
        connection = self._open()
        connection.text(self._engine.begin_write)
        if len(batch) == 1:
            self._run_single(connection, batch[0])
        else:
            self._run_in_savepoints(connection, batch)
        connection.text("COMMIT")

    def _run_single(self, connection: Connection, ticket: Ticket) -> None:
        """Without a savepoint: its failure rolls the transaction back, and an empty one commits."""
        try:
            ticket.result = ticket.work(connection)
        except BaseException as error:
            ticket.error = self._meaning(error)
            if not connection.in_transaction:
                raise
            connection.text("ROLLBACK")
            connection.text(self._engine.begin_write)

    def _run_in_savepoints(self, connection: Connection, batch: list[Ticket]) -> None:
        for ticket in batch:
            connection.text("SAVEPOINT operation")
            try:
                ticket.result = ticket.work(connection)
            except BaseException as error:
                ticket.error = self._meaning(error)
                if not connection.in_transaction:
                    raise
                connection.text("ROLLBACK TO operation")
            connection.text("RELEASE operation")

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _fail(self, batch: list[Ticket], error: BaseException) -> None:
        """The whole transaction is lost: nothing of it may be acknowledged."""
        meaning = self._meaning(error)
        for ticket in batch:
            ticket.result = None
            if ticket.error is None or isinstance(ticket.error, TryLater):
                ticket.error = meaning
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # A fresh connection at the next batch is the recovery: it fails until the file answers.
        with contextlib.suppress(Exception):
            if connection.in_transaction:
                connection.text("ROLLBACK")
            connection.close()

    def _meaning(self, error: BaseException) -> BaseException:
        meaning = as_try_later(self._engine.trouble(error))
        if meaning is None:
            return error
        meaning.__cause__ = error
        return meaning


def _deliver(batch: list[Ticket]) -> None:
    """One wake-up per receiver, not one per operation."""
    groups: dict[Any, list[Ticket]] = {}
    for ticket in batch:
        groups.setdefault(ticket.deliver, []).append(ticket)
    for deliver, tickets in groups.items():
        deliver(tickets)
