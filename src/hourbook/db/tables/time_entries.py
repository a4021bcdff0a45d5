"""Time entries and their tags.

`start_s` and `end_s` are whole seconds UTC; a running entry has no end. The rates on the row
are the resolved ones (design section 9). The tag table repeats owner and start so that a
filter by tag walks one index.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps, workspace_key

time_entries = sa.Table(
    "time_entries",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("description_key", Key, nullable=False),
    sa.Column("project_id", Id),
    sa.Column("task_id", Id),
    sa.Column("billable", Flag, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("start_s", sa.BigInteger, nullable=False),
    sa.Column("end_s", sa.BigInteger),
    sa.Column("hourly_rate_minor", sa.BigInteger, nullable=False),
    sa.Column("cost_rate_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("is_invoiced", Flag, nullable=False),
    sa.Column("custom_attributes", sa.Text),
    # JSON: by id of a field, value and where it came from; NULL when there are none.
    sa.Column("custom_fields", sa.Text),
    *stamps(),
    sa.Index(None, "workspace_id", "user_id", "start_s", "id"),
    partial_index(
        "ix_time_entries_project",
        "workspace_id",
        "project_id",
        "user_id",
        "start_s",
        "id",
        where="project_id IS NOT NULL",
    ),
    partial_index(
        "ix_time_entries_task", "workspace_id", "task_id", "user_id", "start_s", "id", where="task_id IS NOT NULL"
    ),
    partial_index("ix_time_entries_running", "workspace_id", "start_s", "id", where="end_s IS NULL"),
    # One running timer a person and workspace, whatever races (issue: held by the database).
    partial_index("uq_time_entries_running", "workspace_id", "user_id", where="end_s IS NULL", unique=True),
)

time_entry_tags = sa.Table(
    "time_entry_tags",
    METADATA,
    workspace_key(),
    sa.Column("entry_id", Id, primary_key=True),
    sa.Column("tag_id", Id, primary_key=True),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("start_s", sa.BigInteger, nullable=False),
    sa.Index("ix_time_entry_tags_tag", "workspace_id", "tag_id", "user_id", "start_s", "entry_id"),
)
