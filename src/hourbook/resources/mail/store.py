"""The SQL of the outbox.

The outbox is not journaled (see `db/tables/mail.py`), so its rows are no entity and are written
with statements of their own. Taking mails looks across workspaces: the worker's poll, never a request.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.mail import mail_outbox
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail.rules import MailState, QueuedMail, Settled

_mail = mail_outbox.c
_NAMES = tuple(QueuedMail.__struct_fields__)


def _row(*values: Any) -> QueuedMail:
    row = QueuedMail(*values)
    row.state = MailState(row.state)
    return row


_COLUMNS = [_mail[name] for name in _NAMES]
_KEY = (_mail.workspace_id == bind("workspace_id"), _mail.id == bind("id"))
_IS_QUEUED = _mail.state == sa.literal_column("'QUEUED'")

INSERT = Statement(sa.insert(mail_outbox).values({name: bind(name) for name in (*_NAMES, "holder", "row_revision")}))
FIND_DUE = Statement(
    sa.select(*_COLUMNS)
    .where(_IS_QUEUED, _mail.next_try_at_us <= bind("now_us", sa.BigInteger()))
    .order_by(_mail.next_try_at_us, _mail.id)
    .limit(bind("limit", sa.Integer())),
    into=_row,
)
TAKE_DUE = Statement(
    sa.select(*_COLUMNS)
    .where(_IS_QUEUED, _mail.next_try_at_us <= bind("now_us", sa.BigInteger()))
    .order_by(_mail.next_try_at_us, _mail.id)
    .limit(bind("limit", sa.Integer()))
    .with_for_update(skip_locked=True),
    into=_row,
)
LEASE = Statement(
    sa.update(mail_outbox)
    .where(_IS_QUEUED, _mail.next_try_at_us <= bind("now_us", sa.BigInteger()), AnyOf(_mail.id, "ids"))
    .values(
        attempts=_mail.attempts + 1,
        holder=bind("holder"),
        next_try_at_us=bind("until_us", sa.BigInteger()),
        reason=sa.literal_column("''"),
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_mail.row_revision + 1,
    )
)
SETTLE = Statement(
    sa.update(mail_outbox)
    .where(*_KEY, _IS_QUEUED, _mail.attempts == bind("held_attempts", sa.Integer()))
    .values(
        state=bind("state"),
        holder=sa.literal_column("''"),
        next_try_at_us=bind("next_try_at_us"),
        reason=bind("reason"),
        updated_at_us=bind("updated_at_us"),
        row_revision=_mail.row_revision + 1,
    )
)
RELEASE = Statement(
    sa.update(mail_outbox)
    .where(_IS_QUEUED, _mail.holder == bind("held_by", sa.Text()))
    .values(next_try_at_us=bind("next_try_at_us"), holder=sa.literal_column("''"), row_revision=_mail.row_revision + 1)
)
# What a mail was sent for (a link, mostly) is a secret that nobody needs once the mail is over.
CLEAR = Statement(sa.update(mail_outbox).where(*_KEY).values(details=sa.literal_column("'{}'")))
FIND_ATTACHMENT_ID = Statement(sa.select(_mail.attachment_id).where(*_KEY))
RETRY = Statement(
    sa.update(mail_outbox)
    # Without a reason it was not tried yet, or is being sent at this moment.
    .where(_IS_QUEUED, _mail.reason != sa.literal_column("''"))
    .values(next_try_at_us=bind("next_try_at_us"), row_revision=_mail.row_revision + 1)
)
LIST_RECENT = Statement(
    sa.select(*_COLUMNS).order_by(_mail.updated_at_us.desc(), _mail.id.desc()).limit(bind("limit", sa.Integer())),
    into=_row,
)
FIND_GIVEN_UP = Statement(
    sa.select(*_COLUMNS)
    .where(_mail.state == sa.literal_column("'FAILED'"))
    .order_by(_mail.updated_at_us.desc(), _mail.id.desc())
    .limit(bind("limit", sa.Integer())),
    into=_row,
)
OLDEST_WAITING = Statement(sa.select(sa.func.min(_mail.created_at_us)).where(_IS_QUEUED))
COUNT_BY_STATE = Statement(sa.select(_mail.state, sa.func.count()).group_by(_mail.state).order_by(_mail.state))
_IS_OVER = (_mail.state != sa.literal_column("'QUEUED'"), _mail.updated_at_us < bind("before_us", sa.BigInteger()))
LIST_OVER = Statement(
    sa.select(_mail.updated_at_us).where(*_IS_OVER).order_by(_mail.updated_at_us).limit(bind("limit", sa.Integer()))
)
FORGET = Statement(sa.delete(mail_outbox).where(*_IS_OVER, _mail.updated_at_us <= bind("up_to_us", sa.BigInteger())))


def insert(tx: Tx, mail: QueuedMail) -> None:
    values = {name: getattr(mail, name) for name in _NAMES}
    tx.write_derived(INSERT, row_revision=1, holder="", **values)


def find_due(tx: ReadTx, limit: int) -> list[QueuedMail]:
    return tx.rows(FIND_DUE, now_us=tx.now_us, limit=limit)


def take_due(tx: Tx, limit: int) -> list[QueuedMail]:
    """Mails that are due and that no other worker is taking at this moment, held until the end of the transaction."""
    return tx.rows(TAKE_DUE, now_us=tx.now_us, limit=limit)


def lease(tx: Tx, mails: list[QueuedMail], until_us: int, *, holder: str) -> None:
    tx.write_derived(LEASE, ids=[mail.id for mail in mails], now_us=tx.now_us, until_us=until_us, holder=holder)


def release(tx: Tx, holder: str) -> int:
    return tx.write_derived(RELEASE, held_by=holder, next_try_at_us=tx.now_us)


def settle(tx: Tx, workspace_id: str, mail_id: str, *, attempts: int, settled: Settled) -> bool:
    """False when the lease was not the newest one, or the mail is over already."""
    key = {"workspace_id": workspace_id, "id": mail_id}
    values = {"state": settled.state, "next_try_at_us": settled.next_try_at_us, "reason": settled.reason}
    if not tx.write_derived(SETTLE, held_attempts=attempts, updated_at_us=tx.now_us, **key, **values):
        return False
    if settled.state is not MailState.QUEUED:
        tx.write_derived(CLEAR, **key)
    return True


def attachment_of(tx: ReadTx, workspace_id: str, mail_id: str) -> str | None:
    """The id of the file that goes with a mail."""
    found = tx.one(FIND_ATTACHMENT_ID, workspace_id=workspace_id, id=mail_id)
    return found[0] if found else None


def retry_all(tx: Tx) -> int:
    return tx.write_derived(RETRY, next_try_at_us=tx.now_us)


def list_recent(tx: ReadTx, limit: int) -> list[QueuedMail]:
    return tx.rows(LIST_RECENT, limit=limit)


def count_by_state(tx: ReadTx) -> dict[str, int]:
    return dict(tx.rows(COUNT_BY_STATE))


def find_given_up(tx: ReadTx) -> QueuedMail | None:
    """The last one."""
    return tx.one(FIND_GIVEN_UP, limit=1)


def oldest_waiting_us(tx: ReadTx) -> int | None:
    found: int | None = tx.rows(OLDEST_WAITING)[0][0]
    return found


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes about `limit` mails that were over before an instant, the oldest first; returns how many."""
    found = tx.rows(LIST_OVER, before_us=before_us, limit=limit)
    return tx.write_derived(FORGET, before_us=before_us, up_to_us=found[-1][0]) if found else 0
