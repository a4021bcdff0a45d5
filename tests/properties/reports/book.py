"""The book the naive oracle reads: all that is true of a workspace now, by plain SQL, as plain values.

Nothing of the program is used but its connection, so that what reports are compared with was not
read by the code that makes them.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from hourbook.db.tx import ReadTx
from tests.harness import Office

Row = dict[str, Any]
_NO_ID = "0" * 24


@dataclass(frozen=True)
class Entry:
    """A time entry as it stands. `client`: its project's; empty texts for what it does not have."""

    id: str
    user: str
    description: str
    project: str
    client: str
    task: str
    tags: frozenset[str]
    billable: bool
    type: str
    start: int
    end: int | None
    hourly: int
    cost: int
    currency: str
    invoiced: bool
    custom_fields: dict[str, Any]


@dataclass
class Book:
    """A workspace: things by id, grants and settings. `now`: the second it is."""

    workspace: Row
    settings: Row
    now: int
    entries: list[Entry]
    projects: dict[str, Row]
    clients: dict[str, Row]
    tasks: dict[str, Row]
    tags: dict[str, Row]
    users: dict[str, Row]
    members: dict[str, Row]
    groups: dict[str, Row]
    currencies: dict[str, str]
    grants: list[Row]
    groups_of: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, Row] = field(default_factory=dict)
    overrides: dict[tuple[str, str], str] = field(default_factory=dict)
    user_values: dict[tuple[str, str], Any] = field(default_factory=dict)

    def user_settings(self, user_id: str) -> Row:
        return dict(json.loads(self.users[user_id]["settings"] or "{}"))


def read_book(office: Office) -> Book:
    """The workspace of the office as its tables have it."""
    book: Book = office.read(lambda tx: _Reader(tx, is_sqlite=office.server.is_sqlite).book(office.clock.now_s))
    return book


class _Reader:
    def __init__(self, tx: ReadTx, *, is_sqlite: bool) -> None:
        self.tx = tx
        self._is_sqlite = is_sqlite

    def book(self, now: int) -> Book:
        workspace = self._rows("workspaces", "id name currency settings", key="id")[0]
        projects = self._by_id("projects", "id name color client_id archived is_public")
        for project in projects.values():
            project["client_id"] = "" if project["client_id"] == _NO_ID else project["client_id"]
        groups_of: dict[str, list[str]] = defaultdict(list)
        for row in self._rows("user_group_members", "group_id user_id"):
            groups_of[row["user_id"]].append(row["group_id"])
        entries = self._entries(projects)
        members = {
            row["user_id"]: row
            for row in self._rows("workspace_members", "user_id status work_capacity_seconds working_days")
        }
        people = {entry.user for entry in entries} | members.keys()
        return Book(
            workspace=workspace,
            settings=json.loads(workspace["settings"]),
            now=now,
            entries=entries,
            projects=projects,
            clients=self._by_id("clients", "id name archived"),
            tasks=self._by_id("tasks", "id name project_id status"),
            tags=self._by_id("tags", "id name archived"),
            users=self._people(people),
            members=members,
            groups=self._by_id("user_groups", "id name"),
            currencies={row["id"]: row["code"] for row in self._rows("currencies", "id code")},
            grants=self._rows("role_grants", "user_id role entity_id source_type"),
            groups_of=groups_of,
            fields=self._by_id("custom_fields", "id name type entity_type status default_value"),
            overrides={
                (row["project_id"], row["field_id"]): row["status"]
                for row in self._rows("custom_field_overrides", "project_id field_id status")
            },
            user_values={
                (row["user_id"], row["field_id"]): json.loads(row["value"])
                for row in self._rows("user_custom_field_values", "user_id field_id value")
            },
        )

    def _entries(self, projects: dict[str, Row]) -> list[Entry]:
        tags: dict[str, set[str]] = defaultdict(set)
        for row in self._rows("time_entry_tags", "entry_id tag_id"):
            tags[row["entry_id"]].add(row["tag_id"])
        columns = "id user_id description project_id task_id billable type start_s end_s hourly_rate_minor"
        found = self._rows("time_entries", columns + " cost_rate_minor currency is_invoiced custom_fields")
        return [
            Entry(
                id=row["id"],
                user=row["user_id"],
                description=row["description"],
                project=row["project_id"] or "",
                client=projects[row["project_id"]]["client_id"] if row["project_id"] else "",
                task=row["task_id"] or "",
                tags=frozenset(tags[row["id"]]),
                billable=bool(row["billable"]),
                type=row["type"],
                start=row["start_s"],
                end=row["end_s"],
                hourly=row["hourly_rate_minor"],
                cost=row["cost_rate_minor"],
                currency=row["currency"],
                invoiced=bool(row["is_invoiced"]),
                custom_fields=json.loads(row["custom_fields"] or "{}"),
            )
            for row in found
        ]

    def _people(self, ids: set[str]) -> dict[str, Row]:
        listed = ", ".join(map(self._literal, sorted(ids)))
        return {
            row["id"]: row
            for row in self._select("users", "id name email settings profile_picture", f"id IN ({listed})")
        }

    def _by_id(self, table: str, columns: str) -> dict[str, Row]:
        return {row["id"]: row for row in self._rows(table, columns)}

    def _rows(self, table: str, columns: str, *, key: str = "workspace_id") -> list[Row]:
        return self._select(table, columns, f"{key} = {self._literal(self.tx.workspace_id)}")

    def _select(self, table: str, columns: str, condition: str) -> list[Row]:
        names = columns.split()
        found = self.tx.connection.fetch_text(f"SELECT {', '.join(names)} FROM {table} WHERE {condition} ORDER BY 1, 2")
        return [dict(zip(names, map(_plain, values), strict=True)) for values in found]

    def _literal(self, id_: str) -> str:
        return f"x'{id_}'" if self._is_sqlite else f"'\\x{id_}'::bytea"


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value
