"""Single sign-on: a workspace's identity provider, whom it knows, and sign-ins under way.

The client secret is encrypted. Of a sign-in under way only digests stand here; what they are digests of is
in the browser that began it.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, encrypted, stamps, workspace_key

# One provider a workspace. The endpoints are what its discovery document said when it was set up.
sso_providers = sa.Table(
    "sso_providers",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    encrypted("client_secret", "client secret of single sign-on"),
    sa.Column("authorization_endpoint", sa.Text, nullable=False),
    # JSON: a list of domains in lower case.
    sa.Column("allowed_domains", sa.Text, nullable=False),
    sa.Column("auto_join", Flag, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id"),
)

# Whom a provider means by a subject. Whoever linked it from inside the account trusts it with all of the account.
sso_identities = sa.Table(
    "sso_identities",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("is_linked_by_person", Flag, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "issuer", "subject"),
    sa.Index(None, "user_id"),
)

# Not journaled: nothing is left of a sign-in that was begun.
sso_attempts = sa.Table(
    "sso_attempts",
    METADATA,
    workspace_key(),
    sa.Column("state_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("browser_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    # Set when somebody signed in links a provider to their account.
    sa.Column("user_id", Id),
    sa.Column("expires_at_us", sa.BigInteger, nullable=False, index=True),
)
