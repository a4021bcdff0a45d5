"""Telling the other servers of a database which workspaces were changed, where there can be others.

A thread with connections of its own says what was committed here (gathered for a few milliseconds, so that
commits never wait for it) and another one listens. A workspace waits to be said once, however often it was
changed meanwhile. Signals are hints: whoever needs to be certain looks now and then. An embedded database has
one server, and nothing is said or heard.
"""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterable
from itertools import islice

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
# Workspaces that wait to be said, as while the database is away. Those beyond are found by looking.
WAITING_LIMIT = 10_000
_ID = re.compile(r"[0-9a-f]{24}")


class Signals:
    """From `start` to `close`; `heard` is called on a thread of this object with ids of workspaces."""

    def __init__(self, engine: Engine, heard: Callable[[set[str]], None]) -> None:
        self._engine = engine
        self._heard = heard
        # Workspaces, each once: who hears of one reads whatever is new there.
        self._waiting: set[str] = set()
        self._has_waiting = threading.Condition()
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
        if not self._threads:
            return
        with self._has_waiting:
            for workspace_id in workspace_ids:
                if len(self._waiting) < WAITING_LIMIT:
                    self._waiting.add(workspace_id)
            self._has_waiting.notify()

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
            with self._has_waiting:
                if not self._has_waiting.wait_for(lambda: self._waiting, LISTEN_SECONDS):
                    continue
            time.sleep(GATHER_SECONDS)
            with self._has_waiting:
                ids = list(islice(self._waiting, IDS_AT_ONCE))
                self._waiting.difference_update(ids)
            text = ",".join(one for one in ids if _ID.fullmatch(one))
            try:
                connection.fetch_text(f"SELECT pg_notify('{CHANNEL}', '{text}')")
            except Exception:
                self.say(ids)  # by the next line
                raise
