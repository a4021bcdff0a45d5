"""The SQL of entries whose rates change with a timeline.

Which entries a change touches is one statement, whatever their number; giving them their new rates
is one statement a kind. Ids travel as the database has them: most of them are only compared.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from hourbook.core.calendar import END_SECOND
from hourbook.core.money import RateKind
from hourbook.db.engine import AnyOf
from hourbook.db.rewriting import Rewritten, rewrite
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tx import Tx
from hourbook.resources.time_entries.store import TIME_ENTRY

_e = time_entries.c
_NAMES = {RateKind.HOURLY: "hourly_rate_minor", RateKind.COST: "cost_rate_minor"}


def _trackers() -> sa.Select[Any]:
    """Everybody who has entries, those who left the workspace since included, from one index entry to the next.

    By person, the index of people's entries is walked for a whole workspace too.
    """
    here = _e.workspace_id == bind("workspace_id")
    first = sa.select(_e.user_id).where(here).order_by(_e.user_id).limit(1).scalar_subquery()
    found = sa.select(first.label("user_id")).cte("trackers", recursive=True)
    after = sa.and_(here, _e.user_id > found.c.user_id)
    following = sa.select(_e.user_id).where(after).order_by(_e.user_id).limit(1).correlate(found).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.user_id.is_not(None)))
    return sa.select(found.c.user_id).where(found.c.user_id.is_not(None))


_OF_EVERYBODY = _e.user_id.in_(_trackers())


def _raw(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.LargeBinary())


@Family
def _touched(filters: frozenset[str], kind: RateKind) -> Statement:
    conditions: dict[str, sa.ColumnElement[bool]] = {
        "user_ids": AnyOf(_e.user_id, "user_ids"),
        "project_ids": AnyOf(_e.project_id, "project_ids"),
        "task_ids": AnyOf(_e.task_id, "task_ids"),
    }
    where = [conditions[name] for name in sorted(filters)] or [_OF_EVERYBODY]
    select = (
        sa.select(
            *(_raw(column) for column in (_e.id, _e.user_id, _e.project_id, _e.task_id)),
            _e.start_s,
            _e[_NAMES[kind]],
            sa.type_coerce(_e.is_invoiced, sa.SmallInteger()),
        )
        .where(
            _e.workspace_id == bind("workspace_id"),
            *where,
            _e.start_s >= bind("from_s", sa.BigInteger()),
            _e.start_s < bind("until_s", sa.BigInteger()),
        )
        .with_for_update()
    )
    return Statement(select)


def touched(
    tx: Tx, kind: RateKind, among: dict[str, Sequence[str]], *, from_s: int, until_s: int | None
) -> list[tuple[bytes, bytes, bytes | None, bytes | None, int, int, int]]:
    """Entries that begin in a span, held until commit: id, person, project, task, start, rate, invoiced.

    `among`: `user_ids`, `project_ids`, `task_ids` they must have; nothing is everybody's.
    """
    statement = _touched.of(frozenset(among), kind)
    params: dict[str, Any] = {**among, "from_s": from_s, "until_s": END_SECOND if until_s is None else until_s}
    return tx.rows(statement, **params)


def write_rates(tx: Tx, kind: RateKind, rows: Iterable[tuple[str, int, int]]) -> None:
    """(id, rate, new rate) of entries."""
    rewrite(tx, TIME_ENTRY, _NAMES[kind], rows=[Rewritten(*row) for row in rows])
