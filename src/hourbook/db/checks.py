"""Whether what is stored fits together: references, derived totals, journal. For `hourbook doctor`.

Each check is one set-based statement over all workspaces, run inside one snapshot, so a server may
go on working meanwhile. Nothing here changes anything but `rebuild_totals`.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.db.engine import Connection
from hourbook.db.statement import Statement
from hourbook.db.tables import METADATA
from hourbook.db.tables.clients import clients
from hourbook.db.tables.journal import journal, journal_snapshots, workspace_revisions
from hourbook.db.tables.projects import project_totals, projects
from hourbook.db.tables.tasks import task_totals, tasks
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tables.workspaces import role_grants, workspace_members
from hourbook.db.tx import Tx

NO_ID = UNKNOWN_ID_BYTES.hex()
TOTAL_NAMES = ("duration_seconds", "billable_seconds", "entries_count")


@dataclass(frozen=True)
class Check:
    """`statement` gives how many are wrong and the id of one of them."""

    name: str
    things: str
    statement: Statement


def _broken(table: sa.Table, id_name: str, where: sa.ColumnElement[bool]) -> Statement:
    one = table.c[id_name]
    return Statement(sa.select(sa.func.count(), sa.func.min(one).label("one")).select_from(table).where(where))


def _reference(name: str, things: str, target: str, *, id_name: str, to: str = "id", none: str | None = None) -> Check:
    """Rows whose `name` (table.column) leads to no row of the target in their workspace."""
    table_name, _, column_name = name.partition(".")
    table, other = METADATA.tables[table_name], METADATA.tables[target].alias("target")
    column = table.c[column_name]
    # A thing's workspace column; the workspaces themselves have none.
    there = sa.exists().where(other.c.workspace_id == table.c.workspace_id, other.c[to] == column)
    where = [sa.not_(there)]
    if column.nullable:
        where.append(column.is_not(None))
    if none is not None:
        where.append(column != none)
    return Check(name, things, _broken(table, id_name, sa.and_(*where)))


REFERENCES: tuple[Check, ...] = (
    _reference("time_entries.project_id", "time entries of a project that is gone", "projects", id_name="id"),
    _reference("time_entries.task_id", "time entries of a task that is gone", "tasks", id_name="id"),
    _reference(
        "time_entries.user_id", "time entries of somebody who is no member", "workspace_members", id_name="id",
        to="user_id",
    ),
    _reference("time_entry_tags.tag_id", "time entries with a tag that is gone", "tags", id_name="entry_id"),
    _reference("time_entry_tags.entry_id", "tags of a time entry that is gone", "time_entries", id_name="entry_id"),
    _reference("tasks.project_id", "tasks of a project that is gone", "projects", id_name="id"),
    _reference("task_assignees.task_id", "people of a task that is gone", "tasks", id_name="task_id"),
    _reference(
        "task_assignees.user_id", "tasks of somebody who is no member", "workspace_members", id_name="task_id",
        to="user_id",
    ),
    _reference("task_groups.task_id", "groups of a task that is gone", "tasks", id_name="task_id"),
    _reference("task_groups.group_id", "tasks of a group that is gone", "user_groups", id_name="task_id"),
    _reference("projects.client_id", "projects of a client that is gone", "clients", id_name="id", none=NO_ID),
    _reference("project_members.project_id", "people on a project that is gone", "projects", id_name="project_id"),
    _reference(
        "project_members.user_id", "projects with somebody who is no member", "workspace_members",
        id_name="project_id", to="user_id",
    ),
    _reference("project_groups.project_id", "groups on a project that is gone", "projects", id_name="project_id"),
    _reference("project_groups.group_id", "projects with a group that is gone", "user_groups", id_name="project_id"),
    _reference(
        "custom_field_overrides.project_id", "custom fields of a project that is gone", "projects", id_name="field_id"
    ),
    _reference(
        "custom_field_overrides.field_id", "projects with a custom field that is gone", "custom_fields",
        id_name="project_id",
    ),
    _reference(
        "user_custom_field_values.field_id", "people with a custom field that is gone", "custom_fields",
        id_name="user_id",
    ),
    _reference(
        "user_custom_field_values.user_id", "custom fields of somebody who is no member", "workspace_members",
        id_name="field_id", to="user_id",
    ),
    _reference("clients.currency_id", "clients with a currency that is gone", "currencies", id_name="id"),
    _reference("user_group_members.group_id", "people in a group that is gone", "user_groups", id_name="group_id"),
    _reference(
        "user_group_members.user_id", "groups with somebody who is no member", "workspace_members",
        id_name="group_id", to="user_id",
    ),
    _reference(
        "role_grants.user_id", "roles of somebody who is no member", "workspace_members", id_name="id", to="user_id"
    ),
)  # fmt: skip


# --- derived totals ----------------------------------------------------------------------------


def _recomputed(things: sa.Table, key: str) -> sa.Select[Any]:
    """What the totals table must hold: a row for each thing, the sums of its finished entries."""
    entry = time_entries.c
    length = entry.end_s - entry.start_s
    sums = (
        sa.select(
            entry.workspace_id,
            entry[key].label("key"),
            sa.func.sum(length).label(TOTAL_NAMES[0]),
            sa.func.sum(length * entry.billable).label(TOTAL_NAMES[1]),
            sa.func.count().label(TOTAL_NAMES[2]),
        )
        .where(entry.end_s.is_not(None), entry[key].is_not(None))
        .group_by(entry.workspace_id, entry[key])
        .subquery("sums")
    )
    joined = sa.and_(sums.c.workspace_id == things.c.workspace_id, sums.c.key == things.c.id)
    totals = [sa.cast(sa.func.coalesce(sums.c[name], 0), sa.BigInteger).label(name) for name in TOTAL_NAMES]
    start = sa.select(things.c.workspace_id, things.c.id.label(key), *totals)
    return start.select_from(things).outerjoin(sums, joined)


def _totals_checks(totals: sa.Table, things: sa.Table, key: str, word: str) -> tuple[Check, Check]:
    found = _recomputed(things, key).subquery("recomputed")
    same_key = sa.and_(totals.c.workspace_id == found.c.workspace_id, totals.c[key] == found.c[key])
    differs = sa.or_(totals.c[key].is_(None), *(totals.c[name] != found.c[name] for name in TOTAL_NAMES))
    select = sa.select(sa.func.count(), sa.func.min(found.c[key]).label("one"))
    wrong = Statement(select.select_from(found).outerjoin(totals, same_key).where(differs))
    gone = sa.not_(sa.exists().where(things.c.workspace_id == totals.c.workspace_id, things.c.id == totals.c[key]))
    return (
        Check(f"{totals.name} sums", f"{word} whose stored totals are not the sum of their time entries", wrong),
        Check(f"{totals.name} rows", f"stored totals of {word} that are gone", _broken(totals, key, gone)),
    )


def _ranks() -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """How strong a member's strongest role is, as the grants say; and whether the row says something else."""
    grant, member = role_grants.c, workspace_members.c
    rank = sa.case((grant.role == "OWNER", 0), (grant.role == "WORKSPACE_ADMIN", 1), else_=2)
    mine = (grant.workspace_id == member.workspace_id, grant.user_id == member.user_id)
    strongest = sa.func.coalesce(sa.select(sa.func.min(rank)).where(*mine).scalar_subquery(), 3)
    return strongest, member.access_rank != strongest


_STRONGEST, _IS_MISRANKED = _ranks()


def _client_names() -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """The folded name of a project's client; and whether the project repeats another."""
    mine = (clients.c.workspace_id == projects.c.workspace_id, clients.c.id == projects.c.client_id)
    name = sa.func.coalesce(sa.select(clients.c.name_key).where(*mine).scalar_subquery(), "")
    return name, projects.c.client_name_key != name


def _measures() -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """What a project's progress is measured against; and whether the totals say something else."""
    of_project = (tasks.c.workspace_id == projects.c.workspace_id, tasks.c.project_id == projects.c.id)
    of_tasks = sa.select(sa.func.coalesce(sa.func.sum(tasks.c.estimate_seconds), 0)).where(*of_project)
    measure = sa.case((projects.c.estimate_seconds < 0, of_tasks.scalar_subquery()), else_=projects.c.estimate_seconds)
    mine = (projects.c.workspace_id == project_totals.c.workspace_id, projects.c.id == project_totals.c.project_id)
    seconds = sa.cast(sa.func.coalesce(sa.select(measure).where(*mine).scalar_subquery(), 0), sa.BigInteger)
    return seconds, project_totals.c.estimate_seconds != seconds


_CLIENT_NAME, _IS_MISNAMED = _client_names()
_MEASURE, _IS_MISMEASURED = _measures()
_SHARE = sa.case((_MEASURE > 0, sa.cast(project_totals.c.duration_seconds, sa.Float) / _MEASURE), else_=0)

TOTALS: tuple[Check, ...] = (
    Check(
        "workspace_members ranks",
        "members whose stored rank is not that of their strongest role",
        _broken(workspace_members, "user_id", _IS_MISRANKED),
    ),
    Check(
        "projects by client",
        "projects that repeat another name than their client's",
        _broken(projects, "id", _IS_MISNAMED),
    ),
    Check(
        "project_totals progress",
        "projects whose progress is measured against something else than their estimate",
        _broken(project_totals, "project_id", _IS_MISMEASURED),
    ),
    *_totals_checks(project_totals, projects, "project_id", "projects"),
    *_totals_checks(task_totals, tasks, "task_id", "tasks"),
)
_REBUILD = [
    statement
    for totals, things, key in ((project_totals, projects, "project_id"), (task_totals, tasks, "task_id"))
    for statement in (
        Statement(sa.delete(totals)),
        Statement(sa.insert(totals).from_select(["workspace_id", key, *TOTAL_NAMES], _recomputed(things, key))),
    )
]


_REPEAT_AGAIN = (
    Statement(sa.update(workspace_members).where(_IS_MISRANKED).values(access_rank=_STRONGEST)),
    Statement(sa.update(projects).where(_IS_MISNAMED).values(client_name_key=_CLIENT_NAME)),
    Statement(sa.update(project_totals).values(estimate_seconds=_MEASURE, progress=_SHARE)),
)


def rebuild_totals(tx: Tx) -> None:
    """Writes the derived totals of all workspaces anew from their time entries, and what rows repeat of others."""
    tx.connection.engine.hold_tables(tx.connection, (project_totals.name, task_totals.name))
    for statement in (*_REBUILD, *_REPEAT_AGAIN):
        tx.write_derived(statement)


# --- journal -----------------------------------------------------------------------------------


def _journal_checks() -> tuple[Check, ...]:
    counter = workspace_revisions.c
    snapshot = (
        sa.select(sa.func.coalesce(sa.func.max(journal_snapshots.c.revision), 0))
        .where(journal_snapshots.c.workspace_id == counter.workspace_id)
        .scalar_subquery()
    )
    of_workspace = journal.c.workspace_id == counter.workspace_id
    # What a snapshot covers may have been dropped.
    rows = sa.select(sa.func.count()).where(of_workspace, journal.c.revision > snapshot).scalar_subquery()
    last = sa.select(sa.func.coalesce(sa.func.max(journal.c.revision), 0)).where(of_workspace).scalar_subquery()
    has_counter = sa.exists().where(of_workspace)
    return (
        Check(
            "journal gaps",
            "workspaces whose journal has gaps",
            _broken(workspace_revisions, "workspace_id", rows != counter.revision - snapshot),
        ),
        Check(
            "journal counters",
            "workspaces whose revision counter is not the number of their last journal row",
            _broken(workspace_revisions, "workspace_id", sa.and_(last != counter.revision, last > snapshot)),
        ),
        Check(
            "journal of no workspace",
            "journal rows of a workspace without a revision counter",
            _broken(journal, "workspace_id", sa.not_(has_counter)),
        ),
    )


JOURNAL = _journal_checks()
# The instant of the newest change, by the last row of each workspace.
_NEWEST = Statement(
    sa.select(sa.func.max(journal.c.at_us)).join(
        workspace_revisions,
        sa.and_(
            workspace_revisions.c.workspace_id == journal.c.workspace_id,
            workspace_revisions.c.revision == journal.c.revision,
        ),
    )
)


# --- asking ------------------------------------------------------------------------------------


def run(connection: Connection, check: Check) -> str | None:
    """What is wrong, as a sentence; None when nothing is."""
    ((count, one),) = connection.rows(check.statement, {})
    if not count:
        return None
    example = "" if one is None else f" (one is {one if isinstance(one, str) else bytes(one).hex()})"
    return f"{count:,} {check.things}{example}"


def faults_of_files(connection: Connection) -> list[str]:
    """What the database says of its own files; empty when they are sound."""
    engine = connection.engine
    found = [] if engine.soundness is None else [str(row[0]) for row in connection.fetch_text(engine.soundness)]
    try:
        engine.check_references(connection.raw.execute)
    except LookupError as error:
        found.append(str(error))
    return found


def newest_change_us(connection: Connection) -> int | None:
    """When the newest change was written, as the clock of that moment said; None before the first."""
    found: int | None = connection.rows(_NEWEST, {})[0][0]
    return found
