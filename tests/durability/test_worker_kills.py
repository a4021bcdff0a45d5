"""Killing the worker at any moment loses nothing, and timers go on."""

import random
from pathlib import Path

import pytest

from tests.databases import IS_SQLITE, fresh_database
from tests.durability.worker_kills import run

pytestmark = pytest.mark.slow


def test_a_worker_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    with fresh_database(tmp_path) as url:
        chance = random.Random()
        found = run(tmp_path, kills=3, seconds=1.0, chance=chance, database=None if IS_SQLITE else url)
    assert found.faults == [], found.text()
    assert found.kills == 3
    assert found.mails > 5
    assert len(found.under_kills) > 20
