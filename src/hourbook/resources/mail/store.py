"""The SQL of the outbox.

The outbox is not journaled (see `db/tables/mail.py`): it is a queue, and what the worker does with any
queue stands in `db/queues.py`.
"""

import sqlalchemy as sa

from hourbook.db.queues import LIMIT, NOW, Queue
from hourbook.db.statement import Statement
from hourbook.db.tables.mail import mail_outbox
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail.rules import MailState, QueuedMail, Settled

_mail = mail_outbox.c
# A mail that is being sent has no reason why it was not.
MAILS = Queue(mail_outbox, QueuedMail, Settled, emptied=("reason",))

# What a mail was sent for (a link, mostly) is a secret that nobody needs once the mail is over.
CLEAR = Statement(sa.update(mail_outbox).where(*MAILS.key).values(details=sa.literal_column("'{}'")))
FIND_ATTACHMENT_ID = Statement(sa.select(_mail.attachment_id).where(*MAILS.key))
RETRY = Statement(
    sa.update(mail_outbox)
    # Without a reason it was not tried yet, or is being sent at this moment.
    .where(MAILS.is_queued, _mail.reason != sa.literal_column("''"))
    .values(next_try_at_us=NOW, row_revision=_mail.row_revision + 1)
)
FIND_GIVEN_UP = Statement(
    sa.select(*MAILS.columns)
    .where(_mail.state == sa.literal_column("'FAILED'"))
    .order_by(_mail.updated_at_us.desc(), _mail.id.desc())
    .limit(LIMIT),
    into=MAILS.read,
)
OLDEST_WAITING = Statement(sa.select(sa.func.min(_mail.created_at_us)).where(MAILS.is_queued))


def settle(tx: Tx, workspace_id: str, mail_id: str, *, attempts: int, settled: Settled) -> bool:
    """False when the lease was not the newest one, or the mail is over already."""
    if not MAILS.settle(tx, workspace_id, mail_id, attempts=attempts, settled=settled):
        return False
    if settled.state is not MailState.QUEUED:
        tx.write_derived(CLEAR, workspace_id=workspace_id, id=mail_id)
    return True


def attachment_of(tx: ReadTx, workspace_id: str, mail_id: str) -> str | None:
    """The id of the file that goes with a mail."""
    found = tx.one(FIND_ATTACHMENT_ID, workspace_id=workspace_id, id=mail_id)
    return found[0] if found else None


def retry_all(tx: Tx) -> int:
    return tx.write_derived(RETRY, now_us=tx.now_us)


def find_given_up(tx: ReadTx) -> QueuedMail | None:
    """The last one."""
    return tx.one(FIND_GIVEN_UP, limit=1)


def oldest_waiting_us(tx: ReadTx) -> int | None:
    found: int | None = tx.rows(OLDEST_WAITING)[0][0]
    return found
