"""The SQL of undo: who points to a thing, what is called what, running timers, and writing whatever it is.

Generic over the entities, because an operation may be about any of them. Nothing is decided here.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from hourbook.db.changes import ROWS_JOURNALED_ONE_BY_ONE
from hourbook.db.engine import AnyOf
from hourbook.db.entities import REGISTRY, Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.custom_fields import custom_field_overrides, user_custom_field_values
from hourbook.db.tables.projects import project_groups, project_members, projects
from hourbook.db.tables.rates import rates
from hourbook.db.tables.tasks import task_groups, tasks
from hourbook.db.tables.time_entries import time_entries, time_entry_tags
from hourbook.db.tables.workspaces import role_grants
from hourbook.db.tx import ReadTx, Tx

_RATES = ("hourly_rate_minor", "cost_rate_minor")
RATES_OF = Statement(
    sa.select(time_entries.c.id, *(time_entries.c[name] for name in _RATES)).where(
        time_entries.c.workspace_id == bind("workspace_id"), AnyOf(time_entries.c.id, "ids")
    )
)
FIND_RUNNING = Statement(
    sa.select(time_entries.c.user_id, time_entries.c.id).where(
        time_entries.c.workspace_id == bind("workspace_id"),
        time_entries.c.end_s.is_(None),
        AnyOf(time_entries.c.user_id, "user_ids"),
    )
)
# By kind: where else its id stands. A thing that something new points to cannot go.
_POINTERS: dict[str, tuple[sa.Column[Any], ...]] = {
    "PROJECT": (
        time_entries.c.project_id,
        tasks.c.project_id,
        project_members.c.project_id,
        custom_field_overrides.c.project_id,
        role_grants.c.entity_id,
        rates.c.target_id,
    ),
    "TASK": (time_entries.c.task_id, rates.c.target_id),
    "TAG": (time_entry_tags.c.tag_id,),
    "CLIENT": (projects.c.client_id,),
    "USER_GROUP": (project_groups.c.group_id, task_groups.c.group_id, role_grants.c.entity_id),
    "CUSTOM_FIELD": (custom_field_overrides.c.field_id, user_custom_field_values.c.field_id),
    "CURRENCY": (clients.c.currency_id,),
}


@lru_cache(maxsize=16)
def _pointing(kind: str) -> Statement:
    """Which of some ids something points to."""
    selects = [
        sa.select(column.label("id")).where(column.table.c.workspace_id == bind("workspace_id"), AnyOf(column, "ids"))
        for column in _POINTERS[kind]
    ]
    return Statement(sa.union(*selects))


@lru_cache(maxsize=32)
def _names(kind: str) -> Statement | None:
    """The key and the fields of which no two things may have the same."""
    entity = REGISTRY[kind]
    columns = unique_fields(kind)
    if not columns:
        return None
    named = [entity.table.c[name] for name in (*entity.key, *columns)]
    return Statement(sa.select(*named).where(entity.table.c.workspace_id == bind("workspace_id")))


@lru_cache(maxsize=32)
def unique_fields(kind: str) -> tuple[str, ...]:
    """The fields of which no two things of a kind may have the same, without the workspace; empty for none."""
    constraints = [one for one in REGISTRY[kind].table.constraints if isinstance(one, sa.UniqueConstraint)]
    names = [column.name for column in constraints[0].columns] if constraints else []
    return tuple(name for name in names if name != "workspace_id")


def entity_of(kind: str) -> Entity:
    """What writes things of a kind."""
    return REGISTRY[kind]


def are_many(things: Sequence[Any]) -> bool:
    """Whether they are so many that the journal may tell of them together."""
    return len(things) > ROWS_JOURNALED_ONE_BY_ONE


def running_of(tx: ReadTx, user_ids: Iterable[str]) -> dict[str, str]:
    """Running entries by person."""
    return dict(tx.rows(FIND_RUNNING, user_ids=sorted(set(user_ids))))


def rates_of(tx: ReadTx, ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """The rates that entries have, by their ids, of as many as there are."""
    wanted = list(ids)
    rows = tx.rows(RATES_OF, ids=wanted) if wanted else []
    return {one: dict(zip(_RATES, rates, strict=True)) for one, *rates in rows}


def pointed_to(tx: ReadTx, kind: str, ids: Iterable[str]) -> set[str]:
    """Which of the things something points to."""
    return {row[0] for row in tx.rows(_pointing(kind), ids=list(ids))} if kind in _POINTERS else set()


def names_of(tx: ReadTx, kind: str) -> dict[tuple[Any, ...], tuple[str, ...]]:
    """By what is unique: the key of the thing that has it."""
    statement = _names(kind)
    if statement is None:
        return {}
    count = len(REGISTRY[kind].key)
    return {tuple(row[count:]): tuple(row[:count]) for row in tx.rows(statement)}


def load(tx: Tx, kind: str, keys: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], Any]:
    """The things with these keys, held until commit; as many as there are."""
    entity = REGISTRY[kind]
    if entity.shared:
        found = tx.find(entity, *keys[0], locked=True)
        return {} if found is None else {keys[0]: found}
    rows = tx.rows(entity.get_many_locked, ids=sorted({key[-1] for key in keys}))
    wanted = set(keys)
    held = [row for row in rows if tuple(getattr(row, name) for name in entity.key) in wanted]
    return {tuple(getattr(row, name) for name in entity.key): row for row in tx.with_links(entity, held)}


@lru_cache(maxsize=64)
def _matching(kind: str, names: tuple[str, ...]) -> Statement:
    entity = REGISTRY[kind]
    key = entity.table.c[entity.key[-1]]
    columns = [entity.table.c[name] for name in names]
    select = sa.select(key, *columns).where(entity.table.c.workspace_id == bind("workspace_id"), AnyOf(key, "ids"))
    return Statement(select.order_by(key).with_for_update())


def set_fields(tx: Tx, kind: str, values: dict[str, Any], *, ids: Sequence[str], event: str | None) -> None:
    """Gives many things the same values, in one statement."""
    matching = _matching(kind, tuple(values))
    tx.update_where(REGISTRY[kind], matching, values, event=event, cascade=event is None, ids=list(ids))
