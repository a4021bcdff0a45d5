"""Databases for tests that need one of their own, of the kind the suite runs on."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hourbook.db import migrate
from hourbook.db.engine import Connection, SqliteEngine, make_engine
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


class Original:
    """A database that is filled once in this process: whoever wants one like it gets a copy, far sooner.

    `fill` gets the address of an empty one and leaves it closed.
    """

    def __init__(self, fill: Callable[[str], object]) -> None:
        self._fill = fill
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._name = ""

    @contextlib.contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """The address of a copy, at the place where `fresh_database` would have an empty one."""
        if IS_SQLITE:
            shutil.copytree(self._file().parent, folder / "own", ignore=shutil.ignore_patterns("*.lock"))
            yield f"sqlite:///{folder}/own/hourbook.db"
            return
        server = os.environ["HOURBOOK_TEST_POSTGRES_URL"]
        name = f"own_{secrets.token_hex(6)}"
        try:
            yield postgres_server.create_database(server, name, like=self._database(server))
        finally:
            postgres_server.drop_database(server, name)

    def _file(self) -> Path:
        if self._folder is None:
            folder = tempfile.TemporaryDirectory(prefix="hb-original-")
            self._fill(f"sqlite:///{folder.name}/own/hourbook.db")
            self._folder = folder
        return Path(self._folder.name) / "own" / "hourbook.db"

    def _database(self, server: str) -> str:
        """It goes with the server."""
        if not self._name:
            name = f"original_{secrets.token_hex(6)}"
            self._fill(postgres_server.create_database(server, name))
            self._name = name
        return self._name


MIGRATED = Original(lambda url: migrate.upgrade(make_engine(url)))


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
