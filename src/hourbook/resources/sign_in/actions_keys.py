"""API keys as the acting account manages its own; the verbs themselves are those of accounts.

Nothing is decided here but whose keys: those of who asks.
"""

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.sign_in.rules import ShownKey
from hourbook.resources.users import actions_keys as keys
from hourbook.resources.users.rules import ApiKey, ListedKey


def list_own(tx: ReadTx) -> list[ShownKey]:
    """Keys that work, oldest first."""
    return [_shown(key) for key in keys.list_live_keys(tx, tx.actor.id)]


def create(tx: Tx, name: str, *, expires_at_us: int | None, is_read_only: bool) -> tuple[ShownKey, str]:
    """A new key and its text."""
    key, plain = keys.create_api_key(tx, tx.actor.id, name, expires_at_us=expires_at_us, is_read_only=is_read_only)
    return _one(tx, key), plain


def rename(tx: Tx, key_id: str, name: str) -> ShownKey:
    return _one(tx, keys.rename_api_key(tx, key_id, name))


def rotate(tx: Tx, key_id: str, *, overlap_seconds: int) -> tuple[ShownKey, str]:
    """A key in the place of another, and its text."""
    key, plain = keys.rotate_api_key(tx, key_id, overlap_seconds=overlap_seconds)
    return _one(tx, key), plain


def revoke(tx: Tx, key_id: str) -> None:
    keys.revoke_own_key(tx, key_id)


def _one(tx: ReadTx, key: ApiKey) -> ShownKey:
    return _shown(keys.show_api_key(tx, key))


def _shown(key: ListedKey) -> ShownKey:
    return ShownKey(key.id, key.name, key.created_at_us, key.last_used_at_us, key.expires_at_us, key.is_read_only)
