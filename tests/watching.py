"""Looking on while the server works: the statements it runs and the lines it logs.

Nothing here changes what is looked at; the harness and the checks of statements install these.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from hourbook.db.compiled import CompiledStatement
from hourbook.db.engine import Connection
from hourbook.db.statement import Statement


@dataclass
class Executed:
    """One statement as it ran."""

    statement: Statement
    compiled: CompiledStatement
    is_write: bool
    on_loop: bool


class StatementLog:
    """Sees every statement of the process, on whatever thread it runs."""

    def __init__(self) -> None:
        self._listeners: list[list[Executed]] = []
        self._lock = threading.Lock()
        self._originals = {name: getattr(Connection, name) for name in ("rows", "run", "run_many")}

    def install(self) -> None:
        for name, original in self._originals.items():
            setattr(Connection, name, self._seen(original, name))

    def remove(self) -> None:
        for name, original in self._originals.items():
            setattr(Connection, name, original)

    @contextlib.contextmanager
    def listening(self) -> Iterator[list[Executed]]:
        """The statements that run inside the block."""
        found: list[Executed] = []
        with self._lock:
            self._listeners.append(found)
        try:
            yield found
        finally:
            with self._lock:
                self._listeners = [other for other in self._listeners if other is not found]

    def _seen(self, original: Any, name: str) -> Any:
        def run(connection: Connection, statement: Statement, params: Any, scope: Any = None) -> Any:
            # `run_many` with one parameter set goes through `run`, with none it does nothing.
            if self._listeners and not (name == "run_many" and len(params) < 2):
                compiled = connection.engine.compiled(statement, scope)
                for listener in self._listeners:
                    listener.append(Executed(statement, compiled, is_write=name != "rows", on_loop=_is_on_loop()))
            if scope is None:
                return original(connection, statement, params)
            return original(connection, statement, params, scope)

        return run


def _is_on_loop() -> bool:
    """The suite runs the event loop in its main thread; everything else has threads of its own."""
    return threading.current_thread() is threading.main_thread()


class AppLog:
    """Every line the application logs during the run."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def __call__(self, logger: Any, method: str, event: Any) -> Any:
        self.lines.append({**event, "log_level": method})
        raise structlog.DropEvent

    def tail(self) -> "LogTail":
        return LogTail(self, len(self.lines))


@dataclass
class LogTail:
    """What was logged since a moment."""

    log: AppLog
    start: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        return self.log.lines[self.start :]
