"""What the worker does by itself: the handlers of jobs, and which jobs recur. One declared table each.

A handler gets a `JobRun`, blocks as long as it likes, and answers what is kept as the job's result
(anything JSON can carry). It must bear being run twice.
"""

from collections.abc import Mapping

from hourbook.worker import (
    audit_chain,
    exports,
    janitor,
    planned_rates,
    scheduled_reports,
    webhook_backlogs,
    webhook_erasures,
)
from hourbook.worker.runner import GivenUp, Handler

HANDLERS: Mapping[str, Handler] = {
    audit_chain.KIND: audit_chain.extend,
    janitor.KIND: janitor.clear_up,
    planned_rates.KIND: planned_rates.settle,
    exports.KIND: exports.make,
    scheduled_reports.KIND: scheduled_reports.send_due,
    webhook_backlogs.KIND: webhook_backlogs.work_off,
    webhook_erasures.KIND: webhook_erasures.work_off,
}
# Who waits for a job of these kinds is told when it was tried for the last time in vain.
GIVEN_UP: Mapping[str, GivenUp] = {
    exports.KIND: exports.give_up,
    webhook_erasures.KIND: webhook_erasures.begin_again,
}
# How many seconds after its end a recurring job is due again.
RECURRING: Mapping[str, int] = {
    audit_chain.KIND: audit_chain.EVERY_SECONDS,
    janitor.KIND: janitor.EVERY_SECONDS,
    planned_rates.KIND: planned_rates.EVERY_SECONDS,
    scheduled_reports.KIND: scheduled_reports.EVERY_SECONDS,
}
