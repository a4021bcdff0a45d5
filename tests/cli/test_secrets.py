"""`hourbook secrets`, and what doctor and backup say of stored secrets."""

import re
from pathlib import Path
from typing import Any

import pytest

from hourbook.access.secrets import KEY_FILE, Keyring, SecretBox, new_key_text
from hourbook.cli.runtime import opened, settings_of
from hourbook.db.tx import Tx
from hourbook.resources.single_sign_on.actions_provider import SECRET_PURPOSE
from hourbook.resources.single_sign_on.rules import Provider
from hourbook.resources.single_sign_on.store import PROVIDER, find_provider
from hourbook.settings import load_settings
from tests.cli.conftest import Run
from tests.databases import IS_SQLITE

PLAIN = b"a client secret that nobody may read"
needs_file = pytest.mark.skipif(not IS_SQLITE, reason="the key file is made for SQLite only")


@pytest.fixture
def owner(run: Run, own_url: str) -> Any:
    """A workspace to store a secret in."""
    answer = run("admin", "create-owner", "--email", "owner@example.com", "--database", own_url, "--json")
    return answer.json


def store_secret(url: str, workspace_id: str) -> None:
    """As the server does."""
    with opened(settings_of(database=url)) as database:
        sealed = database.runtime.secrets.encrypt(PLAIN, SECRET_PURPOSE)

        def work(tx: Tx) -> None:
            tx.insert(PROVIDER, Provider(workspace_id, tx.new_id(), "https://i", "c", sealed, "https://a", "[]", False))

        database.write(work, workspace_id)


def read_secret(url: str, workspace_id: str) -> bytes:
    with opened(settings_of(database=url)) as database:
        found: Provider = database.read(find_provider, workspace_id)
        return database.runtime.secrets.decrypt(found.client_secret, SECRET_PURPOSE)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`keys(a, b)` sets the keys in force."""

    def use(*texts: str) -> None:
        monkeypatch.setenv("HOURBOOK_SECRET_KEY", ",".join(texts))

    return use


def test_new_key_prints_a_key_that_the_setting_accepts(run: Run) -> None:
    printed = [run("secrets", "new-key").out.strip() for _ in range(2)]
    assert printed[0] != printed[1]
    assert load_settings({"secret_key": ",".join(printed)}).secret_key == ",".join(printed)


@pytest.mark.parametrize("given", ["short", "x" * 31, "x" * 32 + ",short", "\u00e9" * 40])
def test_a_key_that_is_too_short_is_refused_and_not_shown(run: Run, own_url: str, keys: Any, given: str) -> None:
    keys(given)
    ended = run("secrets", "status", "--database", own_url)
    assert ended.status == 1
    assert "at least 32 characters" in ended.err
    assert given not in ended.out + ended.err


def test_status_says_how_the_secrets_stand(run: Run, own_url: str, owner: Any, keys: Any) -> None:
    keys(first := new_key_text())
    store_secret(own_url, owner["workspaceId"])
    ended = run("secrets", "status", "--database", own_url)
    assert ended.status == 0
    assert "sso_providers.client_secret: 1 stored." in ended.out
    assert first not in ended.out
    keys(new_key_text(), first)
    assert "1 stored, 1 not with the first key." in run("secrets", "status", "--database", own_url).out
    shown = run("secrets", "status", "--database", own_url, "--json").json
    assert shown["source"] == "the setting SECRET_KEY"
    assert len(shown["keyIds"]) == 2


def test_keys_change_one_after_the_other(run: Run, own_url: str, owner: Any, keys: Any) -> None:
    old, new = new_key_text(), new_key_text()
    keys(old)
    store_secret(own_url, owner["workspaceId"])
    keys(new, old)
    ended = run("secrets", "rotate", "--database", own_url)
    assert (ended.status, ended.out) == (0, "1 of 1 stored secrets were encrypted anew.\n")
    keys(new)
    assert read_secret(own_url, owner["workspaceId"]) == PLAIN
    assert run("secrets", "rotate", "--database", own_url).out.startswith("0 of 1")


def test_a_lost_key_is_told_by_status_rotate_and_doctor(run: Run, own_url: str, owner: Any, keys: Any) -> None:
    keys(lost := new_key_text())
    store_secret(own_url, owner["workspaceId"])
    keys(other := new_key_text())
    status, rotate, doctor = (
        run(*words, "--database", own_url) for words in (("secrets", "status"), ("secrets", "rotate"), ("doctor",))
    )
    assert [ended.status for ended in (status, rotate, doctor)] == [1, 1, 1]
    assert "1 cannot be read." in status.out
    assert "they stay as they were" in rotate.err
    assert "PROBLEM  secrets: stored secrets cannot be decrypted: 1 of 1 in sso_providers.client_secret." in doctor.out
    everything = "".join(ended.out + ended.err for ended in (status, rotate, doctor))
    assert not [secret for secret in (lost, other, PLAIN.decode()) if secret in everything]
    keys(lost)
    assert read_secret(own_url, owner["workspaceId"]) == PLAIN
    assert "1 are stored and can be decrypted" in run("doctor", "--database", own_url).out


def test_options_of_the_file_are_refused_where_the_setting_counts(
    run: Run, own_url: str, owner: Any, keys: Any
) -> None:
    keys(new_key_text())
    for option in ("--new-key", "--forget-old"):
        ended = run("secrets", "rotate", option, "--database", own_url)
        assert ended.status == 1
        assert "SECRET_KEY" in ended.err


@needs_file
def test_the_key_file_is_made_with_the_first_secret_and_rotated(run: Run, own_url: str, owner: Any) -> None:
    file = Path(re.sub("^sqlite:///", "", own_url)).parent / KEY_FILE
    assert not file.exists()
    store_secret(own_url, owner["workspaceId"])
    (first,) = file.read_text().split()
    assert run("secrets", "rotate", "--new-key", "--database", own_url).out.startswith("1 of 1")
    assert file.read_text().split()[1:] == [first]
    assert run("secrets", "rotate", "--forget-old", "--database", own_url).status == 0
    (second,) = file.read_text().split()
    assert second != first
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_secret(own_url, owner["workspaceId"]) == PLAIN


@pytest.mark.skipif(IS_SQLITE, reason="for a database that several servers share")
def test_a_shared_database_needs_the_setting(run: Run, own_url: str, owner: Any) -> None:
    with pytest.raises(Exception, match="HOURBOOK_SECRET_KEY"):
        store_secret(own_url, owner["workspaceId"])
    assert run("secrets", "status", "--database", own_url).status == 0


def test_a_backup_holds_the_secret_encrypted_and_not_the_key(
    run: Run, own_url: str, owner: Any, keys: Any, tmp_path: Path
) -> None:
    keys(key := new_key_text())
    store_secret(own_url, owner["workspaceId"])
    ended = run("backup", tmp_path / "a.backup", "--database", own_url)
    assert "Not in it is the key of stored secrets" in ended.out
    content = (tmp_path / "a.backup").read_bytes()
    assert key.encode() not in content
    assert PLAIN not in content
    assert SecretBox(Keyring(key)).ring.first().material not in content
