"""The journal, its counters and its snapshots (design section 6).

Rows are appended by `journal/journal.py` and never changed. A snapshot is derived from the tables
and may be made again.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Id, workspace_key

# A table of its own, so that the counter is never in a reference table (design section 10).
workspace_revisions = sa.Table(
    "workspace_revisions",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

journal = sa.Table(
    "journal",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("actor_id", Id),
    sa.Column("auth", sa.Text, nullable=False),
    sa.Column("subject_user_id", Id),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("entity_id", Id),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("event", sa.Text),
    sa.Column("changed", sa.Text),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("packed_ids", sa.LargeBinary),
    sa.Column("packed_rows", sa.LargeBinary),
    sa.Column("format", sa.SmallInteger, nullable=False),
    sa.Index("ix_journal_entity", "workspace_id", "kind", "entity_id", "revision"),
    # What happened within a time; at its end grows one place for each kind, so it costs a write little.
    sa.Index("ix_journal_time", "workspace_id", "kind", "at_us", "revision"),
)

# A snapshot is all rows of a kind at a revision, in parts of bounded size.
journal_snapshots = sa.Table(
    "journal_snapshots",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rows_count", sa.Integer, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)
