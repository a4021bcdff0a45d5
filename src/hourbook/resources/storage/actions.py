"""The verb of sizes: looking.

An action looks things up and has no effect.
"""

from hourbook.db.tx import ReadTx
from hourbook.resources.storage import store
from hourbook.resources.storage.rules import TableSize


def list_sizes(tx: ReadTx) -> list[TableSize]:
    """Every table with what it holds of this workspace, the largest first."""
    return sorted(store.list_sizes(tx), key=lambda size: (-size.value_bytes, size.name))
