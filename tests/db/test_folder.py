"""The data folder's lock."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hourbook.core.errors import CannotRun
from hourbook.db.folder import hold_folder, prepare_folder

HOLD = "import sys, pathlib; from hourbook.db.folder import hold_folder\n"
HOLD += "with hold_folder(pathlib.Path(sys.argv[1]), 'serve'):\n    print('in', flush=True); sys.stdin.read()"


def test_a_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    prepare_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRun, match="cannot be made"):
        prepare_folder(tmp_path / "file" / "folder")


def test_a_second_holder_is_refused_and_told_who_is_in_it(tmp_path: Path) -> None:
    with (
        hold_folder(tmp_path, "seed"),
        pytest.raises(CannotRun, match=r"in use by hourbook seed, process \d+"),
        hold_folder(tmp_path, "serve"),
    ):
        raise AssertionError("held twice")


def test_the_next_one_may_have_it_afterwards(tmp_path: Path) -> None:
    for holder in ("serve", "restore"):
        with hold_folder(tmp_path, holder):
            pass


def test_a_killed_holder_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        with pytest.raises(CannotRun, match=f"process {process.pid}"), hold_folder(tmp_path, "serve"):
            pass
        process.kill()
        process.wait()
    with hold_folder(tmp_path, "serve"):
        pass


def test_without_a_folder_there_is_nothing_to_hold() -> None:
    with hold_folder(None, "serve"), hold_folder(None, "serve"):
        pass
