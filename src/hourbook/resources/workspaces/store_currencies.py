"""The SQL that says where a workspace's currencies are used.

It looks into tables of later slices, reading only, because what is there decides whether a currency may
go. A project's money is in its client's currency, without a client in the workspace's.
"""

import sqlalchemy as sa

from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.projects import project_members, projects
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tables.workspaces import workspace_members, workspaces
from hourbook.db.tx import ReadTx
from hourbook.resources.workspaces.rules import Currency

_WORKSPACE_ID = bind("workspace_id")
_p = projects.c
_WITHOUT_CLIENT = _p.client_id == UNKNOWN_ID_BYTES.hex()


def _is_set(*columns: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Nothing an hour is nothing in any money."""
    return sa.or_(*(sa.func.coalesce(column, 0) != 0 for column in columns))


def _any(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    key = table.c.id if table is workspaces else table.c.workspace_id
    return sa.exists().where(key == _WORKSPACE_ID, *conditions)


def _rates(table: sa.Table) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    return table.c.hourly_rate_minor, table.c.cost_rate_minor


def _of_no_client(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    same = (_p.workspace_id == table.c.workspace_id, _p.id == table.c.project_id)
    return (*same, _WITHOUT_CLIENT)


def _when(*tests: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    """A row when one of the tests holds."""
    return sa.select(sa.literal_column("1")).where(sa.or_(*tests))


RATES_IN_DEFAULT = Statement(
    _when(
        _any(workspaces, _is_set(*_rates(workspaces))),
        _any(workspace_members, _is_set(*_rates(workspace_members))),
        _any(projects, _WITHOUT_CLIENT, _is_set(*_rates(projects), _p.budget_minor)),
        _any(project_members, *_of_no_client(project_members), _is_set(*_rates(project_members))),
        _any(tasks, *_of_no_client(tasks), _is_set(*_rates(tasks), tasks.c.budget_estimate_minor)),
    )
)
USES = Statement(
    _when(
        _any(clients, clients.c.currency_id == bind("currency_id")),
        _any(time_entries, time_entries.c.currency == bind("code")),
    )
)


def is_currency_used(tx: ReadTx, currency: Currency) -> bool:
    """Whether a client is in it, or time was tracked in it."""
    return tx.one(USES, currency_id=currency.id, code=currency.code) is not None


def has_rates_in_default(tx: ReadTx) -> bool:
    """Whether an amount is set somewhere that names no currency of its own."""
    return tx.one(RATES_IN_DEFAULT) is not None
