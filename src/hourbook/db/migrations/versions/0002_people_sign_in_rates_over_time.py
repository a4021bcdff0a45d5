"""People: sign-in, rates over time, custom fields, files, mail"""

import sqlalchemy as sa
from alembic import op

from hourbook.db.engine import ByteText, rows_where
from hourbook.db.migrations import data_0002 as data

revision = "0002_v0.1.0"
down_revision = "0001_v0.1.0"


def _raise_custom_field_overrides() -> None:
    op.create_table(
        "custom_field_overrides",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("project_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("field_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "project_id", "field_id", name="pk_custom_field_overrides"),
    )
    op.create_index(
        "ix_custom_field_overrides_workspace_id_field_id_project_id",
        "custom_field_overrides",
        ["workspace_id", "field_id", "project_id"],
    )


def _raise_custom_fields() -> None:
    op.create_table(
        "custom_fields",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("required", sa.SmallInteger(), nullable=False),
        sa.Column("only_admin_can_edit", sa.SmallInteger(), nullable=False),
        sa.Column("allowed_values", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("placeholder", sa.Text(), nullable=True),
        sa.Column("default_value", sa.Text(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_custom_fields"),
        sa.UniqueConstraint(
            "workspace_id", "entity_type", "name", name="uq_custom_fields_workspace_id_entity_type_name"
        ),
    )


def _raise_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("used_at_us", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("token", name="uq_files_token"),
    )
    op.create_index("ix_files_used_at_us", "files", ["used_at_us"])
    op.create_index("ix_files_user_id", "files", ["user_id"])


def _raise_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("every_seconds", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("run_at_us", sa.BigInteger(), nullable=False),
        sa.Column("progress_percent", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_due", "jobs", ["run_at_us"], **rows_where("state = 'QUEUED'"))
    op.create_index("ix_jobs_updated_at_us", "jobs", ["updated_at_us"])


def _raise_mail_outbox() -> None:
    op.create_table(
        "mail_outbox",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("next_try_at_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_mail_outbox"),
    )
    op.create_index("ix_mail_outbox_due", "mail_outbox", ["next_try_at_us"], **rows_where("state = 'QUEUED'"))
    op.create_index("ix_mail_outbox_updated_at_us", "mail_outbox", ["updated_at_us"])


def _raise_rates() -> None:
    op.create_table(
        "rates",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("since_s", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("is_waiting", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_rates"),
        sa.UniqueConstraint(
            "workspace_id",
            "target_id",
            "user_id",
            "level",
            "kind",
            "since_s",
            name="uq_rates_workspace_id_target_id_user_id_level_kind_since_s",
        ),
    )
    op.create_index("ix_rates_waiting", "rates", ["workspace_id", "since_s", "id"], **rows_where("is_waiting = 1"))


def _raise_sign_in_failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("last_failed_at_us", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_last_failed_at_us", "sign_in_failures", ["last_failed_at_us"])


def _raise_sso_attempts() -> None:
    op.create_table(
        "sso_attempts",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "state_hash", name="pk_sso_attempts"),
    )
    op.create_index("ix_sso_attempts_expires_at_us", "sso_attempts", ["expires_at_us"])


def _raise_sso_providers() -> None:
    op.create_table(
        "sso_providers",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=False),
        sa.Column("authorization_endpoint", sa.Text(), nullable=False),
        sa.Column("allowed_domains", sa.Text(), nullable=False),
        sa.Column("auto_join", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_sso_providers"),
        sa.UniqueConstraint("workspace_id", name="uq_sso_providers_workspace_id"),
    )


def _raise_user_custom_field_values() -> None:
    op.create_table(
        "user_custom_field_values",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("field_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", "field_id", name="pk_user_custom_field_values"),
    )
    op.create_index(
        "ix_user_custom_field_values_workspace_id_field_id_user_id",
        "user_custom_field_values",
        ["workspace_id", "field_id", "user_id"],
    )


def _raise_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("inviter_id", sa.LargeBinary(length=12), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_invitations_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_invitations"),
        sa.UniqueConstraint("workspace_id", "token_hash", name="uq_invitations_workspace_id_token_hash"),
    )
    op.create_index("ix_invitations_user_id", "invitations", ["user_id"])
    op.create_index("ix_invitations_workspace_id_user_id", "invitations", ["workspace_id", "user_id"])


def _raise_password_resets() -> None:
    op.create_table(
        "password_resets",
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("used_at_us", sa.BigInteger(), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_password_resets_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_password_resets"),
        sa.UniqueConstraint("token_hash", name="uq_password_resets_token_hash"),
    )
    op.create_index("ix_password_resets_user_id", "password_resets", ["user_id"])


def _raise_second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at_us", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery_digests", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_second_factors_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factors"),
    )


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


def _raise_sso_identities() -> None:
    op.create_table(
        "sso_identities",
        sa.Column("workspace_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("user_id", sa.LargeBinary(length=12), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("is_linked_by_person", sa.SmallInteger(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sso_identities_user_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_sso_identities"),
        sa.UniqueConstraint("workspace_id", "issuer", "subject", name="uq_sso_identities_workspace_id_issuer_subject"),
    )
    op.create_index("ix_sso_identities_user_id", "sso_identities", ["user_id"])


def _raise_api_keys() -> None:
    op.add_column("api_keys", sa.Column("expires_at_us", sa.BigInteger(), nullable=True))
    op.add_column("api_keys", sa.Column("is_read_only", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("api_keys", sa.Column("method", sa.Text(), server_default="", nullable=False))


def _raise_project_groups() -> None:
    op.create_index(
        "ix_project_groups_workspace_id_group_id_project_id",
        "project_groups",
        ["workspace_id", "group_id", "project_id"],
    )


def _raise_project_members() -> None:
    op.add_column("project_members", sa.Column("by_group", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_index(
        "ix_project_members_workspace_id_status_project_id", "project_members", ["workspace_id", "status", "project_id"]
    )


def _raise_project_totals() -> None:
    op.add_column("project_totals", sa.Column("estimate_seconds", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("project_totals", sa.Column("progress", sa.Float(), server_default="0", nullable=False))
    op.create_index(
        "ix_project_totals_workspace_id_progress_project_id",
        "project_totals",
        ["workspace_id", "progress", "project_id"],
    )


def _raise_projects() -> None:
    op.add_column("projects", sa.Column("client_name_key", ByteText(), server_default="", nullable=False))
    op.create_index("ix_projects_templates", "projects", ["workspace_id", "id"], **rows_where("is_template = 1"))
    op.create_index("ix_projects_workspace_id_budget_minor_id", "projects", ["workspace_id", "budget_minor", "id"])
    op.create_index(
        "ix_projects_workspace_id_client_name_key_name_key_id",
        "projects",
        ["workspace_id", "client_name_key", "name_key", "id"],
    )


def _raise_role_grants() -> None:
    op.add_column("role_grants", sa.Column("source_type", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_role_grants_workspace_id_role_user_id", "role_grants", ["workspace_id", "role", "user_id"])


def _raise_time_entries() -> None:
    op.add_column("time_entries", sa.Column("custom_fields", sa.Text(), nullable=True))


def _raise_workspace_members() -> None:
    op.add_column("workspace_members", sa.Column("account_status", sa.Text(), server_default="ACTIVE", nullable=False))
    op.add_column("workspace_members", sa.Column("week_start", sa.Text(), nullable=True))
    op.add_column("workspace_members", sa.Column("work_capacity_seconds", sa.Integer(), nullable=True))
    op.add_column("workspace_members", sa.Column("working_days", sa.Text(), nullable=True))
    op.add_column(
        "workspace_members", sa.Column("hourly_rate_key", sa.BigInteger(), server_default="-1", nullable=False)
    )
    op.add_column("workspace_members", sa.Column("cost_rate_key", sa.BigInteger(), server_default="-1", nullable=False))
    op.add_column("workspace_members", sa.Column("access_rank", sa.SmallInteger(), server_default="3", nullable=False))
    op.create_index(
        "ix_workspace_members_workspace_id_access_rank_user_id",
        "workspace_members",
        ["workspace_id", "access_rank", "user_id"],
    )
    op.create_index(
        "ix_workspace_members_workspace_id_cost_rate_key_user_id",
        "workspace_members",
        ["workspace_id", "cost_rate_key", "user_id"],
    )
    op.create_index(
        "ix_workspace_members_workspace_id_hourly_rate_key_user_id",
        "workspace_members",
        ["workspace_id", "hourly_rate_key", "user_id"],
    )


def _raise_workspaces() -> None:
    op.add_column("workspaces", sa.Column("deletes_at_us", sa.BigInteger(), nullable=True))


def _lower_workspaces() -> None:
    op.drop_column("workspaces", "deletes_at_us")


def _lower_workspace_members() -> None:
    op.drop_index("ix_workspace_members_workspace_id_hourly_rate_key_user_id", table_name="workspace_members")
    op.drop_index("ix_workspace_members_workspace_id_cost_rate_key_user_id", table_name="workspace_members")
    op.drop_index("ix_workspace_members_workspace_id_access_rank_user_id", table_name="workspace_members")
    op.drop_column("workspace_members", "access_rank")
    op.drop_column("workspace_members", "cost_rate_key")
    op.drop_column("workspace_members", "hourly_rate_key")
    op.drop_column("workspace_members", "working_days")
    op.drop_column("workspace_members", "work_capacity_seconds")
    op.drop_column("workspace_members", "week_start")
    op.drop_column("workspace_members", "account_status")


def _lower_time_entries() -> None:
    op.drop_column("time_entries", "custom_fields")


def _lower_role_grants() -> None:
    op.drop_index("ix_role_grants_workspace_id_role_user_id", table_name="role_grants")
    op.drop_column("role_grants", "source_type")


def _lower_projects() -> None:
    op.drop_index("ix_projects_workspace_id_client_name_key_name_key_id", table_name="projects")
    op.drop_index("ix_projects_workspace_id_budget_minor_id", table_name="projects")
    op.drop_index("ix_projects_templates", table_name="projects", **rows_where("is_template = 1"))
    op.drop_column("projects", "client_name_key")


def _lower_project_totals() -> None:
    op.drop_index("ix_project_totals_workspace_id_progress_project_id", table_name="project_totals")
    op.drop_column("project_totals", "progress")
    op.drop_column("project_totals", "estimate_seconds")


def _lower_project_members() -> None:
    op.drop_index("ix_project_members_workspace_id_status_project_id", table_name="project_members")
    op.drop_column("project_members", "by_group")


def _lower_project_groups() -> None:
    op.drop_index("ix_project_groups_workspace_id_group_id_project_id", table_name="project_groups")


def _lower_api_keys() -> None:
    op.drop_column("api_keys", "method")
    op.drop_column("api_keys", "is_read_only")
    op.drop_column("api_keys", "expires_at_us")


def _lower_sso_identities() -> None:
    op.drop_index("ix_sso_identities_user_id", table_name="sso_identities")
    op.drop_table("sso_identities")


def _lower_sessions() -> None:
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")


def _lower_second_factors() -> None:
    op.drop_table("second_factors")


def _lower_password_resets() -> None:
    op.drop_index("ix_password_resets_user_id", table_name="password_resets")
    op.drop_table("password_resets")


def _lower_invitations() -> None:
    op.drop_index("ix_invitations_workspace_id_user_id", table_name="invitations")
    op.drop_index("ix_invitations_user_id", table_name="invitations")
    op.drop_table("invitations")


def _lower_user_custom_field_values() -> None:
    op.drop_index("ix_user_custom_field_values_workspace_id_field_id_user_id", table_name="user_custom_field_values")
    op.drop_table("user_custom_field_values")


def _lower_sso_providers() -> None:
    op.drop_table("sso_providers")


def _lower_sso_attempts() -> None:
    op.drop_index("ix_sso_attempts_expires_at_us", table_name="sso_attempts")
    op.drop_table("sso_attempts")


def _lower_sign_in_failures() -> None:
    op.drop_index("ix_sign_in_failures_last_failed_at_us", table_name="sign_in_failures")
    op.drop_table("sign_in_failures")


def _lower_rates() -> None:
    op.drop_index("ix_rates_waiting", table_name="rates", **rows_where("is_waiting = 1"))
    op.drop_table("rates")


def _lower_mail_outbox() -> None:
    op.drop_index("ix_mail_outbox_updated_at_us", table_name="mail_outbox")
    op.drop_index("ix_mail_outbox_due", table_name="mail_outbox", **rows_where("state = 'QUEUED'"))
    op.drop_table("mail_outbox")


def _lower_jobs() -> None:
    op.drop_index("ix_jobs_updated_at_us", table_name="jobs")
    op.drop_index("ix_jobs_due", table_name="jobs", **rows_where("state = 'QUEUED'"))
    op.drop_table("jobs")


def _lower_files() -> None:
    op.drop_index("ix_files_user_id", table_name="files")
    op.drop_index("ix_files_used_at_us", table_name="files")
    op.drop_table("files")


def _lower_custom_fields() -> None:
    op.drop_table("custom_fields")


def _lower_custom_field_overrides() -> None:
    op.drop_index("ix_custom_field_overrides_workspace_id_field_id_project_id", table_name="custom_field_overrides")
    op.drop_table("custom_field_overrides")


def upgrade() -> None:
    _raise_custom_field_overrides()
    _raise_custom_fields()
    _raise_files()
    _raise_jobs()
    _raise_mail_outbox()
    _raise_rates()
    _raise_sign_in_failures()
    _raise_sso_attempts()
    _raise_sso_providers()
    _raise_user_custom_field_values()
    _raise_invitations()
    _raise_password_resets()
    _raise_second_factors()
    _raise_sessions()
    _raise_sso_identities()
    _raise_api_keys()
    _raise_project_groups()
    _raise_project_members()
    _raise_project_totals()
    _raise_projects()
    _raise_role_grants()
    _raise_time_entries()
    _raise_workspace_members()
    _raise_workspaces()
    data.upgrade(op)


def downgrade() -> None:
    data.downgrade(op)
    _lower_workspaces()
    _lower_workspace_members()
    _lower_time_entries()
    _lower_role_grants()
    _lower_projects()
    _lower_project_totals()
    _lower_project_members()
    _lower_project_groups()
    _lower_api_keys()
    _lower_sso_identities()
    _lower_sessions()
    _lower_second_factors()
    _lower_password_resets()
    _lower_invitations()
    _lower_user_custom_field_values()
    _lower_sso_providers()
    _lower_sso_attempts()
    _lower_sign_in_failures()
    _lower_rates()
    _lower_mail_outbox()
    _lower_jobs()
    _lower_files()
    _lower_custom_fields()
    _lower_custom_field_overrides()
