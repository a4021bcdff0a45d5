"""Tasks of projects, their assignees, and their derived totals.

Rates are minor units; NULL means that the project's decide. Totals are changed by delta with the
entries and can be rebuilt.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps, workspace_key

tasks = sa.Table(
    "tasks",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("project_id", Id, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("estimate_seconds", sa.BigInteger, nullable=False),
    sa.Column("budget_estimate_minor", sa.BigInteger, nullable=False),
    sa.Column("billable", Flag, nullable=False),
    sa.Column("hourly_rate_minor", sa.BigInteger),
    sa.Column("cost_rate_minor", sa.BigInteger),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "project_id", "name"),
    sa.Index(None, "workspace_id", "project_id", "name_key", "id"),
)

task_assignees = sa.Table(
    "task_assignees",
    METADATA,
    workspace_key(),
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("user_id", Id, primary_key=True),
)

task_groups = sa.Table(
    "task_groups",
    METADATA,
    workspace_key(),
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("group_id", Id, primary_key=True),
)

task_totals = sa.Table(
    "task_totals",
    METADATA,
    workspace_key(),
    sa.Column("task_id", Id, primary_key=True),
    sa.Column("duration_seconds", sa.BigInteger, nullable=False),
    sa.Column("billable_seconds", sa.BigInteger, nullable=False),
    sa.Column("entries_count", sa.BigInteger, nullable=False),
)
