"""`hourbook doctor`: every damage it knows is named with what to do, and a sound database is called one."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hourbook.core.clock import FixedClock
from hourbook.db.engine import Connection, make_engine
from tests.cli.conftest import Run, command
from tests.databases import IS_SQLITE, Original

needs_file = pytest.mark.skipif(not IS_SQLITE, reason="a database server keeps its own files")
GONE = "x'0102030405060708090a0b0c'" if IS_SQLITE else "'\\x0102030405060708090a0b0c'::bytea"


SEEDED = Original(lambda url: command("seed", "--entries", 300, "--users", 2, "--projects", 6, "--database", url))


@pytest.fixture
def own_url(tmp_path: Path) -> Iterator[str]:
    """The address of a database with a little of everything in it."""
    with SEEDED.copy(tmp_path) as url:
        yield url


@pytest.fixture
def filled(own_url: str) -> str:
    return own_url


@contextlib.contextmanager
def direct(url: str) -> Iterator[Connection]:
    """A connection that no rule of Hourbook stands in front of."""
    connection = make_engine(url).connect()
    try:
        yield connection
    finally:
        connection.close()


def test_a_sound_database_is_well_and_every_check_has_its_line(run: Run, filled: str) -> None:
    ended = run("doctor", "--database", filled)
    assert ended.status == 0
    lines = ended.out.splitlines()
    lines = [line for line in lines if not line.startswith("   ")]
    names = [line.split(":")[0].split()[1] for line in lines[:-1]]
    of_the_file = ["disk", "permissions"] if IS_SQLITE else []
    of_the_content = ["clock", "files", "references", "totals", "rates", "journal", "secrets", "mail", "jobs", "sizes"]
    assert names == ["zones", *of_the_file, "schema", *of_the_content]
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert lines[-1] == "All is well."


def test_it_runs_beside_a_server_and_changes_nothing(run: Run, filled: str, serving: Any) -> None:
    program = serving()
    assert run("doctor", "--database", filled).status == 0
    assert program.ask("/ready").status == 200


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (f"UPDATE time_entries SET project_id = {GONE} WHERE project_id IS NOT NULL", "of a project that is gone"),
        (f"UPDATE time_entries SET task_id = {GONE} WHERE task_id IS NOT NULL", "time entries of a task that is gone"),
        ("DELETE FROM tags", "time entries with a tag that is gone"),
        ("DELETE FROM time_entries WHERE id IN (SELECT entry_id FROM time_entry_tags)", "tags of a time entry that is"),
        ("DELETE FROM clients", "projects of a client that is gone"),
        ("DELETE FROM projects", "tasks of a project that is gone"),
        ("DELETE FROM currencies", "clients with a currency that is gone"),
        ("DELETE FROM workspace_members", "time entries of somebody who is no member"),
        ("UPDATE project_totals SET duration_seconds = duration_seconds + 1", "are not the sum of their time entries"),
        ("DELETE FROM task_totals", "tasks whose stored totals are not the sum"),
        ("DELETE FROM tasks", "stored totals of tasks that are gone"),
        ("DELETE FROM journal WHERE revision = 7", "1 workspaces whose journal has gaps"),
        ("UPDATE workspace_revisions SET revision = revision - 1", "revision counter is not the number of their last"),
        ("DELETE FROM workspace_revisions", "journal rows of a workspace without a revision counter"),
    ],
)
def test_what_leads_nowhere_or_does_not_add_up_is_named(run: Run, filled: str, damage: str, told: str) -> None:
    with direct(filled) as connection:
        connection.text(damage)
    ended = run("doctor", "--database", filled)
    assert ended.status == 1
    assert [line for line in ended.out.splitlines() if line.startswith("PROBLEM") and told in line]
    assert "What to do: " in ended.out


def test_rebuild_writes_wrong_missing_and_surplus_totals_anew(run: Run, filled: str) -> None:
    with direct(filled) as connection:
        before = [
            connection.fetch_text(f"SELECT * FROM {name} ORDER BY 1, 2") for name in ("project_totals", "task_totals")
        ]
        connection.text("UPDATE project_totals SET entries_count = 99, billable_seconds = -1")
        connection.text("DELETE FROM task_totals")
        assert run("doctor", "--database", filled).status == 1
        ended = run("doctor", "--rebuild", "--database", filled)
        assert ended.status == 0
        assert ended.out.startswith("The totals of projects and tasks were written anew.\n")
        after = [
            connection.fetch_text(f"SELECT * FROM {name} ORDER BY 1, 2") for name in ("project_totals", "task_totals")
        ]
    assert after == before


def test_a_clock_behind_what_was_written_is_named(run: Run, filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourbook.core.clock.SystemClock", lambda: FixedClock(1_767_225_600_000_000 - 1))
    ended = run("doctor", "--database", filled)
    assert ended.status == 1
    assert "PROBLEM  clock: it says 2025-12-31T23:59:59Z, which is long ago." in ended.out
    with direct(filled) as connection:
        connection.text("UPDATE journal SET at_us = at_us + 1000000000")
    monkeypatch.setattr("hourbook.core.clock.SystemClock", lambda: FixedClock(1_767_225_600_000_000))
    ended = run("doctor", "--database", filled)
    assert "but the newest change was written at 2026-01-01T00:16:" in ended.out


def test_an_older_schema_and_an_empty_database_are_named(run: Run, filled: str, tmp_path: Path) -> None:
    with direct(filled) as connection:
        connection.text("UPDATE alembic_version SET version_num = '9999_v99'")
    ended = run("doctor", "--database", filled)
    assert ended.status == 1
    assert "PROBLEM  schema: The database was written by a newer Hourbook" in ended.out
    ended = run("doctor", "--data", tmp_path / "nothing")
    assert ended.status == 1
    assert "there is no database yet" in ended.out
    assert not (tmp_path / "nothing").exists()


@needs_file
def test_a_damaged_file_is_named(run: Run, filled: str) -> None:
    path = Path(filled.removeprefix("sqlite:///"))
    with direct(filled) as connection:
        roots = connection.fetch_text("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'journal' AND rootpage > 0")
        page_bytes = connection.fetch_text("PRAGMA page_size")[0][0]
        connection.fetch_text("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        for (page,) in roots:
            file.seek((page - 1) * page_bytes)
            file.write(os.urandom(512))
    ended = run("doctor", "--database", filled)
    assert ended.status == 1
    assert "PROBLEM" in ended.out
    assert "restore the newest backup" in ended.out


@needs_file
def test_a_file_that_is_no_database_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hourbook.db").write_bytes(b"not a database" * 1000)
    ended = run("doctor", "--data", tmp_path)
    assert ended.status == 1
    assert "PROBLEM  schema: The database can" in ended.out


@needs_file
def test_data_that_others_can_read_is_named(run: Run, filled: str) -> None:
    path = Path(filled.removeprefix("sqlite:///"))
    path.chmod(0o644)
    path.parent.chmod(0o755)
    ended = run("doctor", "--database", filled)
    assert ended.status == 1
    assert "other accounts may look into hourbook.db" in ended.out
    path.chmod(0o600)
    assert run("doctor", "--database", filled).status == 0


@needs_file
def test_a_full_disk_is_named(run: Run, filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourbook.cli.doctor.LEAST_FREE_BYTES", 1 << 60)
    ended = run("doctor", "--database", filled)
    assert ended.status == 1
    assert "Make room, or move the data folder." in ended.out


@needs_file
def test_rebuild_beside_a_server_is_refused(run: Run, filled: str, serving: Any) -> None:
    serving()
    ended = run("doctor", "--rebuild", "--database", filled)
    assert ended.status == 1
    assert "is in use by hourbook serve" in ended.err
