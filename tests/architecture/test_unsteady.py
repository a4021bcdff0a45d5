"""Which tests of a whole run are tried again, and what is said of it (`tests/unsteady.py`).

Each run is a process of its own, over tests that fail as often as a file beside them says.
"""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TEXT = """
import pathlib
import pytest

MARK = pathlib.Path(__file__).with_name("{name}.times")

def _count():
    times = len(MARK.read_text()) if MARK.exists() else 0
    MARK.write_text("x" * (times + 1))
    return times

@pytest.fixture
def left_well():
    yield
    assert {is_at_its_end} is False or _count() >= {times}, "not yet"

def test_{name}(left_well):
    assert {is_at_its_end} or _count() >= {times}, "not yet"
"""


def _run(folder: str, root: Path, *, at_its_end: bool = False, **times: int) -> tuple[int, str]:
    """Exit code and words of a run over tests, by name, that fail so many times."""
    place = root / folder
    place.mkdir(parents=True)
    (root / "pytest.ini").touch()
    for name, count in times.items():
        text = TEXT.format(name=name, times=count, is_at_its_end=at_its_end)
        (place / f"test_{name}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tests.unsteady", "-q", folder]
    path = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:xdist"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_a_test_that_fails_once_is_told_and_stops_nobody(tmp_path: Path) -> None:
    code, said = _run("tests/core", tmp_path, steady=0, first=1, second=1)
    assert code == 0, said
    assert "2 failed, 1 passed" in said
    assert "AssertionError: not yet" in said
    again = said.partition("== tried once more, by themselves:")[2]
    assert "tests/core/test_first.py::test_first" in again
    assert "2 passed" in again


def test_more_than_a_few_fail_the_run(tmp_path: Path) -> None:
    code, said = _run("tests/core", tmp_path, first=1, second=1, third=1)
    assert code == 1, said
    assert "once more" not in said


def test_what_fails_twice_fails_the_run(tmp_path: Path) -> None:
    code, said = _run("tests/core", tmp_path, broken=2)
    assert code == 1, said
    assert "once more" in said


def test_lost_hours_and_wrong_sums_are_never_tried_again(tmp_path: Path) -> None:
    code, said = _run("tests/durability", tmp_path, lost=1)
    assert code == 1, said
    assert "once more" not in said


def test_a_bad_end_is_never_tried_again(tmp_path: Path) -> None:
    """It may be about every test before it, as that of secrets in the log is."""
    code, said = _run("tests/core", tmp_path, at_its_end=True, leaking=1)
    assert code == 1, said
    assert "once more" not in said
