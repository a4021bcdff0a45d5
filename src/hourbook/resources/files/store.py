"""The SQL of uploaded files.

Files belong to no workspace, so nothing here names one. What refers to a file is asked of the tables
that may: accounts and workspaces.
"""

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.files import files
from hourbook.db.tables.workspaces import workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.files.rules import StoredFile

# Neither the picture nor the way to it stands in a journal.
FILE = Entity("FILE", "File", files, StoredFile, private=("content", "token", "sha256"), shared=True)
_f = files.c

FIND = Statement(sa.select(*FILE.columns).where(_f.token == bind("token")), into=StoredFile)
FIND_LOCKED = Statement(sa.select(*FILE.columns).where(_f.token == bind("token")).with_for_update(), into=StoredFile)
SUM_OF_USER = Statement(
    sa.select(sa.cast(sa.func.coalesce(sa.func.sum(_f.size_bytes), 0), sa.BigInteger)).where(
        _f.user_id == bind("user_id")
    )
)
FIND_SAME = Statement(
    sa.select(*FILE.columns).where(_f.user_id == bind("user_id"), _f.sha256 == bind("sha256")).order_by(_f.id).limit(1),
    into=StoredFile,
)
HOLD_ACCOUNT = Statement(sa.select(users.c.id).where(users.c.id == bind("user_id")).with_for_update())
PICTURES = Statement(sa.select(users.c.profile_picture).where(users.c.profile_picture != ""))
LOGOS = Statement(sa.select(workspaces.c.image_url).where(workspaces.c.image_url != ""))
LIST_OLD = Statement(
    sa.select(_f.id, _f.token)
    .where(_f.used_at_us < bind("before_us", sa.BigInteger()), _f.id > bind("after_id"))
    .order_by(_f.id)
    .limit(bind("limit", sa.Integer()))
)
TOUCH = Statement(sa.update(files).where(_f.id == bind("file_id")).values(used_at_us=bind("at_us", sa.BigInteger())))
DELETE_OLD = Statement(
    # Whoever began to use one since has moved its moment, and keeps it.
    sa.delete(files).where(AnyOf(_f.id, "ids"), _f.used_at_us < bind("before_us", sa.BigInteger()))
)


def find(tx: ReadTx, token: str, *, locked: bool = False) -> StoredFile | None:
    return tx.one(FIND_LOCKED if locked else FIND, token=token)


def find_same(tx: ReadTx, user_id: str, sha256: bytes) -> StoredFile | None:
    """The same picture, uploaded by the same account before."""
    return tx.one(FIND_SAME, user_id=user_id, sha256=sha256)


def used_bytes(tx: Tx, user_id: str) -> int:
    """What an account has uploaded; two uploads of one account come one after the other from here on."""
    tx.rows(HOLD_ACCOUNT, user_id=user_id)
    return int(tx.rows(SUM_OF_USER, user_id=user_id)[0][0])


def addresses_in_use(tx: ReadTx) -> list[str]:
    """Everything that stands where an address of a file may stand."""
    return [row[0] for statement in (PICTURES, LOGOS) for row in tx.rows(statement)]


def list_old(tx: ReadTx, *, before_us: int, after_id: str, limit: int) -> list[tuple[str, str]]:
    """Id and token of files nobody began to use since, in the order of their ids, from behind one."""
    return tx.rows(LIST_OLD, before_us=before_us, after_id=after_id, limit=limit)


def touch(tx: Tx, file_id: str) -> None:
    """Somebody begins to use it now; not journaled, it is no fact of the domain."""
    tx.write_derived(TOUCH, file_id=file_id, at_us=tx.now_us)


def delete_old(tx: Tx, ids: list[str], *, before_us: int) -> int:
    """How many of them went. Not journaled: nothing referred to them."""
    return tx.write_derived(DELETE_OLD, ids=ids, before_us=before_us) if ids else 0
