"""Jobs: work that the worker does under a lease, once or again and again.

Not journaled: what a job changes is, that it waits is no fact of the domain. A job of the server
itself has the id that nothing has (`core/ids.py`) as its workspace.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Id, stamps, workspace_key

jobs = sa.Table(
    "jobs",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    # QUEUED, DONE or FAILED.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("result", sa.Text),
    # Of a recurring job: how long after its end it is due again.
    sa.Column("every_seconds", sa.Integer),
    # Counts leases; only the holder of the newest one may say what became of the job.
    sa.Column("attempts", sa.Integer, nullable=False),
    # Which server's worker has it or had it last; empty once that said what became of it.
    sa.Column("holder", sa.Text, nullable=False),
    # When somebody may take it next. A lease moves it on, so a lease that is over is simply due again.
    sa.Column("run_at_us", sa.BigInteger, nullable=False),
    sa.Column("progress_percent", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    *stamps(),
    partial_index("ix_jobs_due", "run_at_us", where="state = 'QUEUED'"),
    sa.Index(None, "updated_at_us"),
)
