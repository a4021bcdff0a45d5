"""The contract's search of the audit log: a page of what was done, thing by thing, newest first.

The way to a page leads past all that is newer. That is counted by what tells whether it is meant, mostly not even whose
a thing is; contents are read of the page alone. Of a row about very many things, those on the page are unpacked.
Nothing is written.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import msgspec

from hourbook.core.ids import ID_LENGTH_BYTES
from hourbook.db.tx import ReadTx
from hourbook.journal.bulk import BulkRows, bulk_of, is_about_many
from hourbook.journal.journal import JournalRow, bare_row, journal_row
from hourbook.journal.past import Past
from hourbook.journal.windows import Window, iterate_deeds, rows_of
from hourbook.resources.audit import rules
from hourbook.resources.audit.rules import PAGE_SIZE_LIMIT, Action, Asked, Deed, Meaning
from hourbook.resources.projects import actions as projects
from hourbook.resources.users import actions as users

# Of changed things that share a row, the owners of so many are looked up at a time.
PORTION_THINGS = 1000


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


Place = tuple[int, int]
"""One thing of a row: the row's revision, and which of its things it is."""


class _Owned(msgspec.Struct):
    """Of a thing, whose it is."""

    user_id: str | None = None


_owned = msgspec.json.Decoder(_Owned).decode


def search(tx: ReadTx, asked: Asked) -> list[ShownEntry]:
    """A page of what was done, newest first."""
    return _shown(tx, _entries(tx, _places(tx, asked)))


# --- the way to the page -----------------------------------------------------------------------


def _places(tx: ReadTx, asked: Asked) -> list[Place]:
    """What is on the page."""
    found: list[Place] = []
    skip = asked.offset
    for revision, things in _meant(tx, asked):
        if isinstance(things, int):  # that many in a row, nobody needs to look which
            here = list(range(skip, min(things, skip + asked.size - len(found))))
            skip = max(0, skip - things)
        else:
            every = list(islice(things, skip + asked.size - len(found)))
            here, skip = every[skip:], max(0, skip - len(every))
        found += [(revision, number) for number in here]
        if len(found) == asked.size:
            break
    return found


def _meant(tx: ReadTx, asked: Asked) -> Iterator[tuple[int, int | Iterator[int]]]:
    """By row, newest first: its revision, and how many of its things are meant, or which where not all are."""
    kinds, verbs = rules.kinds_of(asked.actions), rules.verbs_of(asked.actions)
    window, with_fields = Window(asked.start_us, asked.end_us), rules.depend_on_owner(asked.actions)
    meanings: dict[tuple[str, str, str | None, str], Meaning] = {}
    bulks = BulkRows()
    for deed in iterate_deeds(tx, kinds, window, verbs=verbs, with_fields=with_fields):
        _, revision, kind, verb, event, origin, actor_id, packed_bytes, fields = deed
        meaning = meanings.get(key := (kind, verb, event, origin))
        if meaning is None:
            meaning = meanings[key] = rules.meaning_of(Deed(*key, actor_id=None), asked.actions)
        if not (meaning.own or meaning.of_others) or not asked.authors.has(actor_id):
            continue
        if meaning.own and meaning.of_others:
            yield revision, 1 if packed_bytes is None else packed_bytes // ID_LENGTH_BYTES
        elif packed_bytes is not None:
            yield revision, _numbers_of(tx, revision, meaning, bulks)
        elif meaning.is_meant(actor_id, _owned(fields or "{}").user_id):
            yield revision, 1


def _numbers_of(tx: ReadTx, revision: int, meaning: Meaning, bulks: BulkRows) -> Iterator[int]:
    """Which things of a row about many are meant, where that depends on whose they are."""
    stored = rows_of(tx, [revision], most=1)[revision]
    row, bulk = bare_row(*stored), bulk_of(stored)
    if row.verb != "update_many":
        for number, one in enumerate(bulk.each(_Owned)):
            if meaning.is_meant(row.actor_id, one.user_id):
                yield number
        return
    for low in range(0, bulk.count, PORTION_THINGS):
        past = Past(tx, revision - 1, bulks=bulks)
        ids = bulk.ids(low, low + PORTION_THINGS)
        past.know(row.kind, ids)
        for number, one_id in enumerate(ids, low):
            before, after = (past.at(row.kind, one_id, at) for at in (revision - 1, revision))
            if meaning.is_meant(row.actor_id, _owner_of(before, after)):
                yield number


def _owner_of(before: Any, after: Any) -> str | None:
    owner_id: str | None = (after or before or {}).get("user_id")
    return owner_id


# --- what is on it -----------------------------------------------------------------------------


def _entries(tx: ReadTx, places: Sequence[Place]) -> list[Entry]:
    stored = rows_of(tx, {revision for revision, _ in places}, most=PAGE_SIZE_LIMIT)
    by_row = [(revision, [number for _, number in same]) for revision, same in groupby(places, key=itemgetter(0))]
    past = _past_of_changed(tx, [(stored[revision], numbers) for revision, numbers in by_row])
    found = []
    for revision, numbers in by_row:
        row = bare_row(*stored[revision])
        for thing_id, before, after in _states(stored[revision], numbers, past):
            owner_id = _owner_of(before, after)
            action = rules.action_of(Deed(row.kind, row.verb, row.event, row.origin, row.actor_id, owner_id))
            if action is not None:  # it was meant, so there is one
                found.append(Entry(row, thing_id, action, before, after))
    return found


_States = list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]


def _past_of_changed(tx: ReadTx, rows: Sequence[tuple[Any, Sequence[int]]]) -> Past | None:
    """The things of changes that share a row: it does not say all of what they were."""
    changed = [(bare_row(*row), bulk_of(row), numbers) for row, numbers in rows if is_about_many(row)]
    changed = [one for one in changed if one[0].verb == "update_many"]
    if not changed:
        return None
    past = Past(tx, min(row.revision for row, _, _ in changed) - 1)
    ids: dict[str, set[str]] = {}
    for row, bulk, numbers in changed:
        ids.setdefault(row.kind, set()).update(bulk.id_of(number) for number in numbers)
    for kind, some in ids.items():
        past.know(kind, some)
    return past


def _states(stored: Any, numbers: Sequence[int], past: Past | None) -> _States:
    """Things of a row, before it and after it."""
    if not is_about_many(stored):
        row = journal_row(*stored)
        before = {**row.after, **row.before} if row.verb == "update" else row.before
        return [(row.entity_id or "", before, row.after)]
    bare, bulk = bare_row(*stored), bulk_of(stored)
    ids = [bulk.id_of(number) for number in numbers]
    if past is not None and bare.verb == "update_many":
        kind, revision = bare.kind, bare.revision
        return [(one, past.at(kind, one, revision - 1), past.at(kind, one, revision)) for one in ids]
    fields = [bulk.values(number) for number in numbers]
    is_made = bare.verb == "insert_many"
    return [(one, None, now) if is_made else (one, now, None) for one, now in zip(ids, fields, strict=True)]


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
