"""The operation of sizes.

It reads every row of a workspace, so the worker process answers it.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.storage import actions
from hourbook.resources.storage.wire import StorageOut, storage_out


@operation(
    "GET",
    "/workspaces/{workspace_id}/storage",
    contract=None,
    action="workspace.read_storage",
    cost=Cost.LONG,
    in_worker=True,
)
def get_storage(call: Call) -> StorageOut:
    """Says how many rows and bytes of each table belong to the workspace."""
    return storage_out(actions.list_sizes(call.read))
