"""The SQL of the detailed report: what entries hold that the columns do not, by id.

Rows are asked for by the ids of entries that the reader was found to see in the columns; nothing is filtered here.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tx import ReadTx

_e = time_entries.c


class Details(msgspec.Struct, frozen=True):
    """`custom_fields`: the stored text of the values, None when there are none."""

    id: str
    custom_fields: str | None
    created_at_us: int


DETAILS = Statement(
    sa.select(_e.id, _e.custom_fields, _e.created_at_us).where(
        _e.workspace_id == bind("workspace_id"), AnyOf(_e.id, "ids")
    ),
    into=Details,
)


def details_of(tx: ReadTx, ids: Sequence[str]) -> dict[str, Details]:
    """By id. To be asked for entries that the reader is known to see, and a portion of them at a time."""
    return {one.id: one for one in tx.rows(DETAILS, ids=list(ids))} if ids else {}
