"""The SQL of jobs.

Jobs are not journaled (see `db/tables/jobs.py`), so their rows are no entity and are written with
statements of their own. Taking jobs looks across workspaces: the worker's poll, never a request.
"""

from typing import Any, cast

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.jobs import jobs
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.jobs.rules import Job, JobState, Settled

_jobs = jobs.c
_NAMES = tuple(Job.__struct_fields__)
_COLUMNS = [_jobs[name] for name in _NAMES]
_KEY = (_jobs.workspace_id == bind("workspace_id"), _jobs.id == bind("id"))
_IS_QUEUED = _jobs.state == sa.literal_column("'QUEUED'")
_IS_DUE = (_IS_QUEUED, _jobs.run_at_us <= bind("now_us", sa.BigInteger()))
_IS_HELD = (_IS_QUEUED, _jobs.attempts == bind("held_attempts", sa.Integer()))
_IS_OVER = (_jobs.state != sa.literal_column("'QUEUED'"), _jobs.updated_at_us < bind("before_us", sa.BigInteger()))


def _row(*values: Any) -> Job:
    row = Job(*values)
    row.state = JobState(row.state)
    return row


INSERT = Statement(sa.insert(jobs).values({name: bind(name) for name in (*_NAMES, "holder", "row_revision")}))
FIND = Statement(sa.select(*_COLUMNS).where(*_KEY), into=_row)
FIND_DUE = Statement(
    sa.select(*_COLUMNS).where(*_IS_DUE).order_by(_jobs.run_at_us, _jobs.id).limit(bind("limit", sa.Integer())),
    into=_row,
)
TAKE_DUE = Statement(cast("sa.Select[Any]", FIND_DUE.sql).with_for_update(skip_locked=True), into=_row)
LEASE = Statement(
    sa.update(jobs)
    .where(*_IS_DUE, AnyOf(_jobs.id, "ids"))
    .values(
        attempts=_jobs.attempts + 1,
        holder=bind("holder"),
        run_at_us=bind("until_us", sa.BigInteger()),
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_jobs.row_revision + 1,
    )
)
EXTEND = Statement(
    sa.update(jobs)
    .where(*_KEY, *_IS_HELD)
    .values(
        run_at_us=bind("until_us", sa.BigInteger()),
        progress_percent=bind("progress_percent"),
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_jobs.row_revision + 1,
    )
)
SETTLE = Statement(
    sa.update(jobs)
    .where(*_KEY, *_IS_HELD)
    .values(
        {name: bind("new_" + name, _jobs[name].type) for name in Settled.__struct_fields__}
        | {"updated_at_us": bind("now_us", sa.BigInteger()), "row_revision": _jobs.row_revision + 1}
        | {"holder": sa.literal_column("''")}
    )
)
RELEASE = Statement(
    sa.update(jobs)
    .where(_IS_QUEUED, _jobs.holder == bind("held_by", sa.Text()))
    .values(run_at_us=bind("run_at_us"), holder=sa.literal_column("''"), row_revision=_jobs.row_revision + 1)
)
SET_PAUSE = Statement(
    sa.update(jobs)
    .where(*_KEY, _jobs.every_seconds != bind("every_seconds", sa.Integer()))
    .values(every_seconds=bind("every_seconds", sa.Integer()), row_revision=_jobs.row_revision + 1)
)
COUNT_BY_STATE = Statement(sa.select(_jobs.state, sa.func.count()).group_by(_jobs.state).order_by(_jobs.state))
LIST_RECENT = Statement(
    sa.select(*_COLUMNS).order_by(_jobs.updated_at_us.desc(), _jobs.id.desc()).limit(bind("limit", sa.Integer())),
    into=_row,
)
LIST_OVER = Statement(
    sa.select(_jobs.updated_at_us).where(*_IS_OVER).order_by(_jobs.updated_at_us).limit(bind("limit", sa.Integer()))
)
FORGET = Statement(sa.delete(jobs).where(*_IS_OVER, _jobs.updated_at_us <= bind("up_to_us", sa.BigInteger())))


def insert(tx: Tx, job: Job) -> None:
    values = {name: getattr(job, name) for name in _NAMES}
    tx.write_derived(INSERT, row_revision=1, holder="", **values)


def find(tx: ReadTx, workspace_id: str, job_id: str) -> Job | None:
    return tx.one(FIND, workspace_id=workspace_id, id=job_id)


def find_due(tx: ReadTx, limit: int) -> list[Job]:
    return tx.rows(FIND_DUE, now_us=tx.now_us, limit=limit)


def take_due(tx: Tx, limit: int) -> list[Job]:
    """Jobs that are due and that no other worker is taking at this moment, held until the end of the transaction."""
    return tx.rows(TAKE_DUE, now_us=tx.now_us, limit=limit)


def lease(tx: Tx, found: list[Job], until_us: int, *, holder: str) -> None:
    tx.write_derived(LEASE, ids=[job.id for job in found], now_us=tx.now_us, until_us=until_us, holder=holder)


def release(tx: Tx, holder: str) -> int:
    return tx.write_derived(RELEASE, held_by=holder, run_at_us=tx.now_us)


def extend(tx: Tx, job: Job, *, until_us: int, progress_percent: int) -> bool:
    """False when the lease is not the newest one."""
    key = {"workspace_id": job.workspace_id, "id": job.id, "held_attempts": job.attempts}
    done = tx.write_derived(EXTEND, now_us=tx.now_us, until_us=until_us, progress_percent=progress_percent, **key)
    return bool(done)


def settle(tx: Tx, job: Job, settled: Settled) -> bool:
    """False when the lease is not the newest one, or the job is over already."""
    key = {"workspace_id": job.workspace_id, "id": job.id, "held_attempts": job.attempts}
    values = {"new_" + name: getattr(settled, name) for name in Settled.__struct_fields__}
    return bool(tx.write_derived(SETTLE, now_us=tx.now_us, **key, **values))


def set_pause(tx: Tx, workspace_id: str, job_id: str, *, every_seconds: int) -> None:
    tx.write_derived(SET_PAUSE, workspace_id=workspace_id, id=job_id, every_seconds=every_seconds)


def count_by_state(tx: ReadTx) -> dict[str, int]:
    return dict(tx.rows(COUNT_BY_STATE))


def list_recent(tx: ReadTx, limit: int) -> list[Job]:
    return tx.rows(LIST_RECENT, limit=limit)


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes about `limit` jobs that were over before an instant, the oldest first; returns how many."""
    found = tx.rows(LIST_OVER, before_us=before_us, limit=limit)
    return tx.write_derived(FORGET, before_us=before_us, up_to_us=found[-1][0]) if found else 0
