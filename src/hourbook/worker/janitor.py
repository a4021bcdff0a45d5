"""Clears up: what is over and was kept long enough, and workspaces whose waiting time has passed.

It removes a portion at a time, each in a transaction of its own, so nobody waits for it; and it may
be stopped anywhere, because the next run goes on where this one ended.
"""

import structlog

from hourbook.core.clock import SystemClock
from hourbook.core.errors import SecretsUnavailable
from hourbook.worker.retention import PERIODS, PORTION, Period
from hourbook.worker.runner import JobRun

KIND = "janitor"
EVERY_SECONDS = 3600
ERASED_ROWS = 5000
log = structlog.get_logger("hourbook.worker")


def clear_up(run: JobRun) -> dict[str, int]:
    """Does it all once; how many rows of each kind went."""
    gone = {period.things: _forget(run, period) for period in PERIODS}
    gone["pictures that nobody uses"] = _sweep_files(run)
    gone["files of mails that are over"] = _sweep_attachments(run)
    gone["rows of deleted workspaces"] = _erase_workspaces(run)
    return {things: count for things, count in gone.items() if count}


def _forget(run: JobRun, period: Period) -> int:
    count_of_units = getattr(run.settings, period.setting)
    if not count_of_units:
        return 0
    arguments = {"before_us": SystemClock().now_us() - count_of_units * period.unit_us, "limit": PORTION}
    total = 0
    while count := run.call(period.verb, int, arguments):
        total += count
    return total


def _sweep_files(run: JobRun) -> int:
    total, after_id = 0, ""
    while True:
        arguments = {"after_id": after_id, "limit": PORTION}
        count, next_id = run.call("files.sweep_unused", tuple[int, str | None], arguments)
        total += count
        if next_id is None:
            return total
        after_id = next_id


def _sweep_attachments(run: JobRun) -> int:
    total = 0
    while count := run.call("mail.attachments.sweep", int, {"limit": PORTION}):
        total += count
    return total


def _erase_workspaces(run: JobRun) -> int:
    total = 0
    for workspace_id in run.call("workspaces.ownership.due_workspaces", list[str]):
        _tell_addons(run, workspace_id)
        arguments = {"rows": ERASED_ROWS}
        while count := run.call("workspaces.ownership.erase_portion", int, arguments, workspace_id=workspace_id):
            total += count
    return total


def _tell_addons(run: JobRun, workspace_id: str) -> None:
    """Queues what tells its add-ons that they are removed, before they are."""
    from hourbook.resources.addons import actions_leaving

    leaving = run.call("addons.leaving.list_leaving", actions_leaving.Leaving, workspace_id=workspace_id)
    calls: list[actions_leaving.Farewell] = []
    try:
        calls = actions_leaving.sealed(leaving, run.runtime().secrets) if leaving.addons else []
    except SecretsUnavailable as error:
        # A workspace whose owner wants it gone does not stay for that.
        log.warning("add-ons of a deleted workspace are not told", workspace_id=workspace_id, reason=error.reason)
    run.call("addons.leaving.take_leave", int, {"calls": calls}, workspace_id=workspace_id)
