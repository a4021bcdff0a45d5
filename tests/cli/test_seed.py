"""`hourbook seed`: what it makes, and that a seed makes the same again."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.db.engine import make_engine
from hourbook.db.tables import METADATA
from tests.cli.conftest import Program, Run
from tests.databases import fresh_database

WORDS = ("seed", "--entries", 2600, "--users", 3, "--projects", 7, "--seed", 11, "--json")


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table but the keys, which are random."""
    connection = make_engine(url).connect()
    try:
        tables = [table for name, table in sorted(METADATA.tables.items()) if name != "api_keys"]
        return {table.name: sorted(map(repr, connection.fetch_text(str(sa.select(table))))) for table in tables}
    finally:
        connection.close()


def test_it_prints_whose_workspace_it_made_and_the_server_shows_it(run: Run, own_url: str, serving: Any) -> None:
    made = run(*WORDS, "--database", own_url).json
    program: Program = serving()

    def get(path: str) -> Any:
        return program.ask(f"/api/v1/workspaces/{made['workspaceId']}{path}", x_api_key=made["apiKey"]).json

    people = get("/users")
    assert len(people) == 3
    counts = [len(get(f"/user/{person['id']}/time-entries?page-size=5000")) for person in people]
    assert sorted(counts) == [866, 867, 867]
    projects = get("/projects?page-size=50")
    assert len(projects) == 7
    assert any(project["duration"] != "PT0S" for project in projects)
    assert len(get("/tags")) == 12


def test_the_same_seed_makes_the_same_rows(run: Run, own_url: str, tmp_path: Path) -> None:
    run(*WORDS, "--database", own_url)
    with fresh_database(tmp_path / "second") as other_url:
        run(*WORDS, "--database", other_url)
        assert rows(other_url) == rows(own_url)


def test_two_seeds_stand_beside_each_other(run: Run, own_url: str) -> None:
    assert run("seed", "--entries", 10, "--seed", 1, "--database", own_url).status == 0
    assert run("seed", "--entries", 10, "--seed", 2, "--database", own_url).status == 0


def test_the_same_seed_twice_in_one_database_is_refused(run: Run, own_url: str) -> None:
    run("seed", "--entries", 10, "--database", own_url)
    before = rows(own_url)
    ended = run("seed", "--entries", 10, "--database", own_url)
    assert ended.status == 1
    assert ended.err.strip().endswith(
        "This database was filled with seed 1 before. Choose another --seed, or another folder with --data."
    )
    assert rows(own_url) == before


@pytest.mark.parametrize("words", [("--entries", 0), ("--entries", 5, "--projects", 0), ("--users", 4, "--entries", 2)])
def test_small_numbers_are_fine(run: Run, own_url: str, words: tuple[object, ...]) -> None:
    assert set(run("seed", *words, "--json", "--database", own_url).json) == {"userId", "workspaceId", "apiKey"}
