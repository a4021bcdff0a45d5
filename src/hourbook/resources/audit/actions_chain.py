"""The verbs of the audit chain: making it longer, checking it, telling its head.

It grows behind the journal, in portions, so that no write waits for it. What reads a portion and what stores it are
two transactions: a portion is stored only where nothing happened to the chain in between.
"""

import msgspec

from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.journal import chain, chain_check, chain_store
from hourbook.journal.chain import Portion
from hourbook.journal.chain_check import Verdict
from hourbook.journal.chain_store import Head
from hourbook.resources.audit import rules
from hourbook.resources.users import actions as users

PORTION_ROWS = 1000
# What takes whoever answers requests some three milliseconds at most, and how far behind that is worth it.
STEP_ROWS = 100
STEP_BYTES = 200_000
BEHIND_LIMIT = 1000


class Step(msgspec.Struct):
    """What a chain may grow by next, if it is little. `is_far`: it is much; `missing`: the row it cannot go on over."""

    portion: Portion | None = None
    is_far: bool = False
    missing: int | None = None


@reacts_to("WORKSPACE", "insert")
def _start_chain(tx: Tx, before: object, workspace: object) -> None:
    # From the first moment on, so that an erasure always finds something to hold against a portion being made.
    chain_store.start(tx, chain.first_digest(workspace.id))  # type: ignore[attr-defined]


def due_workspaces(tx: ReadTx) -> list[str]:
    """Where the journal is ahead of the chain."""
    return chain_store.due_workspaces(tx)


def ensure_started(tx: Tx) -> bool:
    """Begins the chain of a workspace that is older than chains; whether there was none."""
    if chain_store.find_head(tx) is not None:
        return False
    chain_store.start(tx, chain.first_digest(tx.workspace_id))
    return True


def read_portion(tx: ReadTx) -> Portion | None:
    """What the chain may grow by next; chain.Broken when rows are missing."""
    return chain.next_portion(tx, limit=PORTION_ROWS)


def read_step(tx: ReadTx) -> Step:
    """The same in small, and only where little is to be read: for whoever has others waiting."""
    revision = get_head(tx).revision
    behind, size = chain_store.measure(tx, revision, revision + STEP_ROWS)
    if behind > BEHIND_LIMIT or size > STEP_BYTES:
        return Step(is_far=True)
    try:
        return Step(chain.next_portion(tx, limit=STEP_ROWS))
    except chain.Broken as broken:
        return Step(missing=broken.revision)


def extend(tx: Tx, portion: Portion) -> bool:
    """Stores it; False when the chain has grown or somebody was erased since it was read."""
    return chain_store.add(tx, portion.head, portion.link, digest=portion.digest, commitments=portion.commitments)


def extend_to_end(tx: Tx) -> Head:
    """Makes the chain reach the last row, at once; the new head."""
    ensure_started(tx)
    while (portion := read_portion(tx)) is not None:
        extend(tx, portion)
    return get_head(tx)


def get_head(tx: ReadTx) -> Head:
    """How far the chain reaches and its digest there."""
    return chain_store.find_head(tx) or Head(0, chain.first_digest(tx.workspace_id), 0)


def journal_revision(tx: ReadTx) -> int:
    """How far the journal reaches."""
    return chain_store.counted_revision(tx)


def verify(tx: ReadTx, kept: str | None = None) -> Verdict:
    """Whether all rows are as they were, and whoever is said to have been erased was; see `chain_check.verify`.

    InvalidValue for a kept head that is none.
    """
    verdict = chain_check.verify(tx, kept=None if kept is None else rules.check_head(kept))
    erased = users.find_erased(tx, {erasure.user_id for erasure in verdict.erasures})
    wrong = next((one for one in verdict.erasures if one.user_id not in erased), None)
    if wrong is not None and verdict.bad_revision is None:
        verdict.bad_revision, verdict.reason = wrong.revision, "it records the erasure of a person who was not erased"
    return verdict
