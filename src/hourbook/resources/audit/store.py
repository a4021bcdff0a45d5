"""The SQL of the audit log's own surface: rows of the journal by their numbers.

Windows of time are read by `journal/windows.py`, the chain by `journal/chain_store.py`. Nothing is decided here.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx
from hourbook.journal.journal import JournalRow, journal_row

_j = journal.c
# Behind every revision there is.
LAST = (1 << 63) - 1


@Family
def _list_before(filters: frozenset[str]) -> Statement:
    conditions = {"kind": _j.kind == bind("kind"), "actor_id": _j.actor_id == bind("actor_id")}
    where = [_j.workspace_id == bind("workspace_id"), _j.revision < bind("before_revision")]
    where += [conditions[name] for name in sorted(filters)]
    select = sa.select(journal).where(*where).order_by(_j.revision.desc()).limit(bind("limit", sa.Integer()))
    return Statement(select, into=journal_row)


def list_before(tx: ReadTx, revision: int | None, filters: dict[str, Any], *, limit: int) -> list[JournalRow]:
    """Rows before a revision, newest first. `filters`: kind, actor_id."""
    before = LAST if revision is None else revision
    return tx.rows(_list_before.of(frozenset(filters)), before_revision=before, limit=limit, **filters)
