"""Makes the audit chains reach the ends of their journals, a portion at a time.

Portions are made in looks at the database of their own and stored by a verb, so that hashing delays nobody's write. A
workspace whose journal lacks a row is left as it is and logged: its chain must not go on as if nothing were.
"""

import structlog

from hourbook.worker.runner import JobRun

KIND = "audit_chain"
EVERY_SECONDS = 30
# An erasure or another server may come in between now and then, but not that often.
TRIES = 5
log = structlog.get_logger("hourbook.worker")


def extend(run: JobRun) -> int:
    """How many rows were added to the chains of all workspaces."""
    return sum(_extend(run, workspace_id) for workspace_id in run.call("audit.chain.due_workspaces", list[str]))


def _extend(run: JobRun, workspace_id: str) -> int:
    from hourbook.access.actors import SYSTEM
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts
    from hourbook.journal.chain import Broken
    from hourbook.resources.audit import actions_chain

    runtime = run.runtime()
    run.call("audit.chain.ensure_started", bool, workspace_id=workspace_id)
    count, refused = 0, 0
    while refused < TRIES:
        facts = Facts(SYSTEM, runtime.clock.now_us(), run.job.id, runtime.ids.new_id, Origin.JOB)
        try:
            portion = runtime.database.read_now(facts, workspace_id, actions_chain.read_portion)
        except Broken as broken:
            log.error(
                "a row of the journal is missing: run `hourbook audit verify`",
                workspace_id=workspace_id,
                revision=broken.revision,
            )
            return count
        if portion is None:
            return count
        if run.call("audit.chain.extend", bool, {"portion": portion}, workspace_id=workspace_id):
            count += portion.link.last_revision - portion.link.first_revision + 1
        else:
            refused += 1
    return count
