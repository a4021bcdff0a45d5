"""The journal as the columns read it: of entries what was written, of everything else that it was written.

Big values that nothing here needs, as the old values of a bulk change, stay in the database.
"""

import zlib
from collections.abc import Iterator
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
_decode = msgspec.json.Decoder().decode


class CannotApply(Exception):
    """The journal does not lead from what is kept to what is now, or not cheaply: the tables are read again."""


class Step(msgspec.Struct, frozen=True):
    """One change. `ids` of a bulk change; the row an update or an insert led to; the rows of a bulk insert."""

    revision: int
    kind: str
    verb: str
    entry_id: bytes | None
    before: Any
    after: Any
    ids: IdBytes | None
    rows: list[dict[str, Any]] | None


def _step(*values: Any) -> Step:
    revision, kind, verb, entry_id, before, after, packed_ids, packed_rows = values
    return Step(
        revision,
        kind,
        verb,
        entry_id,
        before=None if before is None else _decode(before),
        after=None if after is None else _decode(after),
        ids=None if packed_ids is None else np_ids(packed_ids),
        rows=None if packed_rows is None else _decode(zlib.decompress(packed_rows)),
    )


def np_ids(packed: bytes) -> IdBytes:
    return np.frombuffer(packed, ID_TYPE)


def _if(condition: sa.ColumnElement[bool], column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.case((condition, column), else_=sa.null())


_IS_ENTRY = _j.kind == ENTRY_KIND
READ_STEPS = Statement(
    sa.select(
        _j.revision,
        _j.kind,
        _j.verb,
        sa.type_coerce(_j.entity_id, sa.LargeBinary()),
        _if(sa.and_(_IS_ENTRY, _j.verb == "unlink_many"), _j.before),
        _if(_IS_ENTRY, _j.after),
        _if(_IS_ENTRY, _j.packed_ids),
        _if(sa.and_(_IS_ENTRY, _j.verb == "insert_many"), _j.packed_rows),
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
