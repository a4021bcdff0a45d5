"""Whether rates fit together: what things show against their timelines. For `hourbook doctor`.

A thing repeats the newest rate of its timeline that did not lie in the future when it was written.
Nothing here changes anything.
"""

import sqlalchemy as sa

from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.db.checks import Check
from hourbook.db.statement import Statement
from hourbook.db.tables.projects import project_members, projects
from hourbook.db.tables.rates import rates
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.workspaces import workspace_members, workspaces

NOBODY_ID = UNKNOWN_ID_BYTES.hex()
_r = rates.c


def _shown(things: str, table: sa.Table, target: str, *, user: str | None = None) -> Check:
    """`target`, `user`: the columns that name the place of a row's timelines."""
    column = table.c[target]
    workspace_id = table.c.get("workspace_id", column)
    differs = []
    for kind in ("hourly", "cost"):
        newest = (
            sa.select(_r.amount_minor)
            .where(
                _r.workspace_id == workspace_id,
                _r.target_id == column,
                _r.user_id == (NOBODY_ID if user is None else table.c[user]),
                _r.kind == kind,
                _r.is_waiting == 0,
            )
            .order_by(_r.since_s.desc())
            .limit(1)
            .scalar_subquery()
        )
        stored = table.c[f"{kind}_rate_minor"]
        # A workspace without any shows 0.
        none = 0 if not stored.nullable else -1
        differs.append(sa.func.coalesce(newest, none) != sa.func.coalesce(stored, none))
    select = sa.select(sa.func.count(), sa.func.min(column).label("one")).select_from(table).where(sa.or_(*differs))
    return Check(f"{table.name} rates", f"{things} whose rates are not those of their timelines", Statement(select))


def _gone(things: str, table: sa.Table, *levels: str) -> Check:
    there = sa.exists().where(table.c.workspace_id == _r.workspace_id, table.c.id == _r.target_id)
    of_level = sa.or_(*(_r.level == level for level in levels))
    select = sa.select(sa.func.count(), sa.func.min(_r.target_id).label("one")).where(of_level, sa.not_(there))
    return Check(f"rates of {things}", f"rates of {things} that are gone", Statement(select))


RATES: tuple[Check, ...] = (
    _shown("workspaces", workspaces, "id"),
    _shown("members", workspace_members, "user_id"),
    _shown("projects", projects, "id"),
    _shown("people on projects", project_members, "project_id", user="user_id"),
    _shown("tasks", tasks, "id"),
    _gone("projects", projects, "PROJECT", "PROJECT_MEMBER"),
    _gone("tasks", tasks, "TASK"),
)
