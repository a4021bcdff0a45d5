"""How far a schedule is: its next period, the tries it took, and what became of the last one. Pure.

Whoever begins a try takes the next turn, and only who has the newest turn may end a period. A change of the
schedule takes a turn too, so that nothing is mailed that was made before it.
"""

import enum

import msgspec

from hourbook.resources.scheduled_reports.rules_times import MICROSECONDS, When, latest_until, next_after

# Tries of one period. The pauses before the next one double; a try that never ended counts like one that failed.
TRIES = 6
FIRST_PAUSE_SECONDS = 60
MESSAGE_LIMIT = 300
OWNER_MAY_NOT = "The owner of this schedule is no active member, or may not see reports any more"


class Failure(enum.StrEnum):
    """Why nothing was mailed. Another try changes nothing about the first two."""

    # The owner is deactivated, or may not see reports any more.
    OWNER_MAY_NOT = "OWNER_MAY_NOT"
    # The report is too large for its file, or asks for what is gone.
    REPORT_REFUSED = "REPORT_REFUSED"
    # Trouble of the server.
    SERVER_TROUBLE = "SERVER_TROUBLE"
    # The worker ended each time before the report was made.
    NEVER_ENDED = "NEVER_ENDED"


PASSING = frozenset({Failure.SERVER_TROUBLE})
# Nothing changes about it before somebody does something, so the schedule waits for that.
PAUSING = frozenset({Failure.OWNER_MAY_NOT})


class Run(msgspec.Struct):
    """A row of the worker's table; None for both moments while paused. `is_owner_told`: of what fails since a while."""

    workspace_id: str
    report_id: str
    next_run_at_us: int | None = None
    next_try_at_us: int | None = None
    attempts: int = 0
    turn: int = 0
    last_run_at_us: int | None = None
    last_sent_at_us: int | None = None
    failure: str = ""
    failure_message: str = ""
    failed_at_us: int | None = None
    is_owner_told: bool = False


class Due(msgspec.Struct, frozen=True):
    """A schedule that is due, wherever it is."""

    workspace_id: str
    report_id: str


def is_due(run: Run, now_us: int) -> bool:
    return run.next_try_at_us is not None and run.next_try_at_us <= now_us


def planned(run: Run, when: When | None, now_us: int) -> Run:
    """After the schedule itself was made or moved; `when` None: paused."""
    at_us = None if when is None else next_after(when, now_us)
    return msgspec.structs.replace(
        run, next_run_at_us=at_us, next_try_at_us=at_us, attempts=0, turn=run.turn + 1, is_owner_told=False
    )


def changed(run: Run) -> Run:
    """After anything else about the schedule was changed: a period that is due stays so, and begins anew."""
    return msgspec.structs.replace(
        run, next_try_at_us=run.next_run_at_us, attempts=0, turn=run.turn + 1, is_owner_told=False
    )


def begun(run: Run, now_us: int) -> Run:
    """A try: nobody else begins one before its pause is over."""
    pause_seconds = FIRST_PAUSE_SECONDS << run.attempts
    return msgspec.structs.replace(
        run,
        next_try_at_us=now_us + pause_seconds * MICROSECONDS,
        attempts=run.attempts + 1,
        turn=run.turn + 1,
    )


def period_of(run: Run, when: When, now_us: int) -> int:
    """The moment that is mailed now: the latest that has come."""
    if run.next_run_at_us is None:
        raise LookupError("a paused schedule has no period")
    return latest_until(when, run.next_run_at_us, now_us)


def mailed(run: Run, when: When, *, period_us: int, now_us: int | None) -> Run:
    """The period is over. `now_us` None: there was nobody to mail to."""
    at_us = next_after(when, period_us)
    return msgspec.structs.replace(
        run,
        next_run_at_us=at_us,
        next_try_at_us=at_us,
        attempts=0,
        turn=run.turn + 1,
        last_run_at_us=period_us,
        last_sent_at_us=run.last_sent_at_us if now_us is None else now_us,
        failure="",
        failure_message="",
        failed_at_us=None,
        is_owner_told=False,
    )


def is_given_up(run: Run, failure: Failure) -> bool:
    """Whether the period is let go after this try."""
    return failure not in PASSING or run.attempts >= TRIES


def failed(run: Run, when: When, *, failure: Failure, message: str, now_us: int) -> Run:
    """After a try that came to nothing: another one when its pause is over, the next period, or a pause."""
    after = msgspec.structs.replace(
        run, failure=failure.value, failure_message=message[:MESSAGE_LIMIT], failed_at_us=now_us
    )
    if not is_given_up(run, failure):
        return after
    at_us = None if failure in PAUSING else next_after(when, now_us)
    return msgspec.structs.replace(
        after, next_run_at_us=at_us, next_try_at_us=at_us, attempts=0, turn=run.turn + 1, is_owner_told=True
    )
