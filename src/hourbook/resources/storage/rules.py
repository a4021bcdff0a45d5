"""What is said of a table's size in one workspace.

Structs alone: there is nothing to decide. Bytes are those of the values, not of the pages and indexes that
hold them, which are shared by all workspaces.
"""

import msgspec


class TableSize(msgspec.Struct):
    """How many rows of a table belong to the workspace, and about how many bytes their values take."""

    name: str
    rows_count: int
    value_bytes: int
