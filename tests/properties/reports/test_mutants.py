"""The oracle is worth something: reports broken on purpose, each in one way, differ from it soon.

One history serves all; columns are loaded anew for each and then changed, so that changes are seen too.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from hourbook.columns import selecting, summing
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.memos import MemoStore
from hourbook.columns.ordering import window
from hourbook.core.rounding import Rounding
from hourbook.resources.reports import (
    actions,
    actions_detailed,
    actions_summary,
    rules_buckets,
    rules_filters,
    rules_grid,
    rules_texts,
    wire,
    wire_summary,
)
from hourbook.resources.reports.rules import Contains, Group, span_of
from hourbook.resources.reports.rules_sums import tallies_of
from tests.harness import Office, Server
from tests.properties.reports.asking import SEED, ask_any
from tests.properties.reports.book import read_book
from tests.properties.reports.histories import History
from tests.properties.reports.questions import Questioner

ASKS = 800
# What breaks one thing of one report in ten is seen later now and then; whoever looks stops at the first difference.
ASKS_OF_A_MUTANT = 4_000
STEPS = 20
Patch = pytest.MonkeyPatch


def changed(patch: Patch, where: Any, name: str, change: Callable[[Any], Any]) -> None:
    """What a function answers, changed."""
    before = getattr(where, name)
    patch.setattr(where, name, lambda *values, **named: change(before(*values, **named)))


# --- the mutants: each breaks one thing


def half_a_step_goes_down(patch: Patch) -> None:
    patch.setattr(Rounding, "offset_seconds", property(lambda self: max(self.step_seconds // 2 - 1, 0)))


def rounding_is_of_the_sum(patch: Patch) -> None:
    changed(patch, actions, "rounding_of", lambda found: None)


def a_tag_counts_twice_in_the_totals(patch: Patch) -> None:
    def total_of(reading: Any) -> Any:
        keys = [actions_summary.level_of(reading, Group.TAG).key]
        counting = summing.Counting(reading.frame.rounding)
        found = tallies_of(summing.sums(reading.view, reading.parts, keys=keys, counting=counting))
        for other in found[1:]:
            found[0].join(other)
        return found[0] if found else None

    patch.setattr(actions_summary, "total_of", total_of)


def the_end_is_a_second_later(patch: Patch) -> None:
    changed(patch, actions, "span_of", lambda span: msgspec.structs.replace(span, end_s=span.end_s + 1))


def what_comes_twice_counts_in_both_ranges(patch: Patch) -> None:
    changed(patch, actions, "span_of", lambda span: msgspec.structs.replace(span, holes=()))


def the_zone_is_always_that_of_the_profile(patch: Patch) -> None:
    patch.setattr(actions, "check_zone", lambda zone: None)
    patch.setattr(actions, "span_of", _span_of_utc(span_of))


def _span_of_utc(before: Any) -> Any:
    return lambda start, end, *, zone, week_start: before(start, end, zone=zone or "UTC", week_start=week_start)


def days_are_those_of_utc(patch: Patch) -> None:
    patch.setattr(rules_buckets, "day_start_s", lambda day, zone: (day.toordinal() - 719_163) * 86_400)


def weeks_begin_a_day_late(patch: Patch) -> None:
    before = rules_buckets.first_day
    patch.setattr(
        rules_buckets,
        "first_day",
        lambda day, group, *, week_start: before(day, group, week_start=(week_start + 1) % 7),
    )


def hidden_earnings_are_shown(patch: Patch) -> None:
    patch.setattr(actions, "sees_billable_amounts", lambda actor: True)


def costs_are_shown_to_everybody(patch: Patch) -> None:
    patch.setattr(actions, "sees_costs", lambda actor: True)


def everybody_sees_everything(patch: Patch) -> None:
    patch.setattr(actions, "reach_of", lambda reading: None)


def not_containing_leaves_out_what_has_none(patch: Patch) -> None:
    before = rules_filters.by_things

    def by_things(filter_: Any, *rest: Any) -> Any:
        found = before(filter_, *rest)
        if found is not None and filter_.contains is Contains.DOES_NOT_CONTAIN:
            found[-1] = False
        return found

    patch.setattr(rules_filters, "by_things", by_things)


def containing_only_means_containing(patch: Patch) -> None:
    before = rules_filters.by_tags

    def by_tags(filter_: Any, sets: Any, **rest: Any) -> Any:
        if filter_ is not None and filter_.contains is Contains.CONTAINS_ONLY:
            filter_ = msgspec.structs.replace(filter_, contains=Contains.CONTAINS)
        return before(filter_, sets, **rest)

    patch.setattr(rules_filters, "by_tags", by_tags)


def halves_of_cents_go_to_the_even_one(patch: Patch) -> None:
    patch.setattr(wire, "half_up", lambda amount: round(amount / 3600))


def amounts_are_cut_to_whole_cents(patch: Patch) -> None:
    patch.setattr(wire_summary, "nearest", lambda amount: float(amount // 3600))


def running_entries_are_left_out(patch: Patch) -> None:
    patch.setattr(selecting, "seconds_until", lambda view, rows, *, now_s: view.seconds[rows].astype(np.int64))
    patch.setattr(actions_detailed, "seconds_until", selecting.seconds_until)


def deleted_entries_count(patch: Patch) -> None:
    patch.setattr(selecting, "DEAD", 0)


def names_are_never_read_again(patch: Patch) -> None:
    patch.setattr(MemoStore, "changed", lambda self, kinds: None)


def searches_mind_the_case(patch: Patch) -> None:
    patch.setattr(rules_texts, "fold", lambda text: text)


def what_is_not_billable_earns(patch: Patch) -> None:
    patch.setattr(summing, "BILLABLE", 0)


def breaks_are_work(patch: Patch) -> None:
    before = rules_grid.Grid.fill

    def fill(self: Any, tracked: Any) -> None:
        before(self, msgspec.structs.replace(tracked, is_break=np.zeros_like(tracked.is_break)))

    patch.setattr(rules_grid.Grid, "fill", fill)


def pages_begin_one_row_late(patch: Patch) -> None:
    before = window
    patch.setattr(
        actions_detailed,
        "window",
        lambda rows, keys, *, low, **more: before(rows, keys, low=min(low + 1, len(rows)), **more),
    )


MUTANTS = (
    half_a_step_goes_down,
    rounding_is_of_the_sum,
    a_tag_counts_twice_in_the_totals,
    the_end_is_a_second_later,
    the_zone_is_always_that_of_the_profile,
    days_are_those_of_utc,
    weeks_begin_a_day_late,
    hidden_earnings_are_shown,
    costs_are_shown_to_everybody,
    everybody_sees_everything,
    not_containing_leaves_out_what_has_none,
    containing_only_means_containing,
    halves_of_cents_go_to_the_even_one,
    amounts_are_cut_to_whole_cents,
    running_entries_are_left_out,
    deleted_entries_count,
    names_are_never_read_again,
    searches_mind_the_case,
    what_is_not_billable_earns,
    breaks_are_work,
    pages_begin_one_row_late,
)


class Ground:
    """A history, and the moment it stands at."""

    def __init__(self, server: Server) -> None:
        server.clock.reset()
        self.history = History(Office(server), f"{SEED}/mutants")
        for _ in range(STEPS):
            self.history.step()
        self.now_us = server.clock.now_us()

    def first_difference(self, asks: int) -> str:
        """What comes of asking so often; empty when nothing differs."""
        history, clock = self.history, self.history.office.clock
        clock.move_to(self.now_us)
        questioner = Questioner(read_book(history.office), history.chance)
        for _ in range(20):
            # What is asked before a change must not stay.
            with contextlib.suppress(AssertionError):
                ask_any(history, questioner)
        history.office.set(
            only_admins_see_all_time_entries=True,
            only_admins_see_public_projects_entries=True,
            only_admins_see_billable_rates=True,
            admin_only_pages=(),
            round={"round": "Round to nearest", "minutes": "15"},
        )
        for change in (history.do_delete_many, history.do_edit_many, history.do_start_timer, history.do_take_breaks):
            change()
        for client in history.clients:
            history.owner.put(f"/clients/{client}", {"name": f"{client[-3:]} renamed at {self.now_us}"})
        clock.move(77)
        self.now_us = clock.now_us()
        questioner = Questioner(read_book(history.office), history.chance)
        for _ in range(asks):
            try:
                ask_any(history, questioner)
            except AssertionError as error:
                return str(error)
        return ""


@pytest.fixture(scope="module")
def ground(server: Server) -> Ground:
    return Ground(server)


@pytest.fixture(autouse=True)
def fresh_columns(server: Server) -> Iterator[None]:
    """What a mutant made is kept for nobody else."""
    kept = server.runtime.pipeline.kept
    before, mine = kept.columns, ColumnsKeeper(100_000_000)
    kept.columns = lambda: mine
    yield
    kept.columns = before


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.__name__)
def test_a_broken_report_differs_from_the_oracle(ground: Ground, mutant: Callable[[Patch], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutant(patch)
        told = ground.first_difference(ASKS_OF_A_MUTANT)
    # A difference, and no error of the server.
    assert "the oracle says" in told or "only in the" in told, told or "nothing differs"


def test_an_unbroken_report_does_not(ground: Ground) -> None:
    assert ground.first_difference(ASKS) == ""
