"""Events: webhooks, add-ons, audit chain, idempotency"""

import sqlalchemy as sa
from alembic import op

from hourbook.db.engine import ByteText, rows_where

revision = "0004_v0.1.0"
down_revision = "0003_v0.1.0"


def _raise_addon_calls() -> None:
    op.create_table(
        "addon_calls",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("addon_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("next_try_at_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_addon_calls"),
    )
    op.create_index("ix_addon_calls_due", "addon_calls", ["next_try_at_us", "id"], **rows_where("state = 'QUEUED'"))
    op.create_index("ix_addon_calls_updated_at_us", "addon_calls", ["updated_at_us"])
    op.create_index(
        "ix_addon_calls_workspace_id_addon_id_created_at_us_id",
        "addon_calls",
        ["workspace_id", "addon_id", "created_at_us", "id"],
    )


def _raise_addon_keys() -> None:
    op.create_table(
        "addon_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_pem", sa.Text(), nullable=False),
        sa.Column("private_pem", sa.LargeBinary(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_addon_keys"),
    )


def _raise_addons() -> None:
    op.create_table(
        "addons",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("key", ByteText(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("manifest_url", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("setting_values", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_addons"),
        sa.UniqueConstraint("workspace_id", "key", name="uq_addons_workspace_id_key"),
    )


def _raise_audit_commitments() -> None:
    op.create_table(
        "audit_commitments",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "revision", name="pk_audit_commitments"),
    )


def _raise_audit_erasures() -> None:
    op.create_table(
        "audit_erasures",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("covered", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_audit_erasures"),
    )


def _raise_audit_heads() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("erasures", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_audit_heads"),
    )


def _raise_audit_links() -> None:
    op.create_table(
        "audit_links",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("last_revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_revision", sa.BigInteger(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "last_revision", name="pk_audit_links"),
    )


def _raise_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("lacks_secrets", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at_us", "idempotency_keys", ["created_at_us"])


def _raise_idempotency_use() -> None:
    op.create_table(
        "idempotency_use",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("asker", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "asker", "hour", name="pk_idempotency_use"),
    )
    op.create_index("ix_idempotency_use_hour", "idempotency_use", ["hour"])


def _raise_webhook_cursors() -> None:
    op.create_table(
        "webhook_cursors",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("erasures", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_webhook_cursors"),
    )


def _raise_webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("webhook_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("last_try_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("next_try_at_us", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "webhook_id", "revision", "part", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_created_at_us", "webhook_deliveries", ["created_at_us"])
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["webhook_id", "next_try_at_us"],
        **rows_where("state IN ('WAITING', 'RETRYING')"),
    )
    op.create_index(
        "ix_webhook_deliveries_workspace_id_webhook_id_id", "webhook_deliveries", ["workspace_id", "webhook_id", "id"]
    )


def _raise_webhook_health() -> None:
    op.create_table(
        "webhook_health",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("webhook_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("failing_since_us", sa.BigInteger(), nullable=True),
        sa.Column("paused_until_us", sa.BigInteger(), nullable=True),
        sa.Column("given_up_to", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "webhook_id", name="pk_webhook_health"),
    )


def _raise_webhook_messages() -> None:
    op.create_table(
        "webhook_messages",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "revision", "part", name="pk_webhook_messages"),
    )
    op.create_index("ix_webhook_messages_created_at_us", "webhook_messages", ["created_at_us"])


def _raise_webhook_tries() -> None:
    op.create_table(
        "webhook_tries",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("webhook_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("delivery_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at_us", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_webhook_tries"),
    )
    op.create_index("ix_webhook_tries_created_at_us", "webhook_tries", ["created_at_us"])
    op.create_index(
        "ix_webhook_tries_workspace_id_webhook_id_answered_at_us",
        "webhook_tries",
        ["workspace_id", "webhook_id", "answered_at_us"],
    )


def _raise_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("addon_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_ids", sa.Text(), nullable=False),
        sa.Column("enabled", sa.SmallInteger(), nullable=False),
        sa.Column("delivery_enabled", sa.SmallInteger(), nullable=False),
        sa.Column("auth_token", sa.LargeBinary(), nullable=False),
        sa.Column("signing_secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_signing_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_ends_at_us", sa.BigInteger(), nullable=True),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_id", "webhooks", ["id"])
    op.create_index("ix_webhooks_workspace_id_event", "webhooks", ["workspace_id", "event"])
    op.create_index("ix_webhooks_workspace_id_user_id", "webhooks", ["workspace_id", "user_id"])


def _raise_journal() -> None:
    op.create_index("ix_journal_time", "journal", ["workspace_id", "kind", "at_us", "revision"])


def _lower_journal() -> None:
    op.drop_index("ix_journal_time", table_name="journal")


def _lower_webhooks() -> None:
    op.drop_index("ix_webhooks_workspace_id_user_id", table_name="webhooks")
    op.drop_index("ix_webhooks_workspace_id_event", table_name="webhooks")
    op.drop_index("ix_webhooks_id", table_name="webhooks")
    op.drop_table("webhooks")


def _lower_webhook_tries() -> None:
    op.drop_index("ix_webhook_tries_workspace_id_webhook_id_answered_at_us", table_name="webhook_tries")
    op.drop_index("ix_webhook_tries_created_at_us", table_name="webhook_tries")
    op.drop_table("webhook_tries")


def _lower_webhook_messages() -> None:
    op.drop_index("ix_webhook_messages_created_at_us", table_name="webhook_messages")
    op.drop_table("webhook_messages")


def _lower_webhook_health() -> None:
    op.drop_table("webhook_health")


def _lower_webhook_deliveries() -> None:
    op.drop_index("ix_webhook_deliveries_workspace_id_webhook_id_id", table_name="webhook_deliveries")
    op.drop_index(
        "ix_webhook_deliveries_due", table_name="webhook_deliveries", **rows_where("state IN ('WAITING', 'RETRYING')")
    )
    op.drop_index("ix_webhook_deliveries_created_at_us", table_name="webhook_deliveries")
    op.drop_table("webhook_deliveries")


def _lower_webhook_cursors() -> None:
    op.drop_table("webhook_cursors")


def _lower_idempotency_use() -> None:
    op.drop_index("ix_idempotency_use_hour", table_name="idempotency_use")
    op.drop_table("idempotency_use")


def _lower_idempotency_keys() -> None:
    op.drop_index("ix_idempotency_keys_created_at_us", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")


def _lower_audit_links() -> None:
    op.drop_table("audit_links")


def _lower_audit_heads() -> None:
    op.drop_table("audit_heads")


def _lower_audit_erasures() -> None:
    op.drop_table("audit_erasures")


def _lower_audit_commitments() -> None:
    op.drop_table("audit_commitments")


def _lower_addons() -> None:
    op.drop_table("addons")


def _lower_addon_keys() -> None:
    op.drop_table("addon_keys")


def _lower_addon_calls() -> None:
    op.drop_index("ix_addon_calls_workspace_id_addon_id_created_at_us_id", table_name="addon_calls")
    op.drop_index("ix_addon_calls_updated_at_us", table_name="addon_calls")
    op.drop_index("ix_addon_calls_due", table_name="addon_calls", **rows_where("state = 'QUEUED'"))
    op.drop_table("addon_calls")


def upgrade() -> None:
    _raise_addon_calls()
    _raise_addon_keys()
    _raise_addons()
    _raise_audit_commitments()
    _raise_audit_erasures()
    _raise_audit_heads()
    _raise_audit_links()
    _raise_idempotency_keys()
    _raise_idempotency_use()
    _raise_webhook_cursors()
    _raise_webhook_deliveries()
    _raise_webhook_health()
    _raise_webhook_messages()
    _raise_webhook_tries()
    _raise_webhooks()
    _raise_journal()


def downgrade() -> None:
    _lower_journal()
    _lower_webhooks()
    _lower_webhook_tries()
    _lower_webhook_messages()
    _lower_webhook_health()
    _lower_webhook_deliveries()
    _lower_webhook_cursors()
    _lower_idempotency_use()
    _lower_idempotency_keys()
    _lower_audit_links()
    _lower_audit_heads()
    _lower_audit_erasures()
    _lower_audit_commitments()
    _lower_addons()
    _lower_addon_keys()
    _lower_addon_calls()
