"""What a request wishes for the rates of tasks, and what planned ones become.

The timelines are the truth (slice `rates`); what is in force now is repeated on the task. A task can
have a real rate of 0.
"""

from collections.abc import Iterable

from hourbook.core.money import NewRate, RateKind
from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.rates.actions import CameIntoForce
from hourbook.resources.rates.rules import Level, Wanted
from hourbook.resources.tasks import store
from hourbook.resources.tasks.rules import Draft, Task

ACTIONS = {RateKind.HOURLY: "task.set_billable_rates", RateKind.COST: "task.set_cost_rates"}


def wish(task_id: str, kind: RateKind, rate: NewRate) -> Wanted:
    """One rate of one task."""
    return Wanted(level=Level.TASK, kind=kind, target_id=task_id, amount_minor=rate.amount_minor, since_s=rate.since_s)


def wishes_for(tasks: Iterable[Task], drafts: Iterable[Draft]) -> list[Wanted]:
    """The rates that new tasks bring along."""
    return [
        wish(task.id, kind, rate)
        for task, draft in zip(tasks, drafts, strict=True)
        for kind, rate in ((RateKind.HOURLY, draft.hourly_rate), (RateKind.COST, draft.cost_rate))
        if rate is not None
    ]


@reacts_to("RATE", "in_force")
def _repeat_rates(tx: Tx, _: None, came: CameIntoForce) -> None:
    if task_ids := came.targets(Level.TASK):
        found = tx.find_many(store.TASK, task_ids, locked=True)
        tx.update_all(store.TASK, came.pairs(Level.TASK, found.values()))
