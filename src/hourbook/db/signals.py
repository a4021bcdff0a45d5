"""Telling the other servers of a database which workspaces were changed, where there can be others.

A thread with connections of its own says what was committed here (gathered for a few milliseconds, so that
commits never wait for it) and another one listens. Signals are hints: whoever needs to be certain looks
now and then. An embedded database has one server, and nothing is said or heard.
"""

import contextlib
import queue
import re
import threading
import time
from collections.abc import Callable, Iterable

import structlog

from hourbook.db.connection import Connection
from hourbook.db.engine import Engine

log = structlog.get_logger("hourbook.db")
CHANNEL = "hourbook_changes"
GATHER_SECONDS = 0.005
LISTEN_SECONDS = 1.0
AWAY_SECONDS = 1.0
# A notification holds less than 8000 bytes.
IDS_AT_ONCE = 300
_ID = re.compile(r"[0-9a-f]{24}")


class Signals:
    """From `start` to `close`; `heard` is called on a thread of this object with ids of workspaces."""

    def __init__(self, engine: Engine, heard: Callable[[set[str]], None]) -> None:
        self._engine = engine
        self._heard = heard
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        if self._engine.one_writer:
            return
        for work in (self._listen, self._say):
            thread = threading.Thread(target=self._again_and_again, args=(work,), name="hourbook-signals", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(LISTEN_SECONDS * 3)

    def say(self, workspace_ids: Iterable[str]) -> None:
        """Never waits. Called on whatever thread committed."""
        if self._threads:
            for workspace_id in workspace_ids:
                self._said.put(workspace_id)

    def _again_and_again(self, work: Callable[[Connection], None]) -> None:
        while not self._over.is_set():
            try:
                with contextlib.closing(self._engine.connect()) as connection:
                    work(connection)
            except Exception as error:
                # The database is away, or starts again: whoever needs to be certain looks by themselves.
                log.info("the line for signals broke", reason=type(error).__name__)
                self._over.wait(AWAY_SECONDS)

    def _listen(self, connection: Connection) -> None:
        connection.text(f"LISTEN {CHANNEL}")
        while not self._over.is_set():
            for signal in connection.raw.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                self._heard(set(_ID.findall(signal.payload)))

    def _say(self, connection: Connection) -> None:
        while not self._over.is_set():
            try:
                found = {self._said.get(timeout=LISTEN_SECONDS)}
            except queue.Empty:
                continue
            time.sleep(GATHER_SECONDS)
            with contextlib.suppress(queue.Empty):
                while len(found) < IDS_AT_ONCE:
                    found.add(self._said.get_nowait())
            text = ",".join(one for one in found if _ID.fullmatch(one))
            connection.fetch_text(f"SELECT pg_notify('{CHANNEL}', '{text}')")
