"""The outbox: mails that wait for the worker, and what became of them.

Not journaled: a queued mail is no fact of the domain, and its `details` hold the link it is
sent for until it is sent. A mail of an account itself (a password reset) belongs to no workspace:
its `workspace_id` is the account's id, so that every row has an owner it can go with.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Id, stamps, workspace_key

mail_outbox = sa.Table(
    "mail_outbox",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    # QUEUED, SENT or FAILED.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    # Counts leases; only the holder of the newest one may say what became of the mail.
    sa.Column("attempts", sa.Integer, nullable=False),
    # Which server's worker has it or had it last; empty once that said what became of it.
    sa.Column("holder", sa.Text, nullable=False),
    # When somebody may take it next. A lease moves it on, so a lease that is over is simply due again.
    sa.Column("next_try_at_us", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    # The file that goes with it; several mails may have the same.
    sa.Column("attachment_id", Id),
    *stamps(),
    partial_index("ix_mail_outbox_due", "next_try_at_us", where="state = 'QUEUED'"),
    partial_index(
        "ix_mail_outbox_attachment",
        "workspace_id",
        "attachment_id",
        where="state = 'QUEUED' AND attachment_id IS NOT NULL",
    ),
    sa.Index(None, "updated_at_us"),
)

# A file is put down portion by portion before a mail is queued with it, and goes with the last mail that waits.
mail_attachments = sa.Table(
    "mail_attachments",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("parts_count", sa.Integer, nullable=False),
    *stamps(),
)

mail_attachment_parts = sa.Table(
    "mail_attachment_parts",
    METADATA,
    workspace_key(),
    sa.Column("attachment_id", Id, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    *stamps(),
    sa.Index(None, "created_at_us"),
)
