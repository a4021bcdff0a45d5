"""`hourbook backup` and `hourbook restore`: everything or nothing, beside a server, into either database."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from hourbook.db import portable
from hourbook.db.engine import make_engine
from hourbook.db.migrations import HEAD
from hourbook.db.tables import METADATA
from tests.cli.conftest import Program, Run, command
from tests.databases import IS_SQLITE, Original, fresh_database

SEEDED = Original(lambda url: command("seed", "--entries", 2500, "--users", 2, "--projects", 6, "--database", url))


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = make_engine(url)
    connection = engine.connect()
    try:
        return {
            table.name: sorted(map(repr, connection.fetch_text(str(sa.select(table)))))
            for table in METADATA.tables.values()
        }
    finally:
        connection.close()


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[str]:
    """The address of a database with a little of everything, a bulk journal row included."""
    with SEEDED.copy(tmp_path / "filled") as url:
        yield url


@pytest.fixture(scope="module")
def whole_backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    folder = tmp_path_factory.mktemp("backup")
    with SEEDED.copy(folder) as url:
        ended = command("backup", folder / "all.backup", "--database", url)
    assert ended.status == 0, ended
    assert "It was read back and is whole." in ended.out
    return folder / "all.backup"


@pytest.fixture
def backed_up(whole_backup: Path, tmp_path: Path) -> Path:
    """The same, to do with it what one likes."""
    return Path(shutil.copy2(whole_backup, tmp_path / "all.backup"))


@contextlib.contextmanager
def other_database(tmp_path: Path) -> Iterator[str]:
    """An empty database of the other kind, as far as the suite has one: a file when it runs on a server."""
    if IS_SQLITE:
        with fresh_database(tmp_path / "other") as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path}/other/hourbook.db"


def test_a_restored_database_holds_every_row_of_the_one_backed_up(
    run: Run, filled: str, backed_up: Path, tmp_path: Path
) -> None:
    with other_database(tmp_path) as other:
        ended = run("restore", backed_up, "--database", other)
        assert ended.status == 0, ended
        expected = rows(filled)
        assert rows(other) == expected
        assert f"{sum(map(len, expected.values())):,} rows were restored" in ended.out
        assert run("doctor", "--database", other).status == 0


def test_the_way_to_the_other_database_and_back_changes_nothing(
    run: Run, filled: str, backed_up: Path, tmp_path: Path
) -> None:
    with other_database(tmp_path) as other, fresh_database(tmp_path / "third") as third:
        run("restore", backed_up, "--database", other)
        assert run("backup", tmp_path / "second.backup", "--database", other).status == 0
        assert run("restore", tmp_path / "second.backup", "--database", third).status == 0
        assert rows(third) == rows(filled)


def test_a_backup_beside_a_working_server_is_one_moment(run: Run, own_url: str, serving: Any, tmp_path: Path) -> None:
    made = run("seed", "--entries", 2500, "--users", 1, "--projects", 6, "--json", "--database", own_url).json
    program: Program = serving()
    path = f"/api/v1/workspaces/{made['workspaceId']}"
    key = {"x_api_key": made["apiKey"]}
    project = program.ask(f"{path}/projects", **key).json[0]["id"]
    entry = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z", "projectId": project}
    done, written = threading.Event(), []

    def keep_writing() -> None:
        while not done.is_set():
            written.append(program.ask(f"{path}/time-entries", method="POST", body=entry, **key).status)

    writers = [threading.Thread(target=keep_writing) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        ended = run("backup", tmp_path / "all.backup", "--database", own_url)
    finally:
        done.set()
        for writer in writers:
            writer.join()
    assert ended.status == 0, ended
    assert set(written) == {201}
    with other_database(tmp_path) as other:
        assert run("restore", tmp_path / "all.backup", "--database", other).status == 0
        assert run("doctor", "--database", other).status == 0
        assert 2500 <= len(rows(other)["time_entries"]) <= 2500 + len(written)


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(whole_backup: Path) -> None:
    assert whole_backup.stat().st_mode & 0o777 == 0o600
    assert not whole_backup.with_name("all.backup.part").exists()


def test_the_file_says_what_it_is(backed_up: Path) -> None:
    first, second = backed_up.read_bytes().splitlines()[:2]
    assert first == b"hourbook backup, format 1"
    header = msgspec.json.decode(second)
    assert header["schema"] == HEAD
    assert {table["name"] for table in header["tables"]} == set(METADATA.tables)


def test_an_existing_file_is_never_replaced(run: Run, filled: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    ended = run("backup", tmp_path / "mine", "--database", filled)
    assert ended.status == 1
    assert "A backup never replaces one" in ended.err
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_file_that_appears_meanwhile_is_not_replaced(
    run: Run, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = portable.Backup.verify

    def slow(self: portable.Backup) -> int:
        (tmp_path / "mine").write_text("precious")
        return verify(self)

    monkeypatch.setattr(portable.Backup, "verify", slow)
    ended = run("backup", tmp_path / "mine", "--database", filled)
    assert ended.status == 1
    assert "appeared while the backup was written" in ended.err
    assert (tmp_path / "mine").read_text() == "precious"
    assert not (tmp_path / "mine.part").exists()


@pytest.mark.parametrize("place", ["missing/all.backup", "."])
def test_a_place_that_cannot_be_written_is_named(run: Run, filled: str, tmp_path: Path, place: str) -> None:
    ended = run("backup", tmp_path / place, "--database", filled)
    assert ended.status == 1
    assert ended.err.startswith("The file ")


def test_without_a_database_there_is_nothing_to_back_up(run: Run, empty_url: str, tmp_path: Path) -> None:
    ended = run("backup", tmp_path / "x", "--database", empty_url)
    assert ended.status == 1
    assert ended.err.startswith("There is no database")
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "x.part").exists()


def test_a_database_with_something_in_it_is_not_restored_into(run: Run, filled: str, backed_up: Path) -> None:
    before = rows(filled)
    ended = run("restore", backed_up, "--database", filled)
    assert ended.status == 1
    assert "The database is not empty" in ended.err
    assert rows(filled) == before


def test_a_database_that_only_has_tables_is_restored_into(
    run: Run, backed_up: Path, filled: str, tmp_path: Path
) -> None:
    with fresh_database(tmp_path / "second") as other:
        assert run("migrate", "--database", other).status == 0
        assert run("restore", backed_up, "--database", other).status == 0
        assert rows(other) == rows(filled)


@pytest.mark.skipif(not IS_SQLITE, reason="a database server has no folder")
def test_a_folder_in_use_is_not_restored_into(run: Run, backed_up: Path, serving: Any, tmp_path: Path) -> None:
    serving("--database", f"sqlite:///{tmp_path}/used/hourbook.db")
    ended = run("restore", backed_up, "--data", tmp_path / "used")
    assert ended.status == 1
    assert "is in use by hourbook serve" in ended.err


def is_empty(url: str) -> bool:
    """Whether there is no row, or not even a table."""
    engine = make_engine(url)
    if engine.file is not None and not engine.file.exists():
        return True
    connection = engine.connect()
    try:
        names = {row[0] for row in connection.fetch_text(engine.list_tables)} & set(METADATA.tables)
        return not any(connection.fetch_text(f"SELECT 1 FROM {name} LIMIT 1") for name in names)
    finally:
        connection.close()


def altered(content: bytes, share: float) -> bytes:
    place = int(len(content) * share)
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content[: content.index(b"\n", 40) + 1],
        lambda content: content + b"x",
        lambda content: altered(content, 0.3),
        lambda content: altered(content, 0.7),
        lambda content: altered(content, 0.9999),
        lambda content: content.replace(b'"email_key"', b'"email_kez"', 1),
    ],
    ids=["half", "a byte short", "header alone", "a byte more", "bit early", "bit late", "bit at the end", "header"],
)
def test_a_damaged_backup_is_refused_and_nothing_restored(
    run: Run, backed_up: Path, tmp_path: Path, damage: Any
) -> None:
    bad = tmp_path / "bad.backup"
    bad.write_bytes(damage(backed_up.read_bytes()))
    with fresh_database(tmp_path / "second") as other:
        ended = run("restore", bad, "--database", other)
        assert ended.status == 1
        assert "is damaged or not complete, so nothing was restored from it" in ended.err
        assert is_empty(other)


def test_what_changes_between_checking_and_reading_restores_nothing(
    run: Run, backed_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trusting(self: portable.Backup) -> int:
        return 0

    monkeypatch.setattr(portable.Backup, "verify", trusting)
    backed_up.write_bytes(altered(backed_up.read_bytes(), 0.9999))
    with fresh_database(tmp_path / "second") as other:
        ended = run("restore", backed_up, "--database", other)
        assert ended.status == 1
        assert "nothing was restored" in ended.err
        assert is_empty(other)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no backup of Hourbook"),
        (b"PK\x03\x04 something else\n", "is no backup of Hourbook"),
        (b"hourbook backup, format 2\n{}\n", "has the format 2, and this Hourbook"),
        (b"hourbook backup, format 1\n{}\n", "its header cannot be read"),
        (b'hourbook backup, format 1\n{"schema":"0099_v9","version":"9.0","made_at_us":1,"tables":[]}\n', "is damaged"),
    ],
)
def test_what_is_no_backup_of_ours_is_named(run: Run, own_url: str, tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "file").write_bytes(content)
    ended = run("restore", tmp_path / "file", "--database", own_url)
    assert ended.status == 1
    assert told in ended.err


def test_a_backup_of_a_newer_schema_is_refused(
    run: Run, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portable, "__version__", "9.0.0")
    monkeypatch.setattr(portable, "_check_schema", lambda connection: None)
    monkeypatch.setattr(portable, "HEAD", "0099_v9.0.0")
    assert run("backup", tmp_path / "new.backup", "--database", filled).status == 0
    with fresh_database(tmp_path / "second") as other:
        ended = run("restore", tmp_path / "new.backup", "--database", other)
        assert ended.status == 1
        assert "Install Hourbook 9.0.0 or newer to restore it." in ended.err
        assert is_empty(other)


def test_a_missing_file_is_named(run: Run, own_url: str, tmp_path: Path) -> None:
    ended = run("restore", tmp_path / "none", "--database", own_url)
    assert ended.status == 1
    assert ended.err.strip().endswith("cannot be read: No such file or directory.")
