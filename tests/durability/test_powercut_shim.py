"""Proves the power-cut library itself, with plain Python programs and no server.

With synchronous=FULL nothing acknowledged may be lost over several cuts in a row on the same data; with OFF, with
NORMAL and on a lying disk a loss must be noticed. Small programs show that truncation, rename, copies and a second
process are followed. A failure here says nothing about Hourbook: it says the other durability tests prove nothing.
"""

import random
import shutil
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from tests.durability.powercut import PowerCut, build_library

CUTS = 6

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a library is preloaded in this way on Linux only")

WRITER = """
import os, sqlite3, sys, threading, zlib
path, synchronous, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
def connect():
    held = sqlite3.connect(path, isolation_level=None, timeout=60)
    held.execute("PRAGMA synchronous=" + synchronous)
    held.execute("PRAGMA wal_autocheckpoint=60")
    return held
def write(start):
    held = connect()
    for number in range(start, start + 1000000, 3):
        body = os.urandom(number * 37 % 5000)
        held.execute("INSERT INTO row VALUES (?, ?, ?)", (number, body, zlib.crc32(body)))
        os.write(1, b"%d\\n" % number)
held = connect()
held.execute("PRAGMA journal_mode=WAL")
held.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB, sum INTEGER)")
for offset in range(3):
    threading.Thread(target=write, args=(first + offset,)).start()
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def power(tmp_path: Path, library: Path) -> PowerCut:
    return PowerCut(tmp_path, library=library)


def run(power: PowerCut, program: str) -> None:
    """Runs a short program with `data` as its working folder, to its end."""
    subprocess.run([sys.executable, "-c", program], cwd=power.data, env=power.environment(), check=True, timeout=60)


def acknowledged_before_kill(
    power: PowerCut, synchronous: str, *, first: int, count: int, lying: bool = False
) -> set[int]:
    """Lets the writer acknowledge `count` rows, kills it and returns every number it acknowledged until then."""
    command = [sys.executable, "-c", WRITER, str(power.data / "rows.db"), synchronous, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=power.environment(lying=lying)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(count)]
        process.kill()
        lines.extend(process.stdout)
    return {int(line) for line in lines if line.endswith(b"\n")}


def surviving(power: PowerCut) -> set[int] | None:
    """The rows after a cut, or None when the database cannot be read whole.

    Looks at a copy: reading recovers and checkpoints the database, which outside of the library would go unnoticed.
    """
    copy = power.data.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(power.data, copy)
    try:
        with closing(sqlite3.connect(copy / "rows.db")) as held:
            if held.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            rows = held.execute("SELECT id, body, sum FROM row").fetchall()
    except sqlite3.DatabaseError:
        return None
    return {number for number, body, total in rows if zlib.crc32(body) == total}


def losses(power: PowerCut, synchronous: str, *, cuts: int, seed: int, lying: bool = False) -> int:
    """How many of several kills with a cut lost something that was acknowledged in the same run."""
    chance = random.Random(seed)
    noticed = 0
    everything = acknowledged_before_kill(power, "FULL", first=0, count=100)
    for turn in range(1, cuts + 1):
        count = chance.randrange(10, 400)
        everything |= acknowledged_before_kill(power, synchronous, first=turn * 1_000_000, count=count, lying=lying)
        power.cut(chance)
        rows = surviving(power)
        if rows is not None and everything <= rows:
            continue
        noticed += 1
        if rows is None:
            return noticed
        everything &= rows
    return noticed


def test_with_synchronous_full_nothing_acknowledged_is_lost_over_several_cuts(power: PowerCut) -> None:
    assert losses(power, "FULL", cuts=CUTS, seed=1) == 0


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_weaker_synchronous_setting_is_noticed(power: PowerCut, synchronous: str) -> None:
    assert losses(power, synchronous, cuts=CUTS, seed=2) > 0


def test_a_disk_that_lies_about_syncs_is_noticed(power: PowerCut) -> None:
    assert losses(power, "FULL", cuts=CUTS, seed=3, lying=True) > 0


def test_a_rollback_journal_with_synchronous_full_survives_a_cut_in_mid_transaction(power: PowerCut) -> None:
    run(
        power,
        """
import os, signal, sqlite3
held = sqlite3.connect("rows.db", isolation_level=None)
held.execute("PRAGMA cache_size=5")
held.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB, sum INTEGER)")
held.executemany("INSERT INTO row VALUES (?, zeroblob(3000), ?)", [(n, 3) for n in range(50)])
if os.fork() == 0:
    own = sqlite3.connect("rows.db", isolation_level=None)
    own.execute("PRAGMA cache_size=5")
    own.execute("BEGIN")
    own.execute("UPDATE row SET body = randomblob(3000)")
    os.kill(os.getpid(), signal.SIGKILL)
os.wait()
""",
    )
    assert (power.data / "rows.db-journal").exists()
    power.cut(random.Random(4))
    with closing(sqlite3.connect(power.data / "rows.db")) as held:
        assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert held.execute("SELECT count(*) FROM row WHERE body = zeroblob(3000)").fetchone() == (50,)


SMALL_PROGRAMS: dict[str, tuple[str, dict[str, bytes]]] = {
    "what_was_not_synced_is_forgotten": (
        """
fd = os.open("a", os.O_RDWR | os.O_CREAT)
os.pwrite(fd, b"1" * 2000, 0); os.fsync(fd); os.pwrite(fd, b"2" * 600, 600)
os.write(os.open("never", os.O_RDWR | os.O_CREAT), b"x")
""",
        {"a": b"1" * 2000},
    ),
    "each_way_of_writing_is_followed": (
        """
fd = os.open("a", os.O_WRONLY | os.O_CREAT); os.write(fd, b"head"); os.pwrite(fd, b"tail", 5000); os.fdatasync(fd)
with open("b", "ab") as file: file.write(b"one"); file.flush(); os.fsync(file.fileno()); file.write(b"two")
shutil.copyfile("a", "c"); os.fsync(os.open("c", os.O_RDONLY))
""",
        {"a": b"head" + bytes(4996) + b"tail", "b": b"one", "c": b"head" + bytes(4996) + b"tail"},
    ),
    "a_shortened_file_shows_no_old_bytes_when_it_grows_again": (
        """
fd = os.open("a", os.O_RDWR | os.O_CREAT); os.write(fd, b"1" * 4000); os.fsync(fd)
os.ftruncate(fd, 700); os.ftruncate(fd, 3000); os.fsync(fd); os.ftruncate(fd, 5)
os.fsync(os.open("b", os.O_WRONLY | os.O_CREAT)); os.close(os.open("b", os.O_RDWR | os.O_TRUNC))
""",
        {"a": b"1" * 700 + bytes(2300), "b": b""},
    ),
    "a_rename_takes_along_what_was_synced_and_nothing_else": (
        """
for name in ("a", "b", "old"):
    fd = os.open(name, os.O_RDWR | os.O_CREAT); os.write(fd, name.encode()); os.fsync(fd); os.write(fd, b"more")
os.rename("a", "sub/a"); os.unlink("b")
os.write(os.open("new", os.O_RDWR | os.O_CREAT), b"new"); os.replace("new", "old")
""",
        {"sub/a": b"a"},
    ),
    "a_sync_in_another_process_counts": (
        """
fd = os.open("a", os.O_RDWR | os.O_CREAT); os.write(fd, b"1" * 1000); os.fsync(fd); os.pwrite(fd, b"2" * 512, 0)
subprocess.run([sys.executable, "-c", "import os; os.fsync(os.open('a', os.O_RDONLY))"], check=True)
os.pwrite(fd, b"3", 0)
""",
        {"a": b"2" * 512 + b"1" * 488},
    ),
    "a_sync_does_not_drop_the_locks_of_the_process": (
        """
import fcntl
fd = os.open("a", os.O_WRONLY | os.O_CREAT); os.write(fd, b"1"); fcntl.lockf(fd, fcntl.LOCK_EX); os.fsync(fd)
probe = "import fcntl, os; fcntl.lockf(os.open('a', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)"
assert subprocess.run([sys.executable, "-c", probe], stderr=subprocess.DEVNULL).returncode != 0
""",
        {"a": b"1"},
    ),
}


@pytest.mark.parametrize("sentence", SMALL_PROGRAMS)
def test_of_the_files_exactly_the_synced_part_is_kept(power: PowerCut, sentence: str) -> None:
    program, expected = SMALL_PROGRAMS[sentence]
    (power.data / "sub").mkdir()
    run(power, "import os, shutil, subprocess, sys\n" + program)
    power.cut(random.Random(0), share=0.0)
    found = {str(path.relative_to(power.data)): path.read_bytes() for path in power.data.rglob("*") if path.is_file()}
    assert found == expected


def test_unsynced_sectors_may_survive_a_cut_one_by_one(power: PowerCut) -> None:
    shares = [share_of_unsynced_sectors_kept(power, random.Random(seed)) for seed in range(12)]
    assert any(0 < share < 1 for share in shares)


def share_of_unsynced_sectors_kept(power: PowerCut, chance: random.Random) -> float:
    program = (
        "import os; fd = os.open('a', os.O_RDWR | os.O_CREAT); os.pwrite(fd, b'1' * 51200, 0); os.fsync(fd);"
        " os.pwrite(fd, b'2' * 51200, 0)"
    )
    run(power, program)
    power.cut(chance)
    body = (power.data / "a").read_bytes()
    sectors = [body[start : start + 512] for start in range(0, len(body), 512)]
    assert all(sector in (b"1" * 512, b"2" * 512) for sector in sectors)
    return sectors.count(b"2" * 512) / len(sectors)


def test_a_missing_compiler_is_an_error_in_a_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(RuntimeError, match="needs a C compiler: install one"):
        build_library(tmp_path)
