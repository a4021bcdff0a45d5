"""The verbs of the audit log: searching it as the contract has it, reading all of the journal, writing it to a file.

Nothing is written by any of them, and no verb anywhere changes what they read.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from hourbook.db.tx import ReadTx
from hourbook.journal import chain_store
from hourbook.journal.journal import JournalRow, iterate_since
from hourbook.journal.past import Past
from hourbook.journal.windows import Window, is_of_account, iterate_before, iterate_rows
from hourbook.resources.audit import rules
from hourbook.resources.audit.rules import Action, Asked, Deed
from hourbook.resources.projects import actions as projects
from hourbook.resources.users import actions as users

DIGEST_BYTES = 32
# What the rows of a page may be about in all: a bulk row names every thing, with what it was.
THINGS_LIMIT = 10_000


class Entry(msgspec.Struct):
    """One line of the audit log: what was done to one thing, with its fields before and after."""

    row: JournalRow
    thing_id: str
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ShownEntry(msgspec.Struct):
    """The same with names. `user_name`, `user_email`: of who did it, empty for the system."""

    entry: Entry
    user_name: str
    user_email: str
    previous_content: dict[str, Any] | None
    content: dict[str, Any] | None


# --- the contract's audit log ------------------------------------------------------------------


def search(tx: ReadTx, asked: Asked) -> list[ShownEntry]:
    """A page of what was done, newest first."""
    kinds, verbs = rules.kinds_of(asked.actions), rules.verbs_of(asked.actions)
    rows = iterate_rows(tx, kinds, Window(asked.start_us, asked.end_us), verbs=verbs, newest_first=True)
    found = (entry for row in rows if asked.authors.has(row.actor_id) for entry in _entries(tx, row))
    wanted = (entry for entry in found if entry.action in asked.actions)
    return _shown(tx, list(islice(wanted, asked.offset, asked.offset + asked.size)))


def _entries(tx: ReadTx, row: JournalRow) -> Iterator[Entry]:
    """What a row says, thing by thing: a bulk row is about many."""
    for thing_id, before, after in _states(tx, row):
        owner_id = (after or before or {}).get("user_id")
        action = rules.action_of(Deed(row.kind, row.verb, row.event, row.origin, row.actor_id, owner_id))
        if action is not None:
            yield Entry(row, thing_id, action, before, after)


_States = Iterable[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]


def _states(tx: ReadTx, row: JournalRow) -> _States:
    if row.ids is None:
        before = {**row.after, **row.before} if row.verb == "update" else row.before
        return [(row.entity_id or "", before, row.after)]
    if row.verb == "insert_many":
        return [(one, None, fields) for one, fields in zip(row.ids, row.rows or [], strict=True)]
    if row.verb == "delete_many":
        return [(one, fields, None) for one, fields in zip(row.ids, row.rows or [], strict=True)]
    if row.verb != "update_many" or row.origin == "cascade":
        return []
    past = Past(tx, row.revision - 1)
    past.know(row.kind, row.ids)
    return [(one, past.at(row.kind, one, row.revision - 1), past.at(row.kind, one, row.revision)) for one in row.ids]


def _shown(tx: ReadTx, entries: list[Entry]) -> list[ShownEntry]:
    if not entries:
        return []
    names = _Names(tx, entries)
    shown = []
    for entry in entries:
        name, email = names.of_person(entry.row.actor_id)
        contents = [
            rules.content_of(entry.row.kind, fields, names.at(revision), more=names.more(entry.thing_id))
            for fields, revision in ((entry.before, entry.row.revision - 1), (entry.after, entry.row.revision))
        ]
        shown.append(ShownEntry(entry, name, email, *contents))
    return shown


class _Names:
    """What things were called at a revision; people are called what they are called now."""

    def __init__(self, tx: ReadTx, entries: list[Entry]) -> None:
        self._past = Past(tx, min(entry.row.revision for entry in entries) - 1)
        named: dict[str, set[str]] = {"USER": {entry.row.actor_id for entry in entries if entry.row.actor_id}}
        for entry in entries:
            for fields in (entry.before, entry.after):
                for kind, thing_id in rules.named_in(entry.row.kind, fields):
                    named.setdefault(kind, set()).add(str(thing_id))
        project_ids = {entry.thing_id for entry in entries if entry.row.kind == "PROJECT"}
        self._projects = projects.find_projects(tx, project_ids) if project_ids else {}
        members = {member.user_id for shown in self._projects.values() for member in shown.members}
        self._people = users.find_people(tx, named.pop("USER") | members)
        for kind, ids in named.items():
            self._past.know(kind, ids)

    def of_person(self, user_id: str | None) -> tuple[str, str]:
        person = self._people.get(user_id or "")
        return ("", "") if person is None else (person.user.name or person.user.email, person.user.email)

    def at(self, revision: int) -> rules.NameOf:
        def name_of(kind: str, thing_id: str | None) -> str:
            if not thing_id:
                return ""
            if kind == "USER":
                return self.of_person(thing_id)[0]
            # What a thing names may go in the same transaction, or come in it.
            found = self._past.at(kind, thing_id, revision) or self._past.at(kind, thing_id, revision - 1)
            return str(found["name"]) if found else ""

        return name_of

    def more(self, project_id: str) -> dict[str, Any]:
        """What a project has besides its own fields, as it is now."""
        shown = self._projects.get(project_id)
        if shown is None:
            return {}
        members = sorted(self.of_person(member.user_id)[0] for member in shown.members)
        return {"members": members, "currency": shown.currency}


# --- all of the journal ------------------------------------------------------------------------


def list_rows(
    tx: ReadTx, before_revision: int | None, filters: dict[str, str], *, limit: int
) -> tuple[list[JournalRow], bool]:
    """A page of rows of the journal, newest first, and whether it is the last; fewer where they are about very many."""
    found: list[JournalRow] = []
    things = 0
    for row in iterate_before(tx, before_revision, **filters):
        things += 1 if row.ids is None else len(row.ids)
        if found and (len(found) == limit or things > THINGS_LIMIT):
            return found, False
        found.append(_told(row))
    return found, True


def iterate_told(tx: ReadTx, after_revision: int) -> Iterator[tuple[JournalRow, str | None]]:
    """All rows behind a revision, oldest first, with their digests in the chain (None: not in it yet)."""
    links = chain_store.iterate_links(tx, after_revision)
    link = next(links, None)
    for row in iterate_since(tx, after_revision):
        while link is not None and link.last_revision < row.revision:
            link = next(links, None)
        digest = None
        if link is not None and link.first_revision <= row.revision:
            start = (row.revision - link.first_revision) * DIGEST_BYTES
            digest = link.digests[start : start + DIGEST_BYTES].hex()
        yield _told(row), digest


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Writes a file of lines."""
    with path.open("wb") as file:
        for line in lines:
            file.write(line)
            file.write(b"\n")


def _told(row: JournalRow) -> JournalRow:
    """A row as an admin may read it: of accounts only what every workspace of theirs knows."""
    if not is_of_account(row.kind):
        return row
    before, after = (rules.told_of_account(row.kind, fields) for fields in (row.before, row.after))
    return msgspec.structs.replace(row, before=before, after=after, rows=None)
