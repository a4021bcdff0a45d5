"""The SQL of rates over time.

Statements are constants; `tx` adds the workspace. Who may see or change a rate is decided by the
slices whose things have rates. Nothing is decided here.
"""

from collections.abc import Iterable
from typing import Any, cast

import sqlalchemy as sa

from hourbook.core.money import RateKind
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.rates import rates
from hourbook.db.tables.workspaces import workspaces
from hourbook.db.tx import ReadTx
from hourbook.resources.rates.rules import NOBODY_ID, Level, Place, Rate

RATE = Entity("RATE", "Rate", rates, Rate)
_r = rates.c
_IN_WORKSPACE = _r.workspace_id == bind("workspace_id")


def _rate(*values: object) -> Rate:
    row = Rate(*values)  # type: ignore[arg-type]
    row.level, row.kind = Level(row.level), RateKind(row.kind)
    return row


# Two changes of rates in one workspace wait for one another: each decides by the timelines of all places.
HOLD = Statement(
    sa.select(workspaces.c.id).where(workspaces.c.id == bind("workspace_id")).with_for_update(key_share=True)
)
OF_PLACES = Statement(
    sa.select(*RATE.columns)
    .where(_IN_WORKSPACE, AnyOf(_r.target_id, "target_ids"), AnyOf(_r.user_id, "user_ids"))
    .order_by(_r.target_id, _r.user_id, _r.kind, _r.since_s),
    into=_rate,
)
OF_TARGETS = Statement(
    sa.select(*RATE.columns)
    .where(_IN_WORKSPACE, AnyOf(_r.target_id, "target_ids"))
    .order_by(_r.target_id, _r.user_id, _r.kind, _r.since_s),
    into=_rate,
)
ALL_OF_KIND = Statement(
    sa.select(_r.target_id, _r.user_id, _r.since_s, _r.amount_minor)
    .where(_IN_WORKSPACE, _r.kind == bind("kind"))
    .order_by(_r.target_id, _r.user_id, _r.since_s)
)
# What has come into force and is not repeated by its place yet: rarely anything.
_DUE = sa.select(_r.workspace_id, _r.kind, _r.target_id, _r.user_id, _r.amount_minor, _r.since_s).where(
    _r.is_waiting == 1, _r.since_s <= bind("now_s", sa.BigInteger())
)
DUE = Statement(_DUE.where(_IN_WORKSPACE))
DUE_IN = Statement(_DUE.where(AnyOf(_r.workspace_id, "workspace_ids")))
DUE_ROWS = Statement(
    sa.select(*RATE.columns)
    .where(_IN_WORKSPACE, _r.is_waiting == 1, _r.since_s <= bind("now_s", sa.BigInteger()))
    .order_by(_r.since_s, _r.id)
    .with_for_update(),
    into=_rate,
)

DUE_WORKSPACES = Statement(
    sa.select(_r.workspace_id)
    .where(_r.is_waiting == 1, _r.since_s <= bind("now_s", sa.BigInteger()))
    .distinct()
    .order_by(_r.workspace_id)
)
OF_PERSON = Statement(
    sa.select(*RATE.columns)
    .where(_IN_WORKSPACE, sa.or_(_r.target_id == bind("user_id"), _r.user_id == bind("user_id")))
    .order_by(_r.target_id, _r.kind, _r.since_s),
    into=_rate,
)


def rows_at(tx: ReadTx, places: Iterable[Place]) -> list[Rate]:
    """All changes at these places, in order; perhaps those at others of the same projects, too."""
    found = set(places)
    if not found:
        return []
    targets, users = {target for target, _ in found}, {user for _, user in found}
    return tx.rows(OF_PLACES, target_ids=sorted(targets), user_ids=sorted(users))


def rows_for_tracking(tx: ReadTx, user_id: str, target_ids: Iterable[str]) -> list[Rate]:
    """What may count for a person's entries on these projects and tasks."""
    targets = sorted({tx.workspace_id, user_id, *target_ids})
    return tx.rows(OF_PLACES, target_ids=targets, user_ids=[NOBODY_ID, user_id])


def rows_of(tx: ReadTx, target_ids: Iterable[str]) -> list[Rate]:
    """All changes at these targets, those of people on them included."""
    wanted = sorted(set(target_ids))
    return tx.rows(OF_TARGETS, target_ids=wanted) if wanted else []


def points_of_kind(tx: ReadTx, kind: RateKind) -> list[tuple[str, str, int, int | None]]:
    """(target, account, since, amount) of the whole workspace, each place's in order."""
    return tx.rows(ALL_OF_KIND, kind=kind.value)


def due(tx: ReadTx, now_s: int, workspace_ids: list[str] | None = None) -> list[Any]:
    """(workspace, kind, target, account, amount) of what came into force since its place was written, oldest first."""
    if workspace_ids is None:
        rows = tx.rows(DUE, now_s=now_s)
    else:
        rows = tx.rows(DUE_IN, now_s=now_s, workspace_ids=workspace_ids)
    return [row[:-1] for row in sorted(rows, key=lambda row: row[-1])]


def due_rows(tx: ReadTx, now_s: int) -> list[Rate]:
    """The same of one workspace, as rows to be changed."""
    return cast("list[Rate]", tx.rows(DUE_ROWS, now_s=now_s))


def due_workspaces(tx: ReadTx, now_s: int) -> list[str]:
    """Workspaces in which something came into force that its place does not repeat yet."""
    return [row[0] for row in tx.rows(DUE_WORKSPACES, now_s=now_s)]


def rows_of_person(tx: ReadTx, user_id: str) -> list[Rate]:
    """All changes of somebody's rates, in the workspace and on projects."""
    return cast("list[Rate]", tx.rows(OF_PERSON, user_id=user_id))
