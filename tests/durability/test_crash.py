"""Kills and power cuts of the real server, on the database this run of the suite is for.

Thirty kills over SQLite, twenty over PostgreSQL (half of them of the postmaster) and twenty cuts (SQLite).
`make crash` does the same a hundred times, or as often as asked. The seed is new in each run and stands in the message
of a failure. Further tests prove that a server whose writes are not synced does not pass, nor one that starts slowly.
"""

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.crash import (
    LONGEST_RESTART_SECONDS,
    RESTART_SECONDS,
    Report,
    crash_postgresql,
    crash_sqlite,
    cut_sqlite,
)
from tests.durability.server_process import Start

ON_POSTGRESQL = os.environ.get("HOURBOOK_TEST_DATABASE") == "postgresql"
SQLITE_KILLS = 30
POSTGRESQL_KILLS = 20
CUTS = 20
DOCTOR_EVERY = 6

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
    assert report.postmaster_kills == (kills // 2 if ON_POSTGRESQL else 0)


@sqlite_only
def test_power_cuts_lose_no_acknowledged_write(folder: Path, seed: int) -> None:
    report = cut_sqlite(folder, cuts=CUTS, chance=random.Random(seed), doctor_every=DOCTOR_EVERY)
    check_nothing_was_lost(report, seed)
    assert report.sectors_lost > 0, "no cut came while anything was unsynced"


@sqlite_only
def test_a_server_whose_syncs_keep_nothing_does_not_pass(folder: Path, seed: int) -> None:
    report = cut_sqlite(folder, cuts=1, chance=random.Random(seed), lying=True)
    assert report.faults


LIMIT, CEILING = RESTART_SECONDS, LONGEST_RESTART_SECONDS
# A machine that was busy for a minute, and a disk that was busy once; and what no server of ours needs.
DEAR = Start(60.0, 0.7, RESTART_SECONDS + 0.1)
GOOD = [Start(60.0, 0.7, 0.6), Start(0.8, 0.7, 0.6), Start(LIMIT + 1, LIMIT + 1, 0.6)]


@pytest.mark.parametrize(
    ("restarts", "fault"),
    [
        ([], None),
        (GOOD, None),
        ([*GOOD, DEAR], "needed a processor for 2.10 s"),
        ([*GOOD * 4, DEAR], None),
        ([*GOOD * 4, DEAR, DEAR], "needed a processor for 2.10 s"),
        ([*GOOD, *[Start(LIMIT + 1, LIMIT + 1, 0.6)] * 3], "half of the restarts took more than 3.00 s"),
        ([*GOOD, Start(CEILING + 1, CEILING + 1, 0.6)], "a restart took 11.00 s"),
    ],
)
def test_a_server_that_starts_slowly_does_not_pass_and_a_busy_machine_does(
    restarts: list[Start], fault: str | None
) -> None:
    found = Report(restarts=restarts).slow_restarts()
    assert found == [] if fault is None else fault in " ".join(found)
