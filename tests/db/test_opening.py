"""A new SQLite file that several open at once: each waits for the others, within bounds.

`test_migrate.py` has servers that start together.
"""

import sqlite3
import threading
from pathlib import Path

import pytest

from hourbook.db import engine as engines
from hourbook.db.engine import SqliteEngine


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new.db"


def _journal_mode(engine: SqliteEngine) -> str:
    connection = engine.connect()
    try:
        return str(connection.fetch_text("PRAGMA journal_mode")[0][0])
    finally:
        connection.close()


def _writer(path: Path) -> sqlite3.Connection:
    """A connection in the middle of a write to a file that is not in WAL mode yet."""
    raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    raw.execute("CREATE TABLE one (id INTEGER)")
    raw.execute("BEGIN IMMEDIATE")
    return raw


def test_opening_waits_for_another_that_writes_to_the_new_file(path: Path) -> None:
    writer = _writer(path)
    end = threading.Timer(0.2, lambda: writer.execute("COMMIT"))
    end.start()
    assert _journal_mode(SqliteEngine(path)) == "wal"
    end.join()
    writer.close()


def test_a_file_that_stays_locked_is_refused_after_the_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_MS", 100)
    writer = _writer(path)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        SqliteEngine(path).connect()
    writer.close()
