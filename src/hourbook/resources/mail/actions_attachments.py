"""The verbs of files that go with mails.

A file is put down portion by portion first; then the transaction that queues the mails says what it is called.
It goes with the last mail that waits with it. What no mail was ever queued with is swept.
"""

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail import rules, store_attachments
from hourbook.resources.mail.rules import Attachment


def add_part(tx: Tx, attachment_id: str, *, number: int, content: bytes) -> bool:
    """Keeps a portion of a file that is to go with mails of the transaction's workspace."""
    store_attachments.put_part(tx, attachment_id, number=number, content=content)
    return True


def attach(tx: Tx, attachment: Attachment) -> None:
    """Says what a file is that lies there; mails that are queued now may name it."""
    store_attachments.insert(tx, attachment)


def find(tx: ReadTx, workspace_id: str, attachment_id: str) -> list[Attachment]:
    """What a file is; nothing when it is gone. For the worker."""
    found = store_attachments.find(tx, workspace_id, attachment_id)
    return [] if found is None else [found]


def part(tx: ReadTx, workspace_id: str, attachment_id: str, *, number: int) -> bytes:
    """A portion, empty when it is gone. For the worker."""
    return store_attachments.find_part(tx, workspace_id, attachment_id, number=number) or b""


def sweep(tx: Tx, limit: int) -> int:
    """Removes about so many files that no mail waits with; returns how many, 0 when none is left."""
    before_us = tx.now_us - rules.LEFT_OVER_SECONDS * rules.MICROSECONDS
    found = store_attachments.list_left_over(tx, before_us, limit)
    for workspace_id, attachment_id in found:
        store_attachments.forget_unless_wanted(tx, workspace_id, attachment_id)
    return len(found)
