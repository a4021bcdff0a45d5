"""Accounts and credentials: the few tables that belong to no workspace (design section 1).

Passwords and keys stand here as digests only. A change of these rows is journaled in the workspace
it was made from.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, Key, encrypted, stamps

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
    # That of the session it was made in, when it may do no more than that one; else empty.
    sa.Column("method", sa.Text, nullable=False, server_default=""),
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

# What somebody who forgot the password was sent, as a digest.
password_resets = sa.Table(
    "password_resets",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("expires_at_us", sa.BigInteger, nullable=False),
    sa.Column("used_at_us", sa.BigInteger),
    *stamps(),
)

# The second factor of an account: codes by time (RFC 6238) and recovery codes, which stand here as digests (JSON).
second_factors = sa.Table(
    "second_factors",
    METADATA,
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), primary_key=True),
    encrypted("secret", "second factor"),
    sa.Column("confirmed_at_us", sa.BigInteger),
    # The newest time step whose code was used; it and those before it are never accepted again.
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("recovery_digests", sa.Text, nullable=False),
    *stamps(),
)

# Sign-ins that failed, counted by the digest of what they have in common (an address, an account, both).
sign_in_failures = sa.Table(
    "sign_in_failures",
    METADATA,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("failed_count", sa.Integer, nullable=False),
    sa.Column("last_failed_at_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("blocked_until_us", sa.BigInteger, nullable=False),
)
