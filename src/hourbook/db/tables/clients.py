"""Clients.

Columns that end in `_key` are the folded texts that lists sort and search by. Names are unique in a
workspace, archived ones included.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, Key, stamps, workspace_key

clients = sa.Table(
    "clients",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("archived", Flag, nullable=False),
    sa.Column("cc_emails", sa.Text),
    # Folded companions for searching and sorting.
    sa.Column("email_key", Key, nullable=False),
    sa.Column("address_key", Key, nullable=False),
    sa.Column("note_key", Key, nullable=False),
    sa.Column("currency_id", Id, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.Index(None, "workspace_id", "name_key", "id"),
)
