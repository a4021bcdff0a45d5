"""The verbs of the outbox: queueing a mail with the change that causes it, and what the worker does with it.

A mail is queued in the transaction of its cause, so it goes out if and only if that is committed.
Sending is the worker's; it takes a mail under a lease and says what became of it.
"""

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail import rules, store, store_attachments
from hourbook.resources.mail.rules import Mail, MailState, QueuedMail, Settled


def is_on(tx: ReadTx) -> bool:
    """Whether this server sends mail. Where it does not, whoever would queue one shows the link instead."""
    return tx.facts.deployment.mail_is_on


def queue(tx: Tx, mail: Mail) -> bool:
    """Puts a mail into the outbox; False (and nothing is queued) where this server sends none.

    It stands in the workspace of the transaction, or under the mail's `account_id`. InvalidValue for an
    address nobody can be reached at.
    """
    rules.check_mail(mail)
    owner_id = mail.account_id or tx.workspace_id
    if not owner_id:
        raise LookupError(f"the mail {mail.template} is of no workspace and of no account")
    if not is_on(tx):
        return False
    store.MAILS.insert(
        tx,
        QueuedMail(
            workspace_id=owner_id,
            id=tx.new_id(),
            state=MailState.QUEUED,
            recipient=mail.to,
            template=mail.template,
            details=rules.encode_values(mail.values),
            language=mail.language,
            zone=mail.zone,
            attempts=0,
            next_try_at_us=tx.now_us,
            reason="",
            created_at_us=tx.now_us,
            updated_at_us=tx.now_us,
            attachment_id=mail.attachment_id,
        ),
    )
    return True


def is_due(tx: ReadTx) -> bool:
    """Whether a mail waits to be sent now."""
    return store.MAILS.is_due(tx)


def release(tx: Tx, holder: str) -> int:
    """Ends the leases of a server's earlier worker, which is gone for certain; returns how many."""
    return store.MAILS.release(tx, holder)


def lease_due(tx: Tx, limit: int, *, holder: str = "") -> list[QueuedMail]:
    """Takes mails that are due; until the lease ends nobody else gets them. `attempts` says which lease it is.

    `holder`: the server whose worker takes them.
    """
    return store.MAILS.lease_due(tx, limit, until_us=rules.lease_until_us(tx.now_us), holder=holder)


def settle_sent(tx: Tx, workspace_id: str, mail_id: str, *, attempts: int) -> bool:
    """Notes that a leased mail was sent; False when the lease was not the newest one. Its file may go."""
    return _settle(tx, (workspace_id, mail_id), attempts=attempts, settled=rules.settled_as_sent(tx.now_us))


def settle_refused(tx: Tx, workspace_id: str, mail_id: str, *, attempts: int, reason: str, is_final: bool) -> bool:
    """Notes that a leased mail was not sent: it is tried again later, or given up."""
    settled = rules.settled_as_refused(reason, attempts=attempts, is_final=is_final, now_us=tx.now_us)
    return _settle(tx, (workspace_id, mail_id), attempts=attempts, settled=settled)


def _settle(tx: Tx, key: tuple[str, str], *, attempts: int, settled: Settled) -> bool:
    """The file of a mail goes with the last mail that waits with it."""
    if not store.settle(tx, *key, attempts=attempts, settled=settled):
        return False
    attachment_id = None if settled.state is MailState.QUEUED else store.attachment_of(tx, *key)
    if attachment_id is not None:
        store_attachments.forget_unless_wanted(tx, key[0], attachment_id)
    return True


def retry_now(tx: Tx) -> int:
    """Makes every mail that waits due at once; returns how many. For the operator's command."""
    return store.retry_all(tx)


def list_recent(tx: ReadTx, limit: int) -> list[QueuedMail]:
    """Mails of every workspace, the last changed first. For the operator's commands alone."""
    return store.MAILS.list_recent(tx, limit)


def count_by_state(tx: ReadTx) -> dict[str, int]:
    """How many mails of the server are in each state. For the operator's commands alone."""
    return store.MAILS.count_by_state(tx)


def find_given_up(tx: ReadTx) -> QueuedMail | None:
    """The mail that was given up last, with its reason. For the operator's commands alone."""
    return store.find_given_up(tx)


def oldest_waiting_us(tx: ReadTx) -> int | None:
    """Since when the mail that waits longest does; None when none waits. For the operator's commands alone."""
    return store.oldest_waiting_us(tx)


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes sent and given-up mails that are older; returns how many, 0 when none is left."""
    return store.MAILS.forget_over(tx, before_us, limit)
