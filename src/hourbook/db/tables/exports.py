"""Exports: reports as files that are made in the background, and their content in compressed portions.

In the database itself, so that any server can serve them; for hours only. Portions of a try that was not the
last one may lie beside those that count, which `exports.attempt` names.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Id, stamps, workspace_key

exports = sa.Table(
    "exports",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    # Whose eyes the report is seen with, and who may fetch it.
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("job_id", Id, nullable=False),
    # SUMMARY, DETAILED...; CSV, XLSX or PDF.
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # What is asked, as JSON.
    sa.Column("request", sa.Text, nullable=False),
    # WAITING, DONE or FAILED.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("rows_count", sa.BigInteger, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    # Of a file that is done: which try made it, of how many portions, and until when it is served.
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("parts_count", sa.Integer, nullable=False),
    sa.Column("expires_at_us", sa.BigInteger),
    *stamps(),
    sa.Index(None, "workspace_id", "user_id", "id"),
    sa.Index(None, "updated_at_us"),
    sa.Index(None, "user_id"),
)

# Not journaled: they are what the request makes of the entries, and of no meaning without the file.
export_parts = sa.Table(
    "export_parts",
    METADATA,
    workspace_key(),
    sa.Column("export_id", Id, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # Compressed with zlib, each by itself.
    sa.Column("content", sa.LargeBinary, nullable=False),
    *stamps(),
)
