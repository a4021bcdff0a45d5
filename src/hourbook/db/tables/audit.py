"""The chain of digests over the journal, by which it is noticed when somebody alters it (docs/audit-log.md).

Beside the journal, because its rows are never written again. A link covers some rows of the journal and holds a
digest for each of them; the head is the newest digest. Nothing here is needed to answer anything else.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Id, stamps, workspace_key

# `erasures` counts how often persons were taken out, so that a link made from what was read before is not stored.
audit_heads = sa.Table(
    "audit_heads",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("erasures", sa.BigInteger, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
)

audit_links = sa.Table(
    "audit_links",
    METADATA,
    workspace_key(),
    sa.Column("last_revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_revision", sa.BigInteger, nullable=False),
    # 32 bytes a row of the journal.
    sa.Column("digests", sa.LargeBinary, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
)

# Of rows that name persons: which of their fields went into the chain as salted digests. `salts` is JSON, by the
# place of a value: the salt it was hashed with, or, once the person was erased, the digest that is left.
audit_commitments = sa.Table(
    "audit_commitments",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("salts", sa.Text, nullable=False),
)

# That somebody was erased, and what that left of which rows: JSON, a digest by the number of each row. The journal's
# own row of it is what a check believes; this is the thing that the row is about.
audit_erasures = sa.Table(
    "audit_erasures",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("covered", sa.Text, nullable=False),
    *stamps(),
)
