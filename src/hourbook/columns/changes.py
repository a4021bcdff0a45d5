"""The journal as the columns read it: of entries what was written, of everything else that it was written.

Big values that nothing here needs, as the old values of a bulk change, stay in the database.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa

from hourbook.columns.table import ID_TYPE, IdBytes
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx

ENTRY_KIND = "TIME_ENTRY"
PORTION_ROWS = 500
_j = journal.c


class CannotApply(Exception):
    """The journal does not lead from what is kept to what is now, or not cheaply: the tables are read again."""


class EntryRow(msgspec.Struct, frozen=True):
    """Of an entry what the columns have. One from before there was a list of tags has none."""

    id: str
    user_id: str
    description: str
    project_id: str | None
    task_id: str | None
    billable: bool
    type: str
    start_s: int
    end_s: int | None
    hourly_rate_minor: int
    cost_rate_minor: int
    currency: str
    is_invoiced: bool
    tag_ids: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One change. Of entries: `row` an insert or update led to, `rows` of a bulk insert; of other bulk changes
    `ids`, what they set (`values`), and which target left a list (`left`).
    """

    revision: int
    kind: str
    verb: str
    entry_id: bytes | None = None
    row: EntryRow | None = None
    rows: Sequence[EntryRow] = ()
    ids: IdBytes | None = None
    values: dict[str, Any] | None = None
    left: dict[str, str] | None = None


_row = msgspec.json.Decoder(EntryRow).decode
_rows = msgspec.json.Decoder(list[EntryRow]).decode
_values = msgspec.json.Decoder(dict[str, Any]).decode
_left = msgspec.json.Decoder(dict[str, str]).decode


def _step(*columns: Any) -> Step:
    revision, kind, verb, entry_id, row, rows, ids, values, left = columns
    return Step(
        revision=revision,
        kind=kind,
        verb=verb,
        entry_id=entry_id,
        row=None if row is None else _row(row),
        rows=() if rows is None else _rows(zlib.decompress(rows)),
        ids=None if ids is None else np_ids(ids),
        values=None if values is None else _values(values),
        left=None if left is None else _left(left),
    )


def np_ids(packed: bytes) -> IdBytes:
    return np.frombuffer(packed, ID_TYPE)


def _of_entries(column: sa.ColumnElement[Any], *verbs: str) -> sa.ColumnElement[Any]:
    """A column where these verbs were done to entries, of other rows nothing."""
    is_one = sa.or_(*(_j.verb == verb for verb in verbs))
    return sa.case((sa.and_(_j.kind == ENTRY_KIND, is_one), column), else_=sa.null())


READ_STEPS = Statement(
    sa.select(
        _j.revision,
        _j.kind,
        _j.verb,
        sa.type_coerce(_j.entity_id, sa.LargeBinary()),
        _of_entries(_j.after, "insert", "update"),
        _of_entries(_j.packed_rows, "insert_many"),
        _of_entries(_j.packed_ids, "update_many", "delete_many", "unlink_many"),
        _of_entries(_j.after, "update_many"),
        _of_entries(_j.before, "unlink_many"),
    )
    .where(
        _j.workspace_id == bind("workspace_id"),
        _j.revision > bind("after_revision"),
        _j.revision <= bind("until_revision"),
    )
    .order_by(_j.revision)
    .limit(bind("limit", sa.Integer())),
    into=_step,
)


def steps(tx: ReadTx, *, after: int, until: int) -> Iterator[Step]:
    """Every change after a revision, oldest first. CannotApply when one is missing."""
    while after < until:
        portion = tx.rows(READ_STEPS, after_revision=after, until_revision=until, limit=PORTION_ROWS)
        for step in portion:
            after += 1
            if step.revision != after:
                raise CannotApply(f"revision {after} is missing in the journal")
            yield step
        if not portion:
            raise CannotApply(f"the journal ends before revision {until}")
