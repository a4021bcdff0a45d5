"""People: sign-in, rates over time, custom fields, files, mail"""

import sqlalchemy as sa
from alembic import op

revision = "0002_v0.1.0"
down_revision = "0001_v0.1.0"


def _raise_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_us", sa.BigInteger(), nullable=True),
        sa.Column("last_seen_at_us", sa.BigInteger(), nullable=False),
        sa.Column("client_address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _raise_api_keys() -> None:
    op.add_column("api_keys", sa.Column("expires_at_us", sa.BigInteger(), nullable=True))
    op.add_column("api_keys", sa.Column("is_read_only", sa.SmallInteger(), server_default="0", nullable=False))


def _raise_role_grants() -> None:
    op.add_column("role_grants", sa.Column("source_type", sa.Text(), server_default="", nullable=False))


def _lower_role_grants() -> None:
    op.drop_column("role_grants", "source_type")


def _lower_api_keys() -> None:
    op.drop_column("api_keys", "is_read_only")
    op.drop_column("api_keys", "expires_at_us")


def _lower_sessions() -> None:
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")


def upgrade() -> None:
    _raise_sessions()
    _raise_api_keys()
    _raise_role_grants()


def downgrade() -> None:
    _lower_role_grants()
    _lower_api_keys()
    _lower_sessions()
