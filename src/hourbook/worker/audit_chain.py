"""Makes the audit chains reach the ends of their journals, a portion at a time.

Portions are made in looks at the database of their own and stored by a verb, so that hashing delays nobody's write.
The little that a quiet server leaves is read by a verb, too, so that this process need not load the database for it;
much is read here. A workspace whose journal lacks a row is left as it is and logged: its chain must not go on as if
nothing were.
"""

from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from hourbook.worker.runner import JobRun

if TYPE_CHECKING:
    from hourbook.journal.chain import Portion

KIND = "audit_chain"
EVERY_SECONDS = 30
# An erasure or another server may come in between now and then, but not that often.
TRIES = 5
log = structlog.get_logger("hourbook.worker")


class Step(msgspec.Struct):
    """What the verb tells (`actions_chain.Step`); what a portion is made of is not looked at here."""

    portion: dict[str, Any] | None
    is_far: bool
    missing: int | None


class Missing(Exception):
    """The journal lacks a row."""

    def __init__(self, revision: int) -> None:
        super().__init__(revision)
        self.revision = revision


def extend(run: JobRun) -> int:
    """How many rows were added to the chains of all workspaces."""
    return sum(_extend(run, workspace_id) for workspace_id in run.call("audit.chain.due_workspaces", list[str]))


def _extend(run: JobRun, workspace_id: str) -> int:
    run.call("audit.chain.ensure_started", bool, workspace_id=workspace_id)
    count, refused = 0, 0
    try:
        while refused < TRIES and (portion := _next(run, workspace_id)) is not None:
            if run.call("audit.chain.extend", bool, {"portion": portion}, workspace_id=workspace_id):
                count += portion["link"]["last_revision"] - portion["link"]["first_revision"] + 1
            else:
                refused += 1
    except Missing as missing:
        log.error(
            "a row of the journal is missing: run `hourbook audit verify`",
            workspace_id=workspace_id,
            revision=missing.revision,
        )
    return count


def _next(run: JobRun, workspace_id: str) -> dict[str, Any] | None:
    """What is to be stored next, None at the end; Missing when it cannot go on."""
    step = run.call("audit.chain.read_step", Step, workspace_id=workspace_id)
    if step.missing is not None:
        raise Missing(step.missing)
    portion = _read(run, workspace_id) if step.is_far else step.portion
    return None if portion is None else msgspec.to_builtins(portion)


def _read(run: JobRun, workspace_id: str) -> "Portion | None":
    from hourbook.access.actors import SYSTEM
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts
    from hourbook.journal.chain import Broken
    from hourbook.resources.audit import actions_chain

    runtime = run.runtime()
    facts = Facts(SYSTEM, runtime.clock.now_us(), run.job.id, runtime.ids.new_id, Origin.JOB)
    try:
        return runtime.database.read_now(facts, workspace_id, actions_chain.read_portion)
    except Broken as broken:
        raise Missing(broken.revision) from None
