"""The SQL of scheduled reports and of their runs.

Runs are not journaled and written with statements of their own. Looking for what is due crosses workspaces:
the worker's affair, never a request's. Nothing is decided here.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.types import Page
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity, Link
from hourbook.db.statement import ScopeColumns, Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.scheduled_reports import scheduled_report_recipients as recipients
from hourbook.db.tables.scheduled_reports import scheduled_report_runs as runs
from hourbook.db.tables.scheduled_reports import scheduled_reports
from hourbook.db.tables.workspaces import workspace_members, workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.scheduled_reports.rules import Receiver, ScheduledReport
from hourbook.resources.scheduled_reports.rules_runs import Due, Run

RECIPIENTS = Link("user_ids", recipients, "report_id", "user_id")
SCHEDULED_REPORT = Entity(
    "SCHEDULED_REPORT",
    "Scheduled report",
    scheduled_reports,
    ScheduledReport,
    links=(RECIPIENTS,),
    scope=ScopeColumns(user=scheduled_reports.c.user_id),
)
_s, _t, _r, _m, _u, _w = scheduled_reports.c, recipients.c, runs.c, workspace_members.c, users.c, workspaces.c
_RUN = tuple(Run.__struct_fields__)
_HERE = _s.workspace_id == bind("workspace_id")
_RUN_KEY = (_r.workspace_id == bind("workspace_id"), _r.report_id == bind("report_id"))
_PAGE = {"limit": bind("limit", sa.Integer()), "offset": bind("offset", sa.Integer())}
_SELECT = sa.select(*SCHEDULED_REPORT.columns).where(_HERE).order_by(_s.id.desc())


def _page_without(*large: str) -> sa.Select[Any]:
    """A page of schedules, with nothing in columns that a list does not show: each may be large."""
    columns = [sa.literal_column("''") if one.name in large else one for one in SCHEDULED_REPORT.columns]
    select = sa.select(*columns).where(_HERE).order_by(_s.id.desc())
    return select.limit(_PAGE["limit"]).offset(_PAGE["offset"])


_IS_MINE = sa.exists().where(_t.workspace_id == _s.workspace_id, _t.report_id == _s.id, _t.user_id == bind("user_id"))

LIST = Statement(_page_without("request"), into=ScheduledReport, scoped=SCHEDULED_REPORT.scope)
LIST_RECEIVED = Statement(_page_without("request", "filter").where(_IS_MINE), into=ScheduledReport)
FIND_RECEIVED = Statement(_SELECT.where(_IS_MINE, _s.id == bind("id")), into=ScheduledReport)
COUNT_OWN = Statement(
    sa.select(sa.func.count()).select_from(scheduled_reports).where(_HERE, _s.user_id == bind("user_id"))
)
OF_OWNER = Statement(
    sa.select(*SCHEDULED_REPORT.columns)
    .where(AnyOf(_s.workspace_id, "workspace_ids"), _s.user_id == bind("user_id"))
    .order_by(_s.workspace_id, _s.id),
    into=ScheduledReport,
)
NAMES = Statement(sa.select(_u.id, _u.name, _u.email).where(AnyOf(_u.id, "ids")))
# Who can be written to: an active member whose account is active, too.
RECEIVERS = Statement(
    sa.select(_u.id, _u.email, _u.name, _u.settings)
    .join(workspace_members, _m.user_id == _u.id)
    .where(
        _m.workspace_id == bind("workspace_id"),
        _m.status == sa.literal_column("'ACTIVE'"),
        _u.status == sa.literal_column("'ACTIVE'"),
        AnyOf(_u.id, "ids"),
    )
    .order_by(_u.id),
    into=Receiver,
)

RUNS = Statement(
    sa.select(*[_r[name] for name in _RUN]).where(_r.workspace_id == bind("workspace_id"), AnyOf(_r.report_id, "ids")),
    into=Run,
)
HOLD_RUN = Statement(sa.select(*[_r[name] for name in _RUN]).where(*_RUN_KEY).with_for_update(), into=Run)
LIST_DUE = Statement(
    sa.select(_r.workspace_id, _r.report_id)
    .join(workspaces, _w.id == _r.workspace_id)
    .where(
        _r.next_try_at_us <= bind("now_us", sa.BigInteger()),
        # Nothing is sent of a workspace that is being deleted.
        sa.or_(_w.deletes_at_us.is_(None), _w.deletes_at_us > bind("now_us", sa.BigInteger())),
    )
    .order_by(_r.next_try_at_us, _r.workspace_id, _r.report_id)
    .limit(bind("limit", sa.Integer())),
    into=Due,
)
_FIELDS = {name: bind(name, runs.c[name].type) for name in _RUN if name not in ("workspace_id", "report_id")}
INSERT_RUN = Statement(
    sa.insert(runs).values(
        {name: bind(name) for name in ("workspace_id", "report_id")}
        | _FIELDS
        | {name: bind("now_us", sa.BigInteger()) for name in ("created_at_us", "updated_at_us")}
        | {"row_revision": bind("row_revision", sa.Integer())}
    )
)
UPDATE_RUN = Statement(
    sa.update(runs)
    .where(*_RUN_KEY)
    .values(_FIELDS | {"updated_at_us": bind("now_us", sa.BigInteger()), "row_revision": _r.row_revision + 1})
)
DELETE_RUNS = Statement(sa.delete(runs).where(_r.workspace_id == bind("workspace_id"), AnyOf(_r.report_id, "ids")))


def list_reports(tx: ReadTx, page: Page, *, for_: str) -> list[ScheduledReport]:
    """A page and one more, newest first."""
    found = tx.rows(LIST, for_, limit=page.size + 1, offset=page.offset)
    return tx.with_links(SCHEDULED_REPORT, found)


def list_received(tx: ReadTx, page: Page) -> list[ScheduledReport]:
    """A page and one more of what is mailed to the actor, newest first; without the lists of recipients."""
    return tx.rows(LIST_RECEIVED, user_id=tx.actor.id, limit=page.size + 1, offset=page.offset)


def is_received(tx: ReadTx, report_id: str) -> bool:
    """Whether it is mailed to the actor."""
    return tx.one(FIND_RECEIVED, user_id=tx.actor.id, id=report_id) is not None


def count_own(tx: ReadTx, user_id: str) -> int:
    return int(tx.rows(COUNT_OWN, user_id=user_id)[0][0])


def of_owner(tx: ReadTx, user_id: str, workspace_ids: list[str]) -> list[ScheduledReport]:
    return tx.rows(OF_OWNER, user_id=user_id, workspace_ids=workspace_ids)


def names_of(tx: ReadTx, ids: Iterable[str]) -> dict[str, str]:
    wanted = sorted(set(ids))
    return {id_: name or email for id_, name, email in tx.rows(NAMES, ids=wanted)} if wanted else {}


def receivers(tx: ReadTx, ids: Iterable[str]) -> list[Receiver]:
    """Those of them who can be written to."""
    wanted = sorted(set(ids))
    return tx.rows(RECEIVERS, ids=wanted) if wanted else []


# --- runs ------------------------------------------------------------------------------------


def runs_of(tx: ReadTx, ids: list[str]) -> dict[str, Run]:
    return {run.report_id: run for run in tx.rows(RUNS, ids=ids)} if ids else {}


def hold_run(tx: Tx, report_id: str) -> Run | None:
    """Held until the end of the transaction."""
    found: Run | None = tx.one(HOLD_RUN, report_id=report_id)
    return found


def list_due(tx: ReadTx, limit: int) -> list[Due]:
    return tx.rows(LIST_DUE, now_us=tx.now_us, limit=limit)


def insert_run(tx: Tx, run: Run) -> None:
    tx.write_derived(INSERT_RUN, now_us=tx.now_us, row_revision=1, **msgspec.structs.asdict(run))


def update_run(tx: Tx, run: Run) -> None:
    tx.write_derived(UPDATE_RUN, now_us=tx.now_us, **msgspec.structs.asdict(run))


def delete_runs(tx: Tx, ids: list[str]) -> None:
    tx.write_derived(DELETE_RUNS, ids=ids)
