"""Pages of rows are those of the whole order, whatever is equal in it: random columns against Python's sort."""

import random
from typing import Any

import numpy as np
import pytest

from hourbook.columns import ordering
from hourbook.columns.ordering import Key, TextOrder, by_codes, by_id, by_values, ordered, window, window_by_start
from hourbook.columns.selecting import RowNumbers
from hourbook.columns.table import View
from tests.columns.test_sums import SMALL_RATES, columns

SEEDS = range(40)


def shuffled_ids(view: View, chance: random.Random) -> View:
    """Ids in no order, some of which end with zeros."""
    ids = [chance.randbytes(chance.choice([1, 2, 12])).ljust(12, b"\0") for _ in range(view.count)]
    ids = [one[:8] + number.to_bytes(4, "big") for number, one in enumerate(ids)]
    chance.shuffle(ids)
    object.__setattr__(view, "ids", np.array(ids, dtype="S12"))
    return view


def some(chance: random.Random) -> tuple[View, RowNumbers]:
    """Columns with many equal values, and some of their rows in the columns' order."""
    view = shuffled_ids(columns(chance, chance.choice([0, 1, 7, 300]), rates=SMALL_RATES, odd=3), chance)
    object.__setattr__(view, "start_s", view.start_s // chance.choice([1, 500, 40_000]))
    rows = [row for row in range(view.count) if chance.random() < 0.8]
    return view, np.array(rows, dtype=np.int64)


def naive(view: View, rows: RowNumbers, names: list[str]) -> list[int]:
    def key(row: int) -> tuple[object, ...]:
        values = [int(getattr(view, name)[row]) for name in names]
        return (*values, bytes(view.ids[row]).ljust(12, b"\0"))

    return sorted(rows.tolist(), key=key)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_page_is_a_cut_of_the_whole_order(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(ordering, "FEW", chance.choice([0, 3, 2048]))
    view, rows = some(chance)
    identity = np.arange(4, dtype=np.int64)
    choices: list[tuple[list[str], list[Key]]] = [
        ([], []),
        (["seconds"], [by_values(view.seconds)]),
        (["user", "start_s"], [by_codes(view.user, identity), by_values(view.start_s)]),
    ]
    names, keys = chance.choice(choices)
    expected = naive(view, rows, names)
    keys = [*keys, *by_id(view)]
    assert ordered(rows, keys).tolist() == expected
    size = chance.choice([1, 2, 10, 1000])
    for low in range(0, len(rows) + size, size):
        assert window(rows, keys, low=low, high=low + size).tolist() == expected[low : low + size]
        found = window(rows, keys, low=low, high=low + size, is_descending=True)
        assert found.tolist() == expected[::-1][low : low + size]


@pytest.mark.parametrize("seed", SEEDS)
def test_pages_by_start_are_the_same_though_hardly_anything_is_sorted(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(ordering, "FEW", chance.choice([0, 3, 2048]))
    view, rows = some(chance)
    expected = naive(view, rows, ["start_s"])
    size = chance.choice([1, 3, 50])
    for low in range(0, len(rows) + size, size):
        assert window_by_start(view, rows, low=low, high=low + size).tolist() == expected[low : low + size]
        found = window_by_start(view, rows, low=low, high=low + size, is_descending=True)
        assert found.tolist() == expected[::-1][low : low + size]


def test_a_page_by_start_looks_at_few_of_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    view = columns(random.Random(1), 5000, rates=SMALL_RATES, odd=0)
    sizes: list[int] = []
    whole = ordering.window

    def watched(rows: RowNumbers, *more: Any, **named: Any) -> RowNumbers:
        sizes.append(len(rows))
        return whole(rows, *more, **named)

    monkeypatch.setattr(ordering, "window", watched)
    rows = np.arange(view.sorted_count)
    assert len(window_by_start(view, rows, low=2000, high=2010)) == 10
    assert sizes[0] < 50


@pytest.mark.parametrize("many", [0, 4, 16])
def test_texts_are_ranked_as_their_dictionary_grows(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "MANY", many)
    chance = random.Random(3)
    texts = ["b", "", "A"]
    order = TextOrder(texts)
    assert order.ranks_of(texts).tolist() == [2, 0, 1]
    before = order.ranks_of(texts)
    assert order.ranks_of(texts) is before
    assert order.nbytes == 2 * 3 * 8
    for _ in range(30):
        new = {chance.choice("aAbBzß") * chance.randint(1, 9) for _ in range(chance.randint(1, 4))}
        texts.extend(sorted(new - set(texts)))
        ranks = order.ranks_of(texts)
        expected = sorted(texts, key=lambda text: (text.casefold(), text))
        assert [expected[rank] for rank in ranks.tolist()] == texts
    assert before.tolist() == [2, 0, 1]


def test_another_dictionary_is_ranked_anew() -> None:
    order = TextOrder(["b", "a", "c"])
    assert order.ranks.tolist() == [1, 0, 2]
    assert order.ranks_of(["x", "c"]).tolist() == [1, 0]
    assert order.ranks_of([]).tolist() == []
    assert order.ranks_of(["y"]).tolist() == [0]
