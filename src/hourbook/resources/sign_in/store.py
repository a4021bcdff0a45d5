"""The SQL of sessions, password links, second factors and counted failures.

None of these tables belongs to a workspace. Counted failures and the use of sessions are no facts of
the domain and are not journaled; neither is anything removed because it is long over.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import password_resets, second_factors, sessions, sign_in_failures
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.sign_in.rules import ListedSession, PasswordReset, Session
from hourbook.resources.sign_in.rules_attempts import Count
from hourbook.resources.sign_in.rules_second_factor import SecondFactor

_PLACE_AND_USE = ("expires_at_us", "last_seen_at_us", "client_address", "user_agent")
SESSION = Entity("SESSION", "Session", sessions, Session, private=("token_hash", *_PLACE_AND_USE), shared=True)
PASSWORD_RESET = Entity(
    "PASSWORD_RESET", "Password reset", password_resets, PasswordReset, private=("token_hash",), shared=True
)
SECOND_FACTOR = Entity(
    "SECOND_FACTOR",
    "Second factor",
    second_factors,
    SecondFactor,
    key=("user_id",),
    private=("secret", "last_step", "recovery_digests"),
    shared=True,
)

# --- sessions ----------------------------------------------------------------------------------

_s = sessions.c
_OPEN = (
    _s.user_id == bind("user_id"),
    _s.revoked_at_us.is_(None),
    _s.expires_at_us > bind("now_us", sa.BigInteger()),
)
LIST_OPEN = Statement(sa.select(*SESSION.columns).where(*_OPEN).order_by(_s.id), into=Session)
LIST_SHOWN = Statement(
    sa.select(*(_s[name] for name in ListedSession.__struct_fields__)).where(*_OPEN).order_by(_s.id),
    into=ListedSession,
)
FIND_BY_TOKEN = Statement(
    sa.select(*SESSION.columns).where(_s.token_hash == bind("token_hash"), _s.revoked_at_us.is_(None)), into=Session
)
FIND_PLACE = Statement(
    sa.select(_s.id)
    .where(
        _s.user_id == bind("user_id"),
        _s.client_address == bind("address"),
        _s.created_at_us > bind("since_us", sa.BigInteger()),
    )
    .limit(1)
)
FIND_ANY = Statement(sa.select(_s.id).where(_s.user_id == bind("user_id")).limit(1))
_seen_us, _idle_us, _longest_us = (bind(name, sa.BigInteger()) for name in ("seen_us", "idle_us", "longest_us"))
TOUCH = Statement(
    sa.update(sessions)
    .where(
        _s.id == bind("session_id"),
        _s.last_seen_at_us < _seen_us,
        _s.expires_at_us > _seen_us,
        _s.revoked_at_us.is_(None),
    )
    .values(
        last_seen_at_us=_seen_us,
        expires_at_us=sa.case(
            (_s.created_at_us + _longest_us < _seen_us + _idle_us, _s.created_at_us + _longest_us),
            else_=_seen_us + _idle_us,
        ),
    )
)


def list_open_sessions(tx: ReadTx, user_id: str) -> list[Session]:
    """Sessions of an account that go on, oldest first."""
    return tx.rows(LIST_OPEN, user_id=user_id, now_us=tx.now_us)


def list_sessions(tx: ReadTx, user_id: str) -> list[ListedSession]:
    """The same, as they are shown."""
    return tx.rows(LIST_SHOWN, user_id=user_id, now_us=tx.now_us)


def find_session(tx: ReadTx, token_hash: bytes) -> Session | None:
    return tx.one(FIND_BY_TOKEN, token_hash=token_hash)


def is_known_place(tx: ReadTx, user_id: str, address: str, *, since_us: int) -> bool:
    """Whether somebody signed in from this address since."""
    return tx.one(FIND_PLACE, user_id=user_id, address=address, since_us=since_us) is not None


def has_signed_in_before(tx: ReadTx, user_id: str) -> bool:
    """Whether the account ever had a session that is still remembered."""
    return tx.one(FIND_ANY, user_id=user_id) is not None


def touch_sessions(tx: Tx, used_at_us: dict[str, int], *, idle_us: int, longest_us: int) -> None:
    """Notes when sessions were last used and moves their ends, never back."""
    for session_id, at_us in sorted(used_at_us.items()):
        tx.write_derived(TOUCH, session_id=session_id, seen_us=at_us, idle_us=idle_us, longest_us=longest_us)


# --- password links ----------------------------------------------------------------------------

_r = password_resets.c
FIND_RESET = Statement(
    sa.select(*PASSWORD_RESET.columns).where(_r.token_hash == bind("token_hash")).with_for_update(), into=PasswordReset
)
READ_RESET = Statement(
    sa.select(*PASSWORD_RESET.columns).where(_r.token_hash == bind("token_hash")), into=PasswordReset
)
LIST_RESETS = Statement(
    sa.select(*PASSWORD_RESET.columns).where(_r.user_id == bind("user_id"), _r.used_at_us.is_(None)).order_by(_r.id),
    into=PasswordReset,
)


def find_reset(tx: ReadTx, token_hash: bytes, *, locked: bool = False) -> PasswordReset | None:
    return tx.one(FIND_RESET if locked else READ_RESET, token_hash=token_hash)


def list_unused_resets(tx: ReadTx, user_id: str) -> list[PasswordReset]:
    return tx.rows(LIST_RESETS, user_id=user_id)


# --- failures ----------------------------------------------------------------------------------

_f = sign_in_failures.c
_SAME = _f.digest == bind("digest")
_COUNT = [_f[name] for name in ("failed_count", "last_failed_at_us", "blocked_until_us")]
# A sign-in is counted under three digests at most; fewer are asked for by naming one of them again.
DIGESTS = ("digest_0", "digest_1", "digest_2")
_read_counts = sa.select(_f.digest, *_COUNT).where(sa.or_(*(_f.digest == bind(name) for name in DIGESTS)))
READ_COUNTS = Statement(_read_counts)
HOLD_COUNTS = Statement(_read_counts.order_by(_f.digest).with_for_update())
_VALUES = {column.name: bind(column.name, column.type) for column in _COUNT}
ADD_COUNT = Statement(sa.insert(sign_in_failures).values(digest=bind("digest"), **_VALUES))
CHANGE_COUNT = Statement(sa.update(sign_in_failures).where(_SAME).values(**_VALUES))
FORGET_COUNT = Statement(sa.delete(sign_in_failures).where(_SAME))


def find_counts(tx: ReadTx, digests: Sequence[bytes], *, locked: bool = False) -> dict[bytes, Count]:
    """Counts by digest, as many as there are; held in one order, so that nobody waits for each other."""
    asked: dict[str, Any] = {name: digests[min(number, len(digests) - 1)] for number, name in enumerate(DIGESTS)}
    rows = tx.rows(HOLD_COUNTS if locked else READ_COUNTS, **asked)
    return {bytes(digest): Count(*values) for digest, *values in rows}


def write_count(tx: Tx, digest: bytes, count: Count, *, is_new: bool) -> None:
    values = {name: getattr(count, name) for name in Count.__struct_fields__}
    tx.write_derived(ADD_COUNT if is_new else CHANGE_COUNT, digest=digest, **values)


def forget_counts(tx: Tx, digests: Sequence[bytes]) -> None:
    for digest in sorted(digests):
        tx.write_derived(FORGET_COUNT, digest=digest)


# --- what is long over -------------------------------------------------------------------------


def _forget(table: sa.Table, over_at: sa.Column[int], key: sa.Column[bytes]) -> Statement:
    """Removes at most `limit` rows that were over before an instant."""
    over = sa.select(key).where(over_at < bind("before_us", sa.BigInteger())).limit(bind("limit", sa.Integer()))
    return Statement(sa.delete(table).where(key.in_(over)))


FORGET_SESSIONS = _forget(sessions, _s.expires_at_us, _s.id)
FORGET_RESETS = _forget(password_resets, _r.expires_at_us, _r.id)
FORGET_FAILURES = _forget(sign_in_failures, _f.last_failed_at_us, _f.digest)


def forget_over(tx: Tx, statement: Statement, *, before_us: int, limit: int) -> int:
    return tx.write_derived(statement, before_us=before_us, limit=limit)
