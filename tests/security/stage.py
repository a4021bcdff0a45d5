"""One workspace with everybody in it, on which whole matrices of requests are rehearsed.

A rehearsed write runs like any other, to the end of its handler, and is then rolled back, so that
every request of a matrix meets the same workspace. Each role of roles.md is a person here, and there
is `somebody`, whose time and projects the others may or may not reach.
"""

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from hourbook.http.operation import Operation
from hourbook.resources.users import actions_keys
from hourbook.resources.users.rules import AccountStatus
from hourbook.resources.users.store import USER
from tests.contract.world import END, START, World
from tests.harness import Answer, Office, Person, Server
from tests.security.places import path_names_person, places_of, send, values_for
from tests.security.samples import prepare, sample_of

# Members with an account and a key, in order of falling rights.
ROLES = ("owner", "admin", "manager", "other_manager", "team_manager", "other_team_manager", "member")
# Those who get nothing, or no more than looks.
KEPT_OUT = ("limited", "inactive", "outsider", "anonymous")
READ_ONLY = "read_only"


# What a world holds for one asker or one project.
OF_THE_ASKER = {"office", "asker", "headers", "project_id", "task_id", "time_entry_id", "session_id", "api_key_id"}
OF_THE_ASKER |= {"shared_report_id", "export_id", "scheduled_report_id", "received_report_id"}


class Rehearsed(Exception):
    """Ends a write after its handler; carries what the handler returned."""

    def __init__(self, result: Any) -> None:
        super().__init__("rehearsed")
        self.result = result


@contextlib.contextmanager
def rehearsing(server: Server) -> Iterator[None]:
    """Inside, writes of requests leave nothing behind."""
    database = server.database
    write = database.write

    async def rehearse(facts: Any, workspace_id: str, work: Any, *, alone: bool = False) -> Any:
        def work_and_undo(tx: Any) -> Any:
            raise Rehearsed(work(tx))

        try:
            return await write(facts, workspace_id, work_and_undo, alone=alone)
        except Rehearsed as done:
            return done.result

    database.write = rehearse  # type: ignore[method-assign]
    try:
        yield
    finally:
        del database.write


class Stage:
    """The workspace. `public` and `private` are projects that the manager manages; somebody tracked on both."""

    def __init__(self, server: Server) -> None:
        server.clock.reset()
        self.office = office = Office(server)
        self.world = World(office)
        self.somebody = office.hire("Sophie Somebody")
        self.people = {
            "owner": office.owner,
            "admin": office.admin,
            "manager": office.manager,
            "other_manager": office.hire("Otis Manager-Elsewhere"),
            "team_manager": office.hire("Tara Team-Manager"),
            "other_team_manager": office.hire("Tess Team-Manager-Elsewhere"),
            "member": office.member,
            "limited": office.hire("Lily Limited"),
            "inactive": office.hire("Ian Inactive"),
            "outsider": office.outsider,
            "anonymous": office.anonymous,
        }
        self.people[READ_ONLY] = self._with_read_only_key(office.owner)
        in_group = office.owner.post(f"/user-groups/{self.world.group_id}/users", {"userId": self.somebody.id})
        assert in_group.status == 200, in_group
        self.projects = {kind: self._project(kind) for kind in ("public", "private")}
        self.tasks = {
            kind: self.world.make(f"/projects/{project_id}/tasks", {"name": f"Task of the {kind} project"})
            for kind, project_id in self.projects.items()
        }
        elsewhere = self.world.make("/projects", {"name": "Elsewhere", "isPublic": False})
        for project_id in self.projects.values():
            office.grant(office.manager, "PROJECT_MANAGER", project_id)
        office.grant(self.people["other_manager"], "PROJECT_MANAGER", elsewhere)
        office.grant(self.people["team_manager"], "TEAM_MANAGER", self.somebody.id)
        office.grant(self.people["other_team_manager"], "TEAM_MANAGER", office.admin.id)
        self._limit(self.people["limited"])
        assert office.owner.put(f"/users/{self.people['inactive'].id}", {"status": "INACTIVE"}).status == 200
        # The entries carry the tag, and lists of fields have one to show.
        assert self.world.tag_id
        assert self.world.custom_field_id
        self.override = self._override(self.projects["private"])
        self.entries: dict[tuple[str, str], str] = {}
        self._values: dict[tuple[str, str, str], dict[str, str]] = {}
        self._settings: dict[str, Any] = {}

    @cached_property
    def everybody(self) -> dict[str, Person]:
        return {"somebody": self.somebody, **self.people}

    def set(self, settings: dict[str, Any]) -> None:
        """Changes the workspace's settings, if they are others."""
        if settings != self._settings:
            self.office.set(**settings)
            self._settings = settings

    def _project(self, kind: str) -> str:
        """A project with a client, a group and somebody on it."""
        body = {
            "name": f"A {kind} matter",
            "isPublic": kind == "public",
            "clientId": self.world.client_id,
            "memberships": [{"userId": self.somebody.id}],
        }
        project_id = self.world.make("/projects", body)
        groups = {"userIds": [self.somebody.id], "userGroups": {"ids": [self.world.group_id]}}
        assert self.office.owner.post(f"/projects/{project_id}/memberships", groups).status == 200
        return project_id

    def _override(self, project_id: str) -> str:
        """What a project alone says in a custom field."""
        text = "Only the private project says so"
        path = f"/projects/{project_id}/custom-fields/{self.world.custom_field_id}"
        assert self.office.owner.patch(path, {"defaultValue": text, "status": "VISIBLE"}).status == 200
        return text

    def _with_read_only_key(self, person: Person) -> Person:
        _, text = self.office.write(lambda tx: actions_keys.create_api_key(tx, person.id, "looks", is_read_only=True))
        self.office.server.secrets.append(text)
        return Person(person.server, person.workspace_id, person.id, text, person.name, person.email)

    def _limit(self, person: Person) -> None:
        """A limited user has no key; should one exist all the same, it must not work."""

        def work(tx: Any) -> None:
            before = tx.get(USER, person.id)
            tx.update(USER, before, msgspec.structs.replace(before, status=AccountStatus.LIMITED))

        self.office.write(work)

    def entry_of(self, whose: str, kind: str) -> str:
        """A finished time entry of that role in the public or private project; the owner may make any."""
        if (whose, kind) not in self.entries:
            person = self.everybody[whose]
            place = {"projectId": self.projects[kind], "taskId": self.tasks[kind], "tagIds": [self.world.tag_id]}
            body = {"start": START, "end": END, "description": f"of {whose}", **place}
            answer = self.office.owner.post(f"/user/{person.id}/time-entries", body)
            assert answer.status == 201, answer
            self.entries[whose, kind] = str(answer.body["id"])
        return self.entries[whose, kind]

    def values(self, record: Operation, *, whose: str | None, kind: str) -> dict[str, str]:
        """Good values for the operation's places: about the rows of `whose`, in the project of that kind."""
        about = (record.name, whose or "", kind)
        if about not in self._values:
            self._values[about] = self._made(record, whose, kind)
        return self._values[about]

    def _made(self, record: Operation, whose: str | None, kind: str) -> dict[str, str]:
        """Makes what the places are about, and what must have happened before."""
        world = self._world(whose, kind)
        if is_personal(record):
            world.time_entry_id = self.entry_of(whose or "owner", kind)
        values = values_for(world, record)
        self._keep(world)
        values |= {"projectId": self.projects[kind], "taskId": self.tasks[kind], "memberId": self.somebody.id}
        if whose is not None:
            values["userId"] = self.everybody[whose].id
        prepare(world, sample_of(record))
        if sample_of(record).after == "project-delete":  # replacing it made it private
            body = {"archived": True, "isPublic": kind == "public"}
            assert self.office.owner.put(f"/projects/{world.project_id}", body).status == 200
        return values

    def _world(self, whose: str | None, kind: str) -> World:
        """The shared world's things, with the project and task of that kind."""
        world = World(self.office)
        vars(world).update(vars(self.world))
        world.project_id, world.task_id = self.projects[kind], self.tasks[kind]
        world.asker = self.everybody[whose or "owner"]
        return world

    def _keep(self, world: World) -> None:
        """What was made for one request is there for all, but for what belongs to the asker or the project."""
        made = {name: value for name, value in vars(world).items() if name not in OF_THE_ASKER}
        vars(self.world).update(made)

    def ask(self, record: Operation, role: str, values: dict[str, str]) -> Answer:
        return send(self.people[role], record, values)


class Stages:
    """The stages of a test worker: one that is shared, and one for each operation that needs a preparation."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._own: dict[str, Stage] = {}

    @cached_property
    def shared(self) -> Stage:
        return Stage(self._server)

    def of(self, record: Operation) -> Stage:
        if sample_of(record).after is None:
            return self.shared
        if record.name not in self._own:
            self._own[record.name] = Stage(self._server)
        return self._own[record.name]


def is_personal(record: Operation) -> bool:
    """Whether it is about somebody's own rows: entries, a profile, values of fields."""
    own = {"timeEntryId", "sessionId", "apiKeyId", "sharedReportId", "exportId", "scheduledReportId"}
    own |= {"receivedReportId"}
    return path_names_person(record) or bool(own & set(places_of(record)))


def is_of_project(record: Operation) -> bool:
    """Whether a project decides. A report answers whatever its filters name; what one may not see is in no row."""
    return record.action != "report.read" and bool({"projectId", "taskId"} & set(places_of(record)))
