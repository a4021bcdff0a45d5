"""Workspaces, their members, roles, currencies.

`settings` is JSON as `resources/workspaces/rules.py` defines it. With the accounts, these tables hold
all that a permission asks for.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps, workspace_key

workspaces = sa.Table(
    "workspaces",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("image_url", sa.Text, nullable=False),
    sa.Column("hourly_rate_minor", sa.BigInteger, nullable=False),
    sa.Column("cost_rate_minor", sa.BigInteger),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    # When everything of it is deleted for good, once its owner wished so.
    sa.Column("deletes_at_us", sa.BigInteger),
    *stamps(),
)

currencies = sa.Table(
    "currencies",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("is_default", Flag, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "code"),
)

workspace_members = sa.Table(
    "workspace_members",
    METADATA,
    workspace_key(),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("hourly_rate_minor", sa.BigInteger),
    sa.Column("cost_rate_minor", sa.BigInteger),
    # Repeat the account's folded e-mail and name, so that one index answers the member list.
    sa.Column("email_key", Key, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    # Repeats the account's status, by which lists are narrowed.
    sa.Column("account_status", sa.Text, nullable=False, server_default="ACTIVE"),
    # The profile in this workspace; NULL where the account or the workspace decides. Days are JSON.
    sa.Column("week_start", sa.Text),
    sa.Column("work_capacity_seconds", sa.Integer),
    sa.Column("working_days", sa.Text),
    # For sorting: the rates with -1 for none, and the rank of the strongest role (0 the owner, 3 none).
    sa.Column("hourly_rate_key", sa.BigInteger, nullable=False, server_default="-1"),
    sa.Column("cost_rate_key", sa.BigInteger, nullable=False, server_default="-1"),
    sa.Column("access_rank", sa.SmallInteger, nullable=False, server_default="3"),
    *stamps(),
    sa.Index(None, "user_id", "workspace_id"),
    sa.Index(None, "workspace_id", "email_key", "user_id"),
    sa.Index(None, "workspace_id", "name_key", "user_id"),
    sa.Index(None, "workspace_id", "hourly_rate_key", "user_id"),
    sa.Index(None, "workspace_id", "cost_rate_key", "user_id"),
    sa.Index(None, "workspace_id", "access_rank", "user_id"),
)

# One row a grant. `entity_id`: the workspace, project, or person the role holds for (roles.md).
role_grants = sa.Table(
    "role_grants",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("entity_id", Id, nullable=False),
    # USER_GROUP when `entity_id` is a group whose people are managed; else empty.
    sa.Column("source_type", sa.Text, nullable=False, server_default=""),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "user_id", "role", "entity_id"),
    sa.Index(None, "workspace_id", "entity_id"),
    sa.Index(None, "workspace_id", "role", "user_id"),
)
