"""The verbs of rates over time: change, begin, end, copy, look up.

The slices whose things have rates call these and then write what is in force onto their own rows.
Time entries come later and react to `RatesChanged`; they say in it how many they rewrote.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from hourbook.core.clock import seconds_of
from hourbook.core.money import RateKind
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.rates import rules, store
from hourbook.resources.rates.rules import KINDS, Level, Place, Plan, Rate, Span, Timeline, Wanted


class Outcome(msgspec.Struct):
    """What a change did. `in_force`: the amount that counts now at each place that was asked for."""

    in_force: dict[tuple[RateKind, Place], int | None]
    entries_changed: int = 0
    entries_kept: int = 0


class RatesChanged(msgspec.Struct):
    """What time entries react to: where and when rates differ now."""

    spans: list[Span]
    outcome: Outcome


class CameIntoForce(msgspec.Struct):
    """What the slices with rates react to: the rate fields of things, by level and place."""

    fields: dict[Level, dict[Place, dict[str, int | None]]]

    def pairs(self, level: Level, rows: Iterable[Any]) -> list[tuple[Any, Any]]:
        """Rows and what they become, of those that are concerned."""
        fields, place_of = self.fields[level], _PLACES[level]
        return [(row, msgspec.structs.replace(row, **fields[place_of(row)])) for row in rows if place_of(row) in fields]

    def targets(self, level: Level) -> list[str]:
        return sorted({target for target, _ in self.fields[level]})


class Due(msgspec.Struct):
    """Rates that came into force after their places were written, by workspace, kind and place."""

    amounts: dict[tuple[str, RateKind, Place], int | None]

    def put_on(self, row: Any, workspace_id: str, place: Place) -> None:
        """Corrects the rates of a freshly read row of that place."""
        for kind, name in _FIELDS.items() if self.amounts else ():
            key = (workspace_id, kind, place)
            if key in self.amounts:
                setattr(row, name, self.amounts[key])


NOTHING_DUE = Due({})
_HELD = "rates held"
_FIELDS = {RateKind.HOURLY: "hourly_rate_minor", RateKind.COST: "cost_rate_minor"}
_PLACES: dict[Level, Callable[[Any], Place]] = {
    Level.WORKSPACE: lambda row: (row.id, rules.NOBODY_ID),
    Level.MEMBER: lambda row: (row.user_id, rules.NOBODY_ID),
    Level.PROJECT: lambda row: (row.id, rules.NOBODY_ID),
    Level.PROJECT_MEMBER: lambda row: (row.project_id, row.user_id),
    Level.TASK: lambda row: (row.id, rules.NOBODY_ID),
}


# --- changing ----------------------------------------------------------------------------------


def hold(tx: Tx) -> None:
    """Nobody else changes a rate of the workspace until this transaction ends.

    Comes before whatever has rates is held, and after groups: nobody waits in a circle.
    """
    if tx.notes.get(_HELD) != tx.workspace_id:
        tx.rows(store.HOLD)
        tx.notes[_HELD] = tx.workspace_id


def change(tx: Tx, wanted: Sequence[Wanted], *, allowed: frozenset[RateKind] = KINDS, is_held: bool = False) -> Outcome:
    """Puts rates into timelines and has the entries they touch rewritten.

    The caller holds the things the places belong to and writes `in_force` onto them. AccessDenied when
    a rate of a kind that is not `allowed` differs. `is_held`: rates are held already.
    """
    if not wanted:
        return Outcome({})
    now_s = seconds_of(tx.now_us)
    rows = store.rows_at(tx, [wish.place for wish in wanted])
    plan = rules.planned(rows, wanted, workspace_id=tx.workspace_id, now_s=now_s)
    rules.check_allowed(plan, allowed)
    if plan.spans and not is_held:
        hold(tx)
    _write(tx, plan)
    keys = [(wish.kind, wish.place) for wish in wanted]
    outcome = Outcome({key: rules.amount_in_force(plan.lines[key], now_s) for key in keys})
    if plan.spans:
        tx.announce("RATE", "change", before=None, after=RatesChanged(plan.spans, outcome))
    return outcome


def begin(tx: Tx, wanted: Iterable[Wanted], *, allowed: frozenset[RateKind] = KINDS) -> Outcome:
    """The first rates of new things, which no entry names yet: without a moment they count from the beginning."""
    wanted = [wish for wish in wanted if wish.amount_minor is not None]
    if not wanted:
        return Outcome({})
    now_s = seconds_of(tx.now_us)
    since = [rules.BEGINNING_S if wish.since_s is None else wish.since_s for wish in wanted]
    said = [msgspec.structs.replace(wish, since_s=second) for wish, second in zip(wanted, since, strict=True)]
    plan = rules.planned((), said, workspace_id=tx.workspace_id, now_s=now_s)
    rules.check_allowed(plan, allowed)
    _insert(tx, plan.inserted, event=None)
    return Outcome({key: rules.amount_in_force(line, now_s) for key, line in plan.lines.items()})


def _write(tx: Tx, plan: Plan) -> None:
    """The journal rows carry the events: the place itself may not change at all."""
    tx.delete_many(store.RATE, plan.deleted)
    for kind, event in rules.EVENTS.items():
        pairs = [(before, after) for before, after in plan.updated if after.kind is kind]
        tx.update_all(store.RATE, pairs, event=event, subject=_subject([after for _, after in pairs]))
        _insert(tx, [row for row in plan.inserted if row.kind is kind], event=event)


def _insert(tx: Tx, rows: list[Rate], *, event: str | None) -> None:
    made = [msgspec.structs.replace(row, id=tx.new_id()) for row in rows]
    tx.insert_many(store.RATE, made, event=event, subject=_subject(made))


def _subject(rows: Sequence[Rate]) -> str | None:
    """Whose rate it is, of one row."""
    if len(rows) != 1:
        return None
    (row,) = rows
    return {Level.MEMBER: row.target_id, Level.PROJECT_MEMBER: row.user_id}.get(row.level)


def announce_again(tx: Tx, rows: Iterable[Rate]) -> Outcome:
    """Timelines were written without a wish, around these rows: entries get what the timelines say now.

    The caller holds the rates.
    """
    by_level: dict[Level, list[Span]] = {}
    for row in rows:
        # Twice the same: one alone would give all its entries one rate, whatever comes later in the timeline.
        span = Span(row.level, row.kind, row.place, row.since_s, None, None)
        by_level.setdefault(row.level, []).extend((span, span))
    total = Outcome({})
    for level in sorted(by_level):
        outcome = Outcome({})
        tx.announce("RATE", "change", before=None, after=RatesChanged(by_level[level], outcome))
        total.entries_changed += outcome.entries_changed
        total.entries_kept += outcome.entries_kept
    return total


def remove(tx: Tx, target_ids: Iterable[str]) -> None:
    """The timelines of things that go, those of people on them included."""
    tx.delete_many(store.RATE, store.rows_of(tx, target_ids), cascade=True)


def copy(tx: Tx, targets: Mapping[str, str]) -> None:
    """Gives new things the whole timelines of others: {id of the other: id of the new one}."""
    copies = [
        msgspec.structs.replace(row, target_id=targets[row.target_id]) for row in store.rows_of(tx, targets.keys())
    ]
    _insert(tx, copies, event=None)


def end_person(tx: Tx, user_id: str) -> None:
    """Somebody leaves the workspace: what they tracked keeps its rates, what was planned goes."""
    places = dict.fromkeys((row.level, row.target_id, row.user_id) for row in store.rows_of_person(tx, user_id))
    for level in (Level.MEMBER, Level.PROJECT_MEMBER):
        ends = [
            Wanted(level=level, kind=kind, target_id=target, user_id=user, amount_minor=None, is_end=True)
            for one, target, user in places
            for kind in RateKind
            if one is level
        ]
        change(tx, ends)


# --- planned rates -----------------------------------------------------------------------------


def due_workspaces(tx: ReadTx) -> list[str]:
    """Ids of the workspaces in which a planned rate came into force; for the worker, which then calls `settle`."""
    return store.due_workspaces(tx, seconds_of(tx.now_us))


def settle(tx: Tx) -> int:
    """Writes what came into force onto the things themselves; how many rates that were.

    Nothing waits for it, since everything shown is brought up to date anyway: it keeps lists that are
    sorted by rates right, and what has to be brought up small.
    """
    hold(tx)
    rows = store.due_rows(tx, seconds_of(tx.now_us))
    tx.update_all(store.RATE, [(row, msgspec.structs.replace(row, is_waiting=False)) for row in rows])
    found: dict[Level, dict[Place, dict[str, int | None]]] = {level: {} for level in Level}
    for row in rows:
        found[row.level].setdefault(row.place, {})[_FIELDS[row.kind]] = row.amount_minor
    if rows:
        tx.announce("RATE", "in_force", before=None, after=CameIntoForce(found))
    return len(rows)


# --- looking up --------------------------------------------------------------------------------


def timelines_for(tx: ReadTx, user_id: str, target_ids: Iterable[str]) -> dict[RateKind, dict[Place, Timeline]]:
    """By kind: what may count for a person's entries on these projects and tasks."""
    return rules.lines_of(store.rows_for_tracking(tx, user_id, target_ids))


def timelines_of(tx: ReadTx, target_ids: Iterable[str]) -> dict[RateKind, dict[Place, Timeline]]:
    """By kind: the timelines of these targets, those of everybody on them included."""
    return rules.lines_of(store.rows_of(tx, target_ids))


def timelines_of_kind(tx: ReadTx, kind: RateKind) -> dict[Place, Timeline]:
    """Every timeline of the workspace."""
    found: dict[Place, list[tuple[int, int | None]]] = {}
    for target_id, user_id, since_s, amount in store.points_of_kind(tx, kind):
        found.setdefault((target_id, user_id), []).append((since_s, amount))
    return {place: tuple(points) for place, points in found.items()}


def due(tx: ReadTx, workspace_ids: list[str] | None = None) -> Due:
    """What has to be shown instead of what the places repeat; nearly always nothing.

    Without ids of the transaction's workspace, whose actor knows when the next planned rate begins.
    """
    now_s = seconds_of(tx.now_us)
    if workspace_ids == [tx.actor.workspace_id]:
        workspace_ids = None
    if workspace_ids is None and tx.actor.next_rate_s > now_s:
        return NOTHING_DUE
    rows = store.due(tx, now_s, workspace_ids)
    return Due({(workspace, RateKind(kind), (target, user)): amount for workspace, kind, target, user, amount in rows})


def bring_up(tx: ReadTx, rows: Mapping[Level, Iterable[Any]], workspace_ids: list[str] | None = None) -> None:
    """Puts what has come into force onto freshly read workspaces, members, projects, people on them, or tasks."""
    found = due(tx, workspace_ids)
    for level, things in rows.items() if found.amounts else ():
        for row in things:
            found.put_on(row, row.id if level is Level.WORKSPACE else row.workspace_id, _PLACES[level](row))


def fields_in_force(outcome: Outcome, place: Place) -> dict[str, int | None]:
    """The rate fields of the thing at a place, as far as it was asked for them."""
    return {name: outcome.in_force[kind, place] for kind, name in _FIELDS.items() if (kind, place) in outcome.in_force}
