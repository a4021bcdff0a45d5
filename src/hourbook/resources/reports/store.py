"""The SQL of reports: what entries point to, in words. The entries themselves come from the columns.

Names and states of a whole workspace are read at once and kept beside the columns for as long as
the journal tells of no change. What is shown of them is decided by which entries the reader sees.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.core.text import fold
from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.clients import clients
from hourbook.db.tables.groups import user_group_members, user_groups
from hourbook.db.tables.projects import projects
from hourbook.db.tables.tags import tags
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.workspaces import currencies, workspace_members, workspaces
from hourbook.db.tx import ReadTx
from hourbook.resources.reports.rules_facts import ClientFacts, GroupFacts, ProjectFacts, TagFacts, TaskFacts

# In the notes of a look at the database: e-mail addresses are not told to who reads.
WITHOUT_ADDRESSES = "without addresses"
_NO_CLIENT = UNKNOWN_ID_BYTES.hex()
_HERE = bind("workspace_id")


class PersonFacts(msgspec.Struct, frozen=True):
    """Whoever tracked time. `settings` is the stored JSON of the account's settings."""

    id: str
    name: str
    email: str
    picture: str
    settings: str | None


class MemberFacts(msgspec.Struct, frozen=True):
    """A member as attendance reads them. `capacity` in seconds, `working_days` as stored; None: the workspace's."""

    id: str
    status: str
    name_key: str
    capacity: int | None
    working_days: str | None


def _project(*row: Any) -> ProjectFacts:
    id_, name, color, client_id, archived, is_public = row
    return ProjectFacts(id_, name, color, "" if client_id == _NO_CLIENT else client_id, archived, is_public)


def _task(id_: str, name: str, project_id: str, status: str) -> TaskFacts:
    return TaskFacts(id_, name, project_id, status == "DONE")


def _person(id_: str, name: str | None, email: str, picture: str, settings: str | None) -> PersonFacts:
    return PersonFacts(id_, name or email, email, picture, settings)


_p = projects.c
PROJECTS = Statement(
    sa.select(_p.id, _p.name, _p.color, _p.client_id, _p.archived, _p.is_public)
    .where(_p.workspace_id == _HERE)
    .order_by(_p.id),
    into=_project,
)
CLIENTS = Statement(
    sa.select(clients.c.id, clients.c.name, clients.c.archived)
    .where(clients.c.workspace_id == _HERE)
    .order_by(clients.c.id),
    into=ClientFacts,
)
TASKS = Statement(
    sa.select(tasks.c.id, tasks.c.name, tasks.c.project_id, tasks.c.status)
    .where(tasks.c.workspace_id == _HERE)
    .order_by(tasks.c.id),
    into=_task,
)
TAGS = Statement(
    sa.select(tags.c.id, tags.c.name, tags.c.archived).where(tags.c.workspace_id == _HERE).order_by(tags.c.id),
    into=TagFacts,
)
GROUPS = Statement(
    sa.select(user_groups.c.id, user_groups.c.name)
    .where(user_groups.c.workspace_id == _HERE)
    .order_by(user_groups.c.id)
)
GROUP_MEMBERS = Statement(
    sa.select(user_group_members.c.group_id, user_group_members.c.user_id)
    .where(user_group_members.c.workspace_id == _HERE)
    .order_by(user_group_members.c.group_id, user_group_members.c.user_id)
)
STATUSES = Statement(
    sa.select(workspace_members.c.user_id, workspace_members.c.status).where(workspace_members.c.workspace_id == _HERE)
)
_m = workspace_members.c
MEMBERS = Statement(
    sa.select(_m.user_id, _m.status, _m.name_key, _m.work_capacity_seconds, _m.working_days)
    .where(_m.workspace_id == _HERE)
    .order_by(_m.user_id),
    into=MemberFacts,
)
PEOPLE = Statement(
    sa.select(users.c.id, users.c.name, users.c.email, users.c.profile_picture, users.c.settings).where(
        AnyOf(users.c.id, "ids")
    ),
    into=_person,
)
CURRENCIES = Statement(
    sa.select(currencies.c.id, currencies.c.code).where(currencies.c.workspace_id == _HERE).order_by(currencies.c.id)
)
WORKSPACE = Statement(sa.select(workspaces.c.name, workspaces.c.currency).where(workspaces.c.id == _HERE))


def projects_of(tx: ReadTx) -> dict[str, ProjectFacts]:
    return {one.id: one for one in tx.rows(PROJECTS)}


def clients_of(tx: ReadTx) -> dict[str, ClientFacts]:
    return {one.id: one for one in tx.rows(CLIENTS)}


def tasks_of(tx: ReadTx) -> dict[str, TaskFacts]:
    return {one.id: one for one in tx.rows(TASKS)}


def tags_of(tx: ReadTx) -> dict[str, TagFacts]:
    return {one.id: one for one in tx.rows(TAGS)}


def groups_of(tx: ReadTx) -> tuple[GroupFacts, ...]:
    members: dict[str, list[str]] = defaultdict(list)
    for group_id, user_id in tx.rows(GROUP_MEMBERS):
        members[group_id].append(user_id)
    return tuple(GroupFacts(id_, name, tuple(members[id_])) for id_, name in tx.rows(GROUPS))


def statuses_of(tx: ReadTx) -> dict[str, str]:
    """Membership by person."""
    return dict(tx.rows(STATUSES))


def members_of(tx: ReadTx) -> list[MemberFacts]:
    return tx.rows(MEMBERS)


def former_member(person: PersonFacts) -> MemberFacts:
    """Somebody who left: inactive, with what the workspace gives everybody."""
    return MemberFacts(person.id, "INACTIVE", fold(person.name), None, None)


def people(tx: ReadTx, ids: Iterable[str]) -> dict[str, PersonFacts]:
    """Accounts by id, those that left the workspace since included."""
    wanted = sorted(set(ids))
    found = {one.id: one for one in tx.rows(PEOPLE, ids=wanted)} if wanted else {}
    if WITHOUT_ADDRESSES not in tx.notes:
        return found
    return {id_: _without_address(one) for id_, one in found.items()}


def _without_address(person: PersonFacts) -> PersonFacts:
    """Who has no name goes by the address, which is not told either."""
    name = "(no name)" if person.name == person.email else person.name
    return msgspec.structs.replace(person, email="", name=name)


def currencies_of(tx: ReadTx) -> dict[str, str]:
    """Code by id."""
    return dict(tx.rows(CURRENCIES))


def workspace_of(tx: ReadTx) -> tuple[str, str]:
    """Name and currency."""
    name, currency = tx.rows(WORKSPACE)[0]
    return name, currency
