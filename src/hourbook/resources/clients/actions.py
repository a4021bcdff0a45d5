"""The verbs of clients.

What happens to the projects of a client is their slice's business: it reacts to the deletion,
and to the two wishes announced here when a client is archived.
"""

from collections.abc import Iterable

import msgspec

from hourbook.core.errors import NameTaken, NotFound
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.clients import rules, store
from hourbook.resources.clients.rules import Client, ClientSort, Details
from hourbook.resources.workspaces import actions as workspaces


def list_clients(
    tx: ReadTx, filters: dict[str, object], page: Page, *, sort: ClientSort, order: SortOrder
) -> list[Client]:
    """Clients in a total order; see `store.list_clients` for the filters."""
    return store.list_clients(tx, filters, page, sort=sort, order=order)


def get_client(tx: ReadTx, client_id: str) -> Client:
    """NotFound when there is none."""
    found: Client = tx.get(store.CLIENT, client_id, for_="client.list")
    return found


def hold_client(tx: Tx, client_id: str) -> Client:
    """The client, which cannot vanish before the transaction ends; NotFound when there is none."""
    return _get_locked(tx, client_id, "client.list")


def find_clients(tx: ReadTx, client_ids: Iterable[str]) -> dict[str, Client]:
    """By id, as many as there are."""
    return tx.find_many(store.CLIENT, client_ids)


def currency_codes(tx: ReadTx, clients: Iterable[Client]) -> dict[str, str]:
    """Codes of the currencies of these clients, by currency id."""
    found = workspaces.find_currencies(tx, {client.currency_id for client in clients})
    return {currency.id: currency.code for currency in found.values()}


def create_client(tx: Tx, details: Details) -> Client:
    """A client in the workspace's currency; what else the request says of money and copies is dropped.

    Source: wire-core section 4 (recorded: `ccEmails` and `currencyId` stay unset on create).
    """
    said = rules.check_details(msgspec.structs.replace(details, archived=False, cc_emails=None))
    currency = workspaces.default_currency(tx)
    client = _client(tx.workspace_id, tx.new_id(), said, currency.id)
    _check_free(tx, client)
    tx.insert(store.CLIENT, client, event="NEW_CLIENT")
    return client


def update_client(
    tx: Tx, client_id: str, details: Details, *, archive_projects: bool = False, finish_tasks: bool = False
) -> Client:
    """Replaces everything but the currency, which is kept when unsaid (wire-core 0.9).

    `archive_projects`, `finish_tasks` reach the projects and tasks the actor may change, and only
    when the same request archives the client.
    """
    before = _get_locked(tx, client_id, "client.update")
    said = rules.check_details(details)
    currency_id = workspaces.get_currency(tx, said.currency_id).id if said.currency_id else before.currency_id
    after = _client(before.workspace_id, before.id, said, currency_id)
    _check_free(tx, after)
    tx.update(store.CLIENT, before, after, event="CLIENT_UPDATED")
    if after.archived and archive_projects:
        tx.announce("CLIENT", "archive_projects", before=before, after=after)
    if after.archived and finish_tasks:
        tx.announce("CLIENT", "finish_tasks", before=before, after=after)
    return after


def delete_client(tx: Tx, client_id: str) -> Client:
    """Removes an archived client; its projects stay and lose it."""
    client = _get_locked(tx, client_id, "client.delete")
    rules.check_deletable(client)
    tx.delete(store.CLIENT, client, event="CLIENT_DELETED")
    return client


def _get_locked(tx: Tx, client_id: str, action: str) -> Client:
    found: Client | None = tx.find(store.CLIENT, client_id, for_=action, locked=True)
    if found is None:
        raise NotFound(store.CLIENT.word)
    return found


def _client(workspace_id: str, client_id: str, said: Details, currency_id: str) -> Client:
    return Client(
        workspace_id,
        client_id,
        said.name or "",
        said.email,
        said.address,
        said.note,
        said.archived,
        rules.encode_emails(said.cc_emails),
        currency_id,
    )


def _check_free(tx: ReadTx, client: Client) -> None:
    if store.find_id_by_name(tx, client.name) not in (None, client.id):
        raise NameTaken(store.CLIENT.word, client.name)
