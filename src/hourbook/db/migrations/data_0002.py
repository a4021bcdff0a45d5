"""What the second migration moves: columns that are made from rows which are there already.

Each step is one plain statement that both databases understand. The steps run after the tables
have changed on the way up, and before they change on the way back.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.core.clock import SystemClock
from hourbook.core.ids import UNKNOWN_ID_BYTES, IdSource
from hourbook.db.tables.columns import Id

NO_ID = UNKNOWN_ID_BYTES.hex()


def _columns(**types: Any) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name, kind) for name, kind in types.items()]


# The tables as this migration writes them, whatever they become later.
rates = sa.table(
    "rates",
    *_columns(workspace_id=Id, id=Id, level=sa.Text, kind=sa.Text, target_id=Id, user_id=Id, since_s=sa.BigInteger),
    *_columns(amount_minor=sa.BigInteger, is_waiting=sa.SmallInteger, created_at_us=sa.BigInteger),
    *_columns(updated_at_us=sa.BigInteger, row_revision=sa.Integer),
)

# The strongest role of each member, as `resources/workspaces/store.py` keeps it from then on.
_ACCESS_RANKS = """
    UPDATE workspace_members SET
        hourly_rate_key = coalesce(hourly_rate_minor, -1),
        cost_rate_key = coalesce(cost_rate_minor, -1),
        account_status = (SELECT status FROM users WHERE users.id = workspace_members.user_id),
        access_rank = coalesce(
            (SELECT min(CASE role WHEN 'OWNER' THEN 0 WHEN 'WORKSPACE_ADMIN' THEN 1 ELSE 2 END)
             FROM role_grants
             WHERE role_grants.workspace_id = workspace_members.workspace_id
                 AND role_grants.user_id = workspace_members.user_id),
            3)
"""


# Rates that stood on things count since the beginning of time: (level, table, target, account) of each place.
_RATED = (
    ("WORKSPACE", "workspaces", "id", "NULL"),
    ("MEMBER", "workspace_members", "user_id", "NULL"),
    ("PROJECT", "projects", "id", "NULL"),
    ("PROJECT_MEMBER", "project_members", "project_id", "user_id"),
    ("TASK", "tasks", "id", "NULL"),
)


def _begin_timelines(op: Any) -> None:
    """A row of `rates` for every rate that there is; as of new columns, the next snapshot tells of them."""
    connection = op.get_bind()
    clock = SystemClock()
    ids, now_us = IdSource(clock), clock.now_us()
    stamps = {"created_at_us": now_us, "updated_at_us": now_us, "row_revision": 1}
    found: list[dict[str, Any]] = []
    for level, table, target, account in _RATED:
        workspace = "id" if level == "WORKSPACE" else "workspace_id"
        for kind in ("hourly", "cost"):
            select = (
                f"SELECT {workspace}, {target}, {account}, {kind}_rate_minor FROM {table} "  # noqa: S608 (our own names)
                f"WHERE {kind}_rate_minor IS NOT NULL ORDER BY 1, 2, 3"
            )
            for workspace_id, target_id, user_id, amount in connection.execute(sa.text(select)):
                names = {"workspace_id": bytes(workspace_id).hex(), "target_id": bytes(target_id).hex()}
                names["user_id"] = NO_ID if user_id is None else bytes(user_id).hex()
                row = {"id": ids.new_id(), "level": level, "kind": kind, "since_s": 0, "amount_minor": amount}
                found.append(names | row | {"is_waiting": 0} | stamps)
    if found:
        connection.execute(sa.insert(rates), found)


def _end_timelines(op: Any) -> None:
    """What came into force since its place was written is all that the places do not repeat."""
    connection = op.get_bind()
    due = (
        sa.select(rates.c.level, rates.c.kind, rates.c.workspace_id, rates.c.target_id, rates.c.user_id)
        .add_columns(rates.c.amount_minor)
        .where(rates.c.is_waiting == 1, rates.c.since_s <= SystemClock().now_us() // 1_000_000)
        .order_by(rates.c.since_s, rates.c.id)
    )
    for level, kind, workspace_id, target_id, user_id, amount in connection.execute(due).all():
        name, key, account = next(place[1:] for place in _RATED if place[0] == level)
        table = sa.table(
            name, *_columns(workspace_id=Id, id=Id, user_id=Id, project_id=Id), sa.column(f"{kind}_rate_minor")
        )
        where = [table.c[key] == target_id] + [table.c.user_id == user_id for _ in (account,) if account != "NULL"]
        if level != "WORKSPACE":
            where.append(table.c.workspace_id == workspace_id)
        connection.execute(sa.update(table).where(*where).values({f"{kind}_rate_minor": amount}))


_CLIENT_NAMES = """
    UPDATE projects SET client_name_key = coalesce(
        (SELECT name_key FROM clients
         WHERE clients.workspace_id = projects.workspace_id AND clients.id = projects.client_id), '')
"""
_ESTIMATES = """
    UPDATE project_totals SET estimate_seconds = coalesce(
        (SELECT CASE WHEN projects.estimate_seconds >= 0 THEN projects.estimate_seconds ELSE
            (SELECT coalesce(sum(tasks.estimate_seconds), 0) FROM tasks
             WHERE tasks.workspace_id = projects.workspace_id AND tasks.project_id = projects.id) END
         FROM projects
         WHERE projects.workspace_id = project_totals.workspace_id AND projects.id = project_totals.project_id), 0)
"""
_PROGRESS = """
    UPDATE project_totals SET progress = CAST(duration_seconds AS FLOAT) / estimate_seconds WHERE estimate_seconds > 0
"""


def upgrade(op: Any) -> None:
    """After the tables have changed."""
    _begin_timelines(op)
    for statement in (_ACCESS_RANKS, _CLIENT_NAMES, _ESTIMATES, _PROGRESS):
        op.execute(statement)


def downgrade(op: Any) -> None:
    """Before the tables change back: nothing else that these steps made is kept anywhere."""
    _end_timelines(op)
