"""The JSON of clients (wire-core section 4).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

from typing import ClassVar

from hourbook.core.text import fold
from hourbook.core.types import SortOrder
from hourbook.http.wire import In, Out, Paged, Query, id_of
from hourbook.resources.clients.rules import Client, ClientSort, Details, decode_emails


class ClientOut(Out):
    id: str
    name: str
    email: str | None
    workspace_id: str
    archived: bool
    address: str | None
    note: str | None
    cc_emails: list[str] | None
    currency_id: str
    currency_code: str


class NestedClientOut(Out):
    """A client inside a hydrated project: the recorded keys, fewer than a client has by itself."""

    id: str
    name: str
    email: str | None
    workspace_id: str
    archived: bool
    address: str | None
    note: str | None


class ClientCreateIn(In):
    """`ccEmails`, `currencyId` and `currencyCode` are ignored here as upstream ignores them."""

    name: str | None = None
    email: str | None = None
    address: str | None = None
    note: str | None = None

    def to_details(self) -> Details:
        return Details(name=self.name, email=self.email, address=self.address, note=self.note)


class ClientUpdateIn(In):
    """PUT replaces; `currencyCode` does nothing."""

    name: str | None = None
    email: str | None = None
    address: str | None = None
    note: str | None = None
    archived: bool | None = None
    currency_id: str | None = None
    cc_emails: list[str] | None = None

    def to_details(self) -> Details:
        return Details(
            name=self.name,
            email=self.email,
            address=self.address,
            note=self.note,
            archived=bool(self.archived),
            currency_id=id_of(self.currency_id),
            cc_emails=None if self.cc_emails is None else tuple(self.cc_emails),
        )


class ClientUpdateQuery(Query):
    archive_projects: bool = False
    mark_tasks_as_done: bool = False


class ClientListQuery(Paged):
    long_sorts: ClassVar[frozenset[str]] = frozenset({"EMAIL", "NOTE"})
    name: str | None = None
    archived: bool | None = None
    address: str | None = None
    note: str | None = None
    sort_column: ClientSort = ClientSort.NAME
    sort_order: SortOrder = SortOrder.ASCENDING

    def filters(self) -> dict[str, object]:
        """The filters that were asked for, as the store takes them."""
        parts = {"name_part": self.name, "address_part": self.address, "note_part": self.note}
        found: dict[str, object] = {name: fold(text) for name, text in parts.items() if text is not None}
        if self.archived is not None:
            found["archived"] = self.archived
        return found


def client_out(client: Client, currency_codes: dict[str, str]) -> ClientOut:
    """`currency_codes` by currency id."""
    return ClientOut(
        id=client.id,
        name=client.name,
        email=client.email,
        workspace_id=client.workspace_id,
        archived=client.archived,
        address=client.address,
        note=client.note,
        cc_emails=decode_emails(client.cc_emails),
        currency_id=client.currency_id,
        currency_code=currency_codes.get(client.currency_id, ""),
    )


def nested_client_out(client: Client) -> NestedClientOut:
    return NestedClientOut(
        id=client.id,
        name=client.name,
        email=client.email,
        workspace_id=client.workspace_id,
        archived=client.archived,
        address=client.address,
        note=client.note,
    )
