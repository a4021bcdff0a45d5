"""What the second migration moves: columns that are made from rows which are there already.

Each step is one plain statement that both databases understand. The steps run after the tables
have changed on the way up, and before they change on the way back.
"""

import zlib
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.clock import SystemClock
from hourbook.core.ids import UNKNOWN_ID_BYTES, IdSource
from hourbook.db.tables.columns import Id

NO_ID = UNKNOWN_ID_BYTES.hex()


class Rate(msgspec.Struct):
    """A row of `rates` as it is at this migration."""

    workspace_id: str
    id: str
    level: str
    kind: str
    target_id: str
    user_id: str
    since_s: int
    amount_minor: int
    is_waiting: bool


def _columns(**types: Any) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name, kind) for name, kind in types.items()]


# The tables as this migration writes them, whatever they become later.
rates = sa.table(
    "rates",
    *_columns(workspace_id=Id, id=Id, level=sa.Text, kind=sa.Text, target_id=Id, user_id=Id, since_s=sa.BigInteger),
    *_columns(amount_minor=sa.BigInteger, is_waiting=sa.SmallInteger, created_at_us=sa.BigInteger),
    *_columns(updated_at_us=sa.BigInteger, row_revision=sa.Integer),
)
revisions = sa.table("workspace_revisions", *_columns(workspace_id=Id, revision=sa.BigInteger))
journal = sa.table(
    "journal",
    *_columns(workspace_id=Id, revision=sa.BigInteger, at_us=sa.BigInteger, actor_kind=sa.Text, auth=sa.Text),
    *_columns(origin=sa.Text, request_id=sa.Text, kind=sa.Text, verb=sa.Text, packed_ids=sa.LargeBinary),
    *_columns(packed_rows=sa.LargeBinary, format=sa.SmallInteger),
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
    """A row of `rates`, and one of the journal for each workspace, for every rate that there is."""
    connection = op.get_bind()
    clock = SystemClock()
    ids, now_us = IdSource(clock), clock.now_us()
    found: dict[str, list[Rate]] = {}
    for level, table, target, account in _RATED:
        workspace = "id" if level == "WORKSPACE" else "workspace_id"
        for kind in ("hourly", "cost"):
            select = (
                f"SELECT {workspace}, {target}, {account}, {kind}_rate_minor FROM {table} "  # noqa: S608 (our own names)
                f"WHERE {kind}_rate_minor IS NOT NULL ORDER BY 1, 2, 3"
            )
            for workspace_id, target_id, user_id, amount in connection.execute(sa.text(select)):
                place = (bytes(target_id).hex(), NO_ID if user_id is None else bytes(user_id).hex())
                row = Rate(bytes(workspace_id).hex(), ids.new_id(), level, kind, *place, 0, amount, False)
                found.setdefault(row.workspace_id, []).append(row)
    stamps = {"created_at_us": now_us, "updated_at_us": now_us, "row_revision": 1}
    for workspace_id, rows in found.items():
        connection.execute(sa.insert(rates), [msgspec.structs.asdict(row) | stamps for row in rows])
        _journal(connection, workspace_id, rows, now_us)


def _journal(connection: Any, workspace_id: str, rows: list[Rate], now_us: int) -> None:
    """What folds to the rows: one bulk row of the system's, in the format of that time."""
    counter = revisions.c
    of_workspace = counter.workspace_id == workspace_id
    connection.execute(sa.update(revisions).where(of_workspace).values(revision=counter.revision + 1))
    revision = connection.execute(sa.select(counter.revision).where(of_workspace)).scalar_one()
    connection.execute(
        sa.insert(journal).values(
            workspace_id=workspace_id,
            revision=revision,
            at_us=now_us,
            actor_kind="system",
            auth="system",
            origin="job",
            request_id="migration",
            kind="RATE",
            verb="insert_many",
            packed_ids=bytes.fromhex("".join(row.id for row in rows)),
            packed_rows=zlib.compress(msgspec.json.encode(rows), 1),
            format=1,
        )
    )


def upgrade(op: Any) -> None:
    """After the tables have changed."""
    _begin_timelines(op)
    op.execute(_ACCESS_RANKS)


def downgrade(op: Any) -> None:
    """Before the tables change back: nothing that these steps made is kept anywhere else."""
