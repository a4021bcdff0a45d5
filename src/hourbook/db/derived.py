"""Many rows of a table that is not journaled, written in one go.

Such tables are made from others (messages from the journal, deliveries from messages) and can be made again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hourbook.db.statement import Statement
from hourbook.db.tx import Tx


def write_each(tx: Tx, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> int:
    """Runs a write once per set of values, each of the transaction's workspace; returns how many rows were touched."""
    return tx.connection.run_many(statement, [{"workspace_id": tx.workspace_id, **row} for row in rows])
