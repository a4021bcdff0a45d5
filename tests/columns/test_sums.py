"""Rows are chosen and summed exactly: random columns against plain loops over the same rows."""

import random
from collections import defaultdict
from typing import Any, cast

import numpy as np
import pytest

from hourbook.columns import summing
from hourbook.columns.selecting import Part, Wanted, parts_of, rows_of
from hourbook.columns.summing import ByColumn, BySet, ByTime, Counting, Key, Sums, sums
from hourbook.columns.table import BILLABLE, DEAD, INVOICED, RUNNING, Ids, Rates, View
from hourbook.core.errors import ReportTooLarge
from hourbook.core.rounding import Rounding, RoundingWay

NOW_S = 50_000
SMALL_RATES = [Rates(0, 0, "USD"), Rates(4321, 876, "USD"), Rates(1, 3, "EUR"), Rates(7, 0, "KWD")]
HUGE_RATES = [Rates((1 << 53) - 1, 5, "USD"), Rates((1 << 53) - 3, (1 << 53) - 1, "EUR")]
TEN_YEARS = 315_360_000
# For ten years just less than a double holds exactly.
NEARLY_HUGE_RATES = [Rates((1 << 53) // TEN_YEARS - less, (1 << 53) // TEN_YEARS, "USD") for less in (0, 1)]
TAG_SETS = [(), (0,), (0, 2), (1, 2, 3)]


class _Memos:
    """Keeps nothing."""

    def get(self, name: str, kinds: tuple[str, ...], make: Any) -> Any:
        return make()


def columns(chance: random.Random, count: int, *, rates: list[Rates], odd: int) -> View:
    """Random rows, the last of them in no order; `odd` of them running, and as many deleted."""
    sorted_count = count - count // 5
    starts = [chance.randrange(40_000) for _ in range(count)]
    starts[:sorted_count] = sorted(starts[:sorted_count])
    flags = [chance.choice([0, BILLABLE, INVOICED, BILLABLE | INVOICED]) for _ in range(count)]
    seconds = [chance.choice([0, 1, 59, 3600, TEN_YEARS]) for _ in range(count)]
    odd_rows = chance.sample(range(count), min(count, 2 * odd))
    running, dead = odd_rows[: len(odd_rows) // 2], odd_rows[len(odd_rows) // 2 :]
    for row in running:
        flags[row], seconds[row] = flags[row] | RUNNING, 0
    for row in dead:
        flags[row] |= DEAD

    def drawn(low: int, high: int) -> Any:
        return np.array([chance.randint(low, high) for _ in range(count)], dtype=np.int32)

    return View(
        workspace_id="0" * 24,
        revision=1,
        count=count,
        sorted_count=sorted_count,
        dead_count=len(dead),
        running_rows=tuple(sorted(running)),
        ids=np.array([row.to_bytes(12, "big") for row in range(count)], dtype="S12"),
        start_s=np.array(starts, dtype=np.int64),
        seconds=np.array(seconds, dtype=np.int32),
        user=drawn(0, 2),
        project=drawn(-1, 3),
        task=drawn(-1, 1),
        flags=np.array(flags, dtype=np.uint8),
        rate=drawn(0, len(rates) - 1),
        description=drawn(0, 2),
        tags=drawn(0, len(TAG_SETS) - 1),
        users=Ids(["a", "b", "c"]),
        projects=Ids(["p", "q", "r", "s"]),
        tasks=Ids(["t", "u"]),
        tag_ids=Ids(["w", "x", "y", "z"]),
        rates=rates,
        descriptions=["", "one", "two"],
        tag_sets=TAG_SETS,
        index=cast(Any, None),
        memos=cast(Any, _Memos()),
    )


def wanted(chance: random.Random, view: View) -> Wanted:
    """A random choice; often a plain span, which is summed in another way."""
    start_s = chance.choice([0, chance.randrange(40_000)])
    span: dict[str, Any] = {
        "start_s": start_s,
        "end_s": chance.choice([40_000, start_s, start_s + chance.randrange(20_000)]),
    }
    if chance.random() < 0.4:
        return Wanted(**span)

    def table(size: int) -> Any:
        return None if chance.random() < 0.6 else np.array([chance.random() < 0.6 for _ in range(size)], dtype=bool)

    return Wanted(
        **span,
        users=table(3),
        projects=table(5),
        tasks=table(3),
        tag_sets=table(4),
        descriptions=table(3),
        rates=table(len(view.rates)),
        flags_set=chance.choice([0, 0, BILLABLE]),
        flags_clear=chance.choice([0, 0, INVOICED]),
        rows=None if chance.random() < 0.7 else np.array(chance.choices(range(view.count), k=7), dtype=np.int64),
    )


def naive_rows(view: View, want: Wanted) -> list[int]:
    """The rows that are wanted, one by one."""
    tables = (
        (want.users, view.user), (want.projects, view.project), (want.tasks, view.task),
        (want.tag_sets, view.tags), (want.descriptions, view.description), (want.rates, view.rate),
    )  # fmt: skip
    found = []
    for row in range(view.count):
        flags = int(view.flags[row])
        passes = want.start_s <= view.start_s[row] < want.end_s and not flags & (DEAD | want.flags_clear)
        passes = passes and flags & want.flags_set == want.flags_set and (want.rows is None or row in want.rows)
        if passes and all(table is None or table[codes[row]] for table, codes in tables):
            found.append(row)
    return found


def keys_of(view: View) -> dict[str, tuple[Key, Any]]:
    """Each kind of key, and the codes a row has by it."""
    # The clock goes back once: the third stretch is of the first bucket again.
    bounds, buckets = np.array([0, 7_000, 20_000, 33_000]), np.array([0, 1, 0, 2])
    offsets = np.array([0, 1, 2, 4, 7])
    members = np.array([4, 0, 0, 2, 1, 2, 3])
    table = np.array([1, 0, 1, 0, 2])
    return {
        "project": (ByColumn(view.project, 5, np.arange(5)), lambda row: [int(view.project[row]) % 5]),
        "client": (ByColumn(view.project, 3, table), lambda row: [int(table[view.project[row]])]),
        "user": (ByColumn(view.user, 3), lambda row: [int(view.user[row])]),
        "time": (ByTime(view.start_s, bounds, buckets, 3), lambda row: [buckets[sum(view.start_s[row] >= bounds) - 1]]),
        "tags": (BySet(view.tags, offsets, members, 5), lambda row: list(TAG_SETS[view.tags[row]]) or [4]),
        "groups": (BySet(view.user, np.array([0, 2, 3, 4]), np.array([0, 1, 1, 2]), 3),
                   lambda row: [[0, 1], [1], [2]][view.user[row]]),
    }  # fmt: skip


def naive_sums(view: View, rows: list[int], codes_of: list[Any], rounding: Rounding | None) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for row in rows:
        seconds = int(view.seconds[row])
        if view.flags[row] & RUNNING:
            seconds = max(NOW_S - int(view.start_s[row]), 0)
        seconds = seconds if rounding is None else rounding.rounded(seconds)
        rate, billable = view.rates[view.rate[row]], bool(view.flags[row] & BILLABLE)
        paths: list[tuple[int, ...]] = [()]
        for codes in codes_of:
            paths = [(*path, code) for path in paths for code in codes(row)]
        for path in paths:
            total = found[(*path, rate.currency)]
            numbers = (
                seconds,
                seconds * billable,
                1,
                seconds * rate.hourly_minor * billable,
                seconds * rate.cost_minor,
            )
            found[(*path, rate.currency)] = [before + number for before, number in zip(total, numbers, strict=True)]
    return dict(found)


def as_dict(found: Sums) -> dict[Any, list[int]]:
    keys = [*(one.tolist() for one in found.keys), [found.currencies[code] for code in found.currency.tolist()]]
    numbers = (found.seconds, found.billable_seconds, found.count, found.earned, found.cost)
    rows = [list(row) for row in zip(*(one.tolist() for one in numbers), strict=True)]
    paths = list(zip(*keys, strict=True))
    assert len(set(paths)) == len(paths)
    assert paths == sorted(paths, key=lambda path: (*path[:-1], found.currencies.index(path[-1])))
    return dict(zip(paths, rows, strict=True))


@pytest.mark.parametrize(
    "limits", [(1 << 22, 1 << 17, 1 << 17), (8, 2, 64), (64, 4, 1 << 17), (1 << 22, 1 << 17, 1024)]
)
@pytest.mark.parametrize("rates", [SMALL_RATES, SMALL_RATES[:2], HUGE_RATES], ids=["small", "one currency", "huge"])
def test_sums_are_those_of_a_loop(
    limits: tuple[int, int, int], rates: list[Rates], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "BINS_LIMIT", limits[0])
    monkeypatch.setattr(summing, "SPARSE_LIMIT", limits[1])
    monkeypatch.setattr(summing, "PIECE_ROWS", limits[2])
    monkeypatch.setattr(summing, "FEW_BINS", 1)
    chance = random.Random(f"{limits} {rates}")
    for _ in range(60):
        view = columns(chance, chance.choice([0, 1, 40, 200, 1500]), rates=rates, odd=chance.choice([0, 1, 3, 30]))
        want = wanted(chance, view) if view.count else Wanted(start_s=0, end_s=1)
        rows = naive_rows(view, want)
        assert sorted(rows_of(view, want).tolist()) == rows
        every = keys_of(view)
        names = chance.sample(sorted(every), chance.randint(0, 3))
        rounding = chance.choice([None, *(Rounding(way, 900) for way in RoundingWay)])
        found = sums(
            view,
            parts_of(view, want, now_s=NOW_S),
            keys=[every[name][0] for name in names],
            counting=Counting(rounding),
        )
        assert as_dict(found) == naive_sums(view, rows, [every[name][1] for name in names], rounding), (names, want)


@pytest.mark.parametrize("names", [(), ("user",)])
def test_many_parts_that_are_exact_each_are_exact_together(names: tuple[str, ...]) -> None:
    """Each fits into a double, and in all they are more than 64 bits hold."""
    chance = random.Random(f"many parts {names}")
    view = columns(chance, 3900, rates=NEARLY_HUGE_RATES, odd=0)
    view.seconds[:] = [chance.choice([TEN_YEARS, TEN_YEARS - 1]) for _ in range(view.count)]
    view.flags[:] |= BILLABLE
    every = keys_of(view)
    parts = [Part(slice(row, row + 1)) for row in range(view.count)]
    found = sums(view, parts, keys=[every[name][0] for name in names])
    rows = list(range(view.count))
    assert as_dict(found) == naive_sums(view, rows, [every[name][1] for name in names], None)
    assert min(found.earned) > 1 << 63
    if names:
        assert as_dict(found.without_last([])) == naive_sums(view, rows, [], None)


def test_a_level_less_is_the_sum_of_what_is_below() -> None:
    chance = random.Random(5)
    view = columns(chance, 200, rates=SMALL_RATES, odd=2)
    every = keys_of(view)
    parts = parts_of(view, Wanted(start_s=0, end_s=40_000), now_s=NOW_S)
    both = sums(view, parts, keys=[every["client"][0], every["user"][0]])
    assert as_dict(both.without_last([3])) == as_dict(sums(view, parts, keys=[every["client"][0]]))


def test_what_is_not_counted_is_zero() -> None:
    view = columns(random.Random(6), 50, rates=SMALL_RATES, odd=0)
    parts = parts_of(view, Wanted(start_s=0, end_s=40_000), now_s=NOW_S)
    every = sums(view, parts, keys=[keys_of(view)["user"][0]])
    for limit in (0, 1 << 17):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(summing, "SPARSE_LIMIT", limit)
            lean = sums(
                view, parts, keys=[keys_of(view)["user"][0]], counting=Counting(costs=False, billable_seconds=False)
            )
        assert not lean.cost.any()
        assert not lean.billable_seconds.any()
        assert lean.earned.tolist() == every.earned.tolist()


def test_members_of_sets_are_counted_some_at_a_time_and_never_more_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = columns(random.Random(7), 300, rates=SMALL_RATES, odd=0)
    parts = parts_of(view, Wanted(start_s=0, end_s=40_000), now_s=NOW_S)
    keys = [keys_of(view)[name][0] for name in ("tags", "groups")]
    at_once = as_dict(sums(view, parts, keys=keys))
    rows_count = len({path[:-1] for path in at_once})
    monkeypatch.setattr(summing, "SPREAD_ROWS", 7)
    assert as_dict(sums(view, parts, keys=keys, most_rows=rows_count)) == at_once
    with pytest.raises(ReportTooLarge):
        sums(view, parts, keys=keys, most_rows=rows_count // len(SMALL_RATES))


def test_a_set_with_more_members_than_rows_are_allowed_is_refused_before_it_is_spread() -> None:
    view = columns(random.Random(8), 3, rates=SMALL_RATES, odd=0)
    many = 1 << 40
    key = BySet(view.user, np.arange(4, dtype=np.int64) * many, np.zeros(1, dtype=np.int64), many)
    with pytest.raises(ReportTooLarge):
        sums(view, parts_of(view, Wanted(start_s=0, end_s=40_000), now_s=NOW_S), keys=[key, key], most_rows=1000)
