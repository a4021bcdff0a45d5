"""Rows are reached through the workspace and the policy (design sections 1, 4 and 7).

Every table belongs to a workspace, but for a few with reasons. Every operation is asked by everybody, and
each statement that ran is looked at: it names a workspace; and when it reads what not everybody in the
workspace may see, it carries the condition of a permission, or stands in a list with the reason why not.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from hourbook import resources
from hourbook.db.entities import REGISTRY
from hourbook.db.queues import Queue
from hourbook.db.statement import Family, Statement
from hourbook.db.tables import METADATA
from tests.harness import Server
from tests.security.matrix import cells
from tests.security.samples import operations, operations_in_passing
from tests.security.stage import Stages, rehearsing
from tests.watching import Executed, StatementLog

resources.load()

# Tables of no workspace, and why.
OF_NO_WORKSPACE = {
    "addon_keys": "the server signs with them, for every workspace",
    "users": "an account may be in several workspaces",
    "api_keys": "a credential of an account",
    "sessions": "a credential of an account",
    "password_resets": "a credential of an account",
    "second_factors": "a credential of an account",
    "sign_in_failures": "counts attempts before anybody is known",
    "files": "pictures of accounts, known by their address",
    "workspaces": "the workspace itself: its id is its key",
}
# A row with one of these belongs to a project or an entry, which not everybody may see.
_SEEN_BY_SOME = {"project_id", "task_id", "entry_id", "time_entry_id"}
LIMITED = {"projects", "tasks", "time_entries"} | {
    table.name for table in METADATA.sorted_tables if _SEEN_BY_SOME & set(table.columns.keys())
}
# Reads of such tables that carry no permission's condition, and why that is right.
UNSCOPED: dict[str, str] = {
    "changes.PUBLIC_AMONG": "read once for everybody who listens; each is told what they may see",
    "PROJECT.get_many": "rows that a change just touched, for the journal; and what an admin asks an explanation about",
    "TIME_ENTRY.get_many": "rows that a change just touched, for the journal",
    "TASK.get_locked": "its project was found with the permission",
    "TASK.get_many": "rows that a change just touched, for the journal",
    "CUSTOM_FIELD_OVERRIDE.get_locked": "its project was found with the permission",
    "custom_fields.ENTRY_FIELDS": "the projects of entries that were found with the permission",
    "custom_fields.OVERRIDES_OF_FIELDS": "a field that goes takes all its overrides along, seen or not",
    "custom_fields.OVERRIDES_OF_PROJECTS": "projects that were found with the permission",
    "webhooks._known": "what a webhook is narrowed down to; only owner and admins make webhooks, and they see all",
    "projects.FIND_BY_NAME": "names are unique among all projects; only whether there is one is told",
    "projects.LIST_MEMBERS": "projects that were found with the permission",
    "projects.MEMBERS_AMONG": "who joins a group joins its projects, whoever puts them there",
    "projects.MEMBERSHIPS_OF_PERSON": "whoever leaves the workspace leaves all projects",
    "projects.NAMES_WITHOUT_CLIENT": "only whether a client may go is told",
    "projects.OF_CLIENT": "a client that goes is taken off all its projects",
    "projects.OF_GROUPS": "who joins a group joins its projects, whoever puts them there",
    "projects.REACHED_BY_GROUPS": "who leaves a group leaves its projects, whoever takes them out",
    "projects.SHOW": "projects that were found with the permission, and those of one's own entries",
    "projects._list_few": "what one filter finds, for planning; the list itself has the condition",
    "reports.DETAILS": "entries that were found in the columns with the permission",
    "reports.PROJECTS": "names; what is shown of them is decided by the time one may see",
    "reports.TASKS": "names; what is shown of them is decided by the time one may see",
    "storage.SIZES": "sizes of tables, for the operator",
    "tasks.FIND_BY_NAME": "its project was found with the permission",
    "tasks.FIND_DURATION": "its task was found with the permission",
    "tasks.LIST_OF_PROJECT": "a project that goes takes its tasks along",
    "tasks.SHOW_BY_ID": "tasks that were found with the permission, and those of one's own entries",
    "tasks.SHOW_OF_PROJECTS": "projects that were found with the permission",
    "tasks._list": "its project was found with the permission",
    "time_entries.CURRENCIES_OF_PROJECTS": "the projects of entries that a change of rates touches",
    "time_entries.FIND_RUNNING": "the timer of a person whom the actor may track for",
    "time_entries.INVOICED_OF_IDS": "entries that were found with the permission",
    "time_entries.OF_PROJECT": "a project that goes is taken off all time",
    "time_entries.OF_TASK": "a task that goes is taken off all time",
    "time_entries.TRACKED_PROJECTS": "the project an entry has already stays on it",
    "time_entries.TRACKED_TASKS": "its project is looked up with the permission",
    "time_entries._touched": "a rate counts for all the time it is for; only how many is told",
    "users._list_few": "what one filter finds, for planning; the list itself has the condition",
    "workspaces.RATES_IN_DEFAULT": "only whether a currency may change is told",
    "workspaces.USES": "only whether a currency may go is told",
}
# Statements that name no workspace, and why.
ACROSS_WORKSPACES: dict[str, str] = {
    "exports.LIST_OVER": "the janitor clears up everywhere",
    "privacy.DELETE_MAILS": "whoever is erased is erased everywhere",
    "privacy.FIND_OWNED": "whoever owns a workspace, any, is not erased",
    "shared_reports.FIND_ANYWHERE": "its link names no workspace",
    "users.FIND_HOME": "where an account goes that left a workspace",
    "workspaces.LIST_MEMBERSHIPS_OF_USER": "an account's own list of its workspaces",
}


def parts_of(value: Any) -> Iterable[Any]:
    """What a name in a store stands for: itself, or what is in a dictionary or a queue."""
    if isinstance(value, Queue):
        return vars(value).values()
    return value.values() if isinstance(value, dict) else [value]


def names_of_statements() -> tuple[dict[int, str], dict[int, str]]:
    """(statements, families) of the slices by identity, as people find them in the code."""
    statements: dict[int, str] = {}
    families: dict[int, str] = {}
    for slice_name in resources.ORDER:
        package = importlib.import_module(f"hourbook.resources.{slice_name}")
        for found in pkgutil.iter_modules(package.__path__):
            if not found.name.startswith("store"):
                continue
            for name, value in vars(importlib.import_module(f"{package.__name__}.{found.name}")).items():
                title = f"{slice_name}.{name}"
                for one in parts_of(value):
                    if isinstance(one, Statement):
                        statements.setdefault(id(one), title)
                    elif isinstance(one, Family):
                        families.setdefault(id(one), title)
    for kind, entity in REGISTRY.items():
        for name in ("get", "get_locked", "get_many", "get_many_locked"):
            statements[id(getattr(entity, name))] = f"{kind}.{name}"
    return statements, families


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """The names of the slices' statements, those of families as they are asked for."""
    statements, families = names_of_statements()
    original = Family.of

    def of(family: Family, *shape: Any) -> Statement:
        found = original(family, *shape)
        if id(family) in families:
            statements[id(found)] = families[id(family)]
        return found

    monkeypatch.setattr(Family, "of", of)
    return statements


def executed_by_everybody(server: Server, statements: StatementLog) -> Iterator[Executed]:
    """What ran while everybody with a role asked for everything, as settings are in a new workspace."""
    server.clock.reset()
    stages = Stages(server)
    for record in [*operations(), *operations_in_passing()]:
        stage = stages.of(record)
        asked = [cell for cell in cells(record) if not cell.settings and cell.role in ("owner", "manager", "member")]
        values = [stage.values(record, whose=cell.whose, kind=cell.kind) for cell in asked]
        with statements.listening() as executed, rehearsing(server):
            for cell, of_cell in zip(asked, values, strict=True):
                stage.ask(record, cell.role, of_cell)
        yield from executed


def tables_in(statement: Statement) -> set[str]:
    return {element.name for element in visitors.iterate(statement.sql) if isinstance(element, sa.Table)}


def is_scoped(one: Executed) -> bool:
    """Whether it was compiled with a permission; everything is one, too."""
    keys = cast("dict[tuple[str, Any], Any]", one.statement.compiled)
    return any(compiled is one.compiled and key[1] is not None for key, compiled in keys.items())


def test_every_table_is_of_a_workspace_or_says_why_not() -> None:
    without = {
        table.name
        for table in METADATA.sorted_tables
        if [column.name for column in table.primary_key.columns][:1] != ["workspace_id"]
    }
    assert without == OF_NO_WORKSPACE.keys()


def test_every_read_goes_through_the_policy_and_every_statement_names_a_workspace(
    server: Server, statements: StatementLog, named: dict[int, str]
) -> None:
    unscoped: set[str] = set()
    nameless: set[str] = set()
    scoped = 0
    for one in executed_by_everybody(server, statements):
        name = named.get(id(one.statement))
        if name is None:  # the frame's own: journal, credentials, links of rows that were found
            continue
        tables = tables_in(one.statement)
        if not one.is_write and tables & LIMITED:
            scoped += is_scoped(one)
            if not is_scoped(one):
                unscoped.add(name)
        if tables - OF_NO_WORKSPACE.keys() and not any("workspace" in param for param in one.compiled.names):
            nameless.add(name)
    undeclared = sorted(unscoped - UNSCOPED.keys()), sorted(nameless - ACROSS_WORKSPACES.keys())
    assert undeclared == ([], []), "carry no permission, name no workspace"
    assert scoped > 100


def test_what_is_excused_exists(named: dict[int, str]) -> None:
    """A statement that went leaves the lists, too."""
    families = set(names_of_statements()[1].values())
    assert (UNSCOPED.keys() | ACROSS_WORKSPACES.keys()) - set(named.values()) - families == set()
