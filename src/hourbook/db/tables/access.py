"""Accounts and credentials: the few tables that belong to no workspace (design section 1).

Passwords and keys stand here as digests only. A change of these rows is journaled in the workspace
it was made from.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps

users = sa.Table(
    "users",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("email_key", Key, nullable=False, unique=True),
    sa.Column("name", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("profile_picture", sa.Text, nullable=False),
    sa.Column("settings", sa.Text),
    sa.Column("active_workspace_id", Id),
    sa.Column("default_workspace_id", Id),
    *stamps(),
)

api_keys = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("last_used_at_us", sa.BigInteger),
    sa.Column("revoked_at_us", sa.BigInteger),
    sa.Column("expires_at_us", sa.BigInteger),
    sa.Column("is_read_only", Flag, nullable=False, server_default="0"),
    *stamps(),
)

# A sign-in in a browser. The token stands in its cookie; here is its digest.
sessions = sa.Table(
    "sessions",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("expires_at_us", sa.BigInteger, nullable=False),
    sa.Column("revoked_at_us", sa.BigInteger),
    sa.Column("last_seen_at_us", sa.BigInteger, nullable=False),
    sa.Column("client_address", sa.Text, nullable=False),
    sa.Column("user_agent", sa.Text, nullable=False),
    # How the person proved who they are: password, password+totp, oidc, invitation.
    sa.Column("method", sa.Text, nullable=False),
    *stamps(),
)
