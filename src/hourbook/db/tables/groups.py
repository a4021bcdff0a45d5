"""User groups and who is in them.

The second table is the list of ids on a group. What a group is good for stands with the things that
name it.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Id, Key, stamps, workspace_key

user_groups = sa.Table(
    "user_groups",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.Index(None, "workspace_id", "name_key", "id"),
)

user_group_members = sa.Table(
    "user_group_members",
    METADATA,
    workspace_key(),
    sa.Column("group_id", Id, primary_key=True),
    sa.Column("user_id", Id, primary_key=True),
    sa.Index(None, "workspace_id", "user_id"),
)
