"""Fixtures of the tests of columns."""

from typing import Any

import pytest

from hourbook.columns import kept, loading
from hourbook.columns.keeping import ColumnsKeeper

PLENTY = 1 << 30


@pytest.fixture
def keeper() -> ColumnsKeeper:
    """One with room for everything."""
    return ColumnsKeeper(PLENTY)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workspaces whose tables were read, one for each time."""
    found: list[str] = []
    load = loading.load

    def noted(tx: Any, revision: int, *, count: int) -> kept.Columns:
        found.append(tx.workspace_id)
        return load(tx, revision, count=count)

    monkeypatch.setattr(loading, "load", noted)
    return found
