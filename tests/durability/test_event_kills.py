"""Killing the worker at any moment loses no event of a webhook."""

import random
from pathlib import Path

import pytest

from tests.databases import IS_SQLITE, fresh_database
from tests.durability.event_kills import run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kills", [0, 3])
def test_every_change_reaches_every_receiver(tmp_path: Path, kills: int) -> None:
    with fresh_database(tmp_path) as url:
        found = run(tmp_path, changes=300, kills=kills, chance=random.Random(), database=None if IS_SQLITE else url)
    assert found.faults == [], found.text()
    assert found.kills == kills
    assert found.refused > 50
    assert kills or not found.twice
