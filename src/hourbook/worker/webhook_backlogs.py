"""Works off the backlogs of webhooks: what is given up, then what is asked for again; a portion at a time.

Each portion is a transaction of its own, so nobody waits for it; what was done is not done again by a second run.
"""

from hourbook.resources.webhooks.rules_deliveries import BACKLOG_JOB
from hourbook.worker.runner import JobRun

KIND = BACKLOG_JOB
PORTION = 1000


def work_off(run: JobRun) -> int:
    """How many portions it were."""
    return sum(_give_up(run, webhook_id) + _send_again(run, webhook_id) for webhook_id in run.payload["webhook_ids"])


def _give_up(run: JobRun, webhook_id: str) -> int:
    arguments = {"webhook_id": webhook_id, "limit": PORTION}
    portions = 1
    while run.call("webhooks.backlog.give_up_portion", bool, arguments, workspace_id=run.job.workspace_id):
        portions += 1
    return portions


def _send_again(run: JobRun, webhook_id: str) -> int:
    again, portions = run.payload.get("again"), 0
    while again is not None:
        arguments = {"webhook_id": webhook_id, "again": again, "limit": PORTION}
        verb = "webhooks.backlog.send_portion_again"
        end = run.call(verb, list[int], arguments, workspace_id=run.job.workspace_id)
        again = {**again, "behind": end} if end else None
        portions += 1
    return portions
