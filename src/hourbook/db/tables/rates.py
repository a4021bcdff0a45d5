"""The timelines of rates: what counts from which moment on (docs/rates.md).

A row is one change at one place. The newest row at or before an entry's start counts there; NULL
as an amount means that the place has no rate of its own from then on. The rates on workspaces,
members, projects, project members and tasks repeat what is in force, for showing and sorting.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Flag, Id, stamps, workspace_key

rates = sa.Table(
    "rates",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # The workspace, the account, the project (also of somebody on it), the task.
    sa.Column("target_id", Id, nullable=False),
    # Of PROJECT_MEMBER the account, of all others twelve zero bytes, so that the unique key below holds there too.
    sa.Column("user_id", Id, nullable=False),
    sa.Column("since_s", sa.BigInteger, nullable=False),
    sa.Column("amount_minor", sa.BigInteger),
    # Lay in the future when the place was last written, so the place itself does not repeat it yet.
    sa.Column("is_waiting", Flag, nullable=False),
    *stamps(),
    sa.UniqueConstraint("workspace_id", "target_id", "user_id", "level", "kind", "since_s"),
    partial_index("ix_rates_waiting", "workspace_id", "since_s", "id", where="is_waiting = 1"),
)
