"""What a job is, how long a lease lasts and when a job that failed is tried again.

Pure. A job runs at least once: a worker that dies leaves a lease that ends, and somebody else takes
the job. So whatever does a job must be able to do it twice (`worker/handlers.py` says what does which).
"""

import enum
import hashlib
from typing import Any

import msgspec

from hourbook.core.ids import ID_LENGTH_BYTES, UNKNOWN_ID_BYTES

REASON_LIMIT = 300
TRIES = 8
LEASE_SECONDS = 60
FIRST_PAUSE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 3600
MICROSECONDS = 1_000_000
# The workspace of jobs that are the server's own.
SERVER_ID = UNKNOWN_ID_BYTES.hex()


class JobState(enum.StrEnum):
    QUEUED = "QUEUED"
    DONE = "DONE"
    FAILED = "FAILED"


class Job(msgspec.Struct):
    """A row of the table. `payload`, `result`: JSON. `every_seconds`: of a recurring job."""

    workspace_id: str
    id: str
    kind: str
    state: JobState
    payload: str
    result: str | None
    every_seconds: int | None
    attempts: int
    run_at_us: int
    progress_percent: int
    reason: str
    created_at_us: int
    updated_at_us: int


class Settled(msgspec.Struct, frozen=True):
    """What becomes of a job after a try. Its `attempts` only ever grow: they tell leases apart."""

    state: JobState
    run_at_us: int
    reason: str
    result: str | None
    progress_percent: int


def encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def decode(text: str) -> Any:
    return msgspec.json.decode(text)


def recurring_id(kind: str) -> str:
    """The id of the one job of a recurring kind: made from its name, so that two servers make the same."""
    return hashlib.sha256(kind.encode()).digest()[:ID_LENGTH_BYTES].hex()


def lease_until_us(now_us: int) -> int:
    """Until when nobody else takes a job that was just leased, or whose worker just said that it lives."""
    return now_us + LEASE_SECONDS * MICROSECONDS


def settled_as_done(job: Job, result: Any, now_us: int) -> Settled:
    """Over, unless it recurs: then it is due again after its pause."""
    text = None if result is None else encode(result)
    if job.every_seconds is None:
        return Settled(JobState.DONE, now_us, "", text, 100)
    return Settled(JobState.QUEUED, now_us + job.every_seconds * MICROSECONDS, "", text, 0)


def settled_as_failed(job: Job, reason: str, now_us: int) -> Settled:
    """Tried again after a pause that doubles; given up after the last try, unless it recurs."""
    reason = " ".join(reason.split())[:REASON_LIMIT]
    if job.attempts >= TRIES and job.every_seconds is None:
        return Settled(JobState.FAILED, now_us, reason, None, job.progress_percent)
    pause_seconds = min(FIRST_PAUSE_SECONDS * 2 ** min(job.attempts - 1, 20), LONGEST_PAUSE_SECONDS)
    if job.every_seconds is not None:
        pause_seconds = min(pause_seconds, job.every_seconds)
    return Settled(JobState.QUEUED, now_us + pause_seconds * MICROSECONDS, reason, None, 0)
