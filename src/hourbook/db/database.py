"""One database for the whole process: where work runs, and how its end is told.

Actions and stores are plain functions; this module decides that a short read on the embedded
database runs on the loop, a write in the grouped commit, and everything on PostgreSQL in a few
threads that hold a connection each. Only here and in `db/writer.py` is anything committed.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
import structlog

from hourbook.core.errors import DomainError, TryLater
from hourbook.db.changes import Append
from hourbook.db.engine import Connection, Engine
from hourbook.db.trouble import Trouble, as_try_later
from hourbook.db.turns import ReadTurns
from hourbook.db.tx import Change, Facts, ReadTx, Tx
from hourbook.db.writer import TRIES, Ticket, Writer

log = structlog.get_logger("hourbook.db")
THREADS = 8
WAITING_LIMIT = 4096
T = TypeVar("T")


class Done(msgspec.Struct):
    """A committed operation: its result, the workspace's revision after it, its changes."""

    result: Any
    revision: int | None
    changes: list[Change]


class Database:
    """Opens, runs, closes. `append` writes journal rows (the journal registers itself here)."""

    def __init__(self, engine: Engine, append: Append, *, read_turn_us: int = 1000) -> None:
        self.engine = engine
        self._append = append
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hourbook-db")
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._opened_lock = threading.Lock()
        self._writer: Writer | None = None
        self._only_reads = False
        self._loop_reader: Connection | None = None
        self._turns = ReadTurns(read_turn_us * 1000, at_end=self._end_snapshot)
        self._snapshot_of: int | None = None
        self._pending_count = 0
        # Told on whatever thread committed, before the caller is answered.
        self.after_commit: list[Callable[[Sequence[Change]], None]] = []

    def open(self, *, writes: bool = True) -> None:
        """`writes=False`: for a process that is not the one writer of an embedded database; it reads in threads."""
        self._only_reads = not writes
        if self.engine.one_writer and writes:
            self._writer = Writer(self.engine, on_commit=self._tell)
            self._writer.start()
            self._loop_reader = self.engine.connect(read_only=True)

    def close(self) -> None:
        """Drains what was accepted, commits it, closes every connection."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(wait=True)
        if self._loop_reader is not None:
            self._end_snapshot()
            self._loop_reader.close()
        for connection in self._opened:
            with contextlib.suppress(Exception):
                connection.close()

    @property
    def waiting_count(self) -> int:
        """Operations queued or running."""
        return self._pending_count + (self._writer.waiting_count if self._writer else 0)

    @property
    def commit_counts(self) -> tuple[int, int]:
        """Grouped commits so far and the operations in them; zeros where the database groups by itself."""
        writer = self._writer
        return (writer.batches_count, writer.operations_count) if writer else (0, 0)

    async def answers(self, *, within_seconds: float) -> bool:
        """Whether the database answers at all, in time. Never asked on the loop: it may hang."""

        def ask() -> None:
            self._thread_connection().fetch_text("SELECT 1")

        for _ in range(2):  # the first connection may be one that the server closed meanwhile
            try:
                await asyncio.wait_for(self._in_thread(lambda: self._cleaned(ask)), within_seconds)
            except Exception:  # noqa: S112 (whatever it is, the answer is no)
                continue
            return True
        return False

    def _cleaned(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except Exception as error:
            self._meaning_in_thread(error)
            raise

    async def read(self, facts: Facts, workspace_id: str, work: Callable[[ReadTx], T], *, is_long: bool = False) -> T:
        """Runs a read; a long one never on the loop."""
        reader = self._loop_reader
        if reader is None or is_long:
            begin = self.engine.begin_snapshot if is_long else self.engine.begin_read
            return await self._in_thread(lambda: self._read_in_thread(facts, workspace_id, work, begin=begin))
        turns = self._turns
        if turns.is_full:
            await turns.wait()
        started_ns = time.perf_counter_ns()
        try:
            self._begin_snapshot(reader)
            return work(ReadTx(reader, facts, workspace_id))
        except DomainError:
            raise
        except Exception as error:
            self._end_snapshot()
            raise as_try_later(self.engine.trouble(error)) or error from error
        finally:
            turns.leave(started_ns)

    def _begin_snapshot(self, reader: Connection) -> None:
        """Reads of one turn of the loop share a snapshot, unless something was committed meanwhile.

        The count is taken before the snapshot: whoever was told of a commit reads what it wrote.
        """
        commits = self.commit_counts[0]
        if self._snapshot_of == commits:
            return
        self._end_snapshot()
        reader.text(self.engine.begin_read or "BEGIN")
        self._snapshot_of = commits

    def _end_snapshot(self) -> None:
        if self._snapshot_of is not None and self._loop_reader is not None:
            self._snapshot_of = None
            self._loop_reader.text("COMMIT")

    async def write(self, facts: Facts, workspace_id: str, work: Callable[[Tx], T], *, alone: bool = False) -> T:
        """Runs a write; returns after its commit. A caller that goes away does not cancel it."""
        run = self._operation(facts, workspace_id, work)
        if self._writer is None:
            done: Done = await asyncio.shield(self._in_thread(lambda: self._write_in_thread(run)))
        else:
            waiter = _LoopWaiter.of_running_loop()
            future: asyncio.Future[Done] = waiter.loop.create_future()
            ticket = Ticket(run, waiter.deliver, alone=alone)
            waiter.futures[ticket] = future
            try:
                self._writer.submit(ticket)
            except TryLater:
                del waiter.futures[ticket]
                raise
            # The future of a caller that left still ends; nobody is there to read its error.
            future.add_done_callback(_forget_error)
            done = await asyncio.shield(future)
        return done.result  # type: ignore[no-any-return]

    def read_now(self, facts: Facts, workspace_id: str, work: Callable[[ReadTx], T]) -> T:
        """A read of one moment from a plain thread (commands, tests)."""
        return self._read_in_thread(facts, workspace_id, work, begin=self.engine.begin_snapshot)

    def write_now(self, facts: Facts, workspace_id: str, work: Callable[[Tx], T], *, alone: bool = False) -> T:
        """A write from a plain thread (commands, tests)."""
        run = self._operation(facts, workspace_id, work)
        if self._writer is None:
            done: Done = self._write_in_thread(run)
        else:
            future: Future[Done] = Future()
            self._writer.submit(Ticket(run, lambda tickets: _settle(future, tickets[0]), alone=alone))
            done = future.result()
        return done.result  # type: ignore[no-any-return]

    def _operation(self, facts: Facts, workspace_id: str, work: Callable[[Tx], T]) -> Callable[[Connection], Done]:
        def run(connection: Connection) -> Done:
            tx = Tx(connection, facts, workspace_id)
            result = work(tx)
            revision = tx.flush(self._append)
            return Done(result, revision, tx.changes)

        return run

    def _tell(self, done: Done) -> None:
        """What is committed stays acknowledged, and the writer goes on, whatever a listener does."""
        for listener in self.after_commit if done.changes else ():
            try:
                listener(done.changes)
            except Exception:
                log.exception("a listener of commits failed")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._pending_count >= WAITING_LIMIT:
            raise TryLater("Too many requests are waiting.")
        self._pending_count += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pending_count -= 1

    def _thread_connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self.engine.connect(read_only=self._only_reads)
            self._local.connection = connection
            with self._opened_lock:
                self._opened.append(connection)
        return connection

    def _drop_thread_connection(self) -> None:
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            with self._opened_lock:
                self._opened.remove(connection)
            with contextlib.suppress(Exception):
                connection.close()

    def _read_in_thread(self, facts: Facts, workspace_id: str, work: Callable[[ReadTx], T], *, begin: str | None) -> T:
        """A lost connection is replaced once: a read may be repeated. Without `begin` each statement stands alone."""
        for attempt in range(2):
            try:
                connection = self._thread_connection()
                tx = ReadTx(connection, facts, workspace_id, begin=begin)
                if begin is None:
                    return work(tx)
                connection.text(begin)
                try:
                    return work(tx)
                finally:
                    connection.text("COMMIT")
            except Exception as error:
                meaning = self._meaning_in_thread(error)
                if meaning is None:
                    raise
                if attempt:
                    raise meaning from error
        raise AssertionError("unreachable")

    def _write_in_thread(self, run: Callable[[Connection], Done]) -> Done:
        """One transaction on this thread's connection, run again when another one got in its way."""
        for attempt in range(1, TRIES + 1):
            try:
                connection = self._begun_in_thread()
                done = run(connection)
                connection.text("COMMIT")
                self._tell(done)
                return done
            except Exception as error:
                trouble = self.engine.trouble(error)
                meaning = self._meaning_in_thread(error)
                if trouble is not Trouble.CONFLICT or attempt == TRIES:
                    raise (meaning or error) from error
                time.sleep(random.uniform(0.001, 0.004) * attempt)
        raise AssertionError("unreachable")

    def _begun_in_thread(self) -> Connection:
        """This thread's connection in a new transaction. One that the server closed meanwhile is replaced."""
        if getattr(self._local, "connection", None) is not None:
            try:
                self._local.connection.text(self.engine.begin_write)
            except Exception as error:
                if self.engine.trouble(error) is not Trouble.AWAY:
                    raise
                self._drop_thread_connection()
            else:
                return self._thread_connection()
        connection = self._thread_connection()
        connection.text(self.engine.begin_write)
        return connection

    def _meaning_in_thread(self, error: BaseException) -> TryLater | None:
        """Cleans the thread's connection after an error; the answer when it is the server's trouble."""
        trouble = self.engine.trouble(error)
        connection: Connection | None = getattr(self._local, "connection", None)
        if trouble is Trouble.AWAY:
            self._drop_thread_connection()
        elif connection is not None and connection.in_transaction:
            with contextlib.suppress(Exception):
                connection.text("ROLLBACK")
        return as_try_later(trouble)


class _LoopWaiter:
    """Carries finished tickets from the writer thread to one event loop, a wake-up per batch."""

    _by_loop: dict[int, "_LoopWaiter"] = {}  # noqa: RUF012

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.futures: dict[Ticket, asyncio.Future[Done]] = {}

    @classmethod
    def of_running_loop(cls) -> "_LoopWaiter":
        loop = asyncio.get_running_loop()
        found = cls._by_loop.get(id(loop))
        if found is None or found.loop is not loop:
            found = cls._by_loop[id(loop)] = cls(loop)
        return found

    def deliver(self, tickets: list[Ticket]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self.loop.call_soon_threadsafe(self._resolve, tickets)

    def _resolve(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            future = self.futures.pop(ticket, None)
            if future is None or future.done():
                continue
            if ticket.error is not None:
                future.set_exception(ticket.error)
            else:
                future.set_result(ticket.result)


def _forget_error(future: "asyncio.Future[Done]") -> None:
    if not future.cancelled():
        future.exception()


def _settle(future: "Future[Done]", ticket: Ticket) -> None:
    if ticket.error is not None:
        future.set_exception(ticket.error)
    else:
        future.set_result(ticket.result)
