"""Random work on a workspace that reaches every verb of the journal: the workload of the journal, and bulk changes."""

from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.types import Role
from hourbook.db.tx import Tx
from hourbook.resources.time_entries import actions
from hourbook.resources.time_entries.rules import Draft, EntryType
from hourbook.resources.time_entries.store import TIME_ENTRY
from tests.harness import Answer, Headers
from tests.journal.workload import Workload

DONE = Answer(200, None, Headers())
OWN = "/api/hourbook/v1"


class History(Workload):
    """Entries more often than anything else, imports, erased people, and longer spans of time."""

    def span(self) -> dict[str, Any]:
        start = self.office.clock.now_s - self.chance.randint(0, 20 * 86_400)
        length = self.chance.choice([0, 1, 59, 3_600, 90_000, 3_652 * 86_400])
        if self.chance.random() < 0.3:
            start = self.office.clock.now_s
        return {"start": format_instant(start), "end": format_instant(start + length)}

    def draft(self) -> Draft:
        projects = self.ids("/projects")
        start = self.office.clock.now_s - self.chance.randint(0, 40 * 86_400)
        return Draft(
            start_s=start,
            end_s=start + self.chance.choice([0, 7, 3_600]),
            description=self.name(),
            project_id=self.chance.choice(projects) if projects and self.flag() else None,
            tag_ids=tuple(self.some(self.ids("/tags"))),
            billable=self.flag(),
            type=self.chance.choice([None, EntryType.REGULAR, EntryType.BREAK]),
        )

    def do_import(self) -> Answer:
        drafts = [self.draft() for _ in range(self.chance.choice([1, 6, 20]))]
        person = self.chance.choice([self.office.owner, self.office.admin])
        self.office.write(lambda tx: actions.import_entries(tx, person.id, drafts))
        return DONE

    def do_give_time_off(self) -> Answer:
        """What the server makes by itself, here from another entry."""
        ids = self.entry_ids(self.office.owner)
        kind = self.chance.choice(["HOLIDAY", "TIME_OFF"])

        def work(tx: Tx) -> None:
            for source in tx.find_many(TIME_ENTRY, self.some(ids, at_most=2)).values():
                end_s = source.start_s if source.end_s is None else source.end_s
                tx.insert(TIME_ENTRY, msgspec.structs.replace(source, id=tx.new_id(), type=kind, end_s=end_s))

        self.office.write(work)
        return DONE

    def do_create_more_entries(self) -> Answer:
        return self.do_create_entry()

    def do_invoice_many(self) -> Answer:
        body = {"timeEntryIds": self.entry_ids(self.office.owner), "invoiced": self.flag()}
        return self.office.owner.patch("/time-entries/invoiced", body)

    def do_delete_many_entries(self) -> Answer:
        ids = self.some(self.entry_ids(self.office.owner), at_most=8)
        return self.office.owner.delete(f"/user/{self.office.owner.id}/time-entries", time_entry_ids=ids)

    def do_erase_somebody(self) -> Answer:
        person = self.office.hire("Gone Soon")
        self.office.grant(person, Role.WORKSPACE_ADMIN, self.office.workspace_id)
        for _ in range(3):
            assert person.post("/time-entries", {**self.entry(), **self.span()}).status < 500
        person.post("/time-entries", self.entry())
        owner, path = self.office.owner, f"{OWN}/workspaces/{person.workspace_id}/users/{person.id}/erase"
        return owner.raw("POST", path, {"confirmation": person.email})

    def do_delete_used_tag(self) -> Answer:
        """A tag that entries carry, archived first."""
        tag_id = self.one("/tags")
        self.office.owner.put(f"/tags/{tag_id}", {"name": self.name() + tag_id, "archived": True})
        return self.office.owner.delete(f"/tags/{tag_id}")

    def do_delete_used_project(self) -> Answer:
        """A project that has entries, archived first."""
        project_id = self.one("/projects")
        self.office.owner.put(f"/projects/{project_id}", {"name": self.name() + project_id, "archived": True})
        return self.office.owner.delete(f"/projects/{project_id}")

    def do_rate_of_everybody(self) -> Answer:
        rate = {"amount": self.chance.choice([100, 2_500, 7_000]), "since": format_instant(0)}
        return self.office.owner.put("/hourly-rate", rate)
