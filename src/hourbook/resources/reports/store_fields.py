"""The SQL of filters on custom fields: the values that entries have, read in portions.

Values stand as one JSON text on the entry and are no part of the columns, so a report that asks for them
reads them from the table, as far as its span goes. Nothing is decided here.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tx import ReadTx

PORTION_ROWS = 5000
_e = time_entries.c
VALUES = Statement(
    sa.select(_e.id, _e.project_id, _e.custom_fields).where(
        _e.workspace_id == bind("workspace_id"),
        _e.start_s >= bind("start_s", sa.BigInteger()),
        _e.start_s < bind("end_s", sa.BigInteger()),
        _e.custom_fields.is_not(None),
    )
)
# By field, the value and where it came from.
_decode = msgspec.json.Decoder(dict[str, tuple[Any, str]]).decode

EntryValues = tuple[bytes, bytes | None, dict[str, tuple[Any, str]]]
"""Id and project of an entry as the database has them, and its values."""


def values_of_entries(tx: ReadTx, start_s: int, end_s: int) -> Iterator[EntryValues]:
    """The entries that begin in a span and have values."""
    for portion in tx.portions(VALUES, PORTION_ROWS, start_s=start_s, end_s=end_s):
        for entry_id, project_id, text in portion:
            yield entry_id, project_id, _decode(text)
