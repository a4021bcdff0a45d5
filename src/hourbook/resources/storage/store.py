"""The SQL of sizes: one statement over every table that has rows of workspaces.

It reads all rows of the workspace, so it is long and never runs on the event loop.
"""

import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables import METADATA
from hourbook.db.tx import ReadTx
from hourbook.resources.storage.rules import TableSize

NUMBER_BYTES = 8


def _size_of(table: sa.Table) -> sa.Select[tuple[str, int, int]]:
    """Texts and bytes are measured, numbers have one length."""
    measured = [column for column in table.c if isinstance(_stored(column), sa.Text | sa.LargeBinary)]
    numbers_bytes = sa.func.count() * (NUMBER_BYTES * (len(table.c) - len(measured)))
    lengths = [sa.func.coalesce(sa.func.sum(sa.func.length(sa.type_coerce(c, _stored(c)))), 0) for c in measured]
    return sa.select(
        sa.literal_column(f"'{table.name}'").label("name"),
        sa.func.count().label("rows_count"),
        sum(lengths, start=numbers_bytes).label("value_bytes"),
    ).where(table.c.workspace_id == bind("workspace_id"))


def _stored(column: sa.Column[object]) -> sa.types.TypeEngine[object]:
    kind = column.type
    return kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind


SIZES = Statement(
    sa.union_all(*(_size_of(table) for table in METADATA.sorted_tables if "workspace_id" in table.c)), into=TableSize
)


def list_sizes(tx: ReadTx) -> list[TableSize]:
    return tx.rows(SIZES)
