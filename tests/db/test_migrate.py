"""Migrations: today's tables, forward and back with data, copies, refusals, several at once."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from hourbook.core.errors import CannotRun
from hourbook.db import migrate
from hourbook.db.engine import Engine, make_engine
from hourbook.db.migrations import HEAD
from hourbook.db.schema import whole_tables
from hourbook.db.tables import METADATA
from hourbook.db.tables.access import api_keys, users

HEAD_NUMBER = int(HEAD[:4])
NEXT = f"{HEAD_NUMBER + 1:04}_v9.8.7"
NEXT_STEP = '''"""Users have a nickname."""
import sqlalchemy as sa
from alembic import op
revision = "{next}"
down_revision = "{head}"
def upgrade() -> None:
    with op.batch_alter_table("users", recreate="{recreate}") as batch:
        batch.add_column(sa.Column("nickname", sa.Text(), nullable=False, server_default="none"))
def downgrade() -> None:
    with op.batch_alter_table("users", recreate="{recreate}") as batch:
        batch.drop_column("nickname")
'''
STAMPS = {"created_at_us": 1, "updated_at_us": 1, "row_revision": 1}


def tables_of(engine: Engine) -> set[str]:
    connection = engine.connect()
    try:
        return {row[0] for row in connection.fetch_text(engine.list_tables)} - {migrate.VERSION_TABLE}
    finally:
        connection.close()


def copies_of(engine: Engine) -> list[Path]:
    return sorted(engine.file.parent.glob("before-migration-*")) if engine.file else []


def run_text(engine: Engine, sql: str) -> list[Any]:
    with engine.schema_engine().begin() as connection:
        result = connection.exec_driver_sql(sql)
        return list(result) if result.returns_rows else []


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Today's schema with an account that has a key."""
    migrate.upgrade(engine)
    with engine.schema_engine().begin() as connection:
        user = {"id": "a" * 24, "email": "a@b.cz", "email_key": "a@b.cz", "status": "ACTIVE", "profile_picture": ""}
        connection.execute(sa.insert(users).values(**user, **STAMPS))
        key = {"id": "b" * 24, "user_id": "a" * 24, "name": "k", "key_hash": b"x" * 32}
        connection.execute(sa.insert(api_keys).values(**key, **STAMPS))
    return engine


@pytest.fixture
def go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Callable[..., None]:
    """`go_on()`: from now on Hourbook is one migration further, which rebuilds a table that others refer to."""

    def become(more: str = "") -> None:
        scripts = tmp_path / "migrations"
        shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        step = NEXT_STEP.format(next=NEXT, head=HEAD, recreate="always" if engine.file else "never") + more
        (scripts / "versions" / f"{HEAD_NUMBER + 1:04}_nickname.py").write_text(step)
        monkeypatch.setattr(migrate, "SCRIPTS", scripts)
        monkeypatch.setattr(migrate, "HEAD", NEXT)

    return become


def differs(*compared: Any) -> bool | None:
    """Alembic takes '' as SQLite shows it for something else than an empty text; the rest it decides itself."""
    of_database, of_program = compared[3], compared[5]
    return False if of_program == "" and of_database in ("('')", "''", "''::text") else None


def test_the_migrations_make_exactly_the_tables_of_the_program(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.schema_engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": differs})
        assert compare_metadata(context, whole_tables()) == []
    assert tables_of(engine) == set(METADATA.tables)


def test_the_named_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(migrate.SCRIPTS))
    assert scripts.get_heads() == [HEAD]
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]
    assert [int(revision[:4]) for revision in revisions] == list(range(1, len(revisions) + 1))


def test_a_database_that_is_not_there_is_empty_and_looking_does_not_make_it(engine: Engine) -> None:
    assert migrate.current_state(engine) == migrate.SchemaState(is_empty=True, revision=None)
    assert [step.revision for step in migrate.plan(engine)][-1] == HEAD
    assert engine.file is None or not engine.file.exists()


def test_a_second_upgrade_has_nothing_to_do_and_an_empty_database_needs_no_copy(engine: Engine) -> None:
    assert migrate.upgrade(engine)
    assert migrate.upgrade(engine) == []
    assert migrate.plan(engine) == []
    assert copies_of(engine) == []


def test_every_migration_goes_back_and_forward_again(filled: Engine) -> None:
    migrate.downgrade(filled, "base")
    assert tables_of(filled) == set()
    migrate.upgrade(filled)
    assert tables_of(filled) == set(METADATA.tables)


def test_an_upgrade_keeps_the_data_and_leaves_a_copy_of_an_embedded_database(
    filled: Engine, go_on: Callable[..., None]
) -> None:
    go_on()
    assert [step.sentence for step in migrate.plan(filled)] == ["Users have a nickname."]
    assert [step.revision for step in migrate.upgrade(filled)] == [NEXT]
    assert run_text(filled, "SELECT email, nickname FROM users") == [("a@b.cz", "none")]
    assert run_text(filled, "SELECT count(*) FROM api_keys JOIN users ON users.id = user_id") == [(1,)]
    if filled.file:
        (copy,) = copies_of(filled)
        assert copy.name.startswith(f"before-migration-{HEAD_NUMBER:04}-")
        old = make_engine(f"sqlite:///{copy}")
        assert run_text(old, "SELECT email FROM users") == [("a@b.cz",)]
        assert migrate.current_state(old).revision == HEAD
    migrate.downgrade(filled, HEAD)
    assert run_text(filled, "SELECT count(*) FROM api_keys JOIN users ON users.id = user_id") == [(1,)]


def test_a_copy_that_fails_stops_the_migration(
    filled: Engine, go_on: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    if filled.file is None:
        pytest.skip("a database server's copies are its operator's")

    def no_room(path: Path) -> None:
        path.touch()
        raise OSError("No space left on device")

    go_on()
    monkeypatch.setattr(filled, "copy_to", no_room)
    with pytest.raises(CannotRun, match=r"No space left on device.*nothing was changed"):
        migrate.upgrade(filled)
    assert copies_of(filled) == []
    assert migrate.current_state(filled).revision == HEAD


def test_a_database_of_a_newer_hourbook_is_refused_with_what_to_do(filled: Engine) -> None:
    run_text(filled, f"UPDATE {migrate.VERSION_TABLE} SET version_num = '{NEXT}'")
    with pytest.raises(CannotRun, match=r"newer Hourbook .* Install Hourbook 9\.8\.7 or newer, or go back to a copy"):
        migrate.upgrade(filled)


def test_the_refusal_names_the_copy_to_go_back_to(filled: Engine) -> None:
    if filled.file is None:
        pytest.skip("a database server's copies are its operator's")
    copy = filled.file.with_name(f"before-migration-{HEAD_NUMBER:04}-20260101T000000Z.db")
    copy.touch()
    run_text(filled, f"UPDATE {migrate.VERSION_TABLE} SET version_num = '{NEXT}'")
    with pytest.raises(CannotRun, match=copy.name):
        migrate.plan(filled)


def test_an_unknown_schema_is_refused(filled: Engine) -> None:
    run_text(filled, f"UPDATE {migrate.VERSION_TABLE} SET version_num = 'feedbeef'")
    with pytest.raises(CannotRun, match="schema feedbeef, which this Hourbook"):
        migrate.upgrade(filled)


def test_tables_of_somebody_else_are_never_touched(engine: Engine) -> None:
    if engine.file:
        engine.file.parent.mkdir()
    run_text(engine, "CREATE TABLE users (id INTEGER)")
    with pytest.raises(CannotRun, match="so it is not Hourbook's"):
        migrate.upgrade(engine)
    assert tables_of(engine) == {"users"}


def test_a_migration_that_fails_changes_nothing(filled: Engine, go_on: Callable[..., None]) -> None:
    go_on("\n\nold = upgrade\ndef upgrade() -> None:\n    old()\n    1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(filled)
    assert migrate.current_state(filled).revision == HEAD
    assert "nickname" not in {column["name"] for column in sa.inspect(filled.schema_engine()).get_columns("users")}


def test_a_migration_that_breaks_references_changes_nothing(filled: Engine, go_on: Callable[..., None]) -> None:
    go_on("\n\nold = upgrade\ndef upgrade() -> None:\n    old()\n    op.execute('DELETE FROM users')\n")
    with pytest.raises((LookupError, sa.exc.IntegrityError)):
        migrate.upgrade(filled)
    assert run_text(filled, "SELECT email FROM users") == [("a@b.cz",)]


def test_servers_that_start_at_once_migrate_once(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: migrate.upgrade(engine), range(4)))
    assert migrate.current_state(engine).is_current


def test_a_database_that_is_away_is_a_sentence() -> None:
    engine = make_engine("postgresql://me:hidden@127.0.0.1:1/nothing")
    with pytest.raises(CannotRun, match="cannot be reached") as refused:
        migrate.upgrade(engine)
    assert "hidden" not in str(refused.value)


def test_a_start_with_todays_schema_does_not_load_alembic(filled: Engine, own_url: str) -> None:
    program = (
        "import sys; from hourbook.db import migrate; from hourbook.db.engine import make_engine\n"
        "migrate.upgrade(make_engine(sys.argv[1])); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, own_url], check=False).returncode == 0
