"""Slow work before transactions: lanes that do not hold each other up, lines with limits, threads that yield."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hourbook.core.errors import TryLater
from hourbook.http import preparing
from hourbook.http.preparing import HASHES, Preparing


@pytest.fixture
def work() -> Iterator[Preparing]:
    made = Preparing()
    yield made
    for lane in made._lanes.values():
        if lane.pool is not None:
            lane.pool.shutdown()


def together(*asked: Any) -> list[Any]:
    """What each became: its result or its refusal."""

    async def run() -> list[Any]:
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(run())


def test_the_result_comes_back_and_so_does_a_refusal(work: Preparing) -> None:
    def refuse() -> None:
        raise TryLater("not now")

    results = together(work.run(lambda: 1), work.run(refuse), work.run(lambda: 2, lane=HASHES, asker="a"))
    assert [results[0], type(results[1]), results[2]] == [1, TryLater, 2]


def test_a_flood_in_one_lane_does_not_hold_up_another(work: Preparing) -> None:
    """Hashes wait for a gate that only the other lane's work opens."""
    gate = threading.Event()
    hashes = [work.run(lambda: gate.wait(10), lane=HASHES, asker=str(number)) for number in range(100)]
    results = together(*hashes, work.run(gate.set))
    assert results[:64] == [True] * 64
    assert all(isinstance(one, TryLater) for one in results[64:100])
    assert results[100] is None


def test_one_address_has_only_a_part_of_the_line(work: Preparing) -> None:
    gate = threading.Event()
    greedy = [work.run(lambda: gate.wait(10), lane=HASHES, asker="one") for _ in range(30)]
    modest = work.run(gate.set, lane="common", asker="one")
    other = work.run(lambda: "in", lane=HASHES, asker="another")
    results = together(*greedy, other, modest)
    assert [isinstance(one, TryLater) for one in results[:30]] == [False] * 16 + [True] * 14
    assert results[30] == "in"


def test_a_refused_one_may_come_again_when_the_line_is_shorter(work: Preparing) -> None:
    for _ in range(3):
        results = together(*(work.run(lambda: 1, lane=HASHES, asker="one") for _ in range(20)))
        assert results.count(1) == 16
    assert all(not lane.waiting for lane in work._lanes.values())


def test_what_fails_leaves_the_line_too(work: Preparing) -> None:
    def fail() -> None:
        raise ValueError

    together(*(work.run(fail, lane=HASHES, asker="one") for _ in range(16)))
    assert together(work.run(lambda: 1, lane=HASHES, asker="one")) == [1]


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="the system has no priorities of threads")
def test_hashing_yields_to_everything_else_that_runs(work: Preparing) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    here: Callable[[], int] = priority
    usual, nice = together(work.run(here), work.run(here, lane=HASHES))
    assert usual == priority()
    assert nice == min(priority() + preparing.NICENESS, 19)


def test_one_hash_at_a_time(work: Preparing) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def hash_something() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.002)
        with lock:
            running -= 1

    together(*(work.run(hash_something, lane=HASHES, asker=str(number)) for number in range(20)))
    assert most == 1
