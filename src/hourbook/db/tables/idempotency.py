"""Answers to requests that carried an Idempotency-Key, kept for a day in the transaction of their change.

Derived: nothing is lost with them but that a repeated request is known. What an answer shows once (keys,
codes, tokens) is not in it. A request outside of workspaces has the id that nothing has as its workspace.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, stamps, workspace_key

idempotency_keys = sa.Table(
    "idempotency_keys",
    METADATA,
    workspace_key(),
    # Of who asked, the operation and the key.
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    # Of the path, the query and the body: the same key with another request is refused.
    sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
    # Zero until the transaction that made the row ends, so nobody else ever sees that.
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary),
    # Whether something was left out of it.
    sa.Column("lacks_secrets", Flag, nullable=False),
    *stamps(),
    sa.Index(None, "created_at_us"),
)

# How much of that is kept for somebody, so that nobody fills the database: a row for each hour with a key of theirs.
idempotency_use = sa.Table(
    "idempotency_use",
    METADATA,
    workspace_key(),
    # Of who asks: a person, or a person by an add-on.
    sa.Column("asker", sa.LargeBinary(32), primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True),
    # Of the answers that are kept, with their rows.
    sa.Column("byte_count", sa.BigInteger, nullable=False),
    *stamps(),
    sa.Index(None, "hour"),
)
