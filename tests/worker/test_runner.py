"""What becomes of a queued job: done once, tried again, given up, never lost."""

import contextlib
import threading
from typing import Any

import pytest

from hourbook.resources.jobs import actions, rules
from hourbook.resources.jobs.rules import Job, JobState
from hourbook.settings import load_settings
from hourbook.worker import runner as runner_module
from hourbook.worker.runner import JobRun, LeaseLost, Runner
from tests.worker.rig import Rig

SETTINGS = load_settings({}, {})


def work(rig: Rig, **handlers: Any) -> bool:
    return rig.run(Runner(SETTINGS, rig.verbs, handlers).work())


def test_a_job_is_done_once_and_keeps_its_result(rig: Rig) -> None:
    seen = []
    job = rig.queue_job("add", [1, 2])

    def add(run: JobRun) -> int:
        seen.append(run.payload)
        return sum(run.payload)

    assert work(rig, add=add)
    assert not work(rig, add=add)
    assert seen == [[1, 2]]
    done = rig.job(job.id)
    assert (done.state, done.result, done.attempts, done.progress_percent) == (JobState.DONE, "3", 1, 100)


def test_a_job_waits_for_its_instant(rig: Rig) -> None:
    rig.queue_job("later", run_at_us=rig.clock.now_us() + 5_000_000)
    assert not work(rig, later=lambda run: None)
    rig.clock.move(5)
    assert work(rig, later=lambda run: None)


def test_a_job_that_fails_is_tried_again_with_growing_pauses_and_given_up_at_last(rig: Rig) -> None:
    job = rig.queue_job("fail")

    def fail(run: JobRun) -> None:
        raise RuntimeError("no luck")

    pauses = []
    for _ in range(rules.TRIES):
        assert work(rig, fail=fail)
        found = rig.job(job.id)
        pauses.append((found.run_at_us - rig.clock.now_us()) // 1_000_000)
        assert not work(rig, fail=fail)
        rig.clock.move(rules.LONGEST_PAUSE_SECONDS)
    assert pauses[:3] == [10, 20, 40]
    assert rig.job(job.id).state is JobState.FAILED
    assert rig.job(job.id).reason == "RuntimeError: no luck"
    assert not work(rig, fail=fail)


def test_a_job_that_nobody_knows_is_told(rig: Rig) -> None:
    job = rig.queue_job("unheard-of")
    assert work(rig)
    assert rig.job(job.id).reason == "nothing does jobs of the kind unheard-of"


def test_a_worker_that_dies_leaves_the_job_to_the_next_one(rig: Rig) -> None:
    job = rig.queue_job("once")
    assert len(rig.write(lambda tx: actions.lease_due(tx, 5))) == 1
    assert not work(rig, once=lambda run: "done")
    rig.clock.move(rules.LEASE_SECONDS)
    assert work(rig, once=lambda run: "done")
    assert rig.job(job.id).attempts == 2


def test_a_job_that_takes_its_worker_down_each_time_is_given_up(rig: Rig) -> None:
    job = rig.queue_job("deadly")
    for _ in range(rules.TRIES):
        assert len(rig.write(lambda tx: actions.lease_due(tx, 5))) == 1
        rig.clock.move(rules.LEASE_SECONDS)
    seen: list[JobRun] = []
    assert work(rig, deadly=seen.append)
    assert seen == []
    assert rig.job(job.id).state is JobState.FAILED
    assert rig.job(job.id).reason == "the worker ended each time before the job did"


def test_only_the_newest_lease_says_how_a_job_ended(rig: Rig) -> None:
    rig.queue_job("slow")
    first = rig.write(lambda tx: actions.lease_due(tx, 5))[0]
    rig.clock.move(rules.LEASE_SECONDS)
    second = rig.write(lambda tx: actions.lease_due(tx, 5))[0]
    assert not rig.write(lambda tx: actions.extend(tx, first, 10))
    assert not rig.write(lambda tx: actions.settle_done(tx, first, "first"))
    assert not rig.write(lambda tx: actions.settle_failed(tx, first, "first"))
    assert rig.write(lambda tx: actions.settle_done(tx, second, "second"))
    assert rig.jobs()[0].result == '"second"'


def test_a_long_job_keeps_its_lease_and_tells_how_far_it_is(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "HEARTBEAT_SECONDS", 0.01)
    job = rig.queue_job("long")
    seen = threading.Event()

    def long(run: JobRun) -> None:
        rig.clock.move(rules.LEASE_SECONDS - 1)
        run.progress_percent = 40
        while rig.job(job.id).progress_percent != 40:
            seen.wait(0.01)
        rig.clock.move(rules.LEASE_SECONDS - 1)
        assert rig.write(lambda tx: actions.lease_due(tx, 5)) == []

    assert work(rig, long=long)
    assert rig.job(job.id).state is JobState.DONE


def test_a_job_whose_lease_was_lost_stops_at_its_next_step(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "HEARTBEAT_SECONDS", 0.01)
    job = rig.queue_job("long")
    stopped = []

    def steal(tx: Any) -> list[Job]:
        """At once, or the job would say in between that it lives."""
        actions.release(tx, "this")
        return actions.lease_due(tx, 5, holder="other")

    def long(run: JobRun) -> None:
        assert len(rig.write(steal)) == 1
        try:
            while True:
                run.call("mail.is_due", bool)
        except LeaseLost:
            stopped.append(True)
            raise

    rig.run(Runner(SETTINGS, rig.verbs, {"long": long}, holder="this").work())
    assert stopped == [True]
    assert (rig.job(job.id).state, rig.job(job.id).attempts) == (JobState.QUEUED, 2)


def test_a_recurring_job_is_there_once_and_comes_again(rig: Rig) -> None:
    for _ in range(3):
        rig.write(lambda tx: actions.ensure_recurring(tx, "tick", 60))
    assert len(rig.jobs()) == 1
    count = 0

    def tick(run: JobRun) -> None:
        nonlocal count
        count += 1

    for _ in range(3):
        assert work(rig, tick=tick)
        assert not work(rig, tick=tick)
        rig.clock.move(60)
    assert count == 3
    assert rig.jobs()[0].state is JobState.QUEUED


def test_a_recurring_job_that_fails_for_long_is_never_given_up(rig: Rig) -> None:
    rig.write(lambda tx: actions.ensure_recurring(tx, "tick", 60))

    def fail(run: JobRun) -> None:
        raise RuntimeError("no luck")

    for _ in range(rules.TRIES + 3):
        assert work(rig, tick=fail)
        rig.clock.move(rules.LONGEST_PAUSE_SECONDS)
    assert rig.jobs()[0].reason == "RuntimeError: no luck"
    assert work(rig, tick=lambda run: None)
    assert rig.jobs()[0].reason == ""


def test_a_recurring_job_follows_a_changed_pause(rig: Rig) -> None:
    rig.write(lambda tx: actions.ensure_recurring(tx, "tick", 60))
    rig.write(lambda tx: actions.ensure_recurring(tx, "tick", 90))
    assert rig.jobs()[0].every_seconds == 90


def test_jobs_of_a_workspace_are_found_there_and_nowhere_else(rig: Rig) -> None:
    job: Job = rig.write(lambda tx: actions.queue(tx, "export"), "b" * 24)
    assert rig.read(lambda tx: actions.find_job(tx, job.id), "b" * 24) == job
    assert rig.read(lambda tx: actions.find_job(tx, job.id), "c" * 24) is None
    assert rig.read(lambda tx: actions.find_job(tx, job.id)) is None


def test_a_job_queued_in_a_transaction_that_fails_was_never_queued(rig: Rig) -> None:
    def work_and_fail(tx: Any) -> None:
        actions.queue(tx, "never")
        raise RuntimeError

    with contextlib.suppress(RuntimeError):
        rig.write(work_and_fail)
    assert rig.jobs() == []


def test_old_jobs_go_and_waiting_ones_stay(rig: Rig) -> None:
    for _ in range(3):
        rig.queue_job("once")
        assert work(rig, once=lambda run: None)
    rig.clock.move(100)
    rig.queue_job("later", run_at_us=rig.clock.now_us() + 1)
    before_us = rig.clock.now_us() - 1
    assert rig.write(lambda tx: actions.forget_over(tx, before_us, 10)) == 3
    assert rig.write(lambda tx: actions.forget_over(tx, before_us, 10)) == 0
    assert [job.kind for job in rig.jobs()] == ["later"]


def test_the_next_worker_of_a_server_takes_up_what_the_one_before_had_in_hand(rig: Rig) -> None:
    for name in ("this", "other"):
        rig.queue_job("once")
        assert len(rig.write(lambda tx, name=name: actions.lease_due(tx, 1, holder=name))) == 1
    assert rig.write(lambda tx: actions.release(tx, "this")) == 1
    assert rig.write(lambda tx: actions.release(tx, "this")) == 0
    again = rig.write(lambda tx: actions.lease_due(tx, 5, holder="this"))
    assert [job.attempts for job in again] == [2]
    assert rig.write(lambda tx: actions.settle_done(tx, again[0]))
    assert rig.write(lambda tx: actions.release(tx, "this")) == 0
