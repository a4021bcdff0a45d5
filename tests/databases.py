"""Databases for tests that need one of their own, of the kind the suite runs on."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from hourbook.db.engine import Connection, SqliteEngine
from tests import postgres_server

IS_SQLITE = os.environ.get("HOURBOOK_TEST_DATABASE", "sqlite") == "sqlite"


@contextlib.contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """The address of an empty database: a file below the folder (not made yet), or one on the suite's server."""
    if IS_SQLITE:
        yield f"sqlite:///{folder}/own/hourbook.db"
        return
    server = os.environ["HOURBOOK_TEST_POSTGRES_URL"]
    name = f"own_{secrets.token_hex(6)}"
    try:
        yield postgres_server.create_database(server, name)
    finally:
        postgres_server.drop_database(server, name)


@contextlib.contextmanager
def without_syncs() -> Iterator[None]:
    """SQLite waits for no disk in this process: only a power cut can tell the difference (PostgreSQL: `fsync=off`).

    What has to survive one is tested with servers that are processes of their own.
    """
    connect = SqliteEngine.connect

    def quick(engine: SqliteEngine, *, read_only: bool = False) -> Connection:
        connection = connect(engine, read_only=read_only)
        connection.raw.execute("PRAGMA synchronous=OFF")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteEngine, "connect", quick)
        yield
