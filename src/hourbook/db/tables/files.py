"""Files that people uploaded, in the database itself.

A table outside of workspaces: a picture belongs to an account or is a workspace's logo, and is read by
whoever has its address. `token` is the unguessable part of that address.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Id, stamps

files = sa.Table(
    "files",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    # Who uploaded it; the quota counts these.
    sa.Column("user_id", Id, nullable=False, index=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    # When somebody last began to use it; who swept it away right then would take it from them.
    sa.Column("used_at_us", sa.BigInteger, nullable=False, index=True),
    *stamps(),
)
