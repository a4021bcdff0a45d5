"""Custom fields, what projects make of them, and the values people have.

Values of time entries stand on the entry itself. Values and defaults are JSON texts, so that text,
numbers, flags and lists have one column; NULL means none.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, stamps, workspace_key

custom_fields = sa.Table(
    "custom_fields",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    # Whose field it is: TIMEENTRY or USER.
    sa.Column("entity_type", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("required", Flag, nullable=False),
    sa.Column("only_admin_can_edit", Flag, nullable=False),
    sa.Column("allowed_values", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("placeholder", sa.Text),
    sa.Column("default_value", sa.Text),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "entity_type", "name"),
)

custom_field_overrides = sa.Table(
    "custom_field_overrides",
    METADATA,
    workspace_key(),
    sa.Column("project_id", Id, primary_key=True),
    sa.Column("field_id", Id, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("value", sa.Text),
    *stamps(),
    sa.Index(None, "workspace_id", "field_id", "project_id"),
)

user_custom_field_values = sa.Table(
    "user_custom_field_values",
    METADATA,
    workspace_key(),
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("field_id", Id, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    *stamps(),
    sa.Index(None, "workspace_id", "field_id", "user_id"),
)
