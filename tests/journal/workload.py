"""Random but repeatable work on a workspace, over HTTP, by several people.

Every verb that the interface has is in here. Many requests are refused; that is meant, because a
refused one must leave nothing behind.
"""

import random
from collections.abc import Callable, Collection
from typing import Any

from hourbook.core.calendar import format_instant
from tests.harness import Answer, Office, Person


class Workload:
    """`step()` does one random thing and returns its answer."""

    def __init__(self, office: Office, seed: int, *, without: Collection[str] = ()) -> None:
        self.office = office
        self.chance = random.Random(seed)
        self.counts: dict[tuple[str, int], int] = {}
        self._verbs: list[Callable[[], Answer]] = [
            getattr(self, name) for name in dir(type(self)) if name.startswith("do_") and name not in without
        ]

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.office.clock.move(seconds=self.chance.choice([0, 0, 1, 30]))
            verb = self.chance.choice(self._verbs)
            answer = verb()
            assert answer.status < 500, (verb.__name__, answer)
            counted = (verb.__name__, answer.status // 100)
            self.counts[counted] = self.counts.get(counted, 0) + 1

    # --- choices -----------------------------------------------------------------------------

    def person(self) -> Person:
        office = self.office
        return self.chance.choice([office.owner, office.owner, office.admin, office.manager, office.member])

    def ids(self, path: str, **query: Any) -> list[str]:
        return [str(row["id"]) for row in self.office.owner.get(path, page_size=200, **query).body]

    def one(self, path: str) -> str:
        """The id of one of the things there, or of none."""
        return self.chance.choice([*self.ids(path), "f" * 24])

    def some(self, ids: list[str], *, at_most: int = 3) -> list[str]:
        return self.chance.sample(ids, min(len(ids), self.chance.randint(0, at_most)))

    def name(self) -> str:
        return f"{self.chance.choice(['Red', 'GREEN', 'blue', 'Ärger'])} {self.chance.randint(1, 12)}"

    def flag(self) -> bool:
        return self.chance.random() < 0.5

    def span(self) -> dict[str, Any]:
        start = self.office.clock.now_s - self.chance.randint(0, 20 * 86_400)
        return {
            "start": format_instant(start),
            "end": format_instant(start + self.chance.choice([0, 1, 59, 3_600, 90_000])),
        }

    def entry(self) -> dict[str, Any]:
        body = {"description": self.name(), "billable": self.flag(), "tagIds": self.some(self.ids("/tags"))}
        projects = self.ids("/projects")
        if projects and self.flag():
            body["projectId"] = self.chance.choice(projects)
            tasks = self.ids(f"/projects/{body['projectId']}/tasks")
            if tasks and self.flag():
                body["taskId"] = self.chance.choice(tasks)
        fields = self.ids("/custom-fields", entity_type="TIMEENTRY")
        body["customFields"] = [{"customFieldId": one, "value": self.name()} for one in self.some(fields)]
        return body

    def entry_ids(self, person: Person) -> list[str]:
        rows = self.office.owner.get(f"/user/{person.id}/time-entries", page_size=100).body
        return [str(row["id"]) for row in rows]

    def field(self) -> dict[str, Any]:
        status = self.chance.choice(["VISIBLE", "VISIBLE", "INVISIBLE", "INACTIVE"])
        default = self.chance.choice([None, self.name()])
        return {"name": self.name(), "type": "TXT", "status": status, "workspaceDefaultValue": default}

    # --- verbs -------------------------------------------------------------------------------

    def do_create_tag(self) -> Answer:
        return self.person().post("/tags", {"name": self.name()})

    def do_update_tag(self) -> Answer:
        return self.person().put(f"/tags/{self.one('/tags')}", {"name": self.name(), "archived": self.flag()})

    def do_delete_tag(self) -> Answer:
        return self.person().delete(f"/tags/{self.one('/tags')}")

    def do_create_field(self) -> Answer:
        body = {**self.field(), "entityType": self.chance.choice(["TIMEENTRY", "TIMEENTRY", "USER"])}
        return self.person().post("/custom-fields", body)

    def do_update_field(self) -> Answer:
        return self.person().put(f"/custom-fields/{self.one('/custom-fields')}", self.field())

    def do_delete_field(self) -> Answer:
        return self.person().delete(f"/custom-fields/{self.one('/custom-fields')}")

    def do_override_field(self) -> Answer:
        path = f"/projects/{self.one('/projects')}/custom-fields/{self.one('/custom-fields')}"
        return self.person().patch(path, {"status": "VISIBLE", "defaultValue": self.name()})

    def do_drop_override(self) -> Answer:
        return self.person().delete(f"/projects/{self.one('/projects')}/custom-fields/{self.one('/custom-fields')}")

    def do_set_user_value(self) -> Answer:
        path = f"/users/{self.person().id}/custom-field/{self.one('/custom-fields')}/value"
        return self.person().put(path, {"value": self.chance.choice([None, self.name(), self.name()])})

    def do_create_client(self) -> Answer:
        return self.person().post("/clients", {"name": self.name(), "note": self.name()})

    def do_update_client(self) -> Answer:
        body = {"name": self.name(), "archived": self.flag(), "ccEmails": ["a@example.com"]}
        query = {"archive_projects": self.flag(), "mark_tasks_as_done": self.flag()}
        return self.person().put(f"/clients/{self.one('/clients')}", body, **query)

    def do_delete_client(self) -> Answer:
        return self.person().delete(f"/clients/{self.one('/clients')}")

    def do_create_group(self) -> Answer:
        return self.person().post("/user-groups", {"name": self.name()})

    def do_add_to_group(self) -> Answer:
        path = f"/user-groups/{self.one('/user-groups')}/users"
        return self.person().post(path, {"userId": self.person().id})

    def do_update_group(self) -> Answer:
        body = {"name": self.name(), "userIds": self.some(self.ids("/users"))}
        return self.person().put(f"/user-groups/{self.one('/user-groups')}", body)

    def do_delete_group(self) -> Answer:
        return self.person().delete(f"/user-groups/{self.one('/user-groups')}")

    def do_create_project(self) -> Answer:
        body: dict[str, Any] = {"name": self.name(), "isPublic": self.flag(), "billable": self.flag()}
        body["clientId"] = self.chance.choice([*self.ids("/clients"), ""])
        body["hourlyRate"] = {"amount": self.chance.choice([0, 5_000])}
        body["tasks"] = [{"name": self.name(), "estimate": "PT3H"}]
        return self.person().post("/projects", body)

    def do_update_project(self) -> Answer:
        body = {"name": self.name(), "archived": self.flag(), "isPublic": self.flag(), "billable": self.flag()}
        return self.person().put(f"/projects/{self.one('/projects')}", body)

    def do_estimate_project(self) -> Answer:
        estimate = {"active": self.flag(), "estimate": "PT8H", "type": self.chance.choice(["MANUAL", "AUTO"])}
        return self.person().patch(f"/projects/{self.one('/projects')}/estimate", {"timeEstimate": estimate})

    def do_set_project_members(self) -> Answer:
        people = self.some(self.ids("/users"), at_most=4)
        body = {"memberships": [{"userId": one, "hourlyRate": {"amount": 700}} for one in people]}
        body["userGroups"] = {"ids": self.some(self.ids("/user-groups")), "contains": "CONTAINS"}  # type: ignore[assignment]
        return self.person().patch(f"/projects/{self.one('/projects')}/memberships", body)

    def rate(self) -> dict[str, Any]:
        since = self.office.clock.now_s + self.chance.choice([-20, -5, 1]) * 86_400
        return {
            "amount": self.chance.choice([0, 900, 4_000]),
            "since": self.chance.choice([None, format_instant(since)]),
        }

    def do_set_workspace_rate(self) -> Answer:
        return self.person().put(f"/{self.chance.choice(['hourly', 'cost'])}-rate", self.rate())

    def do_set_member_rate(self) -> Answer:
        return self.person().put(f"/users/{self.one('/users')}/hourly-rate", self.rate())

    def do_set_project_rate(self) -> Answer:
        return self.person().put(f"/projects/{self.one('/projects')}", {"isPublic": True, "costRate": self.rate()})

    def do_set_project_member_rate(self) -> Answer:
        return self.person().put(f"/projects/{self.one('/projects')}/users/{self.one('/users')}/cost-rate", self.rate())

    def do_set_task_rate(self) -> Answer:
        project_id = self.one("/projects")
        tasks = self.office.owner.get(f"/projects/{project_id}/tasks").body
        task_id = self.chance.choice([row["id"] for row in tasks] or ["f" * 24]) if isinstance(tasks, list) else "x"
        return self.person().put(f"/projects/{project_id}/tasks/{task_id}/hourly-rate", self.rate())

    def do_add_project_members(self) -> Answer:
        body = {"userIds": self.some(self.ids("/users")), "remove": self.flag()}
        return self.person().post(f"/projects/{self.one('/projects')}/memberships", body)

    def do_mark_template(self) -> Answer:
        return self.person().patch(f"/projects/{self.one('/projects')}/template", {"isTemplate": self.flag()})

    def do_copy_project(self) -> Answer:
        templates = self.office.owner.get("/projects", is_template=True).body
        chosen = self.chance.choice([*(row["id"] for row in templates), "f" * 24])
        body = {"name": self.name(), "templateProjectId": chosen}
        return self.person().post("/projects/from-template", body)

    def do_delete_project(self) -> Answer:
        return self.person().delete(f"/projects/{self.one('/projects')}")

    def do_create_task(self) -> Answer:
        body = {"name": self.name(), "assigneeIds": self.some(self.ids("/users")), "billable": self.flag()}
        body["userGroupIds"] = self.some(self.ids("/user-groups"))
        return self.person().post(f"/projects/{self.one('/projects')}/tasks", body)

    def do_update_task(self) -> Answer:
        project_id = self.one("/projects")
        tasks = self.office.owner.get(f"/projects/{project_id}/tasks").body
        task_id = self.chance.choice([row["id"] for row in tasks] or ["f" * 24]) if isinstance(tasks, list) else "x"
        body = {"name": self.name(), "status": self.chance.choice(["ACTIVE", "DONE"]), "billable": self.flag()}
        return self.person().put(f"/projects/{project_id}/tasks/{task_id}", body)

    def do_delete_task(self) -> Answer:
        project_id = self.one("/projects")
        tasks = self.office.owner.get(f"/projects/{project_id}/tasks").body
        task_id = self.chance.choice([row["id"] for row in tasks] or ["f" * 24]) if isinstance(tasks, list) else "x"
        return self.person().delete(f"/projects/{project_id}/tasks/{task_id}")

    def do_create_entry(self) -> Answer:
        return self.person().post("/time-entries", {**self.entry(), **self.span()})

    def do_create_another_entry(self) -> Answer:
        return self.do_create_entry()

    def do_start_timer(self) -> Answer:
        return self.person().post("/time-entries", self.entry())

    def do_stop_timer(self) -> Answer:
        person = self.person()
        end = format_instant(self.office.clock.now_s + self.chance.choice([0, 5, -5]))
        return person.patch(f"/user/{person.id}/time-entries", {"end": end})

    def do_update_entry(self) -> Answer:
        person = self.person()
        entry_id = self.chance.choice([*self.entry_ids(person), "f" * 24])
        return person.put(f"/time-entries/{entry_id}", {**self.entry(), **self.span()})

    def do_update_entries(self) -> Answer:
        person = self.person()
        chosen = self.some(self.entry_ids(person), at_most=5)
        body = [{"id": one, **self.entry(), **self.span()} for one in chosen]
        return person.put(f"/user/{person.id}/time-entries", body)

    def do_duplicate_entry(self) -> Answer:
        person = self.person()
        entry_id = self.chance.choice([*self.entry_ids(person), "f" * 24])
        return person.post(f"/user/{person.id}/time-entries/{entry_id}/duplicate")

    def do_mark_invoiced(self) -> Answer:
        body = {"timeEntryIds": self.some(self.entry_ids(self.person())), "invoiced": self.flag()}
        return self.person().patch("/time-entries/invoiced", body)

    def do_delete_entry(self) -> Answer:
        person = self.person()
        return person.delete(f"/time-entries/{self.chance.choice([*self.entry_ids(person), 'f' * 24])}")

    def do_delete_entries(self) -> Answer:
        person = self.person()
        return person.delete(f"/user/{person.id}/time-entries", time_entry_ids=self.some(self.entry_ids(person)))

    def do_change_status(self) -> Answer:
        status = self.chance.choice(["ACTIVE", "ACTIVE", "INACTIVE"])
        return self.office.owner.put(f"/users/{self.office.member.id}", {"status": status})

    def do_invite(self) -> Answer:
        return self.person().post("/users", {"email": f"guest.{self.office.server.ids.new_id()}@example.com"})
