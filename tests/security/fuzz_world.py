"""What the fuzzer talks about: a workspace with everything in it, and plausible values for it.

Ids of real things are what gets a request past the first check, so they are kept by kind and new
ones are learnt from answers. Everything is made over HTTP by the owner.
"""

import contextlib
import datetime
import random
import re
from collections import deque
from typing import Any

from hourbook.core.types import Role
from hourbook.http.app import OWN_PREFIX
from hourbook.journal.journal import current_revision
from hourbook.resources.workspaces.rules import CreationPermission, TimeTrackingMode, WorkspaceSettings
from tests import uploads
from tests.addon_server import shared_addon_server
from tests.contract import world as contract
from tests.harness import API, START_S, Answer, Office, Server

ROLES = ("owner", "admin", "manager", "member", "outsider")
KINDS = ("client", "project", "task", "tag", "entry", "group", "user", "workspace", "currency", "file", "field") + (
    "shared",
    "export",
    "scheduled",
    "webhook",
    "delivery",
    "addon",
)
_CURRENCIES = ("EUR", "JPY", "KWD", "CHF", "GBP", "SEK", "NOK", "DKK", "PLN", "CZK")
REMEMBERED = 40
# So many changes back may one be taken back.
RECENT = 30
REAL_MANIFEST = 0.7

_YES_OR_NO = (False, True)
_SETTINGS: dict[str, tuple[Any, ...]] = {
    "force_projects": _YES_OR_NO,
    "force_tasks": _YES_OR_NO,
    "force_tags": _YES_OR_NO,
    "force_description": _YES_OR_NO,
    "only_admins_see_all_time_entries": _YES_OR_NO,
    "only_admins_see_public_projects_entries": _YES_OR_NO,
    "only_admins_see_billable_rates": _YES_OR_NO,
    "only_admins_can_change_billable_status": _YES_OR_NO,
    "default_billable_projects": _YES_OR_NO,
    "is_project_public_by_default": _YES_OR_NO,
    "who_can_create_projects_and_clients": tuple(CreationPermission),
    "who_can_create_tasks": tuple(CreationPermission),
    "who_can_create_tags": tuple(CreationPermission),
    "lock_time_entries": (None, START_S, START_S - 3600),
    "time_tracking_mode": tuple(TimeTrackingMode),
}

# Which kind of thing an operation of a resource makes, and a name in a request speaks of.
_MADE_BY = {
    "Clients": "client",
    "Projects": "project",
    "Tasks": "task",
    "Tags": "tag",
    "Time entries": "entry",
    "Groups": "group",
}
_SPOKEN_OF = (
    ("shared", re.compile(r"^sharedreportid$")),
    ("export", re.compile(r"^exportid$")),
    ("scheduled", re.compile(r"^(scheduled|received)reportid$")),
    ("webhook", re.compile(r"^webhookid$")),
    ("delivery", re.compile(r"^deliveryid$")),
    ("addon", re.compile(r"^addonid$")),
    ("group", re.compile(r"group")),
    ("entry", re.compile(r"entry|entries")),
    ("user", re.compile(r"user|assignee|member")),
    ("client", re.compile(r"^(contains)?client")),
    ("project", re.compile(r"project")),
    ("task", re.compile(r"^task")),
    ("tag", re.compile(r"^tag")),
    ("workspace", re.compile(r"^workspace")),
    ("currency", re.compile(r"^currency")),
    ("field", re.compile(r"^customfield")),
)
_BARE = frozenset(
    {"project", "task", "tags", "clients", "users", "tasks", "fromentry", "ids", "usergroups", "excludedids"}
)
_INSTANTS = frozenset({"start", "end", "since", "getweekbefore", "daterangestart", "daterangeend"})
_DURATIONS = frozenset({"duration", "estimate", "workcapacity"})
# What a role is held for.
_ENTITIES = ("project", "user", "group", "workspace")
_TEXTS = {
    "code": _CURRENCIES,
    "action": ("tag.list", "time_entry.track", "workspace.configure", "nothing.such"),
    "color": ("#03A9F4", "#ffffff", "blue", "#03a", ""),
    "email": ("a@example.com", "b@example.com", "c+d@example.org", "no address", "Max Member", "ä@exämple.com", ""),
    "timezone": ("UTC", "Europe/Berlin", "America/St_Johns", "Nowhere/Never", ""),
    "status": ("ACTIVE", "DONE", "INACTIVE", "ALL", ""),
    "url": ("https://receiver.example/hook", "http://receiver.example", "https://127.0.0.1/", "file:///etc/passwd", ""),
    "manifesturl": ("https://receiver.example/manifest", "https://127.0.0.1:1/manifest", "file:///etc/passwd", ""),
    "contains": ("CONTAINS", "DOES_NOT_CONTAIN", ""),
}
_WORDS = (
    "a",
    "Tea",
    "tea",
    "Große Straße",
    "x" * 99,
    "İstanbul",
    "50%_\\",
    "'; --",
    '"',
    " a ",
    "日本",
    "\u0301",
    "😀",
)
NASTY_TEXTS = (
    "",
    " ",
    "null",
    "undefined",
    "0",
    "-1",
    "\x00",
    "a\x00b",
    "\n",
    "x" * 3000,
    "%",
    "%00",
    "..",
    "\ud83d",
    "\uffff",
    "'",
    '"',
    "<script>",
    "000000000000000000000000",
    "64A687E29AE1F428E7EBE303",
    "64a687e29ae1f428e7ebe30",
    "64a687e29ae1f428e7ebe303\n",
    "６４a687e29ae1f428e7ebe303",
    "9" * 30,
    "1e400",
    "NaN",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    "2026-05-20T14:00:00",
    "1969-12-31T23:59:59Z",
    "PT9999999999999H",
    "-PT1H",
    "P1Y",
)


class World:
    """One workspace with people of every role, and the ids of what is in it, by kind."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.office = Office(server)
        self.ids: dict[str, deque[str]] = {kind: deque(maxlen=REMEMBERED) for kind in KINDS}
        self._project_of: dict[str, str] = {}
        self._user_of: dict[str, str] = {}
        self._webhook_of: dict[str, str] = {}
        self.ids["workspace"].extend([self.office.workspace_id] * 9 + [self.office.outsider_workspace_id])
        people = self.office.everybody
        self.ids["user"].extend(people[role].id for role in ROLES)
        self.restock()
        self.office.grant(self.office.manager, Role.PROJECT_MANAGER, self.ids["project"][0])

    def restock(self) -> None:
        """One more of everything, with a running timer of the owner and of the member."""
        owner, mark = self.office.owner, self.server.ids.new_id()
        client = self._made("client", owner.post("/clients", {"name": f"Client {mark}"}))
        people = [{"userId": person.id} for person in (self.office.manager, self.office.member)]
        public = self._made("project", owner.post("/projects", {"name": f"Open {mark}", "isPublic": True}))
        project = self._made(
            "project",
            owner.post(
                "/projects", {"name": f"Closed {mark}", "clientId": client, "memberships": people, "isPublic": False}
            ),
        )
        task = self._made("task", owner.post(f"/projects/{project}/tasks", {"name": f"Task {mark}"}))
        tag = self._made("tag", owner.post("/tags", {"name": f"Tag {mark}"}))
        self._made("group", owner.post("/user-groups", {"name": f"Group {mark}"}))
        self._retire(mark)
        self._own_surface()
        self._reports()
        self._listeners()
        hour = {"start": self.instant(-7200), "end": self.instant(-3600), "billable": True}
        of_task = {**hour, "projectId": project, "taskId": task, "tagIds": [tag], "description": "Tea"}
        for person in (owner, self.office.member):
            self._made("entry", person.post("/time-entries", of_task))
            self._made("entry", person.post("/time-entries", {**hour, "projectId": public}))
            self._made("entry", person.post("/time-entries", {"start": self.instant(-60)}))

    def _own_surface(self) -> None:
        """A currency that nothing is in, a field of people and one of entries, and a picture."""
        owner = self.office.owner
        path = f"{OWN_PREFIX}/workspaces/{self.office.workspace_id}/currencies"
        code = _CURRENCIES[len(self.ids["currency"]) % len(_CURRENCIES)]
        made = owner.raw("POST", path, {"code": code})
        if made.status == 201:
            self._remember("currency", made.body)
        of_people = {"name": f"Field {len(self.ids['field'])} of people", "type": "TXT", "entityType": "USER"}
        self._made("field", owner.post("/custom-fields", of_people))
        field = {"name": f"Field {len(self.ids['field'])}", "type": "TXT", "entityType": "TIMEENTRY"}
        made = owner.post("/custom-fields", field)
        self._made("field", made)
        if made.status == 201:
            # Hidden but for the projects there are: an override that can be dropped.
            owner.put(f"/custom-fields/{made.body['id']}", {**field, "status": "INVISIBLE"})
            for project_id in list(self.ids["project"])[-3:]:
                owner.patch(f"/projects/{project_id}/custom-fields/{made.body['id']}", {"status": "VISIBLE"})
        picture = uploads.body(uploads.part(uploads.picture()))
        answer = owner.raw("POST", f"{API}/file/image", picture, None, uploads.HEADERS)
        self.ids["file"].append(answer.body["url"].rpartition("/")[2])

    def _reports(self) -> None:
        """A shared report, a finished export and a schedule of the owner, who receives it; as far as there is room."""
        made = contract.World(self.office)
        with contextlib.suppress(AssertionError):
            self.ids["shared"].append(made.shared_report_id)
            self.ids["scheduled"].append(made.scheduled_report_id)
            self.ids["export"].append(made.export_id)

    def _listeners(self) -> None:
        """A webhook with a test event that waits for it, and an add-on; as far as there is room."""
        made = contract.World(self.office)
        with contextlib.suppress(AssertionError):
            self.ids["delivery"].append(made.delivery_id)
            self.ids["webhook"].append(made.webhook_id)
            self._webhook_of[made.delivery_id] = made.webhook_id
        with contextlib.suppress(AssertionError):
            self.ids["addon"].append(made.addon_id)

    def rearrange(self, rng: random.Random) -> None:
        """Other settings of the workspace; every second time those of a new one."""
        usual = WorkspaceSettings()
        chosen = {name: getattr(usual, name) for name in _SETTINGS}
        if rng.random() < 0.5:
            chosen |= {name: rng.choice(values) for name, values in _SETTINGS.items() if rng.random() < 0.4}
        self.office.set(**chosen)

    def _retire(self, mark: str) -> None:
        """An archived client and project, a task that is done, and a template: some operations want one."""
        owner = self.office.owner
        client = self._made("client", owner.post("/clients", {"name": f"Old client {mark}"}))
        owner.put(f"/clients/{client}", {"name": f"Old client {mark}", "archived": True})
        project = self._made("project", owner.post("/projects", {"name": f"Old {mark}"}))
        task = self._made("task", owner.post(f"/projects/{project}/tasks", {"name": "Old"}))
        owner.put(f"/projects/{project}/tasks/{task}", {"name": "Old", "status": "DONE"})
        owner.put(f"/projects/{project}", {"name": f"Old {mark}", "archived": True})
        template = self._made("project", owner.post("/projects", {"name": f"Template {mark}"}))
        owner.patch(f"/projects/{template}/template", {"isTemplate": True})

    def _made(self, kind: str, answer: Answer) -> str:
        # A member may have been made inactive, or the workspace set up differently, by a request of the fuzzer.
        if answer.status != 201:
            return self.any_id(kind, random.Random(0))
        self._remember(kind, answer.body)
        return str(answer.body["id"])

    def _remember(self, kind: str, made: dict[str, Any]) -> None:
        self.ids[kind].append(made["id"])
        if kind == "task":
            self._project_of[made["id"]] = made["projectId"]
        if kind == "entry":
            self._user_of[made["id"]] = made["userId"]

    def learn(self, tag: str, answer: Answer) -> None:
        """Remembers what a request made."""
        kind = _MADE_BY.get(tag)
        if kind and answer.status == 201 and isinstance(answer.body, dict) and isinstance(answer.body.get("id"), str):
            self._remember(kind, answer.body)

    def align(self, values: dict[str, Any], rng: random.Random) -> dict[str, Any]:
        """Mostly puts a task and its own project together, where a request names both; a delivery and its webhook."""
        task = values.get("taskId")
        if "projectId" in values and isinstance(task, str) and task in self._project_of and rng.random() < 0.8:
            return {**values, "projectId": self._project_of[task]}
        delivery = values.get("deliveryId")
        if isinstance(delivery, str) and delivery in self._webhook_of and rng.random() < 0.8:
            return {**values, "webhookId": self._webhook_of[delivery]}
        return values

    def align_user(self, values: dict[str, str], mentioned: list[str], rng: random.Random) -> dict[str, str]:
        """Mostly puts a person and an entry of theirs together."""
        users = [self._user_of[entry] for entry in mentioned if entry in self._user_of]
        return {**values, "userId": users[0]} if "userId" in values and users and rng.random() < 0.8 else values

    def any_id(self, kind: str, rng: random.Random) -> str:
        known = self.ids[kind]
        return rng.choice(known) if known else "64a687e29ae1f428e7ebe303"

    def instant(self, offset_s: int) -> str:
        when = datetime.datetime.fromtimestamp(self.server.clock.now_s + offset_s, datetime.UTC)
        return when.strftime("%Y-%m-%dT%H:%M:%SZ")

    def revision(self, rng: random.Random) -> str:
        """That of a change of late."""
        newest = self.office.read(current_revision)
        return str(rng.randrange(max(1, newest - RECENT), newest + 1))

    def id_in_path(self, name: str, rng: random.Random) -> str:
        return self.any_id(kind_of(name) or "project", rng)

    def plausible(self, name: str, rng: random.Random) -> str:
        """A text that could stand under this name."""
        key = plain(name)
        if key == "revision":
            return self.revision(rng)
        if key == "manifesturl" and rng.random() < REAL_MANIFEST:
            return shared_addon_server().manifest_url("another-addon")
        kind = rng.choice(_ENTITIES) if key == "entityid" else kind_of(name)
        if kind is not None:
            return self.any_id(kind, rng)
        if key in _INSTANTS:
            return self.instant(rng.choice((-400_000, -7200, -3600, -60, 0, 60, 90_000)))
        if key in _DURATIONS:
            return rng.choice(("PT0S", "PT1H30M", "PT90M", "PT1H", "PT36000S"))
        if key in _TEXTS:
            return rng.choice(_TEXTS[key])
        return f"{rng.choice(_WORDS)} {rng.randrange(1000)}" if key == "name" else rng.choice(_WORDS)


def plain(name: str) -> str:
    """A name in one spelling, whichever case it has in a query or a body."""
    return re.sub(r"[^a-z]", "", name.lower())


def kind_of(name: str) -> str | None:
    """The kind of thing a name speaks of when its value is an id."""
    key = plain(name)
    if key == "filetoken":
        return "file"
    if not (key.endswith(("id", "ids")) or key in _BARE):
        return None
    return next((kind for kind, pattern in _SPOKEN_OF if pattern.search(key)), "entry" if key == "id" else None)
