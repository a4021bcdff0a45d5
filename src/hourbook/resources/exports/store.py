"""The SQL of exports and of their portions.

Portions are not journaled and written with statements of their own. Looking for what is over crosses
workspaces: the janitor's affair, never a request's.
"""

import sqlalchemy as sa

from hourbook.core.types import Page
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import ScopeColumns, Statement, bind
from hourbook.db.tables.exports import export_parts, exports
from hourbook.db.tables.jobs import jobs
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.exports.rules import Export

EXPORT = Entity("EXPORT", "Export", exports, Export, scope=ScopeColumns(user=exports.c.user_id))
_e, _p = exports.c, export_parts.c
_MINE = (_e.workspace_id == bind("workspace_id"), _e.user_id == bind("user_id"))
_PART = (_p.workspace_id == bind("workspace_id"), _p.export_id == bind("export_id"))
_ATTEMPT = _p.attempt == bind("attempt", sa.Integer())

# Without what was asked, which a list does not show and which may be large.
LIST = Statement(
    sa.select(*[sa.literal_column("''") if column is _e.request else column for column in EXPORT.columns])
    .where(*_MINE)
    .order_by(_e.id.desc())
    .limit(bind("limit", sa.Integer()))
    .offset(bind("offset", sa.Integer())),
    into=Export,
)
STATES = Statement(sa.select(_e.state).where(*_MINE).order_by(_e.id))
PROGRESS = Statement(
    sa.select(jobs.c.id, jobs.c.progress_percent).where(
        jobs.c.workspace_id == bind("workspace_id"), AnyOf(jobs.c.id, "ids")
    )
)
OF_PERSON = Statement(
    sa.select(*EXPORT.columns)
    .where(AnyOf(_e.workspace_id, "workspace_ids"), _e.user_id == bind("user_id"))
    .order_by(_e.workspace_id, _e.id),
    into=Export,
)
LIST_OVER = Statement(
    sa.select(*EXPORT.columns)
    .where(_e.updated_at_us < bind("before_us", sa.BigInteger()))
    .order_by(_e.updated_at_us, _e.workspace_id, _e.id)
    .limit(bind("limit", sa.Integer())),
    into=Export,
)
INSERT_PART = Statement(
    sa.insert(export_parts).values(
        {name: bind(name) for name in ("workspace_id", "export_id", "attempt", "number", "content")}
        | {name: bind("now_us", sa.BigInteger()) for name in ("created_at_us", "updated_at_us")}
        | {"row_revision": bind("row_revision", sa.Integer())}
    )
)
FIND_PART = Statement(sa.select(_p.content).where(*_PART, _ATTEMPT, _p.number == bind("number", sa.Integer())))
DELETE_PARTS = Statement(
    sa.delete(export_parts).where(_p.workspace_id == bind("workspace_id"), AnyOf(_p.export_id, "ids"))
)
DELETE_OTHER_PARTS = Statement(sa.delete(export_parts).where(*_PART, sa.not_(_ATTEMPT)))
DELETE_SAME_PART = Statement(sa.delete(export_parts).where(*_PART, _ATTEMPT, _p.number == bind("number", sa.Integer())))


def list_own(tx: ReadTx, page: Page) -> list[Export]:
    """A page and one more, newest first."""
    return tx.rows(LIST, user_id=tx.actor.id, limit=page.size + 1, offset=page.offset)


def states_of(tx: ReadTx, user_id: str) -> list[str]:
    return [row[0] for row in tx.rows(STATES, user_id=user_id)]


def progress_of(tx: ReadTx, job_ids: list[str]) -> dict[str, int]:
    return dict(tx.rows(PROGRESS, ids=job_ids)) if job_ids else {}


def of_person(tx: ReadTx, user_id: str, workspace_ids: list[str]) -> list[Export]:
    return tx.rows(OF_PERSON, user_id=user_id, workspace_ids=workspace_ids)


def list_over(tx: ReadTx, before_us: int, limit: int) -> list[Export]:
    return tx.rows(LIST_OVER, before_us=before_us, limit=limit)


def put_part(tx: Tx, export_id: str, *, attempt: int, number: int, content: bytes) -> None:
    """Once more is no more: the worker may not have heard the first time."""
    tx.write_derived(DELETE_SAME_PART, export_id=export_id, attempt=attempt, number=number)
    tx.write_derived(
        INSERT_PART,
        export_id=export_id,
        attempt=attempt,
        number=number,
        content=content,
        now_us=tx.now_us,
        row_revision=1,
    )


def find_part(tx: ReadTx, export: Export, number: int) -> bytes | None:
    found = tx.rows(FIND_PART, export_id=export.id, attempt=export.attempt, number=number)
    return bytes(found[0][0]) if found else None


def delete_parts(tx: Tx, ids: list[str]) -> None:
    """All portions of these exports of the transaction's workspace."""
    tx.write_derived(DELETE_PARTS, ids=ids)


def delete_other_parts(tx: Tx, export_id: str, *, attempt: int) -> None:
    """Portions of every other try."""
    tx.write_derived(DELETE_OTHER_PARTS, export_id=export_id, attempt=attempt)
