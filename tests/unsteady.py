"""Runs pytest; where a few tests failed, tries them once more and says so.

`python -m tests.unsteady ARGUMENTS OF PYTEST`. A suite that starts hundreds of servers on two busy cores now and then
meets a moment that a test did not foresee, and one such moment in twenty thousand tests must not stop a change. More
than a few fail the run all the same. What asserts that nothing is lost and no sum is wrong is never tried again
(decision 65). What ends a test badly is not either: it may be about all that came before it.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

MOST = 2
NEVER_AGAIN = ("tests/durability/", "tests/journal/", "tests/properties/")


class Failures:
    """What failed in a run, in its order."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.is_final = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.ids.append(report.nodeid)
            self.is_final |= report.when == "teardown" or report.nodeid.startswith(NEVER_AGAIN)


def main(arguments: Sequence[str]) -> int:
    """The exit code of pytest."""
    environment = dict(os.environ)
    failures = Failures()
    code = pytest.main([*arguments], plugins=[failures])
    ids = list(dict.fromkeys(failures.ids))
    if code != pytest.ExitCode.TESTS_FAILED or failures.is_final or len(ids) > MOST:
        return int(code)
    print("== tried once more, by themselves:", *ids, sep="\n   ", flush=True)
    again = [sys.executable, "-m", "pytest", "-q", *ids]
    return subprocess.run(again, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
