"""The SQL of files that go with mails.

Like the outbox they are not journaled, and written with statements of their own. Reading a portion is the
worker's; removing what was left over looks across workspaces.
"""

import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables.mail import mail_attachment_parts, mail_attachments, mail_outbox
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail.rules import Attachment

_a, _p, _mail = mail_attachments.c, mail_attachment_parts.c, mail_outbox.c
_KEY = (_a.workspace_id == bind("workspace_id"), _a.id == bind("id"))
_PARTS = (_p.workspace_id == bind("workspace_id"), _p.attachment_id == bind("id"))
_NUMBER = _p.number == bind("number", sa.Integer())
_STAMPS = {name: bind("now_us", sa.BigInteger()) for name in ("created_at_us", "updated_at_us")} | {
    "row_revision": bind("row_revision", sa.Integer())
}


def _is_wanted(workspace_id: sa.Column[str], attachment_id: sa.Column[str]) -> sa.Exists:
    """A mail still waits to be sent with it."""
    return sa.exists().where(
        _mail.workspace_id == workspace_id,
        _mail.attachment_id == attachment_id,
        _mail.attachment_id.is_not(None),
        _mail.state == sa.literal_column("'QUEUED'"),
    )


FIND = Statement(
    sa.select(_a.id, _a.file_name, _a.content_type, _a.parts_count).where(*_KEY),
    into=Attachment,
)
LOCK = Statement(sa.select(_a.id).where(*_KEY).with_for_update())
FIND_PART = Statement(sa.select(_p.content).where(*_PARTS, _NUMBER))
INSERT = Statement(
    sa.insert(mail_attachments).values(
        {name: bind(name) for name in ("workspace_id", "id", "file_name", "content_type")}
        | {"parts_count": bind("parts_count", sa.Integer())}
        | _STAMPS
    )
)
INSERT_PART = Statement(
    sa.insert(mail_attachment_parts).values(
        {name: bind(name) for name in ("workspace_id", "attachment_id", "content")}
        | {"number": bind("number", sa.Integer())}
        | _STAMPS
    )
)
DELETE_SAME_PART = Statement(sa.delete(mail_attachment_parts).where(*_PARTS, _NUMBER))
FORGET = Statement(
    sa.delete(mail_attachments).where(*_KEY, sa.not_(_is_wanted(_a.workspace_id, _a.id))),
)
FORGET_PARTS = Statement(
    sa.delete(mail_attachment_parts).where(*_PARTS, sa.not_(_is_wanted(_p.workspace_id, _p.attachment_id))),
)
LIST_LEFT_OVER = Statement(
    sa.select(_p.workspace_id, _p.attachment_id)
    .distinct()
    .where(
        _p.created_at_us < bind("before_us", sa.BigInteger()),
        sa.not_(_is_wanted(_p.workspace_id, _p.attachment_id)),
    )
    .order_by(_p.workspace_id, _p.attachment_id)
    .limit(bind("limit", sa.Integer()))
)


def find(tx: ReadTx, workspace_id: str, attachment_id: str) -> Attachment | None:
    found: Attachment | None = tx.one(FIND, workspace_id=workspace_id, id=attachment_id)
    return found


def find_part(tx: ReadTx, workspace_id: str, attachment_id: str, *, number: int) -> bytes | None:
    found = tx.one(FIND_PART, workspace_id=workspace_id, id=attachment_id, number=number)
    return bytes(found[0]) if found else None


def insert(tx: Tx, attachment: Attachment) -> None:
    tx.write_derived(
        INSERT,
        id=attachment.id,
        file_name=attachment.file_name,
        content_type=attachment.content_type,
        parts_count=attachment.parts_count,
        now_us=tx.now_us,
        row_revision=1,
    )


def put_part(tx: Tx, attachment_id: str, *, number: int, content: bytes) -> None:
    """Once more is no more: the worker may not have heard the first time."""
    tx.write_derived(DELETE_SAME_PART, id=attachment_id, number=number)
    tx.write_derived(
        INSERT_PART, attachment_id=attachment_id, number=number, content=content, now_us=tx.now_us, row_revision=1
    )


def forget_unless_wanted(tx: Tx, workspace_id: str, attachment_id: str) -> None:
    """The file and its portions, unless a mail still waits to be sent with it.

    One at a time for a file: two mails that are over in the same moment would each still see the other wait.
    """
    tx.one(LOCK, workspace_id=workspace_id, id=attachment_id)
    tx.write_derived(FORGET_PARTS, workspace_id=workspace_id, id=attachment_id)
    tx.write_derived(FORGET, workspace_id=workspace_id, id=attachment_id)


def list_left_over(tx: ReadTx, before_us: int, limit: int) -> list[tuple[str, str]]:
    """Workspace and id of files no mail waits with, whose portions are older."""
    return [(workspace_id, id_) for workspace_id, id_ in tx.rows(LIST_LEFT_OVER, before_us=before_us, limit=limit)]
