"""The SQL of taking an erased person out of what was made for webhooks, all of it or a portion at a time.

Messages, deliveries and tries are made from the journal and not journaled, so they are no entities. Which of them are
about somebody, the rows of the journal say that they were made of. Nothing is decided here.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.jobs import jobs
from hourbook.db.tables.journal import journal
from hourbook.db.tables.webhooks import webhook_deliveries, webhook_messages, webhook_tries
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.webhooks.rules import EVENTS
from hourbook.resources.webhooks.rules import Family as EventFamily
from hourbook.resources.webhooks.rules_deliveries import ERASING_JOB
from hourbook.resources.webhooks.rules_fanout import TOGETHER

# A message goes after what refers to it. A try is logged of a delivery that is there, so deliveries go first: no try
# of one that is just being made comes behind them.
_TABLES = (webhook_deliveries, webhook_tries, webhook_messages)
TABLES_COUNT = len(_TABLES)
# What follows the workspace in their primary keys.
_KEYS = tuple(tuple(column for column in table.primary_key if column.name != "workspace_id") for table in _TABLES)
# Events that name people beside the one whom their row is about: who let people in, all who came in one request, and
# the managers of groups.
_NAMING_OTHERS: tuple[sa.ColumnElement[str], ...] = tuple(
    sa.literal_column(f"'{one.name}'") for one in EVENTS.values() if one.family in {*TOGETHER, EventFamily.GROUP}
)


def _about(table: sa.Table) -> sa.Exists:
    """What was made of rows of the journal about a person, or of rows that may be about anybody."""
    row = journal.c
    is_about = sa.or_(
        row.entity_id == bind("user_id"),
        row.subject_user_id == bind("user_id"),
        row.entity_id.is_(None),
        row.event.in_(_NAMING_OTHERS),
    )
    same = sa.and_(row.workspace_id == table.c.workspace_id, row.revision == table.c.revision)
    return sa.exists().where(same, is_about)


def _forget(table: sa.Table) -> Statement:
    return Statement(sa.delete(table).where(AnyOf(table.c.workspace_id, "workspace_ids"), _about(table)))


def _one_behind(table: sa.Table) -> Any:
    here = AnyOf(table.c.workspace_id, "workspace_ids")
    rows = sa.select(table.c.created_at_us).where(here).limit(1).offset(bind("count", sa.Integer()))
    return rows.scalar_subquery()


# One by one, so that the source says which tables are written.
FORGET = (_forget(webhook_deliveries), _forget(webhook_tries), _forget(webhook_messages))
HAS_MORE = Statement(sa.select(*(_one_behind(table) for table in _TABLES)))
IS_UNDER_WAY = Statement(
    sa.select(jobs.c.id)
    .where(
        jobs.c.workspace_id == bind("workspace_id"),
        jobs.c.kind == sa.literal_column(f"'{ERASING_JOB}'"),
        jobs.c.state == sa.literal_column("'QUEUED'"),
    )
    .limit(1)
)


def _place(number: int, which: str) -> sa.Tuple:
    return sa.tuple_(*(bind(f"{which}_{column.name}", column.type) for column in _KEYS[number]))


def _between(number: int, bounds: frozenset[str]) -> list[Any]:
    key = sa.tuple_(*_KEYS[number])
    found: list[Any] = [_TABLES[number].c.workspace_id == bind("workspace_id")]
    if "behind" in bounds:
        found.append(key > _place(number, "behind"))
    if "end" in bounds:
        found.append(key <= _place(number, "end"))
    return found


@Family
def _end(number: int, bounds: frozenset[str]) -> Statement:
    key = _KEYS[number]
    select = sa.select(*key).where(*_between(number, bounds)).order_by(*key)
    return Statement(select.limit(1).offset(bind("offset", sa.Integer())))


@Family
def _forget_portion(number: int, bounds: frozenset[str]) -> Statement:
    table = _TABLES[number]
    return Statement(sa.delete(table).where(*_between(number, bounds), _about(table)))


def has_more_than(tx: ReadTx, workspace_ids: list[str], count: int) -> bool:
    """Whether more tries, deliveries or messages than that are kept in these workspaces, whomever they are about."""
    return any(one is not None for one in tx.rows(HAS_MORE, workspace_ids=workspace_ids, count=count)[0])


def forget_about(tx: Tx, user_id: str, workspace_ids: list[str]) -> None:
    """Removes what was told and what waits to be told about a person, with what was answered."""
    for statement in FORGET:
        tx.write_derived(statement, user_id=user_id, workspace_ids=workspace_ids)


def forget_portion(tx: Tx, user_id: str, *, number: int, behind: Sequence[Any], limit: int) -> list[Any]:
    """Looks at so many rows of a table behind a place, and removes those about a person; the place where it stopped.

    Nothing when the table has no more.
    """
    bounds = frozenset({"behind"} if behind else ())
    values = _values(number, "behind", behind)
    end = tx.one(_end.of(number, bounds), offset=limit - 1, **values)
    if end is not None:
        bounds |= {"end"}
        values |= _values(number, "end", end)
    tx.write_derived(_forget_portion.of(number, bounds), user_id=user_id, **values)
    return list(end or ())


def _values(number: int, which: str, place: Sequence[Any]) -> dict[str, Any]:
    names = [f"{which}_{column.name}" for column in _KEYS[number]]
    return dict(zip(names, place, strict=True)) if place else {}


def is_under_way(tx: ReadTx) -> bool:
    """Whether somebody is still being taken out of what was made here."""
    return tx.one(IS_UNDER_WAY) is not None
