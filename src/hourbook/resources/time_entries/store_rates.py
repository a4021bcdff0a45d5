"""The SQL of entries whose rates change with a timeline.

Which entries a change touches is one statement, whatever their number. Most of them get one new
rate, written by the condition that found them; those that name something with a nearer rate are told
apart here and decided by the rules. Ids travel as the database has them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.calendar import END_SECOND
from hourbook.core.money import RateKind
from hourbook.db.engine import AnyOf
from hourbook.db.rewriting import Rewritten, rewrite, set_all
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.projects import projects
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tables.workspaces import currencies as currencies_table
from hourbook.db.tables.workspaces import workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.time_entries.store import TIME_ENTRY

_e = time_entries.c
_NAMES = {RateKind.HOURLY: "hourly_rate_minor", RateKind.COST: "cost_rate_minor"}
_COLUMNS = {"user_ids": _e.user_id, "project_ids": _e.project_id, "task_ids": _e.task_id}


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


def _counted_in() -> sa.ColumnElement[str]:
    """The currency an entry's rates count in now: that of its project's client, else the workspace's.

    The projects with another one are few and found once; only their entries are looked at one by one.
    """
    code = currencies_table.c.code
    w, own = bind("workspace_id"), sa.select(workspaces.c.currency).where(workspaces.c.id == bind("workspace_id"))
    joined = projects.join(clients, sa.and_(clients.c.workspace_id == w, clients.c.id == projects.c.client_id)).join(
        currencies_table, sa.and_(currencies_table.c.workspace_id == w, currencies_table.c.id == clients.c.currency_id)
    )
    here = projects.c.workspace_id == w
    others = sa.select(projects.c.id).select_from(joined).where(here, code != own.scalar_subquery())
    of_project = sa.select(code).select_from(joined).where(here, projects.c.id == _e.project_id).correlate(time_entries)
    return sa.case((_e.project_id.in_(others), of_project.scalar_subquery()), else_=own.scalar_subquery())


# A number in one currency means nothing in another: entries from before a change of currency keep what they have.
_IN_ITS_CURRENCY = _e.currency == _counted_in()


CURRENCY = Statement(sa.select(workspaces.c.currency).where(workspaces.c.id == bind("workspace_id")))
CURRENCIES_OF_PROJECTS = Statement(
    sa.select(projects.c.id, currencies_table.c.code)
    .join(clients, sa.and_(clients.c.workspace_id == projects.c.workspace_id, clients.c.id == projects.c.client_id))
    .join(
        currencies_table,
        sa.and_(
            currencies_table.c.workspace_id == clients.c.workspace_id, currencies_table.c.id == clients.c.currency_id
        ),
    )
    .where(projects.c.workspace_id == bind("workspace_id"), AnyOf(projects.c.id, "ids"))
)
OF_IDS = Statement(
    sa.select(_e.id, _e.currency)
    .where(_e.workspace_id == bind("workspace_id"), AnyOf(_e.id, "ids"))
    .order_by(_e.id)
    .with_for_update(),
    of_one_table=True,
)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries a change may touch, by start and by ids of `user_ids`, `project_ids`, `task_ids` (none: all).

    `amount`: what they get unless they name something in `near`, which may have a nearer rate; None
    when each of them has to be decided.
    """

    kind: RateKind
    from_s: int
    until_s: int | None
    among: Mapping[str, Sequence[str]]
    near: Mapping[str, Sequence[str]]
    amount: int | None

    def params(self) -> dict[str, Any]:
        found: dict[str, Any] = {"from_s": self.from_s, "until_s": END_SECOND if self.until_s is None else self.until_s}
        found |= self.among
        if self.amount is not None:
            found |= {"amount": self.amount, **{"near_" + name: ids for name, ids in self.near.items()}}
        return found


def _is_plain(near: frozenset[str]) -> sa.ColumnElement[bool]:
    """Names nothing that may have a nearer rate."""
    parts: list[sa.ColumnElement[bool]] = []
    for name in sorted(near):
        column = _COLUMNS[name]
        parts.append(sa.or_(column.is_(None), sa.not_(AnyOf(column, "near_" + name))))
    return sa.and_(sa.true(), *parts)


def _scope(among: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    named: list[sa.ColumnElement[bool]] = [AnyOf(_COLUMNS[name], name) for name in sorted(among)]
    return [
        _e.workspace_id == bind("workspace_id"),
        *(named or [_OF_EVERYBODY]),
        _e.start_s >= bind("from_s", sa.BigInteger()),
        _e.start_s < bind("until_s", sa.BigInteger()),
        _IN_ITS_CURRENCY,
    ]


@Family
def _touched(kind: RateKind, among: frozenset[str], near: frozenset[str] | None) -> Statement:
    """`near` None: every entry has to be decided. Else a plain one has NULL for what it names."""
    rate, where = _e[_NAMES[kind]], _scope(among)
    named: list[sa.ColumnElement[Any]] = [_e.user_id, _e.project_id, _e.task_id]
    if near is not None and near:
        plain = _is_plain(near)
        where.append(sa.or_(sa.not_(plain), rate != bind("amount", sa.BigInteger())))
        named = [sa.case((plain, sa.null()), else_=sa.type_coerce(column, sa.LargeBinary())) for column in named]
    elif near is not None:
        where.append(rate != bind("amount", sa.BigInteger()))
        named = [sa.null(), sa.null(), sa.null()]
    raw = [sa.type_coerce(column, sa.LargeBinary()) for column in (_e.id, *named)]
    select = sa.select(*raw, _e.start_s, rate, sa.type_coerce(_e.is_invoiced, sa.SmallInteger()))
    return Statement(select.where(*where).with_for_update())


@Family
def _plain(kind: RateKind, among: frozenset[str], near: frozenset[str]) -> Statement:
    """The condition of those that get the one new rate."""
    differs = _e[_NAMES[kind]] != bind("amount", sa.BigInteger())
    return Statement(sa.select(_e.id).where(*_scope(among), differs, _e.is_invoiced == 0, _is_plain(near)))


def touched(tx: Tx, span: Span) -> list[tuple[bytes, bytes | None, bytes | None, bytes | None, int, int, int]]:
    """Held until commit: id, person, project, task, start, rate, invoiced. A plain one has no person."""
    near = None if span.amount is None else frozenset(span.near)
    return tx.rows(_touched.of(span.kind, frozenset(span.among), near), **span.params())


def write_one(tx: Tx, span: Span, before: Mapping[str, int]) -> None:
    """Gives all the plain ones that were found ({id: the rate it had}) the new rate."""
    if span.amount is not None:
        matching = _plain.of(span.kind, frozenset(span.among), frozenset(span.near))
        value = (_NAMES[span.kind], span.amount)
        set_all(tx, TIME_ENTRY, value, before=before, matching=matching, **span.params())


def write_each(tx: Tx, kind: RateKind, rows: Sequence[tuple[str, int, int]]) -> None:
    """(id, rate, new rate) of entries."""
    rewrite(tx, TIME_ENTRY, _NAMES[kind], rows=[Rewritten(*row) for row in rows])


def currencies(tx: ReadTx, project_ids: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The workspace's currency, and those of the projects that have a client."""
    wanted = sorted(set(project_ids))
    rows = tx.rows(CURRENCIES_OF_PROJECTS, ids=wanted) if wanted else []
    return tx.rows(CURRENCY)[0][0], dict(rows)


def write_currency(tx: Tx, currency: str, ids: Sequence[str]) -> None:
    """Entries get rates of this currency next."""
    tx.update_where(TIME_ENTRY, OF_IDS, {"currency": currency}, cascade=True, ids=list(ids))
