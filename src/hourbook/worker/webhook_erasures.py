"""Takes an erased person out of what was made for webhooks, a portion at a time.

Each portion is a transaction of its own, so nobody waits for it; a second run finds nothing where the first one was.
It is never given up for good: what is still there would be sent then.
"""

from typing import Any

from hourbook.resources.webhooks.rules_deliveries import ERASING_JOB
from hourbook.worker.runner import JobRun

KIND = ERASING_JOB
PORTION = 1000


def work_off(run: JobRun) -> int:
    """How many portions it were."""
    place: list[Any] = []
    portions = 0
    while place or not portions:
        arguments = {"user_id": run.payload["user_id"], "place": place, "limit": PORTION}
        place = run.call("webhooks.erasing.forget_portion", list[Any], arguments, workspace_id=run.job.workspace_id)
        portions += 1
    return portions


def begin_again(run: JobRun, _: str) -> None:
    """After the last try: another job takes over before this one ends, so that the events go on waiting."""
    arguments = {"user_id": run.payload["user_id"]}
    run.call("webhooks.erasing.begin_again", bool, arguments, workspace_id=run.job.workspace_id)
