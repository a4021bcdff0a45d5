"""The index of ids does what a dictionary does, however full it gets."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hourbook.columns import index
from hourbook.columns.index import GONE, IdIndex
from hourbook.columns.table import ID_TYPE, packed_ids


def ids_of(texts: list[str]) -> np.ndarray:
    return packed_ids(texts)


def some_ids(count: int, seed: int = 0) -> list[str]:
    """Ids as one source makes them: seconds, five bytes that are all the same, a counter."""
    chance = random.Random(seed)
    seconds = 1_700_000_000
    found = []
    for number in range(count):
        seconds += chance.choice([0, 0, 0, 1])
        found.append(f"{seconds:08x}00ff00ff00{number:06x}")
    return found


@given(count=st.integers(0, 400), seed=st.integers(0, 3))
def test_every_id_leads_to_its_row_and_no_other_to_any(count: int, seed: int) -> None:
    texts = some_ids(count + 5, seed)
    ids = ids_of(texts)
    table = IdIndex(count)
    table.add(ids, np.arange(count, dtype=np.int32))
    assert table.used == count
    assert table.rows_of(ids[:count], ids).tolist() == [*range(count), -1, -1, -1, -1, -1]
    assert sorted(table.rows().tolist()) == list(range(count))


def test_ids_that_end_in_zeros_are_told_apart() -> None:
    ids = ids_of(["00" * 12, "11" * 12, "11" * 11 + "00", "11" + "00" * 11, "00" * 11 + "11"])
    table = IdIndex(5)
    table.add(ids, np.arange(5, dtype=np.int32))
    assert table.rows_of(ids, ids).tolist() == [0, 1, 2, 3, 4]


def test_an_index_that_is_as_full_as_it_may_be_still_ends_every_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SMALLEST", 2)
    ids = ids_of(some_ids(1003))
    table = IdIndex(1000)
    for first in range(0, 1000, 10):
        table.add(ids, np.arange(first, first + 10, dtype=np.int32))
    assert table.rows_of(ids, ids).tolist() == [*range(1000), -1, -1, -1]


def test_an_id_is_pointed_elsewhere_and_a_copy_keeps_its_row() -> None:
    ids = ids_of([*some_ids(4), *some_ids(2)])
    table = IdIndex(4)
    table.add(ids, np.arange(4, dtype=np.int32))
    copy = table.copy()
    table.point(ids[:4], ids[:2], np.array([4, 5], np.int32))
    assert table.rows_of(ids, ids[:4]).tolist() == [4, 5, 2, 3]
    assert copy.rows_of(ids, ids[:4]).tolist() == [0, 1, 2, 3]
    with pytest.raises(LookupError):
        table.point(ids[:4], ids_of(["f" * 24]), np.array([1], np.int32))


def test_rows_become_others_and_ids_without_a_row_do_not_end_a_search() -> None:
    ids = ids_of(some_ids(300))
    table = IdIndex(300)
    table.add(ids, np.arange(300, dtype=np.int32))
    kept = np.arange(0, 300, 3)
    becomes = np.full(300, GONE, np.int32)
    becomes[kept] = np.arange(100)
    moved = table.with_rows(becomes)
    assert moved.rows_of(ids[kept], ids[kept]).tolist() == list(range(100))
    others = np.setdiff1d(np.arange(300), kept)
    assert moved.rows_of(ids[kept], ids[others]).tolist() == [-1] * 200
    assert table.rows_of(ids, ids).tolist() == list(range(300))


def test_rows_behind_those_that_a_reader_knows_are_unknown_to_it() -> None:
    ids = ids_of(some_ids(200))
    table = IdIndex(200)
    table.add(ids, np.arange(100, dtype=np.int32))
    known = ids[:100].copy()
    table.add(ids, np.arange(100, 200, dtype=np.int32))
    assert table.rows_of(known, ids).tolist() == [*range(100), *[-1] * 100]
    assert table.rows_of(np.empty(0, ID_TYPE), ids).tolist() == [-1] * 200
