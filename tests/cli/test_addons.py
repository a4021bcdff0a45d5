"""`hourbook addons`: showing, listing and rotating the keys that tokens are signed with."""

import pytest

from hourbook.access import addon_keys
from hourbook.cli.runtime import opened, settings_of
from tests.cli.conftest import Run
from tests.harness import SECRET_KEY


@pytest.fixture(autouse=True)
def _a_key_for_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server keeps the data, its operator sets it."""
    monkeypatch.setenv("HOURBOOK_SECRET_KEY", SECRET_KEY)


def test_the_key_is_made_once_and_printed(run: Run, own_url: str) -> None:
    assert run("admin", "create-owner", "--email", "owner@example.com", "--database", own_url).status == 0
    assert "no key yet" in run("addons", "keys", "--database", own_url).out
    first = run("addons", "key", "--database", own_url)
    assert (first.status, first.out.splitlines()[0]) == (0, "-----BEGIN PUBLIC KEY-----")
    assert run("addons", "key", "--database", own_url).out == first.out
    assert run("addons", "keys", "--database", own_url, "--json").json[0]["signs"]


def test_rotating_keeps_the_old_key_unless_it_is_revoked(run: Run, own_url: str) -> None:
    assert run("admin", "create-owner", "--email", "owner@example.com", "--database", own_url).status == 0
    old = run("addons", "key", "--database", own_url).out
    assert "signs now" in run("addons", "rotate-key", "--database", own_url).out
    assert run("addons", "key", "--database", own_url).out != old
    listed = run("addons", "keys", "--database", own_url).out.splitlines()
    assert ["signs" in line for line in listed] == [True, False]
    with opened(settings_of(database=own_url)) as database:
        found = database.read(addon_keys.list_keys)
    assert [one.number for one in found] == [2, 1]
    assert (found[1].public_pem, found[1].private_pem) == (old, None)
    assert "revoked" in run("addons", "rotate-key", "--revoke-old", "--database", own_url).out
    assert len(run("addons", "keys", "--database", own_url, "--json").json) == 1


def test_the_private_half_is_one_of_the_stored_secrets(run: Run, own_url: str) -> None:
    assert run("admin", "create-owner", "--email", "owner@example.com", "--database", own_url).status == 0
    assert run("addons", "key", "--database", own_url).status == 0
    columns = run("secrets", "status", "--database", own_url, "--json").json["columns"]
    assert [(one["count"], one["unreadable"]) for one in columns if one["name"] == "addon_keys.private_pem"] == [(1, 0)]
