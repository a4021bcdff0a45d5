"""Rates, for any timelines, entries and changes: what stands on an entry is what a naive resolver finds.

The resolver here is written from docs/rates.md and nothing else: it keeps, for each place, what was
said for which second, and asks the places in order. Entries on an invoice keep what they had.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hourbook.core.calendar import format_instant
from tests.harness import START_S, Answer, Office

HOUR = 3600
KINDS = ("hourly", "cost")
# Places a rate can stand at, nearest first as far as they are comparable; two people, two projects.
PLACES = ("task", "member on project", "owner on project", "project", "other project", "member", "owner", "workspace")
INHERITING = {"member on project", "owner on project", "project", "other project"}
REFERENCES = ("nothing", "project", "task", "other project")

hours = st.integers(-6, 4)
a_rate = st.tuples(
    st.just("rate"), st.sampled_from(PLACES), st.sampled_from(KINDS), st.integers(0, 3), st.none() | hours
)
an_entry = st.tuples(st.just("entry"), st.sampled_from(["member", "owner"]), st.sampled_from(REFERENCES), hours)
an_edit = st.tuples(st.just("edit"), st.integers(0, 9), st.sampled_from(REFERENCES), hours)
an_invoice = st.tuples(st.just("invoice"), st.integers(0, 9), st.booleans())
a_copy = st.tuples(st.just("copy"), st.integers(0, 9))
leaving = st.tuples(st.just("leave"), st.sampled_from(["member", "owner"]), st.booleans())
waiting = st.tuples(st.just("wait"), st.integers(1, 3))
# Some entries first, so that changes have something to touch.
beginnings = st.lists(an_entry, min_size=4, max_size=8)
steps = st.lists(
    st.one_of(a_rate, a_rate, a_rate, an_entry, an_edit, an_invoice, a_copy, leaving, waiting), min_size=12, max_size=30
)


@dataclass
class Naive:
    """What was said: {(place, kind): {second: amount or None}}."""

    said: dict[tuple[str, str], dict[int, int | None]] = field(default_factory=dict)

    def at(self, place: str, kind: str, second: int) -> int | None:
        points = self.said.get((place, kind), {})
        earlier = [since for since in points if since <= second]
        return points[max(earlier)] if earlier else None

    def resolved(self, person: str, reference: str, kind: str, second: int) -> int:
        places = [person, "workspace"]
        if reference == "other project":
            places = ["other project", *places]
        elif reference != "nothing":
            places = [f"{person} on project", "project", *places]
            places = ["task", *places] if reference == "task" else places
        return next((amount for place in places if (amount := self.at(place, kind, second)) is not None), 0)

    def say(self, place: str, kind: str, amount: int | None, *, since: int | None, now: int) -> None:
        if since is not None or self.at(place, kind, now) != amount:
            self.said.setdefault((place, kind), {})[now if since is None else since] = amount

    def end(self, place: str, now: int) -> None:
        for kind in KINDS:
            points = self.said.setdefault((place, kind), {})
            for later in [since for since in points if since > now]:
                del points[later]
            if self.at(place, kind, now) is not None:
                points[now] = None


@dataclass
class Entry:
    id: str
    person: str
    reference: str
    start: int
    # What it had when it was put on an invoice.
    kept: dict[str, int] | None = None


class Shop:
    """An office with rates to set, entries to make, and the naive book beside it."""

    def __init__(self, office: Office) -> None:
        self.office, self.naive = office, Naive()
        self.entries: list[Entry] = []
        owner = office.owner
        self.people = {"owner": owner, "member": office.member}
        on_it = [{"userId": one.id} for one in self.people.values()]
        self.project = owner.post("/projects", {"name": "One", "isPublic": True, "memberships": on_it}).body["id"]
        self.other = owner.post("/projects", {"name": "Two", "isPublic": True}).body["id"]
        self.task = owner.post(f"/projects/{self.project}/tasks", {"name": "Task"}).body["id"]
        self.on_project = {"owner", "member"}
        # A new project has no rate, so nothing was said.

    @property
    def now(self) -> int:
        return self.office.clock.now_s

    def do(self, step: tuple[Any, ...]) -> None:
        getattr(self, "do_" + step[0])(*step[1:])

    def do_rate(self, place: str, kind: str, number: int, hour: int | None) -> None:
        person = place.split()[0]
        if place.endswith("on project") and person not in self.on_project:
            return
        since = None if hour is None else START_S + hour * HOUR
        amount = number * 1000
        before = self.stored()
        answer = self.put_rate(place, kind, {"amount": amount, "since": since and format_instant(since)})
        assert answer.status == 200, answer
        own = None if place in INHERITING and amount == 0 else amount
        self.naive.say(place, kind, own, since=since, now=self.now)
        after = self.stored()
        changed = sum(before[one] != after[one] for one in before)
        assert int(answer.headers["X-Hourbook-Entries-Changed"]) == changed

    def put_rate(self, place: str, kind: str, rate: dict[str, Any]) -> Answer:
        owner, path = self.office.owner, {"workspace": "", "task": f"/projects/{self.project}/tasks/{self.task}"}
        if place in ("project", "other project"):
            project = self.project if place == "project" else self.other
            return owner.put(f"/projects/{project}", {"isPublic": True, f"{kind}Rate": rate})
        if place.endswith("on project"):
            path[place] = f"/projects/{self.project}/users/{self.people[place.split()[0]].id}"
        elif place in self.people:
            path[place] = f"/users/{self.people[place].id}"
        return owner.put(f"{path[place]}/{kind}-rate", rate)

    def named(self, reference: str) -> dict[str, str]:
        found = {"nothing": {}, "project": {"projectId": self.project}, "other project": {"projectId": self.other}}
        return found.get(reference, {"projectId": self.project, "taskId": self.task})

    def body(self, reference: str, hour: int) -> dict[str, Any]:
        start = START_S + hour * HOUR
        return {**self.named(reference), "start": format_instant(start), "end": format_instant(start + 60)}

    def do_entry(self, person: str, reference: str, hour: int) -> None:
        path = f"/user/{self.people[person].id}/time-entries"
        answer = self.office.owner.post(path, self.body(reference, hour))
        assert answer.status == 201, answer
        self.entries.append(Entry(answer.body["id"], person, reference, START_S + hour * HOUR))

    def do_edit(self, number: int, reference: str, hour: int) -> None:
        if number < len(self.entries):
            entry = self.entries[number]
            assert self.office.owner.put(f"/time-entries/{entry.id}", self.body(reference, hour)).status == 200
            entry.reference, entry.start = reference, START_S + hour * HOUR

    def do_invoice(self, number: int, invoiced: bool) -> None:
        if number < len(self.entries):
            entry = self.entries[number]
            body = {"timeEntryIds": [entry.id], "invoiced": invoiced}
            assert self.office.owner.patch("/time-entries/invoiced", body).status == 200
            entry.kept = (entry.kept or self.stored()[entry.id]) if invoiced else None

    def do_copy(self, number: int) -> None:
        if number < len(self.entries):
            entry = self.entries[number]
            path = f"/user/{self.people[entry.person].id}/time-entries/{entry.id}/duplicate"
            copy = self.office.owner.post(path)
            assert copy.status == 201, copy
            self.entries.append(Entry(copy.body["id"], entry.person, entry.reference, entry.start))

    def do_leave(self, person: str, comes_back: bool) -> None:
        body = {"userIds": [self.people[person].id], "remove": True}
        assert self.office.owner.post(f"/projects/{self.project}/memberships", body).status == 200
        if person in self.on_project:
            self.naive.end(f"{person} on project", self.now)
            self.on_project.discard(person)
        if comes_back:
            body["remove"] = False
            assert self.office.owner.post(f"/projects/{self.project}/memberships", body).status == 200
            self.on_project.add(person)

    def do_wait(self, count: int) -> None:
        self.office.clock.move(count * HOUR)

    def stored(self) -> dict[str, dict[str, int]]:
        """What stands on the entries."""
        if not self.entries:
            return {}
        body = {"timeEntryIds": [entry.id for entry in self.entries]}
        rows = self.office.owner.post("/time-entries/batch", body).body
        return {row["id"]: {kind: row[f"{kind}Rate"]["amount"] for kind in KINDS} for row in rows}

    def expected(self) -> dict[str, dict[str, int]]:
        return {
            entry.id: entry.kept
            or {kind: self.naive.resolved(entry.person, entry.reference, kind, entry.start) for kind in KINDS}
            for entry in self.entries
        }

    def shown(self) -> dict[tuple[str, str], int | None]:
        """The rates that answers show."""
        owner = self.office.owner
        workspace, project = owner.get("").body, owner.get(f"/projects/{self.project}", hydrated=True).body
        things = {"workspace": workspace, "project": project, "task": project["tasks"][0]}
        things["other project"] = owner.get(f"/projects/{self.other}").body
        names = {person.id: name for name, person in self.people.items()}
        for holder, suffix in ((workspace, ""), (project, " on project")):
            for row in holder["memberships"]:
                if row["userId"] in names:
                    things[names[row["userId"]] + suffix] = row
        return {
            (place, kind): (thing[f"{kind}Rate"] or {"amount": None})["amount"]
            for place, thing in things.items()
            for kind in KINDS
        }

    def check(self) -> None:
        assert self.stored() == self.expected()
        for (place, kind), amount in self.shown().items():
            in_force = self.naive.at(place, kind, self.now)
            shows_zero = kind == "hourly" and place in ("workspace", "project", "other project")
            assert amount == (in_force or 0 if shows_zero else in_force), (place, kind)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(beginnings, steps)
def test_an_entry_carries_the_rate_in_force_at_its_start(
    office: Office, first: list[tuple[Any, ...]], then: list[tuple[Any, ...]]
) -> None:
    office.clock.reset()
    shop = Shop(Office(office.server))
    for step in [*first, *then]:
        shop.do(step)
    shop.check()
