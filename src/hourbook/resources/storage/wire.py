"""The JSON of sizes, which is Hourbook's own.

It converts and decides nothing.
"""

from hourbook.http.wire import Out
from hourbook.resources.storage.rules import TableSize


class TableSizeOut(Out):
    name: str
    rows_count: int
    value_bytes: int


class StorageOut(Out):
    rows_count: int
    value_bytes: int
    tables: list[TableSizeOut]


def storage_out(sizes: list[TableSize]) -> StorageOut:
    return StorageOut(
        rows_count=sum(size.rows_count for size in sizes),
        value_bytes=sum(size.value_bytes for size in sizes),
        tables=[
            TableSizeOut(name=size.name, rows_count=size.rows_count, value_bytes=size.value_bytes) for size in sizes
        ],
    )
