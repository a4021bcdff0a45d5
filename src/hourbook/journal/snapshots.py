"""Snapshots: all rows of a workspace at one revision, so that a fold need not start at the beginning.

A snapshot is written in parts of bounded size, each the rows of one kind as compressed JSON. It
is derived from the tables, so it leaves no journal row. Retention may drop journal rows that a
snapshot covers; nothing here drops any.
"""

import zlib
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.entities import REGISTRY
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal_snapshots
from hourbook.db.tx import ReadTx, Tx
from hourbook.journal.fold import State, entities_of_a_workspace, iterate

_snapshots = journal_snapshots.c
_encode = msgspec.json.Encoder().encode

FORGET_REVISION = Statement(
    sa.delete(journal_snapshots).where(
        _snapshots.workspace_id == bind("workspace_id"), _snapshots.revision == bind("revision")
    )
)
WRITE_PART = Statement(
    sa.insert(journal_snapshots).values({column.name: bind(column.name) for column in journal_snapshots.columns})
)
FIND_NEWEST = Statement(
    sa.select(_snapshots.revision)
    .where(_snapshots.workspace_id == bind("workspace_id"))
    .order_by(_snapshots.revision.desc())
    .limit(1)
)
LIST_PARTS = Statement(
    sa.select(_snapshots.kind, _snapshots.payload)
    .where(_snapshots.workspace_id == bind("workspace_id"), _snapshots.revision == bind("revision"))
    .order_by(_snapshots.kind, _snapshots.part)
)


def write_snapshot(tx: Tx) -> int:
    """Writes the tables of the workspace as they are; returns the revision they are at.

    Holds the workspace's revision counter, so no change can be committed in between.
    """
    revision = tx.hold_revision()
    tx.write_derived(FORGET_REVISION, revision=revision)
    for entity in entities_of_a_workspace():
        for number, rows in enumerate(iterate(tx, entity)):
            payload = zlib.compress(_encode(rows), 1)
            tx.write_derived(
                WRITE_PART, revision=revision, kind=entity.kind, part=number, rows_count=len(rows), payload=payload
            )
    return revision


def read_snapshot(tx: ReadTx) -> tuple[int, State]:
    """The newest snapshot and its revision; revision 0 and nothing when there is none."""
    newest = tx.one(FIND_NEWEST)
    state: State = {}
    if newest is None:
        return 0, state
    for kind, payload in tx.rows(LIST_PARTS, revision=newest[0]):
        things = state.setdefault(kind, {})
        rows: list[dict[str, Any]] = msgspec.json.decode(zlib.decompress(payload))
        for fields in rows:
            things[tuple(fields[name] for name in REGISTRY[kind].key)] = fields
    return newest[0], state
