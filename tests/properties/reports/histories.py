"""Random histories of a workspace: people of every role, money in four currencies, entries where clocks change.

It begins with an import and rates; then each step does some of what people do (bulk edits, rates since a
day, deletions, moves between clients, settings), over HTTP. Refused requests are part of it.
"""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.types import Role
from hourbook.resources.time_entries import actions as entries
from hourbook.resources.time_entries.rules import Draft, EntryType
from tests.columns import histories as columns
from tests.harness import Answer, Office, Person

HOUR, DAY = 3600, 86_400
RATES = (1, 100, 4321, 8760, 99_999, 2_500_000_001)
CURRENCIES = ("EUR", "JPY", "KWD")
# A change of the clock (UTC) in each of these zones: gaps and overlaps, at midnight, across midnight, by half an hour,
# by a whole day.
CHANGES = {
    "Europe/Berlin": ("2025-03-30T01:00:00", "2025-10-26T01:00:00"),
    "America/New_York": ("2026-03-08T07:00:00", "2025-11-02T06:00:00"),
    "Australia/Lord_Howe": ("2025-10-04T15:30:00", "2026-04-04T15:00:00"),
    "America/Havana": ("2026-03-08T05:00:00", "2025-11-02T05:00:00"),
    "America/Sao_Paulo": ("2018-11-04T03:00:00", "2018-02-18T02:00:00"),
    "Asia/Beirut": ("2026-03-28T22:00:00", "2025-10-25T21:00:00"),
    "Pacific/Apia": ("2011-12-30T10:00:00", "2021-04-03T14:00:00"),
    "America/St_Johns": ("2010-03-14T03:31:00", "2010-11-07T02:31:00"),
    "Africa/Casablanca": ("2026-02-15T02:00:00", "2026-03-22T02:00:00"),
    "Asia/Amman": ("2021-03-25T22:00:00", "2021-10-28T22:00:00"),
    "UTC": ("2026-01-01T00:00:00",),
}
ZONES = tuple(CHANGES)
TURNS = tuple(
    int(datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp()) for found in CHANGES.values() for one in found
)
TEXTS = ("", "", "  ", "Plan", "plan", "PLAN the straße", "Strasse", "Ärger", "100 % \\ done_", '=1+"x", y')
DURATIONS = (0, 1, 59, 60, 899, 900, 901, 450, 1350, 1349, HOUR, 5 * HOUR + 7, 26 * HOUR, 3652 * DAY)


class History:
    """One workspace with a past. `step()` adds to it."""

    def __init__(self, office: Office, seed: str) -> None:
        office.server.ids.seed(seed)
        self.office = Office(office.server)
        self.chance = random.Random(seed)
        self.workload = columns.History(self.office, self.chance.randrange(1 << 30))
        owner = self.owner = self.office.owner
        self.guest = self.office.hire("Gina Guest", zone="America/New_York")
        self.leaver = self.office.hire("Lars Leaver", zone="Pacific/Apia")
        # The second lead manages a group.
        self.captain = self.office.hire("Cara Captain", zone="Australia/Lord_Howe")
        self.people = [owner, self.office.admin, self.office.manager, self.office.lead, self.office.member]
        self.people += [self.guest, self.leaver, self.captain]
        self.readers = list(self.people)
        self.trackers = [*self.people, self.office.limited]
        self.own(owner, "/currencies", "POST", *({"code": code} for code in CURRENCIES))
        rows = owner.raw("GET", self._own("/currencies")).body
        self.currency_ids = [row["id"] for row in sorted(rows, key=lambda row: row["code"] not in CURRENCIES)]
        self._furnish()
        for tracker in self.trackers:
            self._import(tracker, self.chance.randint(10, 50))
        self.do_start_timer()
        self.do_start_timer()
        self._steps: list[Callable[[], Any]] = [
            getattr(self, name) for name in sorted(dir(type(self))) if name.startswith("do_")
        ]

    def step(self) -> str:
        """One random thing; what it was."""
        doing = self.chance.choice(self._steps)
        answer = doing()
        assert not isinstance(answer, Answer) or answer.status < 500, (doing.__name__, answer)
        return doing.__name__

    # --- how it begins

    def _furnish(self) -> None:
        chance, owner = self.chance, self.owner
        self.clients = [owner.post("/clients", {"name": name}).body["id"] for name in ("Ant", "bee", "Cat", "Dog")]
        for number, client in enumerate(self.clients[:3]):
            body = {"name": f"Client {number}", "currencyId": self.currency_ids[number]}
            owner.put(f"/clients/{client}", body)
        self.projects, self.tasks = [], {}
        for number in range(6):
            body = {"name": f"{chance.choice(['Red', 'blue', 'Ärger'])} {number}", "isPublic": chance.random() < 0.5}
            body["clientId"] = [*self.clients, "", chance.choice(self.clients)][number]
            body["billable"] = chance.random() < 0.7
            project = owner.post("/projects", body).body["id"]
            self.projects.append(project)
            tasks = [owner.post(f"/projects/{project}/tasks", {"name": f"Task {one}"}) for one in range(number % 3)]
            self.tasks[project] = [one.body["id"] for one in tasks]
        self.tags = [owner.post("/tags", {"name": name}).body["id"] for name in ("one", "Two", "three", "FOUR")]
        self.groups = [owner.post("/user-groups", {"name": name}).body["id"] for name in ("day", "Night", "empty")]
        for group in self.groups[:2]:
            for person in chance.sample(self.trackers, 3):
                owner.post(f"/user-groups/{group}/users", {"userId": person.id})
        self.office.grant(self.office.manager, Role.PROJECT_MANAGER, self.projects[0])
        self.office.grant(self.office.manager, Role.PROJECT_MANAGER, self.projects[1])
        over = {"entityId": self.groups[0], "role": "TEAM_MANAGER", "sourceType": "USER_GROUP"}
        owner.post(f"/users/{self.captain.id}/roles", over)
        self._furnish_fields()
        long_ago = format_instant(900_000_000)
        for kind, place in itertools.product(
            ["hourly", "cost"], ["", *(f"/users/{one.id}" for one in self.people[1:3])]
        ):
            owner.put(f"{place}/{kind}-rate", {"amount": chance.choice(RATES), "since": long_ago})
        for project in self.projects[:3]:
            owner.put(f"/projects/{project}", {"hourlyRate": {"amount": chance.choice(RATES), "since": long_ago}})
        for _ in range(8):
            self.do_change_rate()

    def _furnish_fields(self) -> None:
        owner, chance = self.owner, self.chance
        self.fields = {}
        for kind in ("TXT", "NUMBER", "CHECKBOX", "DROPDOWN_SINGLE", "DROPDOWN_MULTIPLE"):
            body: dict[str, Any] = {
                "name": f"Field {kind}",
                "type": kind,
                "entityType": "TIMEENTRY",
                "status": "VISIBLE",
            }
            body |= {"allowedValues": ["red", "blue", "green"]} if kind.startswith("DROPDOWN") else {}
            answer = owner.post("/custom-fields", body)
            self.fields[answer.body["id"]] = kind
        hidden = f"/projects/{self.projects[1]}/custom-fields/{next(iter(self.fields))}"
        assert owner.patch(hidden, {"status": "INVISIBLE"}).status == 200
        body = {"name": "About people", "type": "TXT", "entityType": "USER"}
        about = owner.post("/custom-fields", body).body["id"]
        for person in self.people[:4]:
            owner.put(f"/users/{person.id}/custom-field/{about}/value", {"value": chance.choice(TEXTS[3:])})

    def _values(self) -> dict[str, Any]:
        chance = self.chance
        values: dict[str, Any] = {"TXT": chance.choice(TEXTS[3:]), "NUMBER": chance.choice([-1, 0, 2.5, 40])}
        values |= {"CHECKBOX": chance.random() < 0.5, "DROPDOWN_SINGLE": chance.choice(["red", "blue"])}
        values["DROPDOWN_MULTIPLE"] = chance.sample(["red", "blue", "green"], 2)
        return {id_: values[kind] for id_, kind in self.fields.items() if chance.random() < 0.2}

    def _look_around(self) -> None:
        """What is there still, after somebody did anything."""
        self.tags, self.groups = self.workload.ids("/tags"), self.workload.ids("/user-groups") or ["f" * 24]
        self.projects = self.workload.ids("/projects")
        self.clients = self.workload.ids("/clients")
        for project in self.projects:
            rows = self.owner.get(f"/projects/{project}/tasks", page_size=50).body
            self.tasks[project] = [row["id"] for row in rows]
        left = self.workload.ids("/custom-fields", entity_type="TIMEENTRY")
        self.fields = {id_: kind for id_, kind in self.fields.items() if id_ in left}

    def _import(self, tracker: Person, count: int) -> None:
        drafts = [self._draft() for _ in range(count)]
        self.office.clock.move(1)
        self.office.write(lambda tx: entries.import_entries(tx, tracker.id, drafts))

    def _draft(self) -> Draft:
        chance, start = self.chance, self.moment()
        project = chance.choice([*self.projects, None])
        return Draft(
            start_s=start,
            end_s=start + chance.choice(DURATIONS),
            description=chance.choice(TEXTS),
            project_id=project,
            task_id=chance.choice([*self.tasks[project], None]) if project else None,
            tag_ids=tuple(chance.sample(self.tags, min(len(self.tags), chance.choice([0, 0, 1, 1, 2, 3])))),
            billable=chance.random() < 0.6,
            custom_fields=self._values(),
        )

    def moment(self) -> int:
        """A moment of the past, many of them around a change of some clock or the edge of a day."""
        chance, now = self.chance, self.office.clock.now_s
        kind = chance.random()
        if kind < 0.4:
            return chance.choice(TURNS) + chance.choice([-1, 0, 1, 1800, -1800, HOUR, -HOUR, chance.randint(-DAY, DAY)])
        if kind < 0.5:
            return (now - chance.randint(0, 60 * DAY)) // DAY * DAY + chance.choice([-1, 0, 1, 4 * HOUR, 12 * HOUR])
        return now - chance.randint(0, chance.choice([DAY, 40 * DAY, 40 * DAY, 900 * DAY]))

    # --- what happens

    def _own(self, path: str) -> str:
        return f"/api/hourbook/v1/workspaces/{self.office.workspace_id}{path}"

    def own(self, person: Person, path: str, method: str, *bodies: Any) -> None:
        for body in bodies:
            answer = person.raw(method, self._own(path), body)
            assert answer.status < 300, answer

    def some_entries(self, person: Person, most: int) -> list[str]:
        rows = self.owner.get(f"/user/{person.id}/time-entries", page_size=60).body
        ids = [row["id"] for row in rows] if isinstance(rows, list) else []
        return self.chance.sample(ids, min(len(ids), self.chance.randint(1, most)))

    def entry_body(self, start: int) -> dict[str, Any]:
        chance = self.chance
        project = chance.choice([*self.projects, None])
        body: dict[str, Any] = {"start": format_instant(start), "end": format_instant(start + chance.choice(DURATIONS))}
        body |= {"description": chance.choice(TEXTS), "billable": chance.random() < 0.5}
        body |= {"tagIds": chance.sample(self.tags, chance.randint(0, min(2, len(self.tags))))}
        return body | ({"projectId": project} if project else {})

    def do_anything(self) -> Answer:
        self.workload.run(3)
        self._look_around()
        return self.owner.get("/tags")

    def do_track(self) -> Answer:
        person = self.chance.choice(self.trackers)
        return self.owner.post(f"/user/{person.id}/time-entries", self.entry_body(self.moment()))

    def do_import(self) -> None:
        self._import(self.owner, 5)

    def do_start_timer(self) -> Answer:
        body = self.entry_body(self.office.clock.now_s - self.chance.choice([-30, 0, 1, 5000, 400 * DAY]))
        del body["end"]
        return self.owner.post(f"/user/{self.chance.choice(self.trackers).id}/time-entries", body)

    def do_wait(self) -> Answer:
        self.office.clock.move(self.chance.choice([1, 29, HOUR, DAY]))
        return self.owner.get("/tags")

    def do_edit_many(self) -> Answer:
        person = self.chance.choice(self.trackers)
        chosen = self.some_entries(person, 40)
        bodies = [{"id": one, **self.entry_body(self.moment())} for one in chosen]
        return self.owner.put(f"/user/{person.id}/time-entries", bodies)

    def do_delete_many(self) -> Answer:
        person = self.chance.choice(self.trackers)
        return self.owner.delete(f"/user/{person.id}/time-entries", time_entry_ids=self.some_entries(person, 8))

    def do_invoice(self) -> Answer:
        chosen = self.some_entries(self.chance.choice(self.trackers), 12)
        body = {"timeEntryIds": chosen, "invoiced": self.chance.random() < 0.7}
        return self.owner.patch("/time-entries/invoiced", body)

    def do_change_rate(self) -> Answer:
        chance, owner = self.chance, self.owner
        kind = chance.choice(["hourly", "cost"])
        rate: dict[str, Any] = {"amount": chance.choice([0, *RATES])}
        if chance.random() < 0.6:
            rate["since"] = format_instant(self.moment())
        project = chance.choice(self.projects or [""])
        if tasks := self.tasks.get(project):
            owner.put(f"/projects/{project}/tasks/{chance.choice(tasks)}/{kind}-rate", rate)
        places = ["", f"/users/{chance.choice(self.people).id}"]
        places.append(f"/projects/{project}/users/{chance.choice(self.people).id}")
        if chance.random() < 0.4:
            return owner.put(f"/projects/{project}", {f"{kind}Rate": rate})
        return owner.put(f"{chance.choice(places)}/{kind}-rate", rate)

    def do_move_project(self) -> Answer:
        body = {"clientId": self.chance.choice([*self.clients, ""]), "isPublic": self.chance.random() < 0.5}
        body["archived"] = self.chance.random() < 0.3
        return self.owner.put(f"/projects/{self.chance.choice(self.projects or ['f' * 24])}", body)

    def do_change_client(self) -> Answer:
        body = {"name": f"Client {self.chance.randint(0, 9)}", "archived": self.chance.random() < 0.5}
        body["currencyId"] = self.chance.choice(self.currency_ids)
        return self.owner.put(f"/clients/{self.chance.choice(self.clients or ['f' * 24])}", body)

    def do_finish_task(self) -> Answer:
        project = self.chance.choice(self.projects or ["f" * 24])
        for task in self.tasks.get(project, ()):
            self.owner.put(f"/projects/{project}/tasks/{task}", {"name": f"T {task[-4:]}", "status": "DONE"})
        return self.owner.get("/tags")

    def do_delete_thing(self) -> Answer:
        """A project, a task or a tag; seldom, or nothing is left."""
        kind = self.chance.random()
        if kind < 0.2 and len(self.projects) > 3:
            project = self.projects.pop(self.chance.randrange(2, len(self.projects)))
            self.owner.put(f"/projects/{project}", {"archived": True})
            return self.owner.delete(f"/projects/{project}")
        if kind < 0.5:
            project = self.chance.choice(self.projects or ["f" * 24])
            task = self.tasks[project].pop() if self.tasks.get(project) else "f" * 24
            self.owner.put(f"/projects/{project}/tasks/{task}", {"name": "gone soon", "status": "DONE"})
            return self.owner.delete(f"/projects/{project}/tasks/{task}")
        if kind < 0.7 and len(self.tags) > 2:
            return self.owner.delete(f"/tags/{self.tags.pop()}")
        tag = self.chance.choice(self.tags or ["f" * 24])
        return self.owner.put(f"/tags/{tag}", {"name": f"tag {tag[-3:]}", "archived": self.chance.random() < 0.5})

    def do_regroup(self) -> Answer:
        group, person = self.chance.choice(self.groups), self.chance.choice(self.trackers)
        if self.chance.random() < 0.5:
            return self.owner.delete(f"/user-groups/{group}/users/{person.id}")
        return self.owner.post(f"/user-groups/{group}/users", {"userId": person.id})

    def do_change_people(self) -> Answer:
        """Somebody pauses or comes back; once in a while one leaves, or is erased."""
        chance = self.chance
        if chance.random() < 0.1 and self.leaver in self.readers:
            self.readers.remove(self.leaver)
            self.people.remove(self.leaver)
            self.trackers.remove(self.leaver)
            if chance.random() < 0.5:
                return self.owner.raw("DELETE", self._own(f"/users/{self.leaver.id}"))
            erased = self._own(f"/users/{self.leaver.id}/erase")
            return self.owner.raw("POST", erased, {"confirmation": self.leaver.email})
        status = chance.choice(["ACTIVE", "INACTIVE"])
        return self.owner.put(f"/users/{self.guest.id}", {"status": status})

    def do_change_roles(self) -> Answer:
        chance, project = self.chance, self.chance.choice(self.projects or ["f" * 24])
        body = {"entityId": project, "role": "PROJECT_MANAGER"}
        if chance.random() < 0.3:
            body = {"entityId": chance.choice(self.people).id, "role": "TEAM_MANAGER"}
        person = chance.choice([self.office.manager, self.office.lead, self.captain])
        if chance.random() < 0.5:
            return self.owner.delete(f"/users/{person.id}/roles", body)
        return self.owner.post(f"/users/{person.id}/roles", body)

    def do_change_settings(self) -> None:
        chance = self.chance
        self.office.set(
            only_admins_see_all_time_entries=chance.random() < 0.7,
            only_admins_see_public_projects_entries=chance.random() < 0.5,
            only_admins_see_billable_rates=chance.random() < 0.4,
            admin_only_pages=chance.choice([(), (), ("REPORTS",), ("TEAM",)]),
            round={
                "round": chance.choice(["Round to nearest", "Round up to", "Round down to"]),
                "minutes": chance.choice(["1", "5", "6", "15", "30", "60"]),
            },
            lock_time_entries=chance.choice([None, None, self.moment()]),
            duration_format=chance.choice(["FULL", "COMPACT", "DECIMAL"]),
        )

    def do_change_rounding(self) -> None:
        self.do_change_settings()

    def do_change_member(self) -> Answer:
        chance, person = self.chance, self.chance.choice(self.readers)
        body: dict[str, Any] = {"workCapacity": chance.choice(["PT1H", "PT7H30M", "PT24H"])}
        body["workingDays"] = chance.sample(["MONDAY", "WEDNESDAY", "SATURDAY", "SUNDAY"], 3)
        return self.owner.patch(f"/member-profile/{person.id}", body)

    def do_take_breaks(self) -> Answer:
        """Breaks, and days off as the server makes them."""
        person = self.chance.choice(self.trackers)
        drafts = [msgspec.structs.replace(self._draft(), type=EntryType.BREAK) for _ in range(3)]
        self.office.write(lambda tx: entries.import_entries(tx, person.id, drafts))
        return self.workload.do_give_time_off()

    def do_change_profile(self) -> Answer:
        body = {"timeZone": self.chance.choice(ZONES), "weekStart": self.chance.choice(["MONDAY", "SUNDAY"])}
        person = self.chance.choice(self.readers)
        return person.raw("PATCH", "/api/hourbook/v1/user/settings", body)
