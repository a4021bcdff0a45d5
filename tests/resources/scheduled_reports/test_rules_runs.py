"""How far a schedule is: periods, tries, turns, and when one is given up."""

import pytest

from hourbook.resources.scheduled_reports import rules_runs
from hourbook.resources.scheduled_reports.rules_runs import Failure, Run
from hourbook.resources.scheduled_reports.rules_times import MICROSECONDS, Every, When

WHEN = When(Every.DAILY, 0, "UTC")
DAY_US = 86_400 * MICROSECONDS
DUE = Run("w" * 24, "r" * 24, next_run_at_us=DAY_US, next_try_at_us=DAY_US)


def test_a_run_is_due_from_its_moment_on() -> None:
    assert not rules_runs.is_due(DUE, DAY_US - 1)
    assert rules_runs.is_due(DUE, DAY_US)
    assert not rules_runs.is_due(Run("w" * 24, "r" * 24), DAY_US)


def test_planning_looks_for_the_next_moment_and_a_pause_for_none() -> None:
    begun = rules_runs.begun(DUE, DAY_US)
    planned = rules_runs.planned(begun, WHEN, DAY_US)
    assert (planned.next_run_at_us, planned.next_try_at_us, planned.attempts) == (2 * DAY_US, 2 * DAY_US, 0)
    assert planned.turn == begun.turn + 1
    paused = rules_runs.planned(begun, None, DAY_US)
    assert (paused.next_run_at_us, paused.next_try_at_us) == (None, None)


def test_a_change_of_something_else_begins_the_period_anew() -> None:
    begun = rules_runs.begun(DUE, DAY_US)
    changed = rules_runs.changed(begun)
    assert (changed.next_run_at_us, changed.next_try_at_us, changed.attempts) == (DAY_US, DAY_US, 0)
    assert changed.turn > begun.turn


def test_pauses_between_tries_double() -> None:
    run, pauses = DUE, []
    for _ in range(rules_runs.TRIES):
        run = rules_runs.begun(run, DAY_US)
        assert run.next_try_at_us is not None
        pauses.append((run.next_try_at_us - DAY_US) // MICROSECONDS)
    assert pauses == [60, 120, 240, 480, 960, 1920]
    assert (run.attempts, run.turn, run.next_run_at_us) == (6, 6, DAY_US)


def test_the_period_is_the_latest_that_has_come() -> None:
    assert rules_runs.period_of(DUE, WHEN, 3 * DAY_US + 5) == 3 * DAY_US
    with pytest.raises(LookupError):
        rules_runs.period_of(Run("w" * 24, "r" * 24), WHEN, DAY_US)


def test_what_was_mailed_is_over_and_nothing_is_wrong_any_more() -> None:
    failed = rules_runs.failed(
        rules_runs.begun(DUE, DAY_US), WHEN, failure=Failure.SERVER_TROUBLE, message="m", now_us=DAY_US
    )
    mailed = rules_runs.mailed(failed, WHEN, period_us=3 * DAY_US, now_us=3 * DAY_US + 7)
    assert (mailed.next_run_at_us, mailed.next_try_at_us) == (4 * DAY_US, 4 * DAY_US)
    assert (mailed.last_run_at_us, mailed.last_sent_at_us) == (3 * DAY_US, 3 * DAY_US + 7)
    assert (mailed.attempts, mailed.failure, mailed.failure_message, mailed.failed_at_us) == (0, "", "", None)
    assert mailed.turn == failed.turn + 1
    unsent = rules_runs.mailed(mailed, WHEN, period_us=4 * DAY_US, now_us=None)
    assert (unsent.last_run_at_us, unsent.last_sent_at_us) == (4 * DAY_US, 3 * DAY_US + 7)


def test_trouble_of_the_server_is_tried_again_until_the_last_try() -> None:
    run = rules_runs.begun(DUE, DAY_US)
    failed = rules_runs.failed(run, WHEN, failure=Failure.SERVER_TROUBLE, message="x" * 1000, now_us=DAY_US + 5)
    assert (failed.next_run_at_us, failed.next_try_at_us, failed.turn) == (DAY_US, run.next_try_at_us, run.turn)
    assert (failed.failure, failed.failed_at_us, failed.is_owner_told) == ("SERVER_TROUBLE", DAY_US + 5, False)
    assert len(failed.failure_message) == rules_runs.MESSAGE_LIMIT
    run.attempts = rules_runs.TRIES
    given_up = rules_runs.failed(run, WHEN, failure=Failure.SERVER_TROUBLE, message="", now_us=DAY_US + 5)
    assert (given_up.next_run_at_us, given_up.next_try_at_us) == (2 * DAY_US, 2 * DAY_US)
    assert (given_up.attempts, given_up.is_owner_told) == (0, True)


@pytest.mark.parametrize("failure", [Failure.REPORT_REFUSED, Failure.NEVER_ENDED])
def test_what_another_try_would_not_change_waits_for_the_next_period(failure: Failure) -> None:
    failed = rules_runs.failed(DUE, WHEN, failure=failure, message="", now_us=DAY_US + 5)
    assert (failed.next_run_at_us, failed.is_owner_told) == (2 * DAY_US, True)
    assert failed.turn == DUE.turn + 1


def test_without_its_owner_a_schedule_pauses() -> None:
    failed = rules_runs.failed(DUE, WHEN, failure=Failure.OWNER_MAY_NOT, message="", now_us=DAY_US + 5)
    assert (failed.next_run_at_us, failed.next_try_at_us) == (None, None)
    assert (failed.failure, failed.turn) == ("OWNER_MAY_NOT", DUE.turn + 1)
