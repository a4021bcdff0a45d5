"""What must be true of a workspace's tables at any moment, whatever was done to it."""

from typing import Any

import sqlalchemy as sa

from hourbook.db import checks
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.projects import project_totals
from hourbook.db.tables.tasks import task_totals
from hourbook.db.tables.time_entries import time_entries
from hourbook.db.tx import ReadTx
from hourbook.journal.fold import compare, entities_of_a_workspace, fold, table_state
from hourbook.journal.journal import current_revision, iterate_since
from hourbook.journal.snapshots import read_snapshot
from tests.harness import Office


def check_everything(office: Office) -> None:
    """The journal folds to the tables, and everything derived is what it is derived from."""
    office.read(_check)


def _check(tx: ReadTx) -> None:
    tables = table_state(tx)
    rows = list(iterate_since(tx, 0))
    assert [row.revision for row in rows] == list(range(1, current_revision(tx) + 1))
    assert compare(fold(rows), tables) == []
    revision, snapshot = read_snapshot(tx)
    assert compare(fold(iterate_since(tx, revision), snapshot), tables) == []
    for entity in entities_of_a_workspace():
        assert _wrong_derived_columns(tx, entity) == []
        assert _wrong_link_rows(tx, entity) == []
    assert all(
        checks.run(tx.connection, check) is None
        for check in checks.TOTALS
        if not check.name.endswith((" sums", " rows"))
    )
    for table, key in ((project_totals, "project_id"), (task_totals, "task_id")):
        assert _stored_totals(tx, table, key) == _summed(tx, key)


def _rows(tx: ReadTx, select: Any) -> list[Any]:
    return tx.rows(Statement(select))


def _wrong_derived_columns(tx: ReadTx, entity: Entity) -> list[Any]:
    """Rows whose computed columns (folded names and the like) are not computed from the row."""
    if not entity.derived:
        return []
    table, count = entity.table, len(entity.columns)
    computed = [table.c[name] for name in entity.derived]
    select = sa.select(*entity.columns, *computed).where(table.c.workspace_id == bind("workspace_id"))
    linked = {link.field: () for link in entity.links}
    wrong = []
    for values in _rows(tx, select):
        row = entity.struct(**dict(zip(entity.field_names, values[:count], strict=True)), **linked)
        expected = tuple(compute(row) for compute in entity.derived.values())
        if expected != tuple(values[count:]):
            wrong.append((values, expected))
    return wrong


def _wrong_link_rows(tx: ReadTx, entity: Entity) -> list[Any]:
    """Rows of link tables without an owner, or whose repeated columns differ from the owner's."""
    wrong: list[Any] = []
    for link in entity.links:
        owner = entity.table
        mine = sa.and_(owner.c.workspace_id == link.table.c.workspace_id, owner.c.id == link.table.c[link.owner])
        differs = [link.table.c[name] != owner.c[name] for name in link.carries]
        select = (
            sa.select(link.table.c[link.owner], link.table.c[link.target])
            .outerjoin(owner, mine)
            .where(link.table.c.workspace_id == bind("workspace_id"), sa.or_(owner.c.id.is_(None), *differs))
        )
        wrong += _rows(tx, select)
    return wrong


def _stored_totals(tx: ReadTx, table: sa.Table, key: str) -> dict[str, tuple[int, int, int]]:
    """What the totals table says, empty rows left out."""
    columns = [table.c[name] for name in (key, "duration_seconds", "billable_seconds", "entries_count")]
    found = _rows(tx, sa.select(*columns).where(table.c.workspace_id == bind("workspace_id")))
    return {row[0]: row[1:] for row in found if any(row[1:])}


def _summed(tx: ReadTx, key: str) -> dict[str, tuple[int, int, int]]:
    """The same, added up entry by entry."""
    entry = time_entries.c
    select = sa.select(entry[key], entry.start_s, entry.end_s, entry.billable).where(
        entry.workspace_id == bind("workspace_id"), entry.end_s.is_not(None), entry[key].is_not(None)
    )
    sums: dict[str, tuple[int, int, int]] = {}
    for owner, start_s, end_s, billable in _rows(tx, select):
        total, billed, count = sums.get(owner, (0, 0, 0))
        seconds = end_s - start_s
        sums[owner] = (total + seconds, billed + seconds * billable, count + 1)
    return sums
