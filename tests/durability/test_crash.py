"""Kills and power cuts of the real server, on the database this run of the suite is for.

Fifty kills in all (thirty over SQLite, twenty over PostgreSQL, half of those of the postmaster) and twenty cuts
(SQLite). `python -m tests.durability.crash` does the same as often as asked. The seed is new in each run and stands
in the message of a failure. A last test proves that a server whose writes are not synced does not pass.
"""

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.crash import Report, crash_postgresql, crash_sqlite, cut_sqlite

ON_POSTGRESQL = os.environ.get("HOURBOOK_TEST_DATABASE") == "postgresql"
SQLITE_KILLS = 30
POSTGRESQL_KILLS = 20
CUTS = 20
DOCTOR_EVERY = 10

pytestmark = pytest.mark.slow
sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="power cuts are for SQLite, whose files are Hourbook's own")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below pytest's own folder, which is closed to the account PostgreSQL may run as."""
    with tempfile.TemporaryDirectory(prefix="hourbook-crash-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def seed() -> int:
    return random.randrange(2**32)


def check_nothing_was_lost(report: Report, seed: int) -> None:
    assert not report.faults, f"seed {seed}\n{report.text()}"
    assert report.acknowledged > 0
    assert report.open_requests > 0, "no kill came in the middle of a request"


def test_kills_at_random_moments_lose_no_acknowledged_write_and_leave_none_half_done(folder: Path, seed: int) -> None:
    crash, kills = (crash_postgresql, POSTGRESQL_KILLS) if ON_POSTGRESQL else (crash_sqlite, SQLITE_KILLS)
    report = crash(folder, kills=kills, chance=random.Random(seed), doctor_every=DOCTOR_EVERY)
    check_nothing_was_lost(report, seed)
    assert report.kills == kills


@sqlite_only
def test_power_cuts_lose_no_acknowledged_write(folder: Path, seed: int) -> None:
    report = cut_sqlite(folder, cuts=CUTS, chance=random.Random(seed), doctor_every=DOCTOR_EVERY)
    check_nothing_was_lost(report, seed)
    assert report.sectors_lost > 0, "no cut came while anything was unsynced"


@sqlite_only
def test_a_server_whose_syncs_keep_nothing_does_not_pass(folder: Path, seed: int) -> None:
    report = cut_sqlite(folder, cuts=1, chance=random.Random(seed), lying=True)
    assert report.faults
