"""Projects, who is on them, and their derived totals.

Rates are minor units; NULL means that the next place in the order of rates decides. Totals are
changed by delta with the entries and can be rebuilt.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps, workspace_key

projects = sa.Table(
    "projects",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    # Twelve zero bytes stand for "no client", so that the unique key below holds there too.
    sa.Column("client_id", Id, nullable=False),
    sa.Column("color", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("billable", Flag, nullable=False),
    sa.Column("is_public", Flag, nullable=False),
    sa.Column("is_template", Flag, nullable=False),
    sa.Column("archived", Flag, nullable=False),
    sa.Column("hourly_rate_minor", sa.BigInteger),
    sa.Column("cost_rate_minor", sa.BigInteger),
    # JSON texts as the rules of projects define them.
    sa.Column("estimate", sa.Text, nullable=False),
    sa.Column("time_estimate", sa.Text, nullable=False),
    sa.Column("budget_estimate", sa.Text),
    sa.Column("estimate_reset", sa.Text),
    # Taken out of the texts for sorting; a negative time estimate stands for "the sum of the tasks'".
    sa.Column("estimate_seconds", sa.BigInteger, nullable=False),
    sa.Column("budget_minor", sa.BigInteger, nullable=False),
    # Repeats the client's folded name ("" without one), so that one index answers the list by client.
    sa.Column("client_name_key", Key, nullable=False, server_default=""),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "client_id", "name"),
    sa.Index(None, "workspace_id", "name_key", "id"),
    sa.Index(None, "workspace_id", "client_name_key", "name_key", "id"),
    sa.Index(None, "workspace_id", "budget_minor", "id"),
    # Of many projects a few are templates.
    partial_index("ix_projects_templates", "workspace_id", "id", where="is_template = 1"),
)

project_members = sa.Table(
    "project_members",
    METADATA,
    workspace_key(),
    sa.Column("project_id", Id, primary_key=True),
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("hourly_rate_minor", sa.BigInteger),
    sa.Column("cost_rate_minor", sa.BigInteger),
    # Whether nobody named the person: they are on the project because a group of theirs is.
    sa.Column("by_group", Flag, nullable=False, server_default="0"),
    *stamps(),
    sa.Index(None, "workspace_id", "user_id", "project_id"),
    sa.Index(None, "workspace_id", "status", "project_id"),
)

project_groups = sa.Table(
    "project_groups",
    METADATA,
    workspace_key(),
    sa.Column("project_id", Id, primary_key=True),
    sa.Column("group_id", Id, primary_key=True),
    sa.Index(None, "workspace_id", "group_id", "project_id"),
)

# Derived: finished time entries of the project.
project_totals = sa.Table(
    "project_totals",
    METADATA,
    workspace_key(),
    sa.Column("project_id", Id, primary_key=True),
    sa.Column("duration_seconds", sa.BigInteger, nullable=False),
    sa.Column("billable_seconds", sa.BigInteger, nullable=False),
    sa.Column("entries_count", sa.BigInteger, nullable=False),
    # What progress is measured against (0: nothing), and the share of it that is done.
    sa.Column("estimate_seconds", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("progress", sa.Float, nullable=False, server_default="0"),
    sa.Index(None, "workspace_id", "duration_seconds", "project_id"),
    sa.Index(None, "workspace_id", "progress", "project_id"),
)
