"""Fixtures of the database tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hourbook.db.engine import Engine, make_engine
from tests.databases import fresh_database


@pytest.fixture
def own_url(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database for this test alone."""
    with fresh_database(tmp_path) as url:
        yield url


@pytest.fixture
def engine(own_url: str) -> Engine:
    return make_engine(own_url)
