"""The schema of the first release."""

import sqlalchemy as sa
from alembic import op

from hourbook.db.engine import ByteText, rows_where

revision = "0001_v0.1.0"
down_revision = None


def _create_clients() -> None:
    op.create_table(
        "clients",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", ByteText(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("archived", sa.SmallInteger(), nullable=False),
        sa.Column("cc_emails", sa.Text(), nullable=True),
        sa.Column("email_key", ByteText(), nullable=False),
        sa.Column("address_key", ByteText(), nullable=False),
        sa.Column("note_key", ByteText(), nullable=False),
        sa.Column("currency_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_clients"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_clients_workspace_id_name"),
    )
    op.create_index("ix_clients_workspace_id_name_key_id", "clients", ["workspace_id", "name_key", "id"])


def _create_currencies() -> None:
    op.create_table(
        "currencies",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_default", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_currencies"),
        sa.UniqueConstraint("workspace_id", "code", name="uq_currencies_workspace_id_code"),
    )


def _create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("subject_user_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("changed", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("packed_ids", sa.LargeBinary(), nullable=True),
        sa.Column("packed_rows", sa.LargeBinary(), nullable=True),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "revision", name="pk_journal"),
    )
    op.create_index("ix_journal_entity", "journal", ["workspace_id", "kind", "entity_id", "revision"])


def _create_journal_snapshots() -> None:
    op.create_table(
        "journal_snapshots",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows_count", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "revision", "kind", "part", name="pk_journal_snapshots"),
    )


def _create_project_groups() -> None:
    op.create_table(
        "project_groups",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("project_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("group_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "project_id", "group_id", name="pk_project_groups"),
    )


def _create_project_members() -> None:
    op.create_table(
        "project_members",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("project_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("hourly_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "project_id", "user_id", name="pk_project_members"),
    )
    op.create_index(
        "ix_project_members_workspace_id_user_id_project_id",
        "project_members",
        ["workspace_id", "user_id", "project_id"],
    )


def _create_project_totals() -> None:
    op.create_table(
        "project_totals",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("project_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("duration_seconds", sa.BigInteger(), nullable=False),
        sa.Column("billable_seconds", sa.BigInteger(), nullable=False),
        sa.Column("entries_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "project_id", name="pk_project_totals"),
    )
    op.create_index(
        "ix_project_totals_workspace_id_duration_seconds_project_id",
        "project_totals",
        ["workspace_id", "duration_seconds", "project_id"],
    )


def _create_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", ByteText(), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("billable", sa.SmallInteger(), nullable=False),
        sa.Column("is_public", sa.SmallInteger(), nullable=False),
        sa.Column("is_template", sa.SmallInteger(), nullable=False),
        sa.Column("archived", sa.SmallInteger(), nullable=False),
        sa.Column("hourly_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("estimate", sa.Text(), nullable=False),
        sa.Column("time_estimate", sa.Text(), nullable=False),
        sa.Column("budget_estimate", sa.Text(), nullable=True),
        sa.Column("estimate_reset", sa.Text(), nullable=True),
        sa.Column("estimate_seconds", sa.BigInteger(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_projects"),
        sa.UniqueConstraint("workspace_id", "client_id", "name", name="uq_projects_workspace_id_client_id_name"),
    )
    op.create_index("ix_projects_workspace_id_name_key_id", "projects", ["workspace_id", "name_key", "id"])


def _create_role_grants() -> None:
    op.create_table(
        "role_grants",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_role_grants"),
        sa.UniqueConstraint(
            "workspace_id", "user_id", "role", "entity_id", name="uq_role_grants_workspace_id_user_id_role_entity_id"
        ),
    )
    op.create_index("ix_role_grants_workspace_id_entity_id", "role_grants", ["workspace_id", "entity_id"])


def _create_tags() -> None:
    op.create_table(
        "tags",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", ByteText(), nullable=False),
        sa.Column("archived", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_tags"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_tags_workspace_id_name"),
    )
    op.create_index("ix_tags_workspace_id_name_key_id", "tags", ["workspace_id", "name_key", "id"])


def _create_task_assignees() -> None:
    op.create_table(
        "task_assignees",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("task_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "task_id", "user_id", name="pk_task_assignees"),
    )


def _create_task_groups() -> None:
    op.create_table(
        "task_groups",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("task_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("group_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "task_id", "group_id", name="pk_task_groups"),
    )


def _create_task_totals() -> None:
    op.create_table(
        "task_totals",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("task_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("duration_seconds", sa.BigInteger(), nullable=False),
        sa.Column("billable_seconds", sa.BigInteger(), nullable=False),
        sa.Column("entries_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "task_id", name="pk_task_totals"),
    )


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("project_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", ByteText(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("estimate_seconds", sa.BigInteger(), nullable=False),
        sa.Column("budget_estimate_minor", sa.BigInteger(), nullable=False),
        sa.Column("billable", sa.SmallInteger(), nullable=False),
        sa.Column("hourly_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_tasks"),
        sa.UniqueConstraint("workspace_id", "project_id", "name", name="uq_tasks_workspace_id_project_id_name"),
    )
    op.create_index(
        "ix_tasks_workspace_id_project_id_name_key_id", "tasks", ["workspace_id", "project_id", "name_key", "id"]
    )


def _create_time_entries() -> None:
    op.create_table(
        "time_entries",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_key", ByteText(), nullable=False),
        sa.Column("project_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("task_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("billable", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=True),
        sa.Column("hourly_rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_invoiced", sa.SmallInteger(), nullable=False),
        sa.Column("custom_attributes", sa.Text(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_time_entries"),
    )
    op.create_index(
        "ix_time_entries_project",
        "time_entries",
        ["workspace_id", "project_id", "user_id", "start_s", "id"],
        **rows_where("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_time_entries_running", "time_entries", ["workspace_id", "start_s", "id"], **rows_where("end_s IS NULL")
    )
    op.create_index(
        "ix_time_entries_task",
        "time_entries",
        ["workspace_id", "task_id", "user_id", "start_s", "id"],
        **rows_where("task_id IS NOT NULL"),
    )
    op.create_index(
        "ix_time_entries_workspace_id_user_id_start_s_id", "time_entries", ["workspace_id", "user_id", "start_s", "id"]
    )
    op.create_index(
        "uq_time_entries_running",
        "time_entries",
        ["workspace_id", "user_id"],
        unique=True,
        **rows_where("end_s IS NULL"),
    )


def _create_time_entry_tags() -> None:
    op.create_table(
        "time_entry_tags",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("entry_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("tag_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "entry_id", "tag_id", name="pk_time_entry_tags"),
    )
    op.create_index(
        "ix_time_entry_tags_tag", "time_entry_tags", ["workspace_id", "tag_id", "user_id", "start_s", "entry_id"]
    )


def _create_user_group_members() -> None:
    op.create_table(
        "user_group_members",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("group_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "group_id", "user_id", name="pk_user_group_members"),
    )
    op.create_index("ix_user_group_members_workspace_id_user_id", "user_group_members", ["workspace_id", "user_id"])


def _create_user_groups() -> None:
    op.create_table(
        "user_groups",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", ByteText(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_user_groups"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_user_groups_workspace_id_name"),
    )
    op.create_index("ix_user_groups_workspace_id_name_key_id", "user_groups", ["workspace_id", "name_key", "id"])


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", ByteText(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("profile_picture", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=True),
        sa.Column("active_workspace_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("default_workspace_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
    )


def _create_workspace_revisions() -> None:
    op.create_table(
        "workspace_revisions",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace_revisions"),
    )


def _create_workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("hourly_rate_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("last_used_at_us", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at_us", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])


def _create_workspace_members() -> None:
    op.create_table(
        "workspace_members",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("hourly_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("email_key", ByteText(), nullable=False),
        sa.Column("name_key", ByteText(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_workspace_members_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name="pk_workspace_members"),
    )
    op.create_index("ix_workspace_members_user_id_workspace_id", "workspace_members", ["user_id", "workspace_id"])
    op.create_index(
        "ix_workspace_members_workspace_id_email_key_user_id",
        "workspace_members",
        ["workspace_id", "email_key", "user_id"],
    )
    op.create_index(
        "ix_workspace_members_workspace_id_name_key_user_id",
        "workspace_members",
        ["workspace_id", "name_key", "user_id"],
    )


def upgrade() -> None:
    _create_clients()
    _create_currencies()
    _create_journal()
    _create_journal_snapshots()
    _create_project_groups()
    _create_project_members()
    _create_project_totals()
    _create_projects()
    _create_role_grants()
    _create_tags()
    _create_task_assignees()
    _create_task_groups()
    _create_task_totals()
    _create_tasks()
    _create_time_entries()
    _create_time_entry_tags()
    _create_user_group_members()
    _create_user_groups()
    _create_users()
    _create_workspace_revisions()
    _create_workspaces()
    _create_api_keys()
    _create_workspace_members()


def downgrade() -> None:
    for name in (
        "workspace_members",
        "api_keys",
        "workspaces",
        "workspace_revisions",
        "users",
        "user_groups",
        "user_group_members",
        "time_entry_tags",
        "time_entries",
        "tasks",
        "task_totals",
        "task_groups",
        "task_assignees",
        "tags",
        "role_grants",
        "projects",
        "project_totals",
        "project_members",
        "project_groups",
        "journal_snapshots",
        "journal",
        "currencies",
        "clients",
    ):
        op.drop_table(name)
