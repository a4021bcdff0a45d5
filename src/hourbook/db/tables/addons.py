"""Add-ons: what is installed, the calls that tell them so, and the keys their tokens are signed with.

An add-on is journaled. Calls are an outbox like that of mails and are not: a call that waits is no fact of the
domain, and holds a token. Keys belong to the server: every server of a database signs with the same one.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Id, Key, encrypted, stamps, workspace_key

addons = sa.Table(
    "addons",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    # Who installed it.
    sa.Column("user_id", Id, nullable=False),
    # What the manifest calls itself; the subject of every token.
    sa.Column("key", Key, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("manifest_url", sa.Text, nullable=False),
    # The manifest as it was read and checked, and the scopes in it (JSON).
    sa.Column("manifest", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    # ACTIVE or INACTIVE.
    sa.Column("status", sa.Text, nullable=False),
    # Values of settings by id (JSON); what is not here has the manifest's value.
    sa.Column("setting_values", sa.Text, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "key"),
)

# Calls of the lifecycle that wait for the worker, and what became of them.
addon_calls = sa.Table(
    "addon_calls",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("addon_id", Id, nullable=False),
    # INSTALLED, DELETED, STATUS_CHANGED or SETTINGS_UPDATED.
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    # The token of the call and its body, which may hold another one; nothing once the call is over.
    encrypted("content", "addon_calls.content", nullable=True),
    # QUEUED, SENT or FAILED.
    sa.Column("state", sa.Text, nullable=False),
    # Counts leases; only the holder of the newest one may say what became of the call.
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("next_try_at_us", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    *stamps(),
    partial_index("ix_addon_calls_due", "next_try_at_us", "id", where="state = 'QUEUED'"),
    sa.Index(None, "workspace_id", "addon_id", "created_at_us", "id"),
    sa.Index(None, "updated_at_us"),
)

# The key with the highest number signs, the others still verify. A key that no longer signs has lost its private half.
addon_keys = sa.Table(
    "addon_keys",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("public_pem", sa.Text, nullable=False),
    encrypted("private_pem", "addon_keys.private_pem", nullable=True),
    sa.Column("created_at_us", sa.BigInteger, nullable=False),
)
