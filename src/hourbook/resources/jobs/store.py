"""The SQL of jobs.

Jobs are not journaled (see `db/tables/jobs.py`): they are a queue, and what the worker does with any
queue stands in `db/queues.py`.
"""

import sqlalchemy as sa

from hourbook.db.queues import Queue
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.jobs import jobs
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.jobs.rules import Job, Settled

_jobs = jobs.c
JOBS = Queue(jobs, Job, Settled, due="run_at_us")

FIND = Statement(sa.select(*JOBS.columns).where(*JOBS.key), into=JOBS.read)
EXTEND = Statement(
    sa.update(jobs)
    .where(*JOBS.is_held)
    .values(
        {"run_at_us": bind("until_us", sa.BigInteger()), "progress_percent": bind("progress_percent")} | JOBS.stamps
    )
)
SET_PAUSE = Statement(
    sa.update(jobs)
    .where(*JOBS.key, _jobs.every_seconds != bind("every_seconds", sa.Integer()))
    .values(every_seconds=bind("every_seconds", sa.Integer()), row_revision=_jobs.row_revision + 1)
)


def find(tx: ReadTx, workspace_id: str, job_id: str) -> Job | None:
    return tx.one(FIND, workspace_id=workspace_id, id=job_id)


def extend(tx: Tx, job: Job, *, until_us: int, progress_percent: int) -> bool:
    """False when the lease is not the newest one."""
    key = {"workspace_id": job.workspace_id, "id": job.id, "held_attempts": job.attempts}
    done = tx.write_derived(EXTEND, now_us=tx.now_us, until_us=until_us, progress_percent=progress_percent, **key)
    return bool(done)


def set_pause(tx: Tx, workspace_id: str, job_id: str, *, every_seconds: int) -> None:
    tx.write_derived(SET_PAUSE, workspace_id=workspace_id, id=job_id, every_seconds=every_seconds)
