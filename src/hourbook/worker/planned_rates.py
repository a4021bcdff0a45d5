"""Planned rates whose moment has come are written onto the things they are the rates of.

Answers are right without it (slice `rates`); lists that are sorted by a rate follow within its pause.
Each workspace is a transaction of its own, and what was done is not done again.
"""

from hourbook.worker.runner import JobRun

KIND = "planned_rates"
EVERY_SECONDS = 60


def settle(run: JobRun) -> int:
    """How many rates came into force."""
    workspaces = run.call("rates.due_workspaces", list[str])
    return sum(run.call("rates.settle", int, workspace_id=workspace_id) for workspace_id in workspaces)
