"""The SQL of accounts and API keys."""

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import api_keys, users
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.users.rules import AccountStatus, ApiKey, ListedKey, User

USER = Entity(
    "USER",
    "User",
    users,
    User,
    derived={"email_key": lambda user: fold(user.email)},
    private=("password_hash",),
    shared=True,
)
API_KEY = Entity("API_KEY", "API key", api_keys, ApiKey, private=("key_hash",), shared=True)


def make_user(*values: object) -> User:
    """A user of a row in the order of `USER.columns`."""
    row = User(*values)  # type: ignore[arg-type]
    row.status = AccountStatus(row.status)
    return row


FIND_USER = Statement(sa.select(*USER.columns).where(users.c.id == bind("user_id")), into=make_user)
FIND_USER_BY_EMAIL = Statement(sa.select(*USER.columns).where(users.c.email_key == bind("email_key")), into=make_user)

_LISTED = [api_keys.c[name] for name in ListedKey.__struct_fields__]
LIST_KEYS = Statement(
    sa.select(*_LISTED).where(api_keys.c.user_id == bind("user_id")).order_by(api_keys.c.id), into=ListedKey
)
LIST_ALL_KEYS = Statement(sa.select(*_LISTED).order_by(api_keys.c.id), into=ListedKey)
TOUCH_KEY = Statement(
    sa.update(api_keys)
    .where(
        api_keys.c.id == bind("key_id"),
        sa.func.coalesce(api_keys.c.last_used_at_us, 0) < bind("at_us", sa.BigInteger()),
    )
    .values(last_used_at_us=bind("at_us", sa.BigInteger()))
)


def find_user(tx: ReadTx, user_id: str) -> User | None:
    return tx.one(FIND_USER, user_id=user_id)


def find_user_by_email(tx: ReadTx, email: str) -> User | None:
    """The account with this address, whatever its case."""
    return tx.one(FIND_USER_BY_EMAIL, email_key=fold(email))


def list_keys(tx: ReadTx, user_id: str | None) -> list[ListedKey]:
    """Keys of one account, or all, oldest first; revoked ones included."""
    return tx.rows(LIST_ALL_KEYS) if user_id is None else tx.rows(LIST_KEYS, user_id=user_id)


def touch_keys(tx: Tx, used_at_us: dict[str, int]) -> None:
    """Notes when keys were last used, never going back; not journaled, it is no fact of the domain."""
    for key_id, at_us in sorted(used_at_us.items()):
        tx.write_derived(TOUCH_KEY, key_id=key_id, at_us=at_us)
