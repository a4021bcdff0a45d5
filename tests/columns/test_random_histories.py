"""Columns that followed a random history are those of a fresh look at the tables, and open Views never change."""

import contextlib
import random
from typing import Any

import pytest

from hourbook.columns import changes, index, kept, loading
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.table import View
from hourbook.db import tx as transactions
from tests.columns.comparing import check, check_unchanged, opened, photograph, reading
from tests.columns.histories import History
from tests.harness import Office

ROUNDS = 40


class Held:
    """Views that readers keep open, oldest first, with what they showed at first."""

    def __init__(self, office: Office, keeper: ColumnsKeeper) -> None:
        self._office = office
        self._keeper = keeper
        self._open: list[tuple[contextlib.ExitStack, View, dict[str, Any]]] = []

    def open(self) -> None:
        stack = contextlib.ExitStack()
        view = stack.enter_context(opened(self._office, self._keeper))
        self._open.append((stack, view, photograph(view)))

    def check(self) -> None:
        for _, view, taken in self._open:
            check_unchanged(view, taken)

    def close(self, *, down_to: int) -> None:
        while len(self._open) > down_to:
            stack, view, taken = self._open.pop(0)
            check_unchanged(view, taken)
            stack.close()


@pytest.mark.parametrize("seed", range(6))
def test_columns_that_followed_a_history_are_those_of_the_tables(
    office: Office, monkeypatch: pytest.MonkeyPatch, loads: list[str], seed: int
) -> None:
    monkeypatch.setattr(transactions, "ROWS_JOURNALED_ONE_BY_ONE", 3)  # bulk rows of the journal early on
    monkeypatch.setattr(kept, "COMPACT_AT_LEAST", 1 + seed * 5)
    monkeypatch.setattr(kept, "SMALLEST", 4)
    monkeypatch.setattr(index, "SMALLEST", 4)
    monkeypatch.setattr(loading, "PORTION_ROWS", 7)
    monkeypatch.setattr(loading, "LINKS_AT_ONCE", 5)
    monkeypatch.setattr(changes, "PORTION_ROWS", 3)
    chance, history = random.Random(seed), History(office, seed)
    keeper = ColumnsKeeper(1 << 30)
    held = Held(office, keeper)
    for _ in range(ROUNDS):
        history.run(chance.choice([1, 1, 3, 12]))
        held.open()
        held.check()
        held.close(down_to=chance.choice([0, 1, 3]))
    held.close(down_to=0)
    assert len(loads) == 1, "every verb could be applied"
    verbs = {verb for (verb, status) in history.counts if status == 2}
    assert len(verbs) > 20
    with reading(office) as tx, ColumnsKeeper(1 << 30).opened(tx) as fresh:
        check(fresh, tx)
        assert fresh.dead_count == 0
        assert fresh.sorted_count == fresh.count


def test_a_history_reaches_every_verb_that_the_columns_know(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from hourbook.columns import applying

    monkeypatch.setattr(transactions, "ROWS_JOURNALED_ONE_BY_ONE", 3)
    met: set[str] = set()
    find = applying._verb

    def noted(name: str) -> Any:
        met.add(name)
        return find(name)

    monkeypatch.setattr(applying, "_verb", noted)
    keeper, history = ColumnsKeeper(1 << 30), History(office, 11)
    with opened(office, keeper):
        pass
    for _ in range(8):
        history.run(30)
        with opened(office, keeper):
            pass
    assert met == set(applying._VERBS)
