"""The operations of clients.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.clients import actions
from hourbook.resources.clients.rules import Client
from hourbook.resources.clients.wire import (
    ClientCreateIn,
    ClientListQuery,
    ClientOut,
    ClientUpdateIn,
    ClientUpdateQuery,
    client_out,
)

_CLIENTS = "/workspaces/{workspace_id}/clients"
_CLIENT = _CLIENTS + "/{client_id}"


@operation("GET", _CLIENTS, contract="getWorkspacesWorkspaceIdClients", action="client.list")
def list_clients(call: Call, query: ClientListQuery) -> list[ClientOut]:
    """Lists the clients of a workspace."""
    page = query.to_page()
    found = actions.list_clients(call.read, query.filters(), page, sort=query.sort_column, order=query.sort_order)
    shown = call.paged(found, page)
    codes = actions.currency_codes(call.read, shown)
    return [client_out(client, codes) for client in shown]


@operation(
    "POST",
    _CLIENTS,
    contract="postWorkspacesWorkspaceIdClients",
    action="client.create",
    status=201,
    journals=("NEW_CLIENT",),
)
def create_client(call: Call, body: ClientCreateIn) -> ClientOut:
    """Adds a client."""
    return _shown(call, actions.create_client(call.write, body.to_details()))


@operation("GET", _CLIENT, contract="getWorkspacesWorkspaceIdClientsClientId", action="client.list")
def get_client(call: Call, client_id: str) -> ClientOut:
    """Reads a client."""
    return _shown(call, actions.get_client(call.read, client_id))


@operation(
    "PUT",
    _CLIENT,
    contract="putWorkspacesWorkspaceIdClientsClientId",
    action="client.update",
    journals=("CLIENT_UPDATED",),
    cost=Cost.BULK,
)
def update_client(call: Call, client_id: str, query: ClientUpdateQuery, body: ClientUpdateIn) -> ClientOut:
    """Replaces a client, and may archive its projects and finish their tasks with it."""
    client = actions.update_client(
        call.write,
        client_id,
        body.to_details(),
        archive_projects=query.archive_projects,
        finish_tasks=query.mark_tasks_as_done,
    )
    return _shown(call, client)


@operation(
    "DELETE",
    _CLIENT,
    contract="deleteWorkspacesWorkspaceIdClientsClientId",
    action="client.delete",
    journals=("CLIENT_DELETED",),
    cost=Cost.BULK,
)
def delete_client(call: Call, client_id: str) -> ClientOut:
    """Deletes an archived client; its projects stay."""
    return _shown(call, actions.delete_client(call.write, client_id))


def _shown(call: Call, client: Client) -> ClientOut:
    return client_out(client, actions.currency_codes(call.read, [client]))
