"""A test that fails in a whole run is tried once more; what passes then is told with its first failure.

A suite that starts hundreds of servers on two busy cores now and then meets a moment that a test did not foresee, and
one such moment in twenty thousand tests must not stop a change. More than a few fail the run all the same. What
asserts that nothing is lost and no sum is wrong is never tried again. `make test` loads this (decision 65).
"""

import pytest

MOST = 2
PAUSE_SECONDS = 2
NEVER_AGAIN = ("tests/durability/", "tests/journal/", "tests/properties/")

_failures: list[pytest.TestReport] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pauses before the second try: a machine that was too busy may be less so."""
    again = pytest.mark.flaky(reruns=1, reruns_delay=PAUSE_SECONDS)
    for item in items:
        if not item.nodeid.startswith(NEVER_AGAIN):
            item.add_marker(again)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if str(report.outcome) == "rerun":
        _failures.append(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What failed twice has failed the run already."""
    if len(_failures) > MOST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in _failures:
        terminalreporter.section(f"failed at first: {report.nodeid}")
        terminalreporter.line(report.longreprtext)
    if len(_failures) > MOST:
        terminalreporter.line(f"{len(_failures)} tests had to be tried again, and {MOST} may: the run fails.", red=True)
