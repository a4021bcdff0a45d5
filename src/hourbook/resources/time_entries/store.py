"""The SQL of time entries, and the two looks at other tables that tracking needs.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.core.text import fold
from hourbook.core.types import Page
from hourbook.db.engine import AnyOf, Contains
from hourbook.db.entities import Entity, Link
from hourbook.db.statement import Family, ScopeColumns, Statement, bind
from hourbook.db.tables.clients import clients
from hourbook.db.tables.projects import project_totals, projects
from hourbook.db.tables.tasks import task_totals, tasks
from hourbook.db.tables.time_entries import time_entries, time_entry_tags
from hourbook.db.tables.workspaces import currencies, workspace_members, workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.time_entries.rules import (
    Outline,
    Person,
    TimeEntry,
    TrackedProject,
    TrackedTask,
    TrackingSettings,
)

NO_CLIENT_ID = UNKNOWN_ID_BYTES.hex()
_e, _et = time_entries.c, time_entry_tags.c

TAG_LINK = Link("tag_ids", time_entry_tags, "entry_id", "tag_id", carries=("user_id", "start_s"))
_IN_PUBLIC_PROJECT = sa.exists().where(
    projects.c.workspace_id == _e.workspace_id, projects.c.id == _e.project_id, projects.c.is_public == 1
)
_SCOPE = ScopeColumns(user=_e.user_id, project=_e.project_id, public=_IN_PUBLIC_PROJECT, start=_e.start_s)
TIME_ENTRY = Entity(
    "TIME_ENTRY",
    "Time entry",
    time_entries,
    TimeEntry,
    links=(TAG_LINK,),
    derived={"description_key": lambda entry: fold(entry.description)},
    scope=_SCOPE,
)

_decode_settings = msgspec.json.Decoder(TrackingSettings).decode


@lru_cache(maxsize=4096)
def settings_of(text: str) -> TrackingSettings:
    """The part of stored workspace settings that tracking reads."""
    return _decode_settings(text)


def _person(settings: str, *rest: object) -> Person:
    return Person(settings_of(settings), *rest)  # type: ignore[arg-type]


_w, _m, _p, _t = workspaces.c, workspace_members.c, projects.c, tasks.c
_PERSON = (
    sa.select(_w.settings, _w.name, _w.currency)
    .join(workspace_members, _m.workspace_id == _w.id)
    .where(_w.id == bind("workspace_id"), _m.user_id == bind("user_id"))
)
FIND_PERSON = Statement(_PERSON, into=_person)
# Whoever changes a rate that may count holds the member's row, so that an entry has the old one and is
# rewritten, or has the new one.
FIND_PERSON_HELD = Statement(_PERSON.with_for_update(of=workspace_members, read=True, key_share=True), into=_person)
# Somebody who starts a timer holds it alone, so that two starts wait for one another.
FIND_PERSON_LOCKED = Statement(_PERSON.with_for_update(of=workspace_members), into=_person)
# A project cannot vanish while an entry is written for it: the row is held against deletion.
TRACKED_PROJECTS = Statement(
    sa.select(_p.id, _p.billable, currencies.c.code)
    .outerjoin(clients, sa.and_(clients.c.workspace_id == _p.workspace_id, clients.c.id == _p.client_id))
    .outerjoin(
        currencies,
        sa.and_(currencies.c.workspace_id == clients.c.workspace_id, currencies.c.id == clients.c.currency_id),
    )
    .where(_p.workspace_id == bind("workspace_id"), AnyOf(_p.id, "ids"))
    .with_for_update(of=projects, read=True, key_share=True),
    into=TrackedProject,
    scoped=ScopeColumns(project=_p.id, public=_p.is_public == 1),
)
TRACKED_TASKS = Statement(
    sa.select(_t.id, _t.project_id, _t.billable)
    .where(_t.workspace_id == bind("workspace_id"), AnyOf(_t.id, "ids"))
    .with_for_update(of=tasks, read=True, key_share=True),
    into=TrackedTask,
)
# Held: somebody may be editing, ending or deleting the entry at this moment.
FIND_RUNNING = Statement(
    sa.select(*TIME_ENTRY.columns)
    .where(_e.workspace_id == bind("workspace_id"), _e.user_id == bind("user_id"), _e.end_s.is_(None))
    .with_for_update(),
    into=TimeEntry,
)
OUTLINES = Statement(
    sa.select(_e.id, _e.user_id, _e.project_id).where(_e.workspace_id == bind("workspace_id"), AnyOf(_e.id, "ids")),
    into=Outline,
    scoped=_SCOPE,
)
LIST_RUNNING = Statement(
    sa.select(*TIME_ENTRY.columns)
    .where(_e.workspace_id == bind("workspace_id"), _e.end_s.is_(None))
    .order_by(_e.start_s.desc(), _e.id.desc())
    .limit(bind("limit", sa.Integer()))
    .offset(bind("offset", sa.Integer())),
    into=TimeEntry,
    scoped=_SCOPE,
)


def _matching(column: sa.ColumnElement[object], *old: sa.ColumnElement[object]) -> Statement:
    where = (_e.workspace_id == bind("workspace_id"), column == bind("target"))
    # In the order of the index, so that hundreds of thousands need no sorting.
    select = sa.select(_e.id, *old).where(*where).order_by(_e.user_id, _e.start_s, _e.id)
    return Statement(select.with_for_update(), of_one_table=True)


OF_PROJECT = _matching(_e.project_id, _e.project_id, _e.task_id)
OF_TASK = _matching(_e.task_id, _e.task_id)
INVOICED_OF_IDS = Statement(
    sa.select(_e.id, _e.is_invoiced)
    .where(_e.workspace_id == bind("workspace_id"), AnyOf(_e.id, "ids"), _e.is_invoiced != bind("wanted"))
    .order_by(_e.id)
    .with_for_update()
)


def _add_to(table: sa.Table, key: str) -> Statement:
    names = ("duration_seconds", "billable_seconds", "entries_count")
    values: dict[str, sa.ColumnElement[Any]] = {n: table.c[n] + bind(n, sa.BigInteger()) for n in names}
    if table is project_totals:
        done = sa.cast(values["duration_seconds"], sa.Float) / project_totals.c.estimate_seconds
        values["progress"] = sa.case((project_totals.c.estimate_seconds > 0, done), else_=0)
    where = (table.c.workspace_id == bind("workspace_id"), table.c[key] == bind("key"))
    return Statement(sa.update(table).where(*where).values(values), name=table.name)


TOTALS = {"project": _add_to(project_totals, "project_id"), "task": _add_to(task_totals, "task_id")}


@Family
def _list_of_user(filters: frozenset[str]) -> Statement:
    """A person's entries, newest first. One tag walks the tag index, several are probed."""
    conditions = {
        "description": Contains(_e.description_key, "description"),
        "start": _e.start_s >= bind("start"),
        "end": _e.start_s < bind("end"),
        "project": _e.project_id == bind("project"),
        "task": _e.task_id == bind("task"),
        "project_required": _e.project_id.is_not(None),
        "task_required": _e.task_id.is_not(None),
        "referenced": sa.or_(_e.project_id.is_not(None), _e.task_id.is_not(None)),
        "running": _e.end_s.is_(None),
        "finished": _e.end_s.is_not(None),
        "tags": sa.exists().where(
            _et.workspace_id == _e.workspace_id, _et.entry_id == _e.id, AnyOf(_et.tag_id, "tags")
        ),
    }
    select = sa.select(*TIME_ENTRY.columns)
    order = (_e.start_s.desc(), _e.id.desc())
    if "tag" in filters:
        select = select.select_from(
            sa.join(
                time_entry_tags,
                time_entries,
                sa.and_(_e.workspace_id == _et.workspace_id, _e.id == _et.entry_id),
            )
        ).where(_et.workspace_id == bind("workspace_id"), _et.tag_id == bind("tag"), _et.user_id == bind("user_id"))
        order = (_et.start_s.desc(), _et.entry_id.desc())
        conditions |= {"start": _et.start_s >= bind("start"), "end": _et.start_s < bind("end")}
    else:
        select = select.where(_e.workspace_id == bind("workspace_id"), _e.user_id == bind("user_id"))
    select = (
        select.where(*(conditions[name] for name in sorted(filters - {"tag"})))
        .order_by(*order)
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=TimeEntry, scoped=_SCOPE)


def list_of_user(tx: ReadTx, user_id: str, filters: dict[str, object], *, page: Page) -> list[TimeEntry]:
    """Entries of a person, newest first, one more than the page if there are more.

    `filters` by name: description (folded part), start, end (seconds, half-open), project, task, tag, tags,
    project_required, task_required, referenced, running, finished.
    """
    statement = _list_of_user.of(frozenset(filters))
    found = tx.rows(statement, "time_entry.list", user_id=user_id, limit=page.size + 1, offset=page.offset, **filters)
    return tx.with_links(TIME_ENTRY, found)


def list_running(tx: ReadTx, page: Page) -> list[TimeEntry]:
    """Running entries of everybody the actor may see."""
    found = tx.rows(LIST_RUNNING, "time_entry.list", limit=page.size + 1, offset=page.offset)
    return tx.with_links(TIME_ENTRY, found)


def find_person(tx: ReadTx, user_id: str) -> Person | None:
    return tx.one(FIND_PERSON, user_id=user_id)


def hold_person(tx: Tx, user_id: str, *, alone: bool) -> Person | None:
    """The same, held until commit: against changes of rates, or `alone` against everything."""
    return tx.one(FIND_PERSON_LOCKED if alone else FIND_PERSON_HELD, user_id=user_id)


def outlines(tx: ReadTx, ids: Sequence[str]) -> list[Outline]:
    """As many as the actor sees, not held."""
    return tx.rows(OUTLINES, "time_entry.list", ids=list(dict.fromkeys(ids))) if ids else []


def find_running(tx: Tx, user_id: str) -> TimeEntry | None:
    """The person's running entry with its tags, held until commit."""
    found = tx.with_links(TIME_ENTRY, tx.rows(FIND_RUNNING, user_id=user_id))
    return found[0] if found else None


def find_projects(tx: ReadTx, ids: set[str], *, for_: str | None = "project.list") -> dict[str, TrackedProject]:
    """Projects the actor may track on (`for_` None: whoever asks)."""
    if not ids:
        return {}
    rows = tx.rows(TRACKED_PROJECTS, for_, ids=sorted(ids))
    return {row.id: row for row in rows}


def hold_references(tx: Tx, entry: TimeEntry) -> str | None:
    """Keeps project and task of an entry from vanishing before the transaction ends, whoever asks; gone is gone.

    Returns the currency of the project's client.
    """
    held = [] if entry.project_id is None else tx.rows(TRACKED_PROJECTS, ids=[entry.project_id])
    if entry.task_id is not None:
        tx.rows(TRACKED_TASKS, ids=[entry.task_id])
    return held[0].currency if held else None


def find_tasks(tx: ReadTx, ids: set[str]) -> dict[str, TrackedTask]:
    return {row.id: row for row in tx.rows(TRACKED_TASKS, ids=sorted(ids))} if ids else {}


def add_totals(tx: Tx, deltas: dict[tuple[str, str], dict[str, int]]) -> None:
    for (kind, key), sums in deltas.items():
        tx.add_to_totals(TOTALS[kind], key, **sums)


def set_invoiced(tx: Tx, ids: list[str], *, invoiced: bool) -> None:
    tx.update_where(
        TIME_ENTRY, INVOICED_OF_IDS, {"is_invoiced": invoiced}, event="TIME_ENTRY_UPDATED", ids=ids, wanted=invoiced
    )


def forget_project(tx: Tx, project_id: str) -> None:
    """Entries keep their time and lose project and task."""
    tx.update_where(TIME_ENTRY, OF_PROJECT, {"project_id": None, "task_id": None}, cascade=True, target=project_id)


def forget_task(tx: Tx, task_id: str) -> None:
    tx.update_where(TIME_ENTRY, OF_TASK, {"task_id": None}, cascade=True, target=task_id)


def forget_tag(tx: Tx, tag_id: str) -> None:
    tx.forget_link(TIME_ENTRY, TAG_LINK, tag_id)
