"""Secrets at rest: only the right key and the right purpose read them, and nothing tells a key."""

from pathlib import Path

import pytest

from hourbook.access.secrets import KEY_FILE, Keyring, SecretBox, key_of, new_key_text
from hourbook.core.errors import SecretsUnavailable
from tests.architecture.source import report

OLD, NEW = "an old key of more than thirty-two characters", "a new key of more than thirty-two characters"
PLAIN = b"JBSWY3DPEHPK3PXP"


def box(given: str = OLD, **more: object) -> SecretBox:
    return SecretBox(Keyring(given, **more))  # type: ignore[arg-type]


def file_box(folder: Path) -> SecretBox:
    return box("", file=folder / KEY_FILE, may_make_file=True)


def test_what_is_encrypted_can_be_read_with_the_same_key_and_purpose() -> None:
    sealed = box().encrypt(PLAIN, "second factor")
    assert PLAIN not in sealed
    assert box().decrypt(sealed, "second factor") == PLAIN


def test_the_same_secret_is_another_text_every_time() -> None:
    assert box().encrypt(PLAIN, "second factor") != box().encrypt(PLAIN, "second factor")


@pytest.mark.parametrize("purpose", ["client secret", "", "second factors"])
def test_a_secret_cannot_be_read_for_another_purpose(purpose: str) -> None:
    with pytest.raises(SecretsUnavailable):
        box().decrypt(box().encrypt(PLAIN, "second factor"), purpose)


def test_no_byte_can_be_changed() -> None:
    sealed = box().encrypt(PLAIN, "second factor")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SecretsUnavailable):
            box().decrypt(bytes(changed), "second factor")


@pytest.mark.parametrize("text", [b"", b"\x01", b"\x01" * 16, b"\x02" * 60, b"plain text"])
def test_something_else_is_refused(text: bytes) -> None:
    with pytest.raises(SecretsUnavailable):
        box().decrypt(text, "second factor")


def test_the_first_of_several_keys_encrypts_and_all_decrypt() -> None:
    sealed = box().encrypt(PLAIN, "second factor")
    both = box(f"{NEW}, {OLD}")
    assert both.decrypt(sealed, "second factor") == PLAIN
    assert not both.is_current(sealed)
    assert both.is_current(again := both.encrypt(PLAIN, "second factor"))
    assert box(NEW).decrypt(again, "second factor") == PLAIN


def test_a_lost_key_is_told_without_telling_a_key() -> None:
    with pytest.raises(SecretsUnavailable) as refused:
        box(NEW).decrypt(box().encrypt(PLAIN, "second factor"), "second factor")
    report([secret for secret in (OLD, NEW, PLAIN.decode()) if secret in str(refused.value)])
    assert "does not have" in refused.value.reason
    assert OLD not in repr(box().ring.first())


def test_a_server_of_a_shared_database_needs_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SecretsUnavailable, match="HOURBOOK_SECRET_KEY"):
        box("", file=tmp_path / KEY_FILE).encrypt(PLAIN, "second factor")
    assert not (tmp_path / KEY_FILE).exists()


def test_the_key_file_is_made_when_it_is_first_needed_and_closed_to_others(tmp_path: Path) -> None:
    made = file_box(tmp_path)
    assert made.ring.known_keys() == ()
    assert not (tmp_path / KEY_FILE).exists()
    sealed = made.encrypt(PLAIN, "second factor")
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert file_box(tmp_path).decrypt(sealed, "second factor") == PLAIN


def test_reading_never_makes_a_key(tmp_path: Path) -> None:
    with pytest.raises(SecretsUnavailable):
        file_box(tmp_path).decrypt(box().encrypt(PLAIN, "second factor"), "second factor")
    assert not (tmp_path / KEY_FILE).exists()


def test_a_key_file_somebody_else_made_meanwhile_is_kept(tmp_path: Path) -> None:
    slow = Keyring(file=tmp_path / KEY_FILE, may_make_file=True)
    assert slow.known_keys() == ()
    first = file_box(tmp_path).ring.first()
    assert slow.first() == first


def test_a_running_server_finds_a_key_that_was_added_to_the_file(tmp_path: Path) -> None:
    running = file_box(tmp_path)
    running.encrypt(PLAIN, "second factor")
    command = file_box(tmp_path)
    command.ring.add_key()
    assert running.decrypt(command.encrypt(PLAIN, "second factor"), "second factor") == PLAIN
    assert len(running.ring.known_keys()) == 2


def test_older_keys_can_be_taken_out_of_the_file(tmp_path: Path) -> None:
    kept = file_box(tmp_path)
    old = kept.encrypt(PLAIN, "second factor")
    kept.ring.add_key()
    new = kept.encrypt(PLAIN, "second factor")
    kept.ring.keep_first_only()
    assert kept.decrypt(new, "second factor") == PLAIN
    with pytest.raises(SecretsUnavailable):
        kept.decrypt(old, "second factor")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"caf\xe9"])
def test_a_file_that_is_no_key_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(SecretsUnavailable, match="cannot be read"):
        file_box(tmp_path).encrypt(PLAIN, "second factor")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SecretsUnavailable, match="cannot be written"):
        file_box(tmp_path / "missing").encrypt(PLAIN, "second factor")


def test_new_keys_are_long_and_never_the_same() -> None:
    keys = {new_key_text() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 32 for key in keys)
    assert len({key_of(key).id for key in keys}) > 90
