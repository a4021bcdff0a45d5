"""The verb of undo: what one operation did is taken back, if everything it touched is as it left it.

Things become what they were by the journal, whatever kind they are; what is derived from them follows
(`actions_derived`). The journal gets rows of its own for it: nothing that was is unsaid.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from hourbook.core.errors import AccessDenied, ChangedSince, InvalidValue
from hourbook.core.types import Deployment
from hourbook.db.tx import Tx
from hourbook.journal.journal import JournalRow
from hourbook.journal.past import as_struct
from hourbook.journal.windows import iterate_before, iterate_from
from hourbook.resources.undo import actions_derived as derived
from hourbook.resources.undo import actions_rates as rates
from hourbook.resources.undo import rules, store
from hourbook.resources.undo.rules import Effect, Fields, Key, Row
from hourbook.resources.workspaces.rules import decode_settings

Place = tuple[str, Key]
# What many rows of a kind may get in one statement: no words that are searched, and no lists.
_SET_AT_ONCE = {"TIME_ENTRY": frozenset({"project_id", "task_id", "is_invoiced", "billable", "currency"})}


class Restored(msgspec.Struct):
    """What came of it: the rows that were taken back, and how many things are as they were."""

    first_revision: int
    last_revision: int
    things: int


class Turn(msgspec.Struct):
    """One thing: as it is, as it shall be, and whether others hear of it."""

    kind: str
    key: Key
    now: Any
    then: Any
    event: bool


def restore(tx: Tx, revision: int) -> Restored:
    """Takes back the operation that left the journal row of this revision.

    InvalidValue for what cannot be taken back, ChangedSince (with the first such thing) where something was changed.
    """
    found = _operation(tx, revision)
    rows = [_row(row) for row in found]
    deployment: Deployment = tx.facts.deployment
    rules.check_age(found[0].at_us, now_us=tx.now_us, days=deployment.undo_days)
    _check_may(tx, found)
    rules.check_kinds(rows)
    rated: list[Row] = []
    if rules.sets_rates(rows):
        derived.hold_rates(tx)
        rated = [row for row in rows if rules.is_consequence_of_rates(row)]
        rows = [row for row in rows if not rules.is_consequence_of_rates(row)]
    effects = rules.effects_of(rows)
    turns = _turns(tx, effects)
    _check_reach(tx, [turn.then for turn in turns if turn.then is not None])
    _check_entering(turns)
    _check_names(tx, turns)
    derived.check_timers(tx, [(turn.now, turn.then) for turn in turns if turn.kind == "TIME_ENTRY"])
    derived.prepare(tx, turns)
    _write(tx, turns)
    place = len(tx.changes)
    derived.follow(tx, turns, sets_rates=rules.sets_rates(rows))
    if rules.sets_rates(rows):
        done = rules.effects_of(rated).values()
        rates.give_back(tx, done, tx.changes[place:], revisions=(found[0].revision, found[-1].revision))
    _check_pointers(tx, turns)
    return Restored(found[0].revision, found[-1].revision, len(turns))


# --- what it was -------------------------------------------------------------------------------


def _operation(tx: Tx, revision: int) -> list[JournalRow]:
    """All rows of the transaction that left this one, oldest first; they stand together."""
    rows = iterate_from(tx, revision)
    first = next(rows, None)
    if first is None or first.revision != revision:
        raise InvalidValue(f"There is no change with the revision {revision}")
    return [*reversed(list(_same(first, iterate_before(tx, revision)))), first, *_same(first, rows)]


def _same(first: JournalRow, rows: Iterable[JournalRow]) -> Iterator[JournalRow]:
    told = (first.request_id, first.at_us, first.actor_id, first.actor_kind)
    for row in rows:
        if (row.request_id, row.at_us, row.actor_id, row.actor_kind) != told:
            return
        yield row


def _row(row: JournalRow) -> Row:
    return Row(
        row.kind,
        row.verb,
        row.event,
        row.origin,
        row.changed or (),
        row.before,
        row.after,
        row.ids or (),
        row.rows or [],
        row.entity_id,
        store.entity_of(row.kind).key,
    )


def _check_may(tx: Tx, rows: Iterable[JournalRow]) -> None:
    """Owner and admins everything; others what they themselves did to time they may change."""
    if tx.actor.is_admin:
        return
    if any(row.kind != "TIME_ENTRY" or row.actor_id != tx.actor.id for row in rows):
        raise AccessDenied


def _check_reach(tx: Tx, entries: Iterable[Any]) -> None:
    """AccessDenied for time that whoever is no admin may not change, or no more."""
    if not tx.actor.is_admin:
        derived.check_entries(tx, entries)


def _check_entering(turns: Iterable[Turn]) -> None:
    for turn in turns:
        if turn.kind == "WORKSPACE":
            rules.check_entering(decode_settings(turn.now.settings), decode_settings(turn.then.settings))


def _turns(tx: Tx, effects: Mapping[Place, Effect]) -> list[Turn]:
    """What has to become what; ChangedSince for the first thing that is not as the operation left it."""
    now = _things(tx, effects)
    # Before anything is said of them.
    _check_reach(tx, now.get("TIME_ENTRY", {}).values())
    turns = []
    for (kind, key), effect in effects.items():
        thing = now[kind].get(key)
        fields = None if thing is None else _public(kind, thing)
        if not rules.is_unchanged(effect, fields):
            name = rules.name_of(kind, fields or effect.after or effect.before)
            what = "is gone" if fields is None else "was changed" if effect.after is not None else "is there again"
            raise ChangedSince(f"This can't be undone: {name} {what} since")
        then = rules.restored(effect, fields)
        turns.append(Turn(kind, key, thing, None if then is None else _struct(kind, thing, then), effect.event))
    return [turn for turn in turns if turn.now != turn.then]


def _things(tx: Tx, effects: Iterable[Place]) -> dict[str, dict[Key, Any]]:
    """As they are, held; kinds always in the same order, so that nobody waits in a circle."""
    keys: dict[str, list[Key]] = defaultdict(list)
    for kind, key in effects:
        keys[kind].append(key)
    found = {kind: store.load(tx, kind, keys[kind]) for kind in derived.ORDER if kind in keys}
    # As their slices know them: words of closed lists are plain text in a row.
    return {
        kind: {key: as_struct(kind, msgspec.to_builtins(thing)) for key, thing in things.items()}
        for kind, things in found.items()
    }


def _public(kind: str, thing: Any) -> Fields:
    entity = store.entity_of(kind)
    fields: Fields = msgspec.to_builtins(thing)
    return {name: value for name, value in fields.items() if name not in entity.private}


def _struct(kind: str, thing: Any, fields: Fields) -> Any:
    """The thing with these fields; what the journal does not keep stays as it is."""
    hidden = {} if thing is None else {name: getattr(thing, name) for name in store.entity_of(kind).private}
    return as_struct(kind, {**fields, **hidden})


# --- whether it may be so again ----------------------------------------------------------------


def _check_names(tx: Tx, turns: Iterable[Turn]) -> None:
    """ChangedSince when somebody else has by now what only one thing may have."""
    coming: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        names = store.unique_fields(turn.kind)
        if turn.then is not None and any(_value(turn.now, name) != _value(turn.then, name) for name in names):
            coming[turn.kind].append(turn)
    leaving = {(turn.kind, turn.key) for turn in turns}
    for kind, same in coming.items():
        taken = store.names_of(tx, kind)
        for turn in same:
            holder = taken.get(tuple(getattr(turn.then, name) for name in store.unique_fields(kind)))
            if holder is not None and (kind, holder) not in leaving:
                raise ChangedSince(f"This can't be undone: {_name(turn)} can't come back, its name is taken by now")


def _value(thing: Any, name: str) -> Any:
    return None if thing is None else getattr(thing, name)


def _name(turn: Turn) -> str:
    return rules.name_of(turn.kind, _public(turn.kind, turn.then if turn.then is not None else turn.now))


def _check_pointers(tx: Tx, turns: Iterable[Turn]) -> None:
    """Nothing points to what went, and everything is there that what came back points to."""
    gone: dict[str, dict[str, Turn]] = defaultdict(dict)
    named: dict[str, dict[str, Turn]] = defaultdict(dict)
    for turn in turns:
        if turn.then is None:
            gone[turn.kind][turn.key[-1]] = turn
        else:
            for kind, thing_id in rules.references_of(turn.kind, _public(turn.kind, turn.then)):
                named[kind].setdefault(thing_id, turn)
    for kind, by_id in gone.items():
        if used := store.pointed_to(tx, kind, by_id):
            turn = by_id[min(used)]
            raise ChangedSince(f"This can't be undone: {_name(turn)} is used by something else since")
    for kind, by_id in named.items():
        there = tx.find_many(store.entity_of(kind), by_id)
        for thing_id, turn in by_id.items():
            if thing_id not in there:
                raise ChangedSince(f"This can't be undone: {_name(turn)} names a {rules.WORDS[kind]} that is gone")


# --- making it so ------------------------------------------------------------------------------


def _write(tx: Tx, turns: Iterable[Turn]) -> None:
    """What goes, goes first: it may have what others need. Reactions are not run: their rows were rows, too."""
    by_kind: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        by_kind[turn.kind].append(turn)
    kinds = [kind for kind in derived.ORDER if kind in by_kind]
    for kind in reversed(kinds):
        for event, subject, same in _alike(kind, [turn for turn in by_kind[kind] if turn.then is None], 2):
            tx.delete_many(store.entity_of(kind), [turn.now for turn in same], event=event, subject=subject)
    for kind in kinds:
        changed = [turn for turn in by_kind[kind] if turn.now is not None and turn.then is not None]
        for event, subject, same in _alike(kind, changed, 1):
            _update(tx, kind, same, event=event, subject=subject)
    for kind in kinds:
        for event, subject, same in _alike(kind, [turn for turn in by_kind[kind] if turn.now is None], 0):
            tx.insert_many(store.entity_of(kind), [turn.then for turn in same], event=event, subject=subject)


def _alike(kind: str, turns: Iterable[Turn], place: int) -> Iterator[tuple[str | None, str | None, list[Turn]]]:
    """Turns by the event they have and the person they are about."""
    found: dict[tuple[str | None, str | None], list[Turn]] = defaultdict(list)
    events = rules.EVENTS.get(kind)
    for turn in turns:
        thing = turn.then if turn.then is not None else turn.now
        subject = thing.user_id if kind == "TIME_ENTRY" else None
        found[events[place] if events and turn.event else None, subject].append(turn)
    for (event, subject), same in found.items():
        yield event, subject, same


def _update(tx: Tx, kind: str, turns: list[Turn], *, event: str | None, subject: str | None) -> None:
    if kind == "WORKSPACE":  # what others have to say about its settings, they say now, too
        for turn in turns:
            tx.update(store.entity_of(kind), turn.now, turn.then)
        return
    groups: dict[tuple[tuple[str, Any], ...], list[str]] = defaultdict(list)
    fields = _SET_AT_ONCE.get(kind, frozenset())
    single = []
    for turn in turns if store.are_many(turns) else ():
        changed = [name for name in turn.now.__struct_fields__ if getattr(turn.now, name) != getattr(turn.then, name)]
        if set(changed) <= fields:
            groups[tuple((name, getattr(turn.then, name)) for name in changed)].append(turn.key[-1])
        else:
            single.append(turn)
    for values, ids in groups.items():
        store.set_fields(tx, kind, dict(values), ids=ids, event=event)
    rest = single if groups or single else turns
    tx.update_all(store.entity_of(kind), [(turn.now, turn.then) for turn in rest], event=event, subject=subject)
