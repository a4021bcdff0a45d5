"""Compares what the client programs reported with the steps that pending.txt allows to fail.

Reads the logs that run_clients.sh wrote, named CLIENT.DATABASE.ROUND.log. A failed step that is not listed fails the
run. So does a listed step that passes in every log of its client, or that no log knows: the list may only shrink. A log
without its closing count fails the run too, because nobody knows what was left out.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract import pending

STEP = re.compile(r"(ok   |FAIL ) (.+)")
CLOSING = re.compile(r"(\d+) passed, (\d+) failed(?:, \d+ skipped)?")


@dataclass
class Log:
    """One run of one client program. A label that fails once counts as failed."""

    client: str
    where: str
    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def read_log(path: Path) -> Log:
    client, database, run = path.name.removesuffix(".log").rsplit(".", 2)
    log = Log(client, f"{database}, round {run}")
    counted = (0, 0)
    closing: tuple[int, int] | None = None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if step := STEP.fullmatch(line):
            label, _, reason = step[2].partition(" -- ")
            counted = _note(log, step[1] == "ok   ", label.strip(), reason, counted)
        elif end := CLOSING.fullmatch(line):
            closing = (int(end[1]), int(end[2]))
    if closing is None:
        log.problem = "it ended without its closing count"
    elif closing != counted:
        log.problem = f"its closing count {closing} is not the count of its lines {counted}"
    elif closing == (0, 0):
        log.problem = "it ran no step"
    log.passed -= log.failed.keys()
    return log


def _note(log: Log, passed: bool, label: str, reason: str, counted: tuple[int, int]) -> tuple[int, int]:
    if passed:
        log.passed.add(label)
        return counted[0] + 1, counted[1]
    log.failed.setdefault(label, reason)
    return counted[0], counted[1] + 1


def listed_steps(lines: Iterable[str]) -> dict[str, set[str]]:
    """The steps that may fail, by client: lines `client NAME STEP LABEL` of the pending list."""
    steps: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "client":
            name, _, label = rest.strip().partition(" ")
            steps[name].add(label.strip())
    return steps


def surprises(logs: list[Log], listed: dict[str, set[str]]) -> list[str]:
    """Steps that failed and are not listed, and logs that say too little; one sentence each."""
    wrong = [f"{log.client} ({log.where}): {log.problem}" for log in logs if log.problem]
    for log in logs:
        for label, reason in log.failed.items():
            if label not in listed.get(log.client, ()):
                wrong.append(f"{log.client} ({log.where}): {label}: {reason}")
    return wrong


def compare(logs: list[Log], listed: dict[str, set[str]]) -> list[str]:
    """What is wrong, one sentence each: surprises, and listed steps that no longer belong on the list."""
    wrong = surprises(logs, listed)
    for client in sorted({log.client for log in logs}):
        own = [log for log in logs if log.client == client]
        failed = set().union(*(log.failed for log in own))
        passed = set().union(*(log.passed for log in own))
        for label in sorted(listed.get(client, set()) - failed):
            state = "passes, remove it from pending.txt" if label in passed else "is in pending.txt but is no step"
            wrong.append(f"{client}: {label}: {state}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the logs of client programs with the pending list.")
    parser.add_argument("logs", type=Path, nargs="+")
    parser.add_argument("--surprises", action="store_true", help="only look for failed steps that are not listed")
    options = parser.parse_args()
    logs = [read_log(path) for path in sorted(options.logs)]
    steps = listed_steps(pending.lines())
    if options.surprises:
        unexpected = surprises(logs, steps)
        for sentence in unexpected:
            print(sentence)
        return 1 if unexpected else 0
    for log in logs:
        known = len(log.failed.keys() & steps.get(log.client, set()))
        print(
            f"{log.client}, {log.where}: {len(log.passed)} steps pass, {len(log.failed)} fail, {known} of them listed"
        )
    wrong = compare(logs, steps)
    for sentence in wrong:
        print(sentence)
    print(f"clients: {sum(len(log.passed) for log in logs)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
