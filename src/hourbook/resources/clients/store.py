"""The SQL of clients.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Page, SortOrder
from hourbook.db.engine import Contains
from hourbook.db.entities import Entity
from hourbook.db.statement import Family, ScopeColumns, Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tx import ReadTx
from hourbook.resources.clients.rules import Client, ClientSort

CLIENT = Entity(
    "CLIENT",
    "Client",
    clients,
    Client,
    derived={
        "name_key": lambda client: fold(client.name),
        "email_key": lambda client: fold(client.email or ""),
        "address_key": lambda client: fold(client.address or ""),
        "note_key": lambda client: fold(client.note or ""),
    },
    scope=ScopeColumns(),
)
_c = clients.c
_SORT_KEYS = {ClientSort.NAME: _c.name_key, ClientSort.EMAIL: _c.email_key, ClientSort.NOTE: _c.note_key}

FIND_BY_NAME = Statement(sa.select(_c.id).where(_c.workspace_id == bind("workspace_id"), _c.name == bind("name")))


@Family
def _list(filters: frozenset[str], sort: ClientSort, order: SortOrder) -> Statement:
    conditions = {
        "name_part": Contains(_c.name_key, "name_part"),
        "address_part": Contains(_c.address_key, "address_part"),
        "note_part": Contains(_c.note_key, "note_part"),
        "archived": _c.archived == bind("archived"),
    }
    keys = (_SORT_KEYS[sort], _c.id)
    select = (
        sa.select(*CLIENT.columns)
        .where(_c.workspace_id == bind("workspace_id"), *(conditions[name] for name in sorted(filters)))
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=Client, scoped=CLIENT.scope)


def find_id_by_name(tx: ReadTx, name: str) -> str | None:
    found = tx.one(FIND_BY_NAME, name=name)
    return found[0] if found else None


def list_clients(
    tx: ReadTx, filters: dict[str, object], page: Page, *, sort: ClientSort, order: SortOrder
) -> list[Client]:
    """Clients of the workspace, one more than the page if there are more.

    `filters`: `name_part`, `address_part`, `note_part` (folded), `archived`; absent ones do not filter.
    """
    statement = _list.of(frozenset(filters), sort, order)
    return tx.rows(statement, "client.list", limit=page.size + 1, offset=page.offset, **filters)
