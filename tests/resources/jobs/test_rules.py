"""How long a lease lasts, and when a job that ended is due again, if ever."""

from typing import Any

import pytest

from hourbook.core.ids import is_id
from hourbook.resources.jobs import rules
from hourbook.resources.jobs.rules import Job, JobState

NOW_US = 1_000_000_000


def job(**more: Any) -> Job:
    fields = {"kind": "x", "state": JobState.QUEUED, "payload": "null", "result": None, "every_seconds": None}
    numbers = {"attempts": 1, "run_at_us": 0, "progress_percent": 30, "created_at_us": 0, "updated_at_us": 0}
    return Job(**{"workspace_id": "a", "id": "b", "reason": "before", **fields, **numbers, **more})


def test_a_lease_lasts_a_minute() -> None:
    assert rules.lease_until_us(NOW_US) == NOW_US + 60_000_000


def test_a_recurring_job_has_one_id_everywhere() -> None:
    assert rules.recurring_id("janitor") == rules.recurring_id("janitor")
    assert rules.recurring_id("janitor") != rules.recurring_id("sender")
    assert is_id(rules.recurring_id("janitor"))


@pytest.mark.parametrize(("result", "text"), [(None, None), ({"a": 1}, '{"a":1}'), (0, "0")])
def test_a_job_that_is_done_is_over_and_keeps_its_result(result: Any, text: str | None) -> None:
    assert rules.settled_as_done(job(), result, NOW_US) == rules.Settled(JobState.DONE, NOW_US, "", text, 100)
    if text is not None:
        assert rules.decode(text) == result


def test_a_recurring_job_that_is_done_waits_for_its_next_time() -> None:
    settled = rules.settled_as_done(job(every_seconds=60, attempts=7), None, NOW_US)
    assert (settled.state, settled.run_at_us, settled.progress_percent) == (JobState.QUEUED, NOW_US + 60_000_000, 0)


def test_a_job_that_fails_is_tried_again_after_a_pause_that_doubles() -> None:
    pauses = [
        (rules.settled_as_failed(job(attempts=n), "no", NOW_US).run_at_us - NOW_US) // 1_000_000
        for n in range(1, rules.TRIES)
    ]
    assert pauses[:3] == [10, 20, 40]
    assert max(pauses) <= rules.LONGEST_PAUSE_SECONDS
    assert rules.settled_as_failed(job(attempts=rules.TRIES - 1), "no", NOW_US).state is JobState.QUEUED


def test_after_the_last_try_it_is_given_up_unless_it_recurs() -> None:
    assert rules.settled_as_failed(job(attempts=rules.TRIES), "no", NOW_US).state is JobState.FAILED
    recurring = rules.settled_as_failed(job(attempts=500, every_seconds=60), "no", NOW_US)
    assert recurring.state is JobState.QUEUED
    assert recurring.run_at_us == NOW_US + 60 * 1_000_000


def test_a_reason_is_one_line_of_bounded_length() -> None:
    assert rules.settled_as_failed(job(), "two\n lines", NOW_US).reason == "two lines"
    assert len(rules.settled_as_failed(job(), "x" * 1000, NOW_US).reason) == rules.REASON_LIMIT
