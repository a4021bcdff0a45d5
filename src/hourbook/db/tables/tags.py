"""Tags.

Which entries carry a tag stands with the entries. Names are unique in a workspace, archived ones
included.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps, workspace_key

tags = sa.Table(
    "tags",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    sa.Column("archived", Flag, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.Index(None, "workspace_id", "name_key", "id"),
)
