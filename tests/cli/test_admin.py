"""`hourbook admin`, `migrate` and `version`: accounts and keys from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hourbook import __version__
from hourbook.access.passwords import is_password
from hourbook.db import migrate
from hourbook.db.engine import make_engine
from hourbook.db.folder import hold_folder
from tests.cli.conftest import Run

OWNER = ("admin", "create-owner", "--email", "ada@example.org", "--name", "Ada", "--workspace", "Office")


@pytest.fixture
def at(own_url: str) -> tuple[str, str]:
    return ("--database", own_url)


def rows_of(url: str, sql: str) -> list[tuple[object, ...]]:
    connection = make_engine(url).connect()
    try:
        return [tuple(row) for row in connection.fetch_text(sql)]
    finally:
        connection.close()


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("version").out.strip() == __version__


def test_migrate_says_what_it_would_do_then_does_it_then_has_nothing_to_do(run: Run, empty_url: str) -> None:
    at = ("--database", empty_url)
    assert run("migrate", "--plan", *at).out.startswith("would run 0001")
    assert run("migrate", *at).out.startswith("ran 0001")
    assert "nothing to do" in run("migrate", *at).out


def test_create_owner_makes_an_account_a_workspace_and_a_key_in_an_empty_database(run: Run, empty_url: str) -> None:
    words = ("--password", "a good password", "--zone", "Europe/Prague", "--currency", "CZK", "--json")
    made = run(*OWNER, *words, "--database", empty_url).json
    assert set(made) == {"userId", "workspaceId", "apiKey"}
    assert len(made["apiKey"]) >= 48
    ((stored, settings),) = rows_of(empty_url, "SELECT password_hash, settings FROM users")
    assert is_password("a good password", str(stored))
    assert "Europe/Prague" in str(settings)
    assert rows_of(empty_url, "SELECT name, currency FROM workspaces") == [("Office", "CZK")]
    assert made["apiKey"].encode() not in rows_of(empty_url, "SELECT key_hash FROM api_keys")[0]


def test_a_second_owner_has_a_workspace_of_their_own(run: Run, at: tuple[str, str]) -> None:
    first = run(*OWNER, "--json", *at).json
    second = run("admin", "create-owner", "--email", "bob@example.org", "--json", *at).json
    assert first["workspaceId"] != second["workspaceId"]


def test_without_json_people_read_it(run: Run, at: tuple[str, str]) -> None:
    told = run(*OWNER, *at).out
    assert "API key    " in told
    assert "shown this once" in told


def test_an_address_is_taken_once(run: Run, at: tuple[str, str]) -> None:
    run(*OWNER, *at)
    ended = run(*OWNER, *at)
    assert ended.status == 1
    assert ended.err.strip() == "User with email ada@example.org already exists"


@pytest.mark.parametrize(
    "words",
    [
        ("--zone", "Mars/Base"),
        ("--currency", "euro"),
        ("--password", "short"),
        ("--email", "nobody"),
        ("--workspace", ""),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_leaves_nothing(
    run: Run, at: tuple[str, str], own_url: str, words: tuple[str, str]
) -> None:
    ended = run(*OWNER, *words, *at)
    assert ended.status == 1
    assert len(ended.err.strip().splitlines()) == 1
    assert rows_of(own_url, "SELECT count(*) FROM users") == [(0,)]
    assert rows_of(own_url, "SELECT count(*) FROM workspaces") == [(0,)]


def test_a_password_may_come_from_standard_input(run: Run, at: tuple[str, str], own_url: str) -> None:
    run(*OWNER, "--password", "-", *at, typed="typed password\n")
    assert is_password("typed password", str(rows_of(own_url, "SELECT password_hash FROM users")[0][0]))


def test_create_user_joins_the_only_workspace(run: Run, at: tuple[str, str], own_url: str) -> None:
    owner = run(*OWNER, "--json", *at).json
    made = run("admin", "create-user", "--email", "bob@example.org", "--role", "admin", "--json", *at).json
    assert made["workspaceId"] == owner["workspaceId"]
    assert sorted(rows_of(own_url, "SELECT role FROM role_grants")) == [("OWNER",), ("WORKSPACE_ADMIN",)]


def test_create_user_brings_an_existing_account_into_another_workspace(run: Run, at: tuple[str, str]) -> None:
    owner = run(*OWNER, "--json", *at).json
    other = run("admin", "create-owner", "--email", "bob@example.org", "--workspace", "Lab", "--json", *at).json
    made = run("admin", "create-user", "--email", "bob@example.org", "--workspace", "Office", "--json", *at).json
    assert (made["userId"], made["workspaceId"]) == (other["userId"], owner["workspaceId"])
    again = run("admin", "create-user", "--email", "bob@example.org", "--workspace", owner["workspaceId"], *at)
    assert (again.status, again.err.strip()) == (1, "User is already a member of the workspace")


def test_a_workspace_must_be_named_when_there_are_several(run: Run, at: tuple[str, str]) -> None:
    create = ("admin", "create-user", "--email", "cleo@example.org")
    assert "There is no workspace. " in run(*create, *at).err
    first = run(*OWNER, "--json", *at).json
    run("admin", "create-owner", "--email", "bob@example.org", *at)
    told = run(*create, *at).err
    assert "Name one by its id with --workspace: " in told
    assert f"{first['workspaceId']} (Office)" in told
    assert "There is no workspace called 'Attic'" in run(*create, "--workspace", "Attic", *at).err


def test_an_unknown_role_is_refused(run: Run, at: tuple[str, str]) -> None:
    ended = run("admin", "create-user", "--email", "b@example.org", "--role", "king", *at)
    assert (ended.status, ended.err.strip()) == (1, "--role must be admin or member, not 'king'.")


def test_keys_are_made_listed_and_revoked_and_never_shown_again(run: Run, at: tuple[str, str]) -> None:
    owner = run(*OWNER, "--json", *at).json
    key = run("admin", "api-key", "create", "--email", "ADA@example.org", "--name", "Laptop", "--json", *at).json
    assert key["userId"] == owner["userId"]
    listed = run("admin", "api-key", "list", "--json", *at)
    assert key["apiKey"] not in listed.out
    assert {row["name"]: row["revokedAt"] for row in listed.json} == {"Command line": None, "Laptop": None}
    assert run("admin", "api-key", "revoke", key["keyId"], *at).status == 0
    assert run("admin", "api-key", "revoke", key["keyId"], *at).status == 0
    rows = run("admin", "api-key", "list", "--email", "ada@example.org", "--json", *at).json
    assert {row["name"]: row["revokedAt"] is not None for row in rows} == {"Command line": False, "Laptop": True}
    told = run("admin", "api-key", "list", *at).out
    assert "last used never" in told
    assert "revoked 20" in told


def test_keys_of_nobody_and_unknown_keys_are_sentences(run: Run, at: tuple[str, str]) -> None:
    for words in (("create", "--email", "x@example.org"), ("list", "--email", "x@example.org")):
        ended = run("admin", "api-key", *words, *at)
        assert (ended.status, ended.err.strip()) == (1, "There is no account with the address x@example.org.")
    ended = run("admin", "api-key", "revoke", "0" * 24, *at)
    assert (ended.status, ended.err.strip()) == (1, f"There is no API key with the id {'0' * 24}.")


def test_what_commands_do_stands_in_the_journal_as_done_by_the_system(
    run: Run, at: tuple[str, str], own_url: str
) -> None:
    run(*OWNER, "--password", "planted password", *at)
    rows = rows_of(own_url, "SELECT actor_kind, origin, kind, after FROM journal ORDER BY revision")
    assert {(row[0], row[1]) for row in rows} == {("system", "cli")}
    assert {str(row[2]) for row in rows} >= {"WORKSPACE", "USER", "MEMBER", "ROLE", "API_KEY"}
    text = json.dumps([row[3] for row in rows])
    assert "planted password" not in text
    assert "argon2" not in text


def test_a_command_with_today_s_schema_runs_beside_whoever_holds_the_folder(run: Run, tmp_path: Path) -> None:
    at = ("--data", tmp_path / "data")
    run("migrate", *at)
    with hold_folder(tmp_path / "data", "serve"):
        assert run(*OWNER, *at).status == 0


def test_a_command_that_would_have_to_migrate_does_not(run: Run, tmp_path: Path) -> None:
    with hold_folder(tmp_path / "data", "serve"):
        ended = run(*OWNER, "--data", tmp_path / "data")
    assert ended.status == 1
    assert "in use by hourbook serve" in ended.err


def test_a_newer_database_is_refused(run: Run, at: tuple[str, str], own_url: str) -> None:
    with make_engine(own_url).schema_engine().begin() as connection:
        connection.exec_driver_sql(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '0999_v7.0.0'")
    for words in (("migrate",), ("migrate", "--plan"), OWNER):
        ended = run(*words, *at)
        assert ended.status == 1
        assert "Install Hourbook 7.0.0 or newer" in ended.err
    # A server opens its database in a process of its own.
    serve = [sys.executable, "-m", "hourbook.cli.main", "serve", "--port", "0", *at]
    started = subprocess.run(serve, capture_output=True, text=True, timeout=60)
    assert started.returncode == 1
    assert "Install Hourbook 7.0.0 or newer" in started.stderr
