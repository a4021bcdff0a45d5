"""Reports: shared, scheduled, exports"""

import sqlalchemy as sa
from alembic import op

revision = "0003_v0.1.0"
down_revision = "0002_v0.1.0"


def _raise_shared_report_groups() -> None:
    op.create_table(
        "shared_report_groups",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("report_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("group_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "report_id", "group_id", name="pk_shared_report_groups"),
    )
    op.create_index(
        "ix_shared_report_groups_workspace_id_group_id_report_id",
        "shared_report_groups",
        ["workspace_id", "group_id", "report_id"],
    )


def _raise_shared_report_users() -> None:
    op.create_table(
        "shared_report_users",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("report_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "report_id", "user_id", name="pk_shared_report_users"),
    )
    op.create_index(
        "ix_shared_report_users_workspace_id_user_id_report_id",
        "shared_report_users",
        ["workspace_id", "user_id", "report_id"],
    )


def _raise_shared_reports() -> None:
    op.create_table(
        "shared_reports",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("is_public", sa.SmallInteger(), nullable=False),
        sa.Column("fixed_date", sa.SmallInteger(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_shared_reports_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_shared_reports"),
    )
    op.create_index("ix_shared_reports_id", "shared_reports", ["id"])
    op.create_index("ix_shared_reports_user_id", "shared_reports", ["user_id"])
    op.create_index("ix_shared_reports_workspace_id_user_id_id", "shared_reports", ["workspace_id", "user_id", "id"])


def _lower_shared_reports() -> None:
    op.drop_index("ix_shared_reports_workspace_id_user_id_id", table_name="shared_reports")
    op.drop_index("ix_shared_reports_user_id", table_name="shared_reports")
    op.drop_index("ix_shared_reports_id", table_name="shared_reports")
    op.drop_table("shared_reports")


def _lower_shared_report_users() -> None:
    op.drop_index("ix_shared_report_users_workspace_id_user_id_report_id", table_name="shared_report_users")
    op.drop_table("shared_report_users")


def _lower_shared_report_groups() -> None:
    op.drop_index("ix_shared_report_groups_workspace_id_group_id_report_id", table_name="shared_report_groups")
    op.drop_table("shared_report_groups")


def upgrade() -> None:
    _raise_shared_report_groups()
    _raise_shared_report_users()
    _raise_shared_reports()


def downgrade() -> None:
    _lower_shared_reports()
    _lower_shared_report_users()
    _lower_shared_report_groups()
