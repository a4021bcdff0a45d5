"""Killing the worker at any moment loses no event of a webhook; and what looks for lost ones finds them."""

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from hourbook.worker.deliveries import IN_HAND
from tests.databases import IS_SQLITE, fresh_database
from tests.durability.event_kills import Change, Found, Hearer, judge, run

WORKSPACE = "0123456789abcdef01234567"
MADE, RENAMED, OTHER = Change("t1", "a"), Change("t1", "b"), Change("t2", "c")
DONE = [MADE, RENAMED, OTHER]


@pytest.mark.slow
def test_every_change_reaches_every_receiver_whether_workers_are_killed_or_not(tmp_path: Path) -> None:
    """Two servers at the same time, for most of it is waiting until what was refused is tried again."""
    with contextlib.ExitStack() as opened:
        threads = opened.enter_context(ThreadPoolExecutor())
        runs = {}
        for kills in (0, 3):
            folder = tmp_path / str(kills)
            folder.mkdir()
            url = opened.enter_context(fresh_database(folder))
            database = None if IS_SQLITE else url
            runs[kills] = threads.submit(
                run, folder, changes=300, kills=kills, chance=random.Random(), database=database
            )
        # Before the databases go.
        wait(runs.values())
    for kills, one in runs.items():
        found = one.result()
        assert found.faults == [], found.text()
        assert found.kills == kills
        assert found.refused > 50
        assert kills or not found.twice


def heard(found: Found, *events: tuple[str, Change]) -> Hearer:
    """A receiver that accepted these in this order; with the number of kills that there had been by `found`."""
    hearer = Hearer(found, random.Random())
    for place, change in events:
        hearer.accept(f"{WORKSPACE}.{place}", change)
    return hearer


WELL = [("7", MADE), ("8", RENAMED), ("9.1", OTHER)]


def test_a_good_run_has_no_fault() -> None:
    found = Found(changes=3)
    judge(found, [heard(found, *WELL), heard(found, *reversed(WELL))], DONE)
    assert found.faults == []
    assert found.twice == 0


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (WELL[:2], "never accepted"),
        ([*WELL, ("10", OTHER)], "under 2 ids"),
        ([*WELL, ("10", Change("t3", "d"))], "which nobody did"),
        ([("7", RENAMED), ("8", MADE), ("9.1", OTHER)], "is two things"),
        ([*WELL, ("8", RENAMED)], "came again"),
    ],
)
def test_a_fault_of_one_receiver_is_found(events: list[tuple[str, Change]], fault: str) -> None:
    found = Found(changes=3)
    judge(found, [heard(found, *WELL), heard(found, *events)], DONE)
    assert any(fault in one for one in found.faults), found.text()


def test_revisions_in_another_order_are_found() -> None:
    found = Found(changes=3)
    swapped = [("7", RENAMED), ("8", MADE), ("9.1", OTHER)]
    judge(found, [heard(found, *swapped), heard(found, *swapped)], DONE)
    assert found.faults == ["the revisions tell t1 in another order"]


@pytest.mark.parametrize(("more", "is_fault"), [(0, False), (1, True)])
def test_a_kill_may_repeat_what_was_in_hand_and_no_more(more: int, is_fault: bool) -> None:
    found = Found()
    changes = [Change(f"t{number}", "x") for number in range(IN_HAND + 1)]
    events = [(str(number), change) for number, change in enumerate(changes)]
    first, second = heard(found, *events), heard(found, *events)
    found.kills = 1
    for place, change in events[: IN_HAND + more]:
        first.accept(f"{WORKSPACE}.{place}", change)
    judge(found, [first, second], changes)
    assert bool(found.faults) is is_fault
    assert (found.twice, found.most_twice) == (IN_HAND + more, IN_HAND + more)
