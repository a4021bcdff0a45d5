"""Reports: shared, scheduled, exports"""

import sqlalchemy as sa
from alembic import op

from hourbook.db.engine import rows_where

revision = "0003_v0.1.0"
down_revision = "0002_v0.1.0"


def _raise_export_parts() -> None:
    op.create_table(
        "export_parts",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("export_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "export_id", "attempt", "number", name="pk_export_parts"),
    )


def _raise_mail_attachment_parts() -> None:
    op.create_table(
        "mail_attachment_parts",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("attachment_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "attachment_id", "number", name="pk_mail_attachment_parts"),
    )
    op.create_index("ix_mail_attachment_parts_created_at_us", "mail_attachment_parts", ["created_at_us"])


def _raise_mail_attachments() -> None:
    op.create_table(
        "mail_attachments",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("parts_count", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_mail_attachments"),
    )


def _raise_scheduled_report_recipients() -> None:
    op.create_table(
        "scheduled_report_recipients",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("report_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "report_id", "user_id", name="pk_scheduled_report_recipients"),
    )
    op.create_index("ix_scheduled_report_recipients_user_id", "scheduled_report_recipients", ["user_id"])
    op.create_index(
        "ix_scheduled_report_recipients_workspace_id_user_id_report_id",
        "scheduled_report_recipients",
        ["workspace_id", "user_id", "report_id"],
    )


def _raise_scheduled_report_runs() -> None:
    op.create_table(
        "scheduled_report_runs",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("report_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("next_run_at_us", sa.BigInteger(), nullable=True),
        sa.Column("next_try_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("last_run_at_us", sa.BigInteger(), nullable=True),
        sa.Column("last_sent_at_us", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.Column("failed_at_us", sa.BigInteger(), nullable=True),
        sa.Column("is_owner_told", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "report_id", name="pk_scheduled_report_runs"),
    )
    op.create_index("ix_scheduled_report_runs_next_try_at_us", "scheduled_report_runs", ["next_try_at_us"])


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


def _raise_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("job_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("rows_count", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("parts_count", sa.Integer(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_exports_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_exports"),
    )
    op.create_index("ix_exports_updated_at_us", "exports", ["updated_at_us"])
    op.create_index("ix_exports_user_id", "exports", ["user_id"])
    op.create_index("ix_exports_workspace_id_user_id_id", "exports", ["workspace_id", "user_id", "id"])


def _raise_scheduled_reports() -> None:
    op.create_table(
        "scheduled_reports",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("month_day", sa.Integer(), nullable=True),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_scheduled_reports_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_scheduled_reports"),
    )
    op.create_index("ix_scheduled_reports_user_id", "scheduled_reports", ["user_id"])
    op.create_index(
        "ix_scheduled_reports_workspace_id_user_id_id", "scheduled_reports", ["workspace_id", "user_id", "id"]
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


def _raise_mail_outbox() -> None:
    op.add_column("mail_outbox", sa.Column("attachment_id", sa.LargeBinary(length=12), nullable=True))
    op.create_index(
        "ix_mail_outbox_attachment",
        "mail_outbox",
        ["workspace_id", "attachment_id"],
        **rows_where("state = 'QUEUED' AND attachment_id IS NOT NULL"),
    )


def _lower_mail_outbox() -> None:
    op.drop_index(
        "ix_mail_outbox_attachment",
        table_name="mail_outbox",
        **rows_where("state = 'QUEUED' AND attachment_id IS NOT NULL"),
    )
    op.drop_column("mail_outbox", "attachment_id")


def _lower_shared_reports() -> None:
    op.drop_index("ix_shared_reports_workspace_id_user_id_id", table_name="shared_reports")
    op.drop_index("ix_shared_reports_user_id", table_name="shared_reports")
    op.drop_index("ix_shared_reports_id", table_name="shared_reports")
    op.drop_table("shared_reports")


def _lower_scheduled_reports() -> None:
    op.drop_index("ix_scheduled_reports_workspace_id_user_id_id", table_name="scheduled_reports")
    op.drop_index("ix_scheduled_reports_user_id", table_name="scheduled_reports")
    op.drop_table("scheduled_reports")


def _lower_exports() -> None:
    op.drop_index("ix_exports_workspace_id_user_id_id", table_name="exports")
    op.drop_index("ix_exports_user_id", table_name="exports")
    op.drop_index("ix_exports_updated_at_us", table_name="exports")
    op.drop_table("exports")


def _lower_shared_report_users() -> None:
    op.drop_index("ix_shared_report_users_workspace_id_user_id_report_id", table_name="shared_report_users")
    op.drop_table("shared_report_users")


def _lower_shared_report_groups() -> None:
    op.drop_index("ix_shared_report_groups_workspace_id_group_id_report_id", table_name="shared_report_groups")
    op.drop_table("shared_report_groups")


def _lower_scheduled_report_runs() -> None:
    op.drop_index("ix_scheduled_report_runs_next_try_at_us", table_name="scheduled_report_runs")
    op.drop_table("scheduled_report_runs")


def _lower_scheduled_report_recipients() -> None:
    op.drop_index(
        "ix_scheduled_report_recipients_workspace_id_user_id_report_id", table_name="scheduled_report_recipients"
    )
    op.drop_index("ix_scheduled_report_recipients_user_id", table_name="scheduled_report_recipients")
    op.drop_table("scheduled_report_recipients")


def _lower_mail_attachments() -> None:
    op.drop_table("mail_attachments")


def _lower_mail_attachment_parts() -> None:
    op.drop_index("ix_mail_attachment_parts_created_at_us", table_name="mail_attachment_parts")
    op.drop_table("mail_attachment_parts")


def _lower_export_parts() -> None:
    op.drop_table("export_parts")


def upgrade() -> None:
    _raise_export_parts()
    _raise_mail_attachment_parts()
    _raise_mail_attachments()
    _raise_scheduled_report_recipients()
    _raise_scheduled_report_runs()
    _raise_shared_report_groups()
    _raise_shared_report_users()
    _raise_exports()
    _raise_scheduled_reports()
    _raise_shared_reports()
    _raise_mail_outbox()


def downgrade() -> None:
    _lower_mail_outbox()
    _lower_shared_reports()
    _lower_scheduled_reports()
    _lower_exports()
    _lower_shared_report_users()
    _lower_shared_report_groups()
    _lower_scheduled_report_runs()
    _lower_scheduled_report_recipients()
    _lower_mail_attachments()
    _lower_mail_attachment_parts()
    _lower_export_parts()
