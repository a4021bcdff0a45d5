"""The verbs of API keys: making, listing, renaming, replacing, ending.

A key acts as its account. Its text is told once, by the verb that makes it; only a digest is kept.
Keys belong to no workspace; their changes are journaled in one that the account is in.
"""

import msgspec

from hourbook.access.actors import Actor, hash_key
from hourbook.access.tokens import new_api_key
from hourbook.core.errors import InvalidValue, NotFound
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.users import actions as accounts
from hourbook.resources.users import rules, store
from hourbook.resources.users.rules import ApiKey, ListedKey


def create_api_key(
    tx: Tx, user_id: str, name: str, *, expires_at_us: int | None = None, is_read_only: bool = False
) -> tuple[ApiKey, str]:
    """A new key and its text, which can never be read again."""
    user = accounts.get_user(tx, user_id)
    rules.check_may_sign_in(user)
    _check_lifetime(tx, expires_at_us)
    _check_number(tx, user.id)
    wanted = ApiKey("", user.id, rules.check_key_name(name), b"", None, expires_at_us, is_read_only)
    return _insert(tx, wanted)


def list_api_keys(tx: ReadTx, user_id: str | None = None) -> list[ListedKey]:
    """Keys of one account or of all, revoked ones included."""
    return store.list_keys(tx, user_id)


def list_live_keys(tx: ReadTx, user_id: str) -> list[ListedKey]:
    """Keys of one account that work: neither revoked nor over, oldest first."""
    return store.list_live_keys(tx, user_id)


def show_api_key(tx: ReadTx, key: ApiKey) -> ListedKey:
    """What one may know of a key."""
    return next(listed for listed in store.list_live_keys(tx, key.user_id) if listed.id == key.id)


def rename_api_key(tx: Tx, key_id: str, name: str) -> ApiKey:
    """Gives an own key another name; NotFound for a key of somebody else, or one that was revoked."""
    before = _own_key(tx, key_id)
    accounts.go_home(tx, before.user_id)
    after = msgspec.structs.replace(before, name=rules.check_key_name(name))
    tx.update(store.API_KEY, before, after, subject=before.user_id)
    return after


def rotate_api_key(tx: Tx, key_id: str, *, overlap_seconds: int) -> tuple[ApiKey, str]:
    """A new key in the place of an own one, with the same name, end and rights.

    The old one ends at once or goes on for the overlap, but never longer than it would have.
    """
    before = _own_key(tx, key_id)
    _check_lifetime(tx, before.expires_at_us)
    ends_at_us = rules.overlap_end_us(before.expires_at_us, tx.now_us, overlap_seconds)
    if ends_at_us is not None:
        # Both work for a while, so it is one more.
        _check_number(tx, before.user_id)
    made = _insert(tx, before)
    if ends_at_us is None:
        after = msgspec.structs.replace(before, revoked_at_us=tx.now_us)
    else:
        after = msgspec.structs.replace(before, expires_at_us=ends_at_us)
    tx.update(store.API_KEY, before, after, subject=before.user_id)
    return made


def revoke_own_key(tx: Tx, key_id: str) -> None:
    """Ends an own key; NotFound for one of somebody else, or one that was revoked."""
    revoke_api_key(tx, _own_key(tx, key_id).id)


def revoke_api_key(tx: Tx, key_id: str) -> ApiKey:
    """Ends a key; doing it twice changes nothing. NotFound when there is no such key."""
    before: ApiKey = tx.get(store.API_KEY, key_id, locked=True)
    if before.revoked_at_us is not None:
        return before
    accounts.go_home(tx, before.user_id)
    after = msgspec.structs.replace(before, revoked_at_us=tx.now_us)
    tx.update(store.API_KEY, before, after, subject=before.user_id)
    return after


def revoke_bound_keys(tx: Tx, user_id: str) -> None:
    """Ends keys of an account that were made by credentials of one workspace's provider."""
    bound = store.list_bound_keys(tx, user_id)
    pairs = [(key, msgspec.structs.replace(key, revoked_at_us=tx.now_us)) for key in bound]
    tx.update_all(store.API_KEY, pairs, subject=user_id)


def touch_keys(tx: Tx, used_at_us: dict[str, int]) -> None:
    """Notes when keys were last used: {key id: microseconds}; called now and then with what gathered."""
    store.touch_keys(tx, used_at_us)


def _insert(tx: Tx, wanted: ApiKey) -> tuple[ApiKey, str]:
    """A key like this one. What was made by a credential of one workspace's provider is bound to it, too."""
    actor: Actor = tx.actor
    plain = new_api_key()
    method = wanted.method if actor.is_bound_to is None else actor.method
    key = msgspec.structs.replace(wanted, id=tx.new_id(), key_hash=hash_key(plain), method=method)
    accounts.go_home(tx, key.user_id)
    tx.insert(store.API_KEY, key, subject=key.user_id)
    return key, plain


def _own_key(tx: Tx, key_id: str) -> ApiKey:
    key: ApiKey | None = tx.find(store.API_KEY, key_id, locked=True)
    if key is None or key.user_id != tx.actor.id or not rules.is_key_alive(key, tx.now_us):
        raise NotFound(store.API_KEY.word, "Account")
    return key


def _check_number(tx: ReadTx, user_id: str) -> None:
    """InvalidValue when the account has as many keys as it may have."""
    if store.count_keys(tx, user_id) >= rules.KEYS_LIMIT:
        raise InvalidValue(f"An account can't have more than {rules.KEYS_LIMIT} API keys")


def _check_lifetime(tx: ReadTx, expires_at_us: int | None) -> None:
    """InvalidValue for an end that is over, or after that of the key that asks: a key that was lent stays lent."""
    actor: Actor = tx.actor
    limit_us = actor.credential_ends_at_us if actor.auth == "api_key" else None
    rules.check_key_end(expires_at_us, now_us=tx.now_us, limit_us=limit_us)
