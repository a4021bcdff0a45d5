"""Shared reports: a stored request for a report, and who may open it.

A report is found by its id alone, for its link names no workspace; ids here are drawn, not counted.
The two further tables are the lists of ids on a report: people, and groups, whom it is shared with.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, stamps, workspace_key

shared_reports = sa.Table(
    "shared_reports",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    # Whose eyes it is seen with.
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("is_public", Flag, nullable=False),
    sa.Column("fixed_date", Flag, nullable=False),
    # The request as JSON.
    sa.Column("filter", sa.Text, nullable=False),
    *stamps(),
    sa.Index(None, "workspace_id", "user_id", "id"),
    sa.Index(None, "id"),
    sa.Index(None, "user_id"),
)

shared_report_users = sa.Table(
    "shared_report_users",
    METADATA,
    workspace_key(),
    sa.Column("report_id", Id, primary_key=True),
    sa.Column("user_id", Id, primary_key=True),
    sa.Index(None, "workspace_id", "user_id", "report_id"),
)

shared_report_groups = sa.Table(
    "shared_report_groups",
    METADATA,
    workspace_key(),
    sa.Column("report_id", Id, primary_key=True),
    sa.Column("group_id", Id, primary_key=True),
    sa.Index(None, "workspace_id", "group_id", "report_id"),
)
