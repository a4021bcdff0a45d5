"""`hourbook explain`: the deciding row and setting, for whoever runs the server."""

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def made(run: Run, own_url: str) -> dict[str, str]:
    """A workspace with an owner and a member."""
    words = ("--database", own_url, "--json")
    owner = run("admin", "create-owner", "--email", "olivia@example.com", "--name", "Olivia", *words).json
    member = run("admin", "create-user", "--email", "max@example.com", "--name", "Max", *words).json
    return {"owner": owner["userId"], "member": member["userId"], "workspace": owner["workspaceId"]}


def test_it_says_row_role_and_verdict(run: Run, own_url: str, made: dict[str, str]) -> None:
    ended = run("explain", "max@example.com", "group.manage", "--database", own_url)
    assert ended.status == 0, ended
    assert "Max may not group.manage.\n" in ended.out
    assert "The row group.manage says: owner and admins.\n" in ended.out
    assert "may group.manage." in run("explain", made["owner"], "group.manage", "--database", own_url).out


def test_it_says_whether_a_thing_is_reached(run: Run, own_url: str, made: dict[str, str]) -> None:
    found = run("explain", "max@example.com", "time_entry.track", made["owner"], "--database", own_url, "--json").json
    assert found["isAllowed"] is False
    assert found["thing"] == {"id": made["owner"], "kind": "MEMBER", "isInside": False}
    own = run("explain", "max@example.com", "time_entry.track", made["member"], "--database", own_url, "--json").json
    assert own["isAllowed"] is True


def test_what_is_not_there_is_named(run: Run, own_url: str, made: dict[str, str]) -> None:
    def refusal(*words: str) -> str:
        ended = run("explain", *words, "--database", own_url)
        assert ended.status == 1, ended
        return ended.err

    assert "There is no account with the address or id nobody@example.com" in refusal("nobody@example.com", "tag.list")
    assert "Near it: tag.update" in refusal("max@example.com", "tag.updat")
    assert "There is no thing with the id " + "f" * 24 in refusal("max@example.com", "tag.list", "f" * 24)
    assert "in no workspace that is called so" in refusal("max@example.com", "tag.list", "--workspace", "Other")


def test_with_several_workspaces_one_has_to_be_named(run: Run, own_url: str, made: dict[str, str]) -> None:
    words = ("--database", own_url)
    assert run("admin", "create-owner", "--email", "second@example.com", "--workspace", "Second", *words).status == 0
    brought = ("admin", "create-user", "--email", "max@example.com", "--workspace", "Second")
    if run(*brought, *words).status:
        pytest.skip("an account is brought into another workspace by invitation alone")
    ended = run("explain", "max@example.com", "tag.list", *words)
    assert "in 2 workspaces; name one with --workspace" in ended.err
    assert run("explain", "max@example.com", "tag.list", "--workspace", "Second", *words).status == 0
