"""What one writer of the crash test did, remembered outside the server.

Owns the state that acknowledged requests must have produced and the one request whose outcome is unknown. Every
thing carries a marker in its name (`w3-e17`), so it is recognised again though its id never arrived. `verdict` says
whether what the server holds after a crash is exactly the acknowledged state, with the open request done wholly or
not at all; everything else is a lost write, an undone delete or half an operation.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

ENTRIES_KEPT = 120
PROJECTS_KEPT = 4
TAGS_KEPT = 4
FIRST_START = datetime(2026, 1, 5, 8, tzinfo=UTC)

Kind = Literal["entry", "project", "tag"]


class Thing(NamedTuple):
    """One thing as the wire shows it, references replaced by markers."""

    kind: Kind
    version: int
    seconds: int = 0
    project: str | None = None
    tags: frozenset[str] = frozenset()
    archived: bool = False


class Step(NamedTuple):
    """One request (path below the workspace) and what it changes: the new thing, or None for one that goes."""

    method: str
    path: str
    body: Any
    changes: dict[str, Thing | None]
    created: str | None = None


def title(marker: str, thing: Thing) -> str:
    """The name or description a thing has on the wire."""
    return f"{marker} v{thing.version}"


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Ledger:
    """One writer's acknowledged things, their ids, and the open request."""

    number: int
    user_id: str
    chance: random.Random
    things: dict[str, Thing] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    open_step: Step | None = None
    acknowledged_count: int = 0
    wrong_answers: list[str] = field(default_factory=list)
    _last_number: int = 0

    def next_step(self) -> Step:
        """Draws the next request; it becomes the open one."""
        self.open_step = self._draw()()
        return self.open_step

    def acknowledge(self, answer: Any) -> None:
        """The open request was answered with 2xx."""
        step = self._open()
        if step.created is not None:
            self.ids[step.created] = answer["id"]
        self.things = self._after(step)
        self.ids = {marker: name for marker, name in self.ids.items() if marker in self.things}
        self.open_step = None
        self.acknowledged_count += 1

    def refuse(self, answer: str) -> None:
        """The open request was refused, which these requests never may be."""
        step = self._open()
        self.wrong_answers.append(f"{step.method} {step.path}: {answer}")
        self.open_step = None

    def verdict(self, found: dict[str, tuple[Thing, str]]) -> list[str]:
        """Compares with what the server holds of this writer (marker to thing and id); returns the faults.

        Afterwards the found state is the acknowledged one: each fault is told once.
        """
        seen = {marker: thing for marker, (thing, _) in found.items()}
        allowed = [self.things]
        if self.open_step is not None:
            allowed.append(self._after(self.open_step))
        faults: list[str] = []
        if seen not in allowed:
            open_text = f" with {self.open_step.method} {self.open_step.path} open" if self.open_step else ""
            nearest = min((_differences(state, seen) for state in allowed), key=len)
            faults = [f"writer {self.number}{open_text}: {difference}" for difference in nearest]
        self.things = seen
        self.ids = {marker: name for marker, (_, name) in found.items()}
        self.open_step = None
        return faults

    def _open(self) -> Step:
        if self.open_step is None:
            raise RuntimeError("no request is open")
        return self.open_step

    def _after(self, step: Step) -> dict[str, Thing]:
        merged = self.things | step.changes
        return {marker: thing for marker, thing in merged.items() if thing is not None}

    def _draw(self) -> Callable[[], Step]:
        """Keeps the stock small, so that reading everything back stays quick after thousands of rounds."""
        if len(self._of("tag")) < 2:
            return self._create_tag
        if len(self._of("project", archived=False)) < 2:
            return self._create_project
        if len(self._of("entry")) > ENTRIES_KEPT:
            return self._delete_entries
        ways = {
            self._create_entry: 10,
            self._edit_entries: 5 if self._of("entry") else 0,
            self._delete_entry: 1 if self._of("entry") else 0,
            self._create_tag: 1 if len(self._of("tag")) < TAGS_KEPT else 0,
            self._rename_tag: 1,
            self._delete_tag: 1,
            self._create_project: 2 if len(self._of("project")) < PROJECTS_KEPT else 0,
            self._archive_project: 1,
            self._delete_project: 3 if self._of("project", archived=True) else 0,
        }
        return self.chance.choices(list(ways), weights=list(ways.values()))[0]

    def _of(self, kind: Kind, *, archived: bool | None = None) -> list[str]:
        return [
            marker for marker, thing in self.things.items() if thing.kind == kind and archived in (None, thing.archived)
        ]

    def _new_marker(self, letter: str) -> str:
        self._last_number += 1
        return f"w{self.number}-{letter}{self._last_number}"

    def _create_tag(self) -> Step:
        marker, tag = self._new_marker("t"), Thing("tag", 1)
        return Step("POST", "/tags", {"name": title(marker, tag)}, {marker: tag}, marker)

    def _rename_tag(self) -> Step:
        marker = self.chance.choice(self._of("tag"))
        tag = self.things[marker]._replace(version=self.things[marker].version + 1)
        return Step("PUT", f"/tags/{self.ids[marker]}", {"name": title(marker, tag)}, {marker: tag})

    def _delete_tag(self) -> Step:
        marker = self.chance.choice(self._of("tag"))
        changes: dict[str, Thing | None] = {
            name: thing._replace(tags=thing.tags - {marker})
            for name, thing in self.things.items()
            if marker in thing.tags
        }
        return Step("DELETE", f"/tags/{self.ids[marker]}", None, changes | {marker: None})

    def _create_project(self) -> Step:
        marker, project = self._new_marker("p"), Thing("project", 1)
        return Step("POST", "/projects", {"name": title(marker, project)}, {marker: project}, marker)

    def _archive_project(self) -> Step:
        marker = self.chance.choice(self._of("project", archived=False))
        project = self.things[marker]._replace(archived=True)
        body = {"name": title(marker, project), "archived": True}
        return Step("PUT", f"/projects/{self.ids[marker]}", body, {marker: project})

    def _delete_project(self) -> Step:
        marker = self.chance.choice(self._of("project", archived=True))
        changes: dict[str, Thing | None] = {
            name: thing._replace(project=None) for name, thing in self.things.items() if thing.project == marker
        }
        return Step("DELETE", f"/projects/{self.ids[marker]}", None, changes | {marker: None})

    def _create_entry(self) -> Step:
        marker, entry = self._new_marker("e"), self._filled(Thing("entry", 1))
        return Step("POST", "/time-entries", self._entry_body(marker, entry), {marker: entry}, marker)

    def _edit_entries(self) -> Step:
        chosen = self.chance.sample(self._of("entry"), k=min(len(self._of("entry")), self.chance.randrange(2, 60)))
        changes = {marker: self._filled(self.things[marker]) for marker in chosen}
        body = [{"id": self.ids[marker], **self._entry_body(marker, entry)} for marker, entry in changes.items()]
        return Step("PUT", f"/user/{self.user_id}/time-entries", body, dict(changes))

    def _delete_entry(self) -> Step:
        marker = self.chance.choice(self._of("entry"))
        return Step("DELETE", f"/time-entries/{self.ids[marker]}", None, {marker: None})

    def _delete_entries(self) -> Step:
        chosen = self.chance.sample(self._of("entry"), k=ENTRIES_KEPT // 2)
        ids = ",".join(self.ids[marker] for marker in chosen)
        path = f"/user/{self.user_id}/time-entries?time-entry-ids={ids}"
        return Step("DELETE", path, None, dict.fromkeys(chosen))

    def _filled(self, entry: Thing) -> Thing:
        """A new version of an entry: other length, project and tags."""
        projects = self._of("project", archived=False)
        tags = self._of("tag")
        return entry._replace(
            version=entry.version + 1,
            seconds=self.chance.randrange(60, 7200),
            project=self.chance.choice([None, *projects, *projects]),
            tags=frozenset(self.chance.sample(tags, k=self.chance.randrange(0, 3))),
        )

    def _entry_body(self, marker: str, entry: Thing) -> dict[str, Any]:
        start = FIRST_START + timedelta(minutes=self.chance.randrange(0, 100_000))
        return {
            "start": _instant(start),
            "end": _instant(start + timedelta(seconds=entry.seconds)),
            "description": title(marker, entry),
            "projectId": self.ids[entry.project] if entry.project else None,
            "tagIds": [self.ids[tag] for tag in sorted(entry.tags)],
            "billable": False,
        }


def _differences(expected: dict[str, Thing], seen: dict[str, Thing]) -> list[str]:
    return [
        f"{marker} should be {expected.get(marker)} and is {seen.get(marker)}"
        for marker in _in_order(expected.keys() | seen.keys())
        if expected.get(marker) != seen.get(marker)
    ]


def _in_order(markers: Iterable[str]) -> list[str]:
    return sorted(markers, key=lambda marker: (len(marker), marker))
