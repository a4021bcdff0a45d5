"""Invitations: the links by which people come into a workspace.

A link holds a token; here stands its digest. The person invited is a pending member from the start, so
roles, groups and projects are given then and count once the invitation is accepted.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Id, stamps, workspace_key

invitations = sa.Table(
    "invitations",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("inviter_id", Id),
    # PENDING, ACCEPTED, DECLINED, REVOKED, or REPLACED by a newer one.
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("expires_at_us", sa.BigInteger, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "token_hash"),
    sa.Index(None, "workspace_id", "user_id"),
    sa.Index(None, "user_id"),
)
