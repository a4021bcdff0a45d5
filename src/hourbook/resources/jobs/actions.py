"""The verbs of jobs: queueing one with the change that causes it, and what the worker does with it.

A job is queued in the transaction of its cause, so it runs if and only if that is committed. The
worker takes it under a lease, says now and then that it lives, and says how it ended.
"""

from typing import Any

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.jobs import rules, store
from hourbook.resources.jobs.rules import SERVER_ID, Job, JobState, Settled


def queue(tx: Tx, kind: str, payload: Any = None, *, run_at_us: int | None = None) -> Job:
    """A job of this workspace (of the server outside of one), done as soon as a worker is free or at an instant.

    `payload`: anything JSON can carry; no secrets, they would stay for as long as the job is kept.
    """
    job = _new(tx, tx.new_id(), kind, run_at_us=tx.now_us if run_at_us is None else run_at_us)
    job.payload = rules.encode(payload)
    store.JOBS.insert(tx, job)
    return job


def ensure_recurring(tx: Tx, kind: str, every_seconds: int) -> None:
    """Makes the one job of a recurring kind when it is missing; its pause follows what is asked."""
    job_id = rules.recurring_id(kind)
    if store.find(tx, SERVER_ID, job_id) is not None:
        store.set_pause(tx, SERVER_ID, job_id, every_seconds=every_seconds)
        return
    job = _new(tx, job_id, kind, run_at_us=tx.now_us)
    job.workspace_id, job.every_seconds = SERVER_ID, every_seconds
    store.JOBS.insert(tx, job)


def _new(tx: Tx, job_id: str, kind: str, *, run_at_us: int) -> Job:
    return Job(
        workspace_id=tx.workspace_id or SERVER_ID,
        id=job_id,
        kind=kind,
        state=JobState.QUEUED,
        payload="null",
        result=None,
        every_seconds=None,
        attempts=0,
        run_at_us=run_at_us,
        progress_percent=0,
        reason="",
        created_at_us=tx.now_us,
        updated_at_us=tx.now_us,
    )


def find_job(tx: ReadTx, job_id: str) -> Job | None:
    """A job of this workspace (of the server outside of one)."""
    return store.find(tx, tx.workspace_id or SERVER_ID, job_id)


def is_due(tx: ReadTx) -> bool:
    """Whether a job waits to be done now."""
    return store.JOBS.is_due(tx)


def release(tx: Tx, holder: str) -> int:
    """Ends the leases of a server's earlier worker, which is gone for certain; returns how many."""
    return store.JOBS.release(tx, holder)


def lease_due(tx: Tx, limit: int, *, holder: str = "") -> list[Job]:
    """Takes jobs that are due; until the lease ends nobody else gets them. `attempts` says which lease it is.

    `holder`: the server whose worker takes them.
    """
    return store.JOBS.lease_due(tx, limit, until_us=rules.lease_until_us(tx.now_us), holder=holder)


def extend(tx: Tx, job: Job, progress_percent: int) -> bool:
    """Says that the job is still being done; False when the lease is lost, and with it the job."""
    return store.extend(tx, job, until_us=rules.lease_until_us(tx.now_us), progress_percent=progress_percent)


def settle_done(tx: Tx, job: Job, result: Any = None) -> bool:
    """Notes that a leased job is done; False when the lease was not the newest one."""
    return _settle(tx, job, rules.settled_as_done(job, result, tx.now_us))


def settle_failed(tx: Tx, job: Job, reason: str) -> bool:
    """Notes that a leased job failed: it is tried again later, or given up."""
    return _settle(tx, job, rules.settled_as_failed(job, reason, tx.now_us))


def _settle(tx: Tx, job: Job, settled: Settled) -> bool:
    return store.JOBS.settle(tx, job.workspace_id, job.id, attempts=job.attempts, settled=settled)


def count_by_state(tx: ReadTx) -> dict[str, int]:
    """How many jobs of the server are in each state. For the operator's commands alone."""
    return store.JOBS.count_by_state(tx)


def list_recent(tx: ReadTx, limit: int) -> list[Job]:
    """Jobs of every workspace, the last changed first. For the operator's commands alone."""
    return store.JOBS.list_recent(tx, limit)


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes done and given-up jobs that are older; returns how many, 0 when none is left."""
    return store.JOBS.forget_over(tx, before_us, limit)
