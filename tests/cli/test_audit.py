"""`hourbook audit verify` and `hourbook audit head`."""

import pytest

from hourbook.db.engine import make_engine
from tests.cli.conftest import Run


@pytest.fixture
def at(own_url: str) -> tuple[str, str]:
    return ("--database", own_url)


@pytest.fixture
def workspace_id(run: Run, at: tuple[str, str]) -> str:
    made = run("admin", "create-owner", "--email", "a@example.org", "--workspace", "Office", "--json", *at).json
    return str(made["workspaceId"])


def do(url: str, text: str) -> None:
    connection = make_engine(url).connect()
    try:
        connection.text(text)
    finally:
        connection.close()


def test_what_nobody_touched_is_well(run: Run, at: tuple[str, str], workspace_id: str) -> None:
    ended = run("audit", "verify", *at)
    assert (ended.status, ended.out.startswith("ok ")) == (0, True)
    assert "not in the chain yet" in ended.out
    (head,) = run("audit", "head", "--json", *at).json
    assert head["workspaceId"] == workspace_id
    assert head["head"] in run("audit", "head", "Office", *at).out
    ended = run("audit", "verify", "Office", "--head", head["head"], *at)
    assert (ended.status, head["head"] in ended.out) == (0, True)
    (verdict,) = run("audit", "verify", workspace_id, "--json", *at).json
    assert (verdict["isIntact"], verdict["badRevision"], verdict["unchainedRows"]) == (True, None, 0)


def test_a_row_that_was_altered_is_named(run: Run, at: tuple[str, str], workspace_id: str, own_url: str) -> None:
    run("audit", "head", *at)
    do(own_url, "UPDATE journal SET event = 'NEW_TAG' WHERE revision = 2")
    ended = run("audit", "verify", *at)
    assert (ended.status, "row 2 of the journal is wrong" in ended.out) == (1, True)


def test_a_row_that_is_missing_is_named(run: Run, at: tuple[str, str], workspace_id: str, own_url: str) -> None:
    do(own_url, "DELETE FROM journal WHERE revision = 2")
    assert "row 2 of the journal is wrong: it is missing" in run("audit", "verify", *at).out
    ended = run("audit", "head", *at)
    assert (ended.status, "Row 2" in ended.err) == (1, True)


def test_a_digest_that_is_not_in_the_chain_is_told(run: Run, at: tuple[str, str], workspace_id: str) -> None:
    run("audit", "head", *at)
    ended = run("audit", "verify", workspace_id, "--head", "1:" + "0" * 64, *at)
    assert (ended.status, "row 1 of the journal is wrong" in ended.out) == (1, True)
    assert run("audit", "verify", "--head", "0" * 64, *at).status == 1
    for half in ("", "1:"):
        ended = run("audit", "verify", workspace_id, "--head", half, *at)
        assert (ended.status, "head must be" in ended.err) == (1, True), ended
