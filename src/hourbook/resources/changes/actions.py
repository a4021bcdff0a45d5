"""The verbs of entity changes: which things were created, updated or deleted within a time, and what they are.

Read from the journal, so that nothing has to be kept for it. Things are shown as they are now; of one that is gone,
its last state.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from hourbook.db.tx import ReadTx
from hourbook.journal.past import Past
from hourbook.journal.windows import PORTION_HEADS, Head, Window, iterate_heads, iterate_rows, unpacked
from hourbook.resources.changes import actions_pages, rules, store
from hourbook.resources.changes.rules import KINDS, ChangeKind, DocumentType, Fate, Mark, Wanted
from hourbook.resources.clients import actions as clients
from hourbook.resources.custom_fields import actions as custom_fields
from hourbook.resources.custom_fields.rules import FieldFilter
from hourbook.resources.groups import actions as groups
from hourbook.resources.projects import actions as projects
from hourbook.resources.tags import actions as tags
from hourbook.resources.tasks import actions as tasks
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries import actions_custom_fields as entry_fields
from hourbook.resources.time_entries import actions_restoring as restoring
from hourbook.resources.users import actions as users

# Up to so many rows are all looked at: that is one statement.
FEW_ROWS = PORTION_HEADS


class Found(msgspec.Struct):
    """One thing that changed. `thing`: what its slice shows, None when it is gone; `last`: its last state then.

    `stamps`: when it was made and changed, None for what is gone.
    """

    type: DocumentType
    mark: Mark
    thing: Any = None
    last: dict[str, Any] | None = None
    stamps: tuple[int, int] | None = None


class Context(msgspec.Struct):
    """What the documents are shown with: codes of currencies by id, the lock, values of custom fields by entry."""

    currency_codes: dict[str, str] = {}
    lock_before_s: int | None = None
    values: dict[str, Any] = {}


def list_changes(tx: ReadTx, kind: ChangeKind, asked: Wanted) -> tuple[list[Found], Context]:
    """A page of what became `kind` within the window: by type in the order asked, then by when it was first touched."""
    page: list[Found] = []
    skip = asked.offset
    for type_ in asked.types:
        if len(page) == asked.limit:
            break
        marks = _marks(tx, type_, kind=kind, span=asked.span, count=skip + asked.limit - len(page))
        page += [Found(type_, mark) for mark in marks[skip : skip + asked.limit - len(page)]]
        skip = max(0, skip - len(marks))
    context = Context()
    for type_ in asked.types:
        if same := [found for found in page if found.type is type_]:
            _fill(tx, type_, same, context)
    return page, context


# --- what happened -----------------------------------------------------------------------------


def _marks(tx: ReadTx, type_: DocumentType, *, kind: ChangeKind, span: rules.Span, count: int) -> list[Mark]:
    """All that became `kind`, or so many of them at least."""
    window = Window(span.start_us, span.end_us)
    if type_ is DocumentType.TIME_ENTRY_CUSTOM_FIELD_VALUE:
        fates = rules.fates_of(_value_marks(tx, window))
    else:
        heads = chain.from_iterable(iterate_heads(tx, one, window) for one in KINDS[type_])
        few = list(islice(heads, FEW_ROWS))
        if len(few) == FEW_ROWS:
            found = actions_pages.first_marks(tx, type_, window=window, kind=kind, count=count)
            if found is not None:
                return found
        fates = _fates(type_, chain(few, heads))
    return [rules.mark_of(thing_id, fate) for thing_id, fate in fates.items() if fate.kind is kind]


def _fates(type_: DocumentType, heads: Iterable[Head]) -> dict[str, Fate]:
    fates: dict[str, Fate] = {}
    for revision, at_us, verb, thing_id, changed, packed_ids in heads:
        change = rules.kind_of_verb(verb)
        if not rules.counts(type_, change, changed):
            continue
        for one in (thing_id,) if thing_id is not None else unpacked(packed_ids or b""):
            rules.note(fates, one, change, at_us=at_us, revision=revision)
    return fates


def _value_marks(tx: ReadTx, window: Window) -> Iterator[Mark]:
    for row in iterate_rows(tx, "TIME_ENTRY", window):
        for entry_id, before, after in _value_texts(row):
            found = rules.values_in(before), rules.values_in(after)
            yield from rules.value_marks(entry_id, *found, at_us=row.at_us, revision=row.revision)


def _value_texts(row: Any) -> Iterator[tuple[str, str | None, str | None]]:
    """By entry: the stored values before and after."""
    name = "custom_fields"
    if row.verb == "insert":
        yield row.entity_id, None, row.after.get(name)
    elif row.verb == "delete":
        yield row.entity_id, row.before.get(name), None
    elif row.verb == "update" and name in row.changed:
        yield row.entity_id, row.before[name], row.after[name]
    elif row.verb == "insert_many":
        yield from ((fields["id"], None, fields.get(name)) for fields in row.rows)
    elif row.verb == "delete_many":
        yield from ((fields["id"], fields.get(name), None) for fields in row.rows)
    elif row.verb == "update_many" and name in row.changed:
        place = row.changed.index(name)
        yield from ((one, old[place], row.after[name]) for one, old in zip(row.ids, row.rows, strict=True))


# --- what it is now ----------------------------------------------------------------------------


def _fill(tx: ReadTx, type_: DocumentType, found: Sequence[Found], context: Context) -> None:
    if type_ is DocumentType.TIME_ENTRY_CUSTOM_FIELD_VALUE:
        _fill_values(tx, found)
        return
    ids = [one.mark.thing_id for one in found]
    stamps = store.stamps(tx, KINDS[type_][0], ids)
    things = _LOADERS[type_](tx, ids, context)
    gone: list[Found] = []
    for one in found:
        one.stamps = stamps.get(one.mark.thing_id)
        is_shown = one.mark.kind is not ChangeKind.DELETED or type_ is DocumentType.USER
        one.thing = things.get(one.mark.thing_id) if is_shown else None
        if one.thing is None:
            gone.append(one)
    _fill_last(tx, KINDS[type_][0], gone)


def _fill_values(tx: ReadTx, found: Sequence[Found]) -> None:
    stamps = store.stamps(tx, "TIME_ENTRY", {one.mark.document[0] for one in found})
    for one in found:
        one.stamps = stamps.get(one.mark.document[0])


def _fill_last(tx: ReadTx, kind: str, gone: Sequence[Found]) -> None:
    if not gone:
        return
    past = Past(tx, min(one.mark.revision for one in gone) - 1)
    past.know(kind, [one.mark.thing_id for one in gone])
    for one in gone:
        before = 1 if one.mark.kind is ChangeKind.DELETED else 0
        one.last = past.at(kind, one.mark.thing_id, one.mark.revision - before)


def _clients(tx: ReadTx, ids: Iterable[str], context: Context) -> dict[str, Any]:
    found = clients.find_clients(tx, ids)
    context.currency_codes |= clients.currency_codes(tx, found.values())
    return found


def _projects(tx: ReadTx, ids: Iterable[str], context: Context) -> dict[str, Any]:
    return projects.find_projects(tx, ids)


def _tasks(tx: ReadTx, ids: Sequence[str], context: Context) -> dict[str, Any]:
    return tasks.find_shown(tx, ids)


def _tags(tx: ReadTx, ids: Iterable[str], context: Context) -> dict[str, Any]:
    return tags.find_tags(tx, set(ids))


def _groups(tx: ReadTx, ids: Iterable[str], context: Context) -> dict[str, Any]:
    return groups.find_groups(tx, ids)


def _fields(tx: ReadTx, ids: Iterable[str], context: Context) -> dict[str, Any]:
    wanted = set(ids)
    return {one.field.id: one for one in custom_fields.list_fields(tx, FieldFilter()) if one.field.id in wanted}


def _people(tx: ReadTx, ids: Iterable[str], context: Context) -> dict[str, Any]:
    return users.find_people(tx, set(ids))


def _entries(tx: ReadTx, ids: Sequence[str], context: Context) -> dict[str, Any]:
    found = restoring.find_entries(tx, ids)
    context.lock_before_s = time_entries.lock_before_s(tx)
    context.values |= entry_fields.shown_values(tx, list(found.values()))
    return found


_LOADERS: dict[DocumentType, Callable[[ReadTx, Sequence[str], Context], dict[str, Any]]] = {
    DocumentType.CLIENTS: _clients,
    DocumentType.PROJECTS: _projects,
    DocumentType.TASKS: _tasks,
    DocumentType.TAGS: _tags,
    DocumentType.TIME_ENTRY: _entries,
    DocumentType.TIME_ENTRY_RATE: _entries,
    DocumentType.USER: _people,
    DocumentType.USER_GROUPS: _groups,
    DocumentType.CUSTOM_FIELDS: _fields,
}
