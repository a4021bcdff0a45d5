"""Which tests of a whole run are tried again, and what is said of it (`tests/unsteady.py`).

Each run is a process of its own with tests that fail the first time they are called.
"""

import subprocess
import sys
from pathlib import Path

RUN = (
    "import sys, pytest; from tests import unsteady; unsteady.PAUSE_SECONDS = 0;"
    "sys.exit(pytest.main([*sys.argv[1:], '-q', '-p', 'no:cacheprovider', '-n', '0'], plugins=[unsteady]))"
)
FAILS_ONCE = """
def test_{name}(seen=[]):
    seen.append(1)
    assert len(seen) > {times}, "not yet"
"""


def _run(folder: Path, **times: int) -> tuple[int, str]:
    """Exit code and words of a run over tests, by name, that fail so many times."""
    folder.mkdir(parents=True)
    text = "".join(FAILS_ONCE.format(name=name, times=count) for name, count in times.items())
    (folder / "test_some.py").write_text(text, encoding="utf-8")
    root = next(parent for parent in (folder, *folder.parents) if parent.name == "root")
    command = [sys.executable, "-c", RUN, f"--rootdir={root}", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_a_test_that_fails_once_is_told_and_stops_nobody(tmp_path: Path) -> None:
    code, said = _run(tmp_path / "root" / "tests" / "core", steady=0, first=1, second=1)
    assert code == 0, said
    assert "3 passed, 2 rerun" in said
    assert "failed at first: tests/core/test_some.py::test_first" in said
    assert "AssertionError: not yet" in said


def test_more_than_a_few_fail_the_run(tmp_path: Path) -> None:
    code, said = _run(tmp_path / "root" / "tests" / "core", first=1, second=1, third=1)
    assert code == 1, said
    assert "3 tests had to be tried again, and 2 may: the run fails." in said


def test_what_fails_twice_fails_the_run(tmp_path: Path) -> None:
    code, said = _run(tmp_path / "root" / "tests" / "core", broken=2)
    assert code == 1, said
    assert "1 failed, 1 rerun" in said


def test_lost_hours_and_wrong_sums_are_never_tried_again(tmp_path: Path) -> None:
    code, said = _run(tmp_path / "root" / "tests" / "durability", lost=1)
    assert code == 1, said
    assert "rerun" not in said
