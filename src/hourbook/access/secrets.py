"""Secrets that must be read again, encrypted at rest: second factors, client secrets, passwords of other servers.

The keys come from the setting SECRET_KEY, or from a file in the data folder that is made when
the first secret is stored. What is encrypted carries the id of its key, so keys can be changed
one after the other. No key and no secret ever stands in an error or a log line.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hourbook.core.errors import SecretsUnavailable

KEY_FILE = "secret.key"
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
# The first byte of everything encrypted: AES-256-GCM, one key id, one nonce.
FORMAT = b"\x01"
HEADER_BYTES = len(FORMAT) + KEY_ID_BYTES

NO_KEY = (
    "This server has no key for stored secrets. Its operator has to set HOURBOOK_SECRET_KEY, the same on every server."
)
LOST_KEY = "A stored secret was encrypted with a key that this server does not have. Its operator has to bring it back."
BROKEN = "A stored secret cannot be decrypted: it was changed, or belongs to something else."


@dataclass(frozen=True)
class SecretKey:
    """One key; `id` is what encrypted values carry and tells nothing about it."""

    id: bytes
    material: bytes = field(repr=False)


def key_of(text: str) -> SecretKey:
    """The key that a text stands for. The text has to be long and random; it is not stretched."""
    material = hmac.digest(b"hourbook stored secrets", text.encode(), "sha256")
    return SecretKey(hashlib.sha256(b"hourbook key id" + material).digest()[:KEY_ID_BYTES], material)


def new_key_text() -> str:
    """A key as it stands in the setting or the file."""
    return secrets.token_urlsafe(KEY_BYTES)


class Keyring:
    """The keys in force, read when first needed: the first one encrypts, all of them decrypt.

    `given`: what the setting says; `file`: where the keys are kept without one. Only
    where `may_make_file` is a file made, because two servers with a file each could not
    read each other's secrets.
    """

    def __init__(self, given: str = "", *, file: Path | None = None, may_make_file: bool = False) -> None:
        self._given = given
        self._file = file
        self._may_make_file = may_make_file
        self._keys: tuple[SecretKey, ...] = ()

    @property
    def source(self) -> str:
        """Where the keys come from, in words."""
        if self._given:
            return "the setting SECRET_KEY"
        return f"the file {self._file}" if self._file is not None else "nowhere"

    @property
    def file(self) -> Path | None:
        """The key file, when it is the source."""
        return None if self._given else self._file

    def known_keys(self) -> tuple[SecretKey, ...]:
        """All keys there are; none at all is no error here."""
        if not self._keys:
            self._keys = tuple(key_of(text) for text in self._texts())
        return self._keys

    def first(self) -> SecretKey:
        """The key that encrypts, made now where that is allowed; SecretsUnavailable otherwise."""
        if not self.known_keys() and self._may_make_file:
            self.add_key()
        if not self.known_keys():
            raise SecretsUnavailable(NO_KEY)
        return self._keys[0]

    def find(self, key_id: bytes) -> SecretKey:
        """The key with this id; a file is looked into again, because a command may have added one."""
        for attempt in (False, True):
            if attempt:
                self._keys = ()
            for key in self.known_keys():
                if hmac.compare_digest(key.id, key_id):
                    return key
        raise SecretsUnavailable(LOST_KEY)

    def add_key(self) -> None:
        """Puts a new key before the others in the file; from now on it encrypts."""
        if self._file is None:
            raise SecretsUnavailable(NO_KEY)
        before = self._texts()
        _write_file(self._file, [new_key_text(), *before], is_new=not before)
        self._keys = ()

    def keep_first_only(self) -> None:
        """Takes the older keys out of the file."""
        if self._file is not None and len(texts := self._texts()) > 1:
            _write_file(self._file, texts[:1], is_new=False)
            self._keys = ()

    def _texts(self) -> list[str]:
        if self._given:
            return [text for part in self._given.split(",") if (text := part.strip())]
        if self._file is None:
            return []
        try:
            return self._file.read_text("ascii").split()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError):
            raise SecretsUnavailable(f"The key file {KEY_FILE} in the data folder cannot be read.") from None


def _write_file(path: Path, texts: Sequence[str], *, is_new: bool) -> None:
    """Writes the file whole, readable by its owner alone; of two that make it at once, one wins for both."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write("".join(text + "\n" for text in texts))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _name_unless_taken(part, path)
        else:
            part.replace(path)
        _sync_folder(path.parent)
    except OSError:
        raise SecretsUnavailable(f"The key file {KEY_FILE} in the data folder cannot be written.") from None


def _name_unless_taken(part: Path, path: Path) -> None:
    try:
        path.hardlink_to(part)
    except FileExistsError:
        part.unlink()
    except OSError:  # a file system without links
        part.replace(path)
    else:
        part.unlink()


def _sync_folder(folder: Path) -> None:
    """A name is only safe on disk when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class SecretBox:
    """Encrypts and decrypts with the keys of a ring; `purpose` says what a value is for and is checked when read."""

    def __init__(self, ring: Keyring) -> None:
        self.ring = ring

    def encrypt(self, plain: bytes, purpose: str) -> bytes:
        """Format, key id, nonce, ciphertext with its tag; another text every time.

        SecretsUnavailable when there is no key.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self.ring.first()
        header = FORMAT + key.id
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + AESGCM(key.material).encrypt(nonce, plain, header + purpose.encode())

    def decrypt(self, text: bytes, purpose: str) -> bytes:
        """The plain value; SecretsUnavailable when its key is not here, or when it is not what was written."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header, nonce = text[:HEADER_BYTES], text[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
        if len(nonce) != NONCE_BYTES or header[:1] != FORMAT:
            raise SecretsUnavailable(BROKEN)
        key = self.ring.find(header[1:])
        try:
            sealed = text[HEADER_BYTES + NONCE_BYTES :]
            return AESGCM(key.material).decrypt(nonce, sealed, header + purpose.encode())
        except InvalidTag:
            raise SecretsUnavailable(BROKEN) from None

    def is_current(self, text: bytes) -> bool:
        """Whether it was encrypted with the key that encrypts now."""
        return text[1:HEADER_BYTES] == self.ring.first().id
